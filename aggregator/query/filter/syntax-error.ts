import { AggregatorError } from '../../errors.js';

const shownBefore = 60;
const shownAfter = 30;

/**
 * A FILTER_SYNTAX error that points at a place in the filter: a sentence, the filter and a caret below the
 * column. `offset` is in UTF-16 units; the column that people see counts characters from 1.
 * `advice` follows the place, as `, did you mean "user"?`.
 */
export function filterError(filter: string, offset: number, problem: string, advice = ''): AggregatorError {
  const before = Array.from(filter.slice(0, offset));
  const shown = [...before.slice(-shownBefore), ...Array.from(filter.slice(offset)).slice(0, shownAfter)];
  const caret = `${' '.repeat(Math.min(before.length, shownBefore))}^`;
  return new AggregatorError(
    'FILTER_SYNTAX',
    `${problem} at column ${before.length + 1}${advice}\n  ${printable(shown.join(''))}\n  ${caret}`,
  );
}

/** Text of a filter as part of a sentence: short, on one line. */
export function quoted(text: string): string {
  const characters = Array.from(printable(text));
  return `"${characters.length > 40 ? `${characters.slice(0, 40).join('')}…` : characters.join('')}"`;
}

/** One column per character, and nothing that a terminal or a gRPC status would trip over. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').replace(/\p{Surrogate}/gu, '\uFFFD');
}
