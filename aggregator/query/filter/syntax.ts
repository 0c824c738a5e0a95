/*
 * The syntax tree of a filter. It knows nothing of tables: resolve.ts gives the terms their meaning.
 * `at` is the offset in the filter that an error about the node points to.
 */

export type PatternPart =
  | { readonly kind: 'text'; readonly text: string }
  /** `*`: any text, also none. */
  | { readonly kind: 'any' }
  /** `?`: one character. */
  | { readonly kind: 'one' };

export type Value =
  /** Without quotes; `parts` is never empty, texts are not empty and not side by side. */
  | { readonly kind: 'word'; readonly parts: readonly PatternPart[] }
  | { readonly kind: 'phrase'; readonly text: string }
  /** `/source/`, with `\/` already undone. */
  | { readonly kind: 'regex'; readonly source: string };

export const operators = [':', '=', '>', '>=', '<', '<='] as const;
export type Operator = (typeof operators)[number];

/** A value, on its own or for a field. */
export interface Term {
  readonly kind: 'term';
  readonly at: number;
  /** null: any column of the group `word`. */
  readonly field: string | null;
  readonly operator: Operator;
  readonly value: Value;
  readonly valueAt: number;
}

export type Filter =
  /** The empty filter. */
  | { readonly kind: 'all' }
  /** At least two operands each. */
  | { readonly kind: 'and'; readonly operands: readonly Filter[] }
  | { readonly kind: 'or'; readonly operands: readonly Filter[] }
  | { readonly kind: 'not'; readonly operand: Filter }
  | Term;

/** What a word says when its wildcards are taken literally. */
export function literalText(parts: readonly PatternPart[]): string {
  return parts.map((part) => (part.kind === 'text' ? part.text : part.kind === 'any' ? '*' : '?')).join('');
}
