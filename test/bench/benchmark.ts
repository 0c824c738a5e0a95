/** What one benchmark found: `value` is the median of `samples`. */
export interface Figure {
  readonly name: string;
  /** As printed: 'ns per call', 'records/s', 'MB', '%'. */
  readonly unit: string;
  readonly value: number;
  /** The bound of the design, absent where there is none. */
  readonly target?: Target;
  readonly samples: readonly number[];
}

export interface Target {
  readonly bound: 'at most' | 'at least';
  readonly value: number;
}

/** A file of test/bench exports one as `benchmark`; test/bench/main.ts runs them one after the other. */
export interface Benchmark {
  readonly name: string;
  run(): Promise<readonly Figure[]>;
}

/** Middle value, mean of the two middle ones for an even count; NaN without samples. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** A figure from its samples. */
export function figure(name: string, unit: string, samples: readonly number[], target?: Target): Figure {
  const value = median(samples);
  return target === undefined ? { name, unit, value, samples } : { name, unit, value, target, samples };
}
