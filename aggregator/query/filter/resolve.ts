import type { Column, Table } from '../../schema/table.js';
import type { Bound, Condition, RangeTest, Test } from './condition.js';
import { addressColumns, fieldAdvice, fieldColumns, wordColumns } from './fields.js';
import { compileRegex, RegexTooLarge } from './regex/compile.js';
import { RegexError } from './regex/cursor.js';
import { parseRegex } from './regex/parse.js';
import { anything, type Regex } from './regex/syntax.js';
import { filterError, quoted } from './syntax-error.js';
import { literalText, type Filter, type Operator, type PatternPart, type Term } from './syntax.js';
import { parseInterval, parseNetwork, valueHelp, valueKind, type Interval } from './value.js';

/** What a filter means for the rows of a table. Throws FILTER_SYNTAX: unknown fields, values that do not fit. */
export function resolveFilter(filter: Filter, table: Table, text: string): Condition {
  switch (filter.kind) {
    case 'all':
      return filter;
    case 'and':
    case 'or':
      return { kind: filter.kind, operands: filter.operands.map((operand) => resolveFilter(operand, table, text)) };
    case 'not':
      return { kind: 'not', operand: resolveFilter(filter.operand, table, text) };
    case 'term':
      return filter.field === null ? resolveWord(filter, table, text) : resolveField(filter, filter.field, table, text);
  }
}

/** A value without a field: somewhere inside one of the texts, or one of the addresses. */
function resolveWord(term: Term, table: Table, text: string): Condition {
  if (isStar(term)) return { kind: 'all' };
  const test = textTest({ ...term, operator: ':' }, text, true);
  const tests: Condition[] = wordColumns(table).map((column) => ({ kind: 'test', column, test }));
  const network = term.value.kind === 'word' ? parseNetwork(literalText(term.value.parts)) : undefined;
  if (network !== undefined) {
    const range = between(network, network);
    tests.push(...addressColumns(table).map((column): Condition => ({ kind: 'test', column, test: range })));
  }
  return anyOf(tests);
}

function isStar(term: Term): boolean {
  return term.value.kind === 'word' && term.value.parts.every((part) => part.kind === 'any');
}

function resolveField(term: Term, field: string, table: Table, text: string): Condition {
  const columns = fieldColumns(table, field);
  const [first] = columns;
  if (first === undefined) {
    throw filterError(text, term.at, `unknown field ${quoted(field)}`, fieldAdvice(table, field));
  }
  return anyOf(columns.map((column) => ({ kind: 'test', column, test: columnTest(term, field, column, text) })));
}

function columnTest(term: Term, field: string, column: Column, text: string): Test {
  if (valueKind(column.type) !== 'text') return rangeTest(term, field, column, text);
  if (term.operator !== ':' && term.operator !== '=') {
    throw filterError(text, term.at, `${quoted(field)} is text and has no order`, `: use ":" or "="`);
  }
  return textTest(term, text, isProse(column));
}

/** Texts in which people look for a part: lines, paths, arguments. Others are names, of which people mean the whole. */
function isProse(column: Column): boolean {
  return column.type !== 'word' && (column.groups?.some((group) => group === 'word' || group === 'path') ?? false);
}

function textTest(term: Term, text: string, inside: boolean): Test {
  const { value } = term;
  switch (value.kind) {
    case 'regex':
      return { kind: 'regex', regex: checkedRegex(value.source, term.valueAt, text) };
    case 'phrase':
      return literalTest(value.text, inside && term.operator === ':');
    case 'word':
      if (value.parts.every((part) => part.kind === 'text')) {
        return literalTest(literalText(value.parts), inside && term.operator === ':');
      }
      return patternTest(value.parts, term, text);
  }
}

function literalTest(text: string, inside: boolean): Test {
  return { kind: inside && text !== '' ? 'contains' : 'equals', text };
}

/** A pattern of wildcards, for the whole text. The common shapes are told apart: the engine has faster ways for them. */
function patternTest(parts: readonly PatternPart[], term: Term, text: string): Test {
  const [first, second, third] = parts;
  if (parts.length === 2 && first?.kind === 'text' && second?.kind === 'any')
    return { kind: 'starts', text: first.text };
  if (parts.length === 2 && first?.kind === 'any' && second?.kind === 'text')
    return { kind: 'ends', text: second.text };
  if (parts.length === 3 && first?.kind === 'any' && second?.kind === 'text' && third?.kind === 'any') {
    return { kind: 'contains', text: second.text };
  }
  const items: Regex[] = [{ kind: 'assertion', assertion: 'start' }];
  for (const part of parts) {
    if (part.kind === 'text') items.push(...Array.from(part.text, characterSet));
    else if (part.kind === 'one') items.push({ kind: 'set', ranges: anything });
    else items.push({ kind: 'repeat', item: { kind: 'set', ranges: anything }, minimum: 0, maximum: null });
  }
  items.push({ kind: 'assertion', assertion: 'end' });
  return { kind: 'regex', regex: sized({ kind: 'sequence', items }, term.valueAt, text) };
}

function characterSet(character: string): Regex {
  const codePoint = character.codePointAt(0) ?? 0;
  return { kind: 'set', ranges: [{ low: codePoint, high: codePoint }] };
}

function checkedRegex(source: string, at: number, text: string): Regex {
  try {
    return sized(parseRegex(source), at, text);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw filterError(text, at + 1 + filterOffset(source, error.offset), `bad regular expression: ${error.message}`);
  }
}

/** Where an offset of the source is behind the slash that opens it: `\/` in the filter is `/` in the source. */
function filterOffset(source: string, offset: number): number {
  const escaped = source
    .slice(0, offset)
    .replace(/\\[\s\S]/g, '__')
    .match(/\//g);
  return offset + (escaped?.length ?? 0);
}

function sized(regex: Regex, at: number, text: string): Regex {
  try {
    compileRegex(regex);
    return regex;
  } catch (error) {
    if (!(error instanceof RegexTooLarge)) throw error;
    throw filterError(text, at, error.message);
  }
}

function rangeTest(term: Term, field: string, column: Column, text: string): RangeTest {
  const { value, operator } = term;
  const kind = valueKind(column.type);
  const fail = (shown: string): Error =>
    filterError(text, term.valueAt, `${quoted(field)} takes ${valueHelp(kind, column.type)}, not ${quoted(shown)}`);
  if (value.kind === 'regex') throw fail(`/${value.source}/`);
  const literal = value.kind === 'phrase' ? value.text : literalText(value.parts);
  if (value.kind === 'word' && value.parts.some((part) => part.kind !== 'text')) throw fail(literal);
  const parse = (part: string): Interval => {
    const interval = parseInterval(part, kind, column.type);
    if (interval === undefined) throw fail(part);
    return interval;
  };

  const dots = value.kind === 'word' && (operator === ':' || operator === '=') ? literal.indexOf('..') : -1;
  if (dots === -1) return compared(operator, parse(literal));
  const [low, high] = [literal.slice(0, dots), literal.slice(dots + 2)];
  if (low === '' && high === '') throw fail(literal);
  return {
    kind: 'range',
    low: low === '' ? null : { value: parse(low).first, included: true },
    high: high === '' ? null : { value: parse(high).last, included: true },
  };
}

function compared(operator: Operator, interval: Interval): RangeTest {
  const bound = (value: number | bigint, included: boolean): Bound => ({ value, included });
  switch (operator) {
    case ':':
    case '=':
      return between(interval, interval);
    case '>':
      return { kind: 'range', low: bound(interval.last, false), high: null };
    case '>=':
      return { kind: 'range', low: bound(interval.first, true), high: null };
    case '<':
      return { kind: 'range', low: null, high: bound(interval.first, false) };
    case '<=':
      return { kind: 'range', low: null, high: bound(interval.last, true) };
  }
}

function between(low: Interval, high: Interval): RangeTest {
  return { kind: 'range', low: { value: low.first, included: true }, high: { value: high.last, included: true } };
}

function anyOf(operands: readonly Condition[]): Condition {
  const [first, ...others] = operands;
  return first !== undefined && others.length === 0 ? first : { kind: 'or', operands };
}
