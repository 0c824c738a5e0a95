/*
 * Regular expressions of the filter language: the part of RE2's syntax that both the engine and our
 * own matcher give one meaning. JavaScript's RegExp is not used anywhere: it backtracks, and a filter
 * of thirty characters could hold up the aggregator for hours.
 */

/** Code points, inclusive. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export type Regex =
  | { readonly kind: 'empty' }
  /** One character that is in one of the ranges; ordered, apart from each other. */
  | { readonly kind: 'set'; readonly ranges: readonly Range[] }
  /** Zero width: start or end of the text, (no) boundary of an ASCII word. */
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly items: readonly Regex[] }
  | { readonly kind: 'choice'; readonly items: readonly Regex[] }
  /** `maximum` null: without limit. */
  | { readonly kind: 'repeat'; readonly item: Regex; readonly minimum: number; readonly maximum: number | null };

export type Assertion = 'start' | 'end' | 'boundary' | 'no-boundary';

export const highestCodePoint = 0x10ffff;

/** Ordered, merged where they touch. */
export function normalizeRanges(ranges: readonly Range[]): readonly Range[] {
  const ordered = [...ranges].sort((a, b) => a.low - b.low);
  const merged: Range[] = [];
  for (const range of ordered) {
    const last = merged.at(-1);
    if (last !== undefined && range.low <= last.high + 1) {
      merged[merged.length - 1] = { low: last.low, high: Math.max(last.high, range.high) };
    } else {
      merged.push(range);
    }
  }
  return merged;
}

/** All that is in none of the ranges, which are normalized. */
export function invertRanges(ranges: readonly Range[]): readonly Range[] {
  const inverted: Range[] = [];
  let low = 0;
  for (const range of ranges) {
    if (range.low > low) inverted.push({ low, high: range.low - 1 });
    low = range.high + 1;
  }
  if (low <= highestCodePoint) inverted.push({ low, high: highestCodePoint });
  return inverted;
}

/** Ranges of the classes that Perl and POSIX name; ASCII only, as in RE2. */
export const digits: readonly Range[] = [{ low: 0x30, high: 0x39 }];
export const spaces: readonly Range[] = [
  { low: 0x09, high: 0x0a },
  { low: 0x0c, high: 0x0d },
  { low: 0x20, high: 0x20 },
];
const upper: Range = { low: 0x41, high: 0x5a };
const lower: Range = { low: 0x61, high: 0x7a };
export const words: readonly Range[] = [...digits, upper, { low: 0x5f, high: 0x5f }, lower];
export const anything: readonly Range[] = [{ low: 0, high: highestCodePoint }];

export const posixClasses: ReadonlyMap<string, readonly Range[]> = new Map<string, readonly Range[]>([
  ['alnum', [...digits, upper, lower]],
  ['alpha', [upper, lower]],
  ['ascii', [{ low: 0, high: 0x7f }]],
  [
    'blank',
    [
      { low: 0x09, high: 0x09 },
      { low: 0x20, high: 0x20 },
    ],
  ],
  [
    'cntrl',
    [
      { low: 0, high: 0x1f },
      { low: 0x7f, high: 0x7f },
    ],
  ],
  ['digit', digits],
  ['graph', [{ low: 0x21, high: 0x7e }]],
  ['lower', [lower]],
  ['print', [{ low: 0x20, high: 0x7e }]],
  [
    'punct',
    [
      { low: 0x21, high: 0x2f },
      { low: 0x3a, high: 0x40 },
      { low: 0x5b, high: 0x60 },
      { low: 0x7b, high: 0x7e },
    ],
  ],
  [
    'space',
    [
      { low: 0x09, high: 0x0d },
      { low: 0x20, high: 0x20 },
    ],
  ],
  ['upper', [upper]],
  ['word', words],
  ['xdigit', [...digits, { low: 0x41, high: 0x46 }, { low: 0x61, high: 0x66 }]],
]);

/** A character, in either case where case does not matter. */
export function caseVariants(codePoint: number): readonly Range[] {
  const character = String.fromCodePoint(codePoint);
  const variants = [character, character.toLowerCase(), character.toUpperCase()]
    .filter((variant) => Array.from(variant).length === 1)
    .map((variant) => variant.codePointAt(0) ?? codePoint);
  return normalizeRanges(variants.map((variant) => ({ low: variant, high: variant })));
}
