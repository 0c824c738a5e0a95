import { printable } from './escape.js';
import type { PrintedColumn, Printer } from './printer.js';
import { isoTime } from './time.js';

/** RFC 4180 with a header, all columns, times in ISO 8601. */
export class CsvPrinter implements Printer {
  #headed = false;

  constructor(
    readonly columns: readonly PrintedColumn[],
    /** A file gets the bytes as they are, a terminal does not. */
    readonly escape: boolean,
  ) {}

  row(values: readonly string[]): string {
    const fields = this.columns.map(({ type }, index) => {
      const value = values[index] ?? '';
      return type === 'time' ? isoTime(Number(value)) : this.escape ? printable(value) : value;
    });
    return this.#header() + line(fields);
  }

  /** Also without rows a CSV file says what its columns are. */
  flush(): string {
    return this.#header();
  }

  #header(): string {
    if (this.#headed) return '';
    this.#headed = true;
    return line(this.columns.map(({ name }) => name));
  }
}

function line(fields: readonly string[]): string {
  return `${fields.map(field).join(',')}\r\n`;
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
