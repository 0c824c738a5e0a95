/** One command of `panorama`. Loading it loads nothing that only another one needs. */
export interface Command {
  readonly name: string;
  /** For the list of commands. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /** Gives the exit code. Throws UsageError and CommandError. */
  readonly run: (argv: readonly string[]) => Promise<number>;
}
