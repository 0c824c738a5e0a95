import fc from 'fast-check';
import {
  operators,
  type Filter,
  type PatternPart,
  type Term,
  type Value,
} from '../../../aggregator/query/filter/syntax.js';

/** A tree without the places of its terms, to compare. */
export function withoutPlaces(filter: Filter): unknown {
  switch (filter.kind) {
    case 'all':
      return filter;
    case 'and':
    case 'or':
      return { ...filter, operands: filter.operands.map(withoutPlaces) };
    case 'not':
      return { kind: 'not', operand: withoutPlaces(filter.operand) };
    case 'term':
      return { ...filter, at: 0, valueAt: 0 };
  }
}

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 });

function wordParts(): fc.Arbitrary<readonly PatternPart[]> {
  const part: fc.Arbitrary<PatternPart> = fc.oneof(
    text.map((value) => ({ kind: 'text', text: value }) as const),
    fc.constantFrom({ kind: 'any' } as const, { kind: 'one' } as const),
  );
  return fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => {
    const merged: PatternPart[] = [];
    for (const next of parts) {
      const last = merged.at(-1);
      if (last?.kind === 'text' && next.kind === 'text')
        merged[merged.length - 1] = { kind: 'text', text: last.text + next.text };
      else if (last?.kind !== 'any' || next.kind !== 'any') merged.push(next);
    }
    return merged;
  });
}

/** Any regular expression that a filter can hold: no lone backslash at its end. */
const regexSource = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
  .map((source) => source.replace(/\\/g, '\\\\'));

const value: fc.Arbitrary<Value> = fc.oneof(
  wordParts().map((parts) => ({ kind: 'word', parts }) as const),
  fc.string({ unit: 'grapheme', maxLength: 6 }).map((phrase) => ({ kind: 'phrase', text: phrase }) as const),
  regexSource.map((source) => ({ kind: 'regex', source }) as const),
);

const term: fc.Arbitrary<Term> = fc
  .record({
    kind: fc.constant('term' as const),
    at: fc.constant(0),
    valueAt: fc.constant(0),
    field: fc.option(fc.stringMatching(/^[A-Za-z_]\w{0,5}$/), { nil: null }),
    operator: fc.constantFrom(...operators),
    value,
  })
  .map((made) => (made.field === null ? { ...made, operator: ':' as const } : made));

/** Any tree that the parser can make. */
export function anyFilter(): fc.Arbitrary<Filter> {
  const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      term,
      fc.record({ kind: fc.constant('not' as const), operand: tie('filter') }),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        operands: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
      }),
    ),
  }));
  return filter;
}
