import type { TrackedProcess } from '../process/tracked.js';
import type { FileBehaviour } from './behaviour.js';
import type { FactIndex } from './fact-index.js';
import { isDestination, isSource, type Facts, type FileFact } from './facts.js';
import type { RuleContext } from './rule.js';
import type { RuleStep } from './trace.js';

/** What one process did, while it is being explained. */
export interface Evaluation {
  readonly tracked: TrackedProcess;
  readonly facts: Facts;
  readonly index: FactIndex;
  readonly context: RuleContext;
  readonly behaviours: FileBehaviour[];
  /** What each rule did, where someone wants to know. */
  readonly steps: RuleStep[];
}

/** Content that it took from files and may have passed on: not its script, not what every program reads. */
export function sourcesOf({ facts, context }: Evaluation): readonly FileFact[] {
  const sources = facts.files.filter(
    (file) => !file.consumed && !facts.isUndecided(file) && (isSource(file) || isEmptySource(file)),
  );
  return sources.filter((file) => file.shown || !context.isNoise(file.path));
}

function isEmptySource(file: FileFact): boolean {
  return file.empty && !isDestination(file);
}
