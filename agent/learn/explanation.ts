import type { Descriptor } from '../decode/event.js';

/**
 * What became of a fact: it is part of a line; it was taken on purpose without one; reading it is
 * noise by the configuration; or no rule had an explanation.
 */
export type Outcome = 'line' | 'no line' | 'noise' | 'left over';

/** Something a process did, as the rules saw it. */
export interface ExplainedFact {
  readonly kind: 'file' | 'name' | 'connection';
  /** CLOCK_BOOTTIME microseconds. */
  readonly time: number;
  /** `/w/a:11`, `/w/a:11 -> /w/b`, `10.0.0.1:40000 -> 10.0.0.2:22`; escaped as in lines. */
  readonly object: string;
  /** `read 100 of 100 bytes`, `created`, `unlink`: in the words of the facts. */
  readonly details: readonly string[];
  readonly outcome: Outcome;
  /** The rule that took it, '' for none. */
  readonly rule: string;
  /** What there is to say about the outcome: the noise entry that names it, whom a connection serves. */
  readonly reason: string;
}

export interface ExplainedLine {
  readonly rule: string;
  /** As the log has it, without time. */
  readonly line: string;
}

/** A program that ran: what a process did from one exec to the next. */
export interface ExplainedProgram {
  readonly pid: number;
  readonly ppid: number;
  readonly user: string;
  /** Who logged in, 4294967295 for nobody. */
  readonly loginuid: number;
  readonly comm: string;
  /** '' where it is not known. */
  readonly exe: string;
  readonly commandLine: string;
  /** The script that is interpreted, '' for none. */
  readonly script: string;
  /** Not known for what ran before, or goes on without exec. */
  readonly stdin: Descriptor | undefined;
  readonly stdout: Descriptor | undefined;
  /** Went on with its parent's program, without exec. */
  readonly forked: boolean;
  readonly running: boolean;
  /** In order. */
  readonly facts: readonly ExplainedFact[];
  readonly lines: readonly ExplainedLine[];
}

/** Facts of `programs` by what became of them. */
export function countOutcomes(programs: readonly ExplainedProgram[]): Readonly<Record<Outcome, number>> {
  const counts = { line: 0, 'no line': 0, noise: 0, 'left over': 0 };
  for (const { facts } of programs) for (const { outcome } of facts) counts[outcome] += 1;
  return counts;
}
