import type { PrintedColumn } from './printer.js';
import { textWidth } from './width.js';

/** Narrower texts tell nothing; whole columns go instead. */
const narrowest = 8;
export const gap = '  ';

export interface LaidOut {
  /** Of the cell in its row. */
  readonly index: number;
  readonly column: PrintedColumn;
  readonly width: number;
}

interface Measured extends LaidOut {
  /** Width of the widest cell, without the name above it. */
  readonly content: number;
}

/** Room for values that have not come yet, by type. */
const expected: ReadonlyMap<string, number> = new Map([
  ['address', 15],
  ['integer', 5],
  ['string', 8],
  ['list', 16],
]);

/**
 * Which columns people see, and how wide: those that are shown and not empty, within `maximum` (0: no limit).
 * `live`: more rows will come, which may have values where these have none.
 */
export function layOut(
  columns: readonly PrintedColumn[],
  rows: readonly (readonly string[])[],
  maximum: number,
  live: boolean,
): readonly LaidOut[] {
  const shown = columns
    .map((column, index) => ({ column, index }))
    .filter(({ column, index }) => column.shown && (live || rows.some((cells) => (cells[index] ?? '') !== '')))
    .map(({ column, index }) => {
      const least = live ? (expected.get(column.type) ?? 0) : 0;
      const content = rows.reduce((widest, cells) => Math.max(widest, textWidth(cells[index] ?? '')), least);
      return { column, index, content, width: Math.max(content, column.name.length) };
    });
  return maximum === 0 ? shown : narrowed(shown, maximum);
}

/** Cuts names, then texts, the widest first; then leaves out columns: further times, then from the right. */
function narrowed(columns: readonly Measured[], maximum: number): readonly LaidOut[] {
  const available = maximum - gap.length * (columns.length - 1);
  const least = columns.map(leastWidth);
  const widths = columns.map(({ width }) => width);
  let excess = sum(widths) - available;
  if (excess > 0 && columns.length > 1 && sum(least) > available) return narrowed(withoutOne(columns), maximum);
  for (; excess > 0; excess -= 1) {
    const shrinkable = widths.map((width, index) => (width > (least[index] ?? 0) ? width : 0));
    const widest = Math.max(...shrinkable);
    if (widest === 0) break;
    widths[shrinkable.indexOf(widest)] = widest - 1;
  }
  return columns.map((column, index) => ({ ...column, width: widths[index] ?? column.width }));
}

/** Half a number or half a time is a wrong one: only texts are cut below what they hold. */
function leastWidth({ column, content, width }: Measured): number {
  const isText = column.type === 'string' || column.type === 'list';
  return Math.min(width, isText ? narrowest : Math.max(content, 4));
}

function withoutOne(columns: readonly Measured[]): readonly Measured[] {
  const first = columns.findIndex(({ column }) => column.type === 'time');
  const further = columns.findIndex(({ column }, index) => column.type === 'time' && index !== first);
  return further === -1 ? columns.slice(0, -1) : columns.filter((_, index) => index !== further);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
