import type { Filter, PatternPart, Term, Value } from './syntax.js';

/** A filter that parses into the same tree. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'all':
      return '';
    case 'and':
      return filter.operands.map(printOperand).join(' AND ');
    case 'or':
      return filter.operands.map(printOperand).join(' OR ');
    case 'not':
      return `NOT ${printOperand(filter.operand)}`;
    case 'term':
      return printTerm(filter);
  }
}

function printOperand(filter: Filter): string {
  return filter.kind === 'term' || filter.kind === 'not' ? printFilter(filter) : `(${printFilter(filter)})`;
}

function printTerm(term: Term): string {
  const value = printValue(term.value);
  return term.field === null ? value : `${term.field}${term.operator}${value}`;
}

function printValue(value: Value): string {
  switch (value.kind) {
    case 'word':
      return printWord(value.parts);
    case 'phrase':
      return `"${value.text.replace(/["\\]/g, '\\$&')}"`;
    case 'regex':
      return `/${value.source.replace(/\\[\s\S]|\//g, (found) => (found === '/' ? '\\/' : found))}/`;
  }
}

function printWord(parts: readonly PatternPart[]): string {
  const word = parts
    .map((part) => (part.kind === 'any' ? '*' : part.kind === 'one' ? '?' : part.text.replace(/[^\w.]/gu, '\\$&')))
    .join('');
  return /^(?:AND|OR|NOT)$/.test(word) ? `\\${word}` : word;
}
