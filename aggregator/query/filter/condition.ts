import type { Column } from '../../schema/table.js';
import type { Regex } from './regex/syntax.js';

/*
 * What a filter means for one table. Both the SQL and the predicate are compiled from this, so that a
 * search and a tail with the same filter select the same rows.
 */

export type Condition =
  | { readonly kind: 'all' }
  | { readonly kind: 'and'; readonly operands: readonly Condition[] }
  | { readonly kind: 'or'; readonly operands: readonly Condition[] }
  | { readonly kind: 'not'; readonly operand: Condition }
  /** Of a list column: at least one element passes. */
  | { readonly kind: 'test'; readonly column: Column; readonly test: Test };

/** Of text: `equals`, `contains`, `starts`, `ends`; case counts. */
export interface TextTest {
  readonly kind: 'equals' | 'contains' | 'starts' | 'ends';
  readonly text: string;
}

export interface RegexTest {
  readonly kind: 'regex';
  readonly regex: Regex;
}

export interface Bound {
  /** Of an integer: itself; of a time: microseconds since the Unix epoch; of an address: its 128 bits. */
  readonly value: number | bigint;
  readonly included: boolean;
}

/** null: open at that end. */
export interface RangeTest {
  readonly kind: 'range';
  readonly low: Bound | null;
  readonly high: Bound | null;
}

export type Test = TextTest | RegexTest | RangeTest;
