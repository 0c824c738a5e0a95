import { printable } from './escape.js';
import { gap, layOut, type LaidOut } from './layout.js';
import type { PrintedColumn, Printer } from './printer.js';
import { localTime } from './time.js';
import { fit, textWidth } from './width.js';

/** The widths are chosen by so many rows; those after them are cut or stand out. */
const rowsMeasured = 1000;

/** A table for people: shown columns only, without those that are empty, as wide as the terminal at most. */
export class TablePrinter implements Printer {
  #waiting: (readonly string[])[] = [];
  #layout: readonly LaidOut[] | null = null;

  constructor(
    readonly columns: readonly PrintedColumn[],
    /** Of the terminal; 0: no limit. */
    readonly maximum: number,
    /** Rows come as they happen: each is printed at once, with the time of day only. */
    readonly live = false,
  ) {}

  row(values: readonly string[]): string {
    const cells = this.columns.map(({ name, type }, index) => cellText(name, type, values[index] ?? '', this.live));
    if (this.#layout !== null) return rowLine(this.#layout, cells, this.maximum);
    this.#waiting.push(cells);
    return this.#waiting.length < rowsMeasured ? '' : this.flush();
  }

  flush(): string {
    if (this.#layout !== null || this.#waiting.length === 0) return '';
    const layout = layOut(this.columns, this.#waiting, this.maximum, this.live);
    this.#layout = layout;
    const lines = this.#waiting.map((cells) => rowLine(layout, cells, this.maximum));
    this.#waiting = [];
    return headerLine(layout) + lines.join('');
  }
}

/** For people: lists without brackets, no zero where it stands for nothing. */
function cellText(name: string, type: string, value: string, live: boolean): string {
  switch (type) {
    case 'time':
      return localTime(Number(value)).slice(live ? '2026-01-31 '.length : 0);
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

function headerLine(layout: readonly LaidOut[]): string {
  return joined(layout.map(({ column, width }) => fit(column.name, width, isNumber(column))));
}

/** Rows after those that were measured may be wider: texts are cut to the terminal, numbers and times stand out. */
function rowLine(layout: readonly LaidOut[], cells: readonly string[], maximum: number): string {
  return joined(
    layout.map(({ column, index, width }) => {
      const cell = cells[index] ?? '';
      const isText = column.type === 'string' || column.type === 'list';
      return textWidth(cell) > width && (maximum === 0 || !isText) ? cell : fit(cell, width, isNumber(column));
    }),
  );
}

function isNumber({ type }: PrintedColumn): boolean {
  return type === 'integer' || type === 'decimal';
}

function joined(fields: readonly string[]): string {
  return `${fields.join(gap).trimEnd()}\n`;
}
