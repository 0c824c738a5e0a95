import type { TrackedProcess } from '../process/tracked.js';
import type { FileBehaviour } from './behaviour.js';
import type { Facts, FileFact, NameFact } from './facts.js';
import type { RuleContext } from './rule.js';
import type { RegisteredRule } from './rules/index.js';

export type Fact = FileFact | NameFact;

/** What one rule did. */
export interface RuleStep {
  readonly rule: string;
  /** Facts that nobody had taken before. */
  readonly consumed: readonly Fact[];
  /** Facts that were known by another path before. */
  readonly moved: readonly { readonly fact: Fact; readonly from: string }[];
  readonly behaviours: readonly FileBehaviour[];
}

/** Told how the facts of a process were explained (`panorama learn`). Without one the engine keeps no account of it. */
export interface RuleTrace {
  /** `steps`: in the order of the registry, those rules only that did something. Facts may be kept: they change no more. */
  explained(tracked: TrackedProcess, facts: Facts, steps: readonly RuleStep[]): void;
}

/** Runs the rules one by one, and looks after each for what it did. `behaviours` is where they report to. */
export function runTraced(
  rules: readonly RegisteredRule[],
  context: RuleContext,
  behaviours: readonly FileBehaviour[],
): readonly RuleStep[] {
  const steps: RuleStep[] = [];
  const all: readonly Fact[] = [...context.facts.files, ...context.facts.names];
  for (const rule of rules) {
    const left = all.filter(({ consumed }) => !consumed);
    const paths = all.map(({ path }) => path);
    const reported = behaviours.length;
    rule.explain(context);
    const step = {
      rule: rule.name,
      consumed: left.filter(({ consumed }) => consumed),
      moved: all.flatMap((fact, at) => (fact.path === paths[at] ? [] : [{ fact, from: paths[at] ?? '' }])),
      behaviours: behaviours.slice(reported),
    };
    if (step.consumed.length + step.moved.length + step.behaviours.length > 0) steps.push(step);
  }
  return steps;
}
