/**
 * What one check found. `missing`: optional, its loss is told in words. `skipped`: it needs something that failed
 * before it.
 */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'failed' | 'missing' | 'skipped';
  /** What it means, and what to do where it is not ok. */
  readonly text: string;
}

const words: Readonly<Record<Finding['state'], string>> = {
  ok: 'ok',
  failed: 'FAILED',
  missing: 'optional-missing',
  skipped: 'not tried',
};

const stateWidth = 16;
const checkWidth = 12;

/** One line, without newline. */
export function formatFinding({ check, state, text }: Finding): string {
  return `${words[state].padEnd(stateWidth)}  ${check.padEnd(checkWidth)}  ${text}`;
}

/** The exit code: 1 when a necessary check failed or could not be tried. */
export function exitCodeOf(findings: readonly Finding[]): number {
  return findings.some(({ state }) => state === 'failed' || state === 'skipped') ? 1 : 0;
}
