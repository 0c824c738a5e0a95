import type { OutputForm } from '../input/options.js';
import { CsvPrinter } from './csv.js';
import { JsonPrinter } from './json.js';
import { TablePrinter } from './table.js';

export interface PrintedColumn {
  readonly name: string;
  /** As query.proto names it: string, integer, decimal, time, address, list. */
  readonly type: string;
  /** Whether people see it in a table; the other forms have all columns. */
  readonly shown: boolean;
}

/** Rows in one of the output forms. Returns text to write, which may be empty: a table waits until it knows its widths. */
export interface Printer {
  row(values: readonly string[]): string;
  /** All that is held back. */
  flush(): string;
}

export interface Terminal {
  /** 0: not a terminal, no limit. */
  readonly columns: number;
  /** Rows come as they happen. */
  readonly live?: boolean;
}

export function printerFor(form: OutputForm, columns: readonly PrintedColumn[], terminal: Terminal): Printer {
  switch (form) {
    case 'table':
      return new TablePrinter(columns, terminal.columns, terminal.live);
    case 'json':
      return new JsonPrinter(columns);
    case 'csv':
      return new CsvPrinter(columns, terminal.columns > 0);
  }
}
