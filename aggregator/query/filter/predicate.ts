import type { Row, RowValue } from '../../schema/row.js';
import type { Column } from '../../schema/table.js';
import type { Bound, Condition, Test } from './condition.js';
import { regexMatcher } from './regex/match.js';
import { addressBits, valueKind } from './value.js';

export type Predicate = (row: Row) => boolean;

/** The condition as a function over rows that have not been stored yet, or just now. */
export function conditionPredicate(condition: Condition): Predicate {
  switch (condition.kind) {
    case 'all':
      return () => true;
    case 'and': {
      const operands = condition.operands.map(conditionPredicate);
      return (row) => operands.every((operand) => operand(row));
    }
    case 'or': {
      const operands = condition.operands.map(conditionPredicate);
      return (row) => operands.some((operand) => operand(row));
    }
    case 'not': {
      const operand = conditionPredicate(condition.operand);
      return (row) => !operand(row);
    }
    case 'test':
      return columnPredicate(condition.column, condition.test);
  }
}

type Scalar = string | number | bigint | Uint8Array;

function columnPredicate(column: Column, test: Test): Predicate {
  const passes = test.kind === 'range' ? rangeMatcher(column, test.low, test.high) : textMatcher(test);
  const { name } = column;
  return (row) => {
    const value = row[name];
    if (value === undefined) return false;
    return isList(value) ? value.some(passes) : passes(value);
  };
}

function isList(value: RowValue): value is readonly string[] | readonly (number | bigint)[] {
  return Array.isArray(value);
}

function textMatcher(test: Exclude<Test, { readonly kind: 'range' }>): (value: Scalar) => boolean {
  const matches = textTest(test);
  return (value) => matches(typeof value === 'string' ? value : textOf(value));
}

function textOf(value: Exclude<Scalar, string>): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
}

function textTest(test: Exclude<Test, { readonly kind: 'range' }>): (text: string) => boolean {
  if (test.kind === 'regex') return regexMatcher(test.regex);
  const wanted = test.text;
  switch (test.kind) {
    case 'equals':
      return (text) => text === wanted;
    case 'contains':
      return (text) => text.includes(wanted);
    case 'starts':
      return (text) => text.startsWith(wanted);
    case 'ends':
      return (text) => text.endsWith(wanted);
  }
}

function rangeMatcher(column: Column, low: Bound | null, high: Bound | null): (value: Scalar) => boolean {
  const within = (value: number | bigint): boolean =>
    (low === null || value > low.value || (low.included && value >= low.value)) &&
    (high === null || value < high.value || (high.included && value <= high.value));
  if (valueKind(column.type) === 'address') {
    // A row without an address is stored as ::, which is 0.
    return (value) => typeof value === 'string' && within(addressBits(value) ?? 0n);
  }
  return (value) => (typeof value === 'number' || typeof value === 'bigint') && within(value);
}
