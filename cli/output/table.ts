import { printable } from './escape.js';
import type { PrintedColumn, Printer } from './printer.js';
import { localTime } from './time.js';
import { fit, textWidth } from './width.js';

/** The widths are chosen by so many rows; those after them are cut or stand out. */
const rowsMeasured = 1000;
/** Narrower columns tell nothing; whole columns go instead, from the right. */
const narrowest = 8;
const gap = '  ';

interface LaidOut {
  readonly index: number;
  readonly column: PrintedColumn;
  readonly width: number;
}

/** A table for people: shown columns only, without those that are empty, as wide as the terminal at most. */
export class TablePrinter implements Printer {
  #waiting: (readonly string[])[] = [];
  #layout: readonly LaidOut[] | null = null;

  constructor(
    readonly columns: readonly PrintedColumn[],
    /** Of the terminal; 0: no limit. */
    readonly maximum: number,
  ) {}

  row(values: readonly string[]): string {
    const cells = this.columns.map(({ name, type }, index) => cellText(name, type, values[index] ?? ''));
    if (this.#layout !== null) return printLine(this.#layout, cells, this.maximum);
    this.#waiting.push(cells);
    return this.#waiting.length < rowsMeasured ? '' : this.flush();
  }

  flush(): string {
    if (this.#layout !== null || this.#waiting.length === 0) return '';
    const layout = layOut(this.columns, this.#waiting, this.maximum);
    this.#layout = layout;
    const lines = this.#waiting.map((cells) => printLine(layout, cells, this.maximum));
    this.#waiting = [];
    return (
      printLine(
        layout,
        this.columns.map(({ name }) => name),
        this.maximum,
      ) + lines.join('')
    );
  }
}

/** For people: lists without brackets, no zero where it stands for nothing. */
function cellText(name: string, type: string, value: string): string {
  switch (type) {
    case 'time':
      return localTime(Number(value));
    case 'list':
      return printable(listText(value));
    case 'integer':
      return value === '0' && /(?:^|_)(?:port|pid|connection_id)$/.test(name) ? '' : value;
    default:
      return printable(value);
  }
}

function listText(json: string): string {
  try {
    const items: unknown = JSON.parse(json);
    return Array.isArray(items) ? items.map(String).join(', ') : json;
  } catch {
    return json;
  }
}

function layOut(
  columns: readonly PrintedColumn[],
  rows: readonly (readonly string[])[],
  maximum: number,
): readonly LaidOut[] {
  const shown = columns
    .map((column, index) => ({ column, index }))
    .filter(({ column, index }) => column.shown && rows.some((cells) => (cells[index] ?? '') !== ''))
    .map(({ column, index }) => {
      const widths = rows.map((cells) => textWidth(cells[index] ?? ''));
      return { column, index, width: widths.reduce((widest, width) => Math.max(widest, width), column.name.length) };
    });
  return maximum === 0 ? shown : narrowed(shown, maximum);
}

/** Takes from the widest columns first, then leaves out columns from the right. */
function narrowed(columns: readonly LaidOut[], maximum: number): readonly LaidOut[] {
  const widths = columns.map(({ width }) => width);
  const available = maximum - gap.length * (columns.length - 1);
  let excess = widths.reduce((total, width) => total + width, 0) - available;
  while (excess > 0) {
    const widest = Math.max(...widths.map((width, index) => (canShrink(columns[index], width) ? width : 0)));
    if (widest === 0) return narrowed(columns.slice(0, -1), maximum);
    widths[widths.findIndex((width, index) => width === widest && canShrink(columns[index], width))] = widest - 1;
    excess -= 1;
  }
  return columns.map((column, index) => ({ ...column, width: widths[index] ?? column.width }));
}

/** Half a number or half a time is a wrong one. */
function canShrink(laidOut: LaidOut | undefined, width: number): boolean {
  if (laidOut === undefined || width <= narrowest) return false;
  return laidOut.column.type === 'string' || laidOut.column.type === 'list';
}

function printLine(layout: readonly LaidOut[], cells: readonly string[], maximum: number): string {
  const fields = layout.map(({ column, index, width }) => {
    const cell = cells[index] ?? '';
    const right = column.type === 'integer' || column.type === 'decimal';
    return maximum === 0 && textWidth(cell) > width ? cell : fit(cell, width, right);
  });
  return `${fields.join(gap).trimEnd()}\n`;
}
