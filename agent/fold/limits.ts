/** How many lines are told in full before the rest is folded into lines with a count. */
export interface Limits {
  /** Of one process, per operation and directory, in one window. */
  readonly linesPerDirectory: number;
  /** Of one process, in one window. */
  readonly linesPerProcess: number;
  /** Processes of a family that are told in full per operation and directory, in one window. */
  readonly processesPerFamily: number;
  /** Lines per second over all, on average. */
  readonly linesPerSecond: number;
  /** Lines that may come at once after a quiet time. */
  readonly burstLines: number;
  /** Microseconds after which folded lines are written; doubled as long as there is more to fold. */
  readonly window: number;
  /** Microseconds; the longest that a folded line is held back. */
  readonly longestWindow: number;
  /** Files that are folded under their own path only. Entries ending in '/' stand for all files below. */
  readonly always: readonly string[];
}

/** The same limits, `factor` times as generous. */
export function scaled(limits: Limits, factor: number): Limits {
  return {
    ...limits,
    linesPerDirectory: limits.linesPerDirectory * factor,
    linesPerProcess: limits.linesPerProcess * factor,
    processesPerFamily: limits.processesPerFamily * factor,
    linesPerSecond: limits.linesPerSecond * factor,
    burstLines: limits.burstLines * factor,
  };
}
