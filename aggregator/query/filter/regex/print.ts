import { highestCodePoint, type Assertion, type Range, type Regex } from './syntax.js';

const assertions: Readonly<Record<Assertion, string>> = {
  start: '^',
  end: '$',
  boundary: '\\b',
  'no-boundary': '\\B',
};

/**
 * The regular expression in RE2's syntax, for the engine's `match`. Printed from the tree and not passed
 * through, so that the engine cannot read anything into it that our matcher does not.
 */
export function printRegex(regex: Regex): string {
  switch (regex.kind) {
    case 'empty':
      return '(?:)';
    case 'set':
      return printSet(regex.ranges);
    case 'assertion':
      return assertions[regex.assertion];
    case 'sequence':
      return regex.items.map((item) => (item.kind === 'choice' ? group(item) : printRegex(item))).join('');
    case 'choice':
      return regex.items.map(printRegex).join('|');
    case 'repeat':
      return `${regex.item.kind === 'set' ? printRegex(regex.item) : group(regex.item)}${counts(regex.minimum, regex.maximum)}`;
  }
}

function group(regex: Regex): string {
  return `(?:${printRegex(regex)})`;
}

function counts(minimum: number, maximum: number | null): string {
  if (maximum === null) {
    if (minimum < 2) return minimum === 0 ? '*' : '+';
    return `{${minimum},}`;
  }
  return minimum === maximum ? `{${minimum}}` : `{${minimum},${maximum}}`;
}

function printSet(ranges: readonly Range[]): string {
  const [first, ...others] = ranges;
  if (first !== undefined && others.length === 0) {
    if (first.low === first.high) return character(first.low);
    // The engine's `.` takes line breaks too.
    if (first.low === 0 && first.high === highestCodePoint) return '.';
  }
  return `[${ranges.map(printRange).join('')}]`;
}

function printRange({ low, high }: Range): string {
  return low === high ? character(low) : `${character(low)}-${character(high)}`;
}

/** Letters and digits as they are, so that the engine finds the literal text in a pattern and searches for that first. */
function character(codePoint: number): string {
  const text = String.fromCodePoint(codePoint);
  if (/[A-Za-z0-9_ ]/.test(text)) return text;
  if (codePoint > 0x20 && codePoint < 0x7f) return `\\${text}`;
  return `\\x{${codePoint.toString(16)}}`;
}
