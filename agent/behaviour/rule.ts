import type { Attribute } from './attribute.js';
import type { FileOperation, FileReference } from './behaviour.js';
import type { ContentSource } from './content.js';
import type { FactIndex } from './fact-index.js';
import type { Facts, FileFact, NameFact } from './facts.js';

/** What a rule sees of one process when its facts have settled. */
export interface RuleContext {
  readonly facts: Facts;
  readonly index: FactIndex;
  readonly content: ContentSource;
  /** Its stdin is a session that an ancestor accepted: what it writes may have come over that (P2). */
  readonly inSession: boolean;
  /** Is it clear that what was put into the file came over a connection? */
  readonly cameOver: (file: FileFact) => boolean;
  /** The script that the process interprets, as it was called; '' for none. */
  readonly script: string;
  /** Is reading this file no behaviour of a user, but of the C library or the loader? Not where the command line names it. */
  readonly isNoise: (path: string) => boolean;
  /** Is it what a program writes for itself? Of a directory the path ends in '/'. */
  readonly isNoiseWritten: (path: string) => boolean;
  /** Was this path handled by the process before these facts? */
  readonly handledBefore: (path: string) => boolean;
  /** Did the process make this file or directory, before these facts? */
  readonly madeBefore: (path: string) => boolean;
  /** Adds a behaviour; time and process are those of `fact`. */
  readonly report: (
    operation: FileOperation,
    fact: FileFact | NameFact,
    sources: readonly FileReference[],
    destinations: readonly FileReference[],
    attribute?: Attribute,
  ) => void;
}

/** Explains some facts: marks them consumed, and reports what they mean. Rules look at facts, never at names of commands (X3). */
export type Rule = (context: RuleContext) => void;
