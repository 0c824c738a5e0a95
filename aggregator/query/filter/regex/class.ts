import type { Cursor } from './cursor.js';
import {
  caseVariants,
  digits,
  highestCodePoint,
  invertRanges,
  normalizeRanges,
  posixClasses,
  spaces,
  words,
  type Range,
} from './syntax.js';

const controls: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
]);

const sets: ReadonlyMap<string, readonly Range[]> = new Map([
  ['d', digits],
  ['s', spaces],
  ['w', words],
]);

/** More than this many code points in a range are not folded one by one: no script with two cases is wider. */
const widestFolded = 0x600;

/** After a backslash: one code point, or the ranges of a class. `start` is where the backslash stood. */
export function parseEscape(cursor: Cursor, start: number): number | readonly Range[] {
  const hexadecimal = cursor.match(/x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/y);
  if (hexadecimal !== null) {
    const value = Number.parseInt(hexadecimal[1] ?? hexadecimal[2] ?? '', 16);
    if (value > highestCodePoint || (value >= 0xd800 && value <= 0xdfff)) throw cursor.fail('no such character', start);
    return value;
  }
  const name = cursor.match(/[a-zA-Z0-9]/y)?.[0];
  if (name === undefined) {
    if (cursor.ended) throw cursor.fail('a backslash needs a character after it', start);
    return cursor.codePoint();
  }
  const ranges = sets.get(name.toLowerCase());
  if (ranges !== undefined) return name === name.toLowerCase() ? ranges : invertRanges(normalizeRanges(ranges));
  const control = controls.get(name);
  if (control !== undefined) return control;
  throw cursor.fail(/\d/.test(name) ? 'back-references are not supported' : `"\\${name}" is not supported`, start);
}

/** A class, after its opening bracket, which stood at `start`. */
export function parseClass(cursor: Cursor, start: number, ignoreCase: boolean): readonly Range[] {
  const inverted = cursor.take('^');
  const ranges: Range[] = [];
  let first = true;
  // A closing bracket in first place is an ordinary character.
  while (first || !cursor.starts(']')) {
    if (cursor.ended) throw cursor.fail('a class is not closed', start);
    ranges.push(...classItem(cursor, start));
    first = false;
  }
  cursor.take(']');
  const folded = normalizeRanges(ignoreCase ? ranges.flatMap(foldRange) : ranges);
  const result = inverted ? invertRanges(folded) : folded;
  // RE2 accepts a class that nothing is in; a person who writes one is mistaken.
  if (result.length === 0) throw cursor.fail('a class that no character is in', start);
  return result;
}

function classItem(cursor: Cursor, start: number): readonly Range[] {
  const at = cursor.offset;
  const posix = cursor.match(/\[:(\^?)(\w*):\]/y);
  if (posix !== null) {
    const ranges = posixClasses.get(posix[2] ?? '');
    if (ranges === undefined) throw cursor.fail(`no class "${posix[0]}"`, at);
    return posix[1] === '^' ? invertRanges(normalizeRanges(ranges)) : ranges;
  }
  const low = classCharacter(cursor);
  if (typeof low !== 'number') return low;
  if (!cursor.starts('-') || cursor.starts('-]')) return [{ low, high: low }];
  cursor.take('-');
  if (cursor.ended) throw cursor.fail('a class is not closed', start);
  const high = classCharacter(cursor);
  if (typeof high !== 'number') throw cursor.fail('a range of characters ends in a class', at);
  if (high < low) throw cursor.fail('a range of characters ends before it starts', at);
  return [{ low, high }];
}

function classCharacter(cursor: Cursor): number | readonly Range[] {
  const at = cursor.offset;
  return cursor.take('\\') ? parseEscape(cursor, at) : cursor.codePoint();
}

function foldRange(range: Range): readonly Range[] {
  if (range.high - range.low > widestFolded) return [range];
  const folded: Range[] = [];
  for (let codePoint = range.low; codePoint <= range.high; codePoint += 1) folded.push(...caseVariants(codePoint));
  return normalizeRanges(folded);
}
