/** Tells the operator something, in one sentence: on stderr, never in the behaviour log. */
export type Report = (sentence: string) => void;

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
