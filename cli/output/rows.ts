import type { ClientReadableStream } from '@grpc/grpc-js';
import { toNumber } from '../../proto/integer.js';
import type { Rows } from '../../proto/service.js';
import type { Table } from '../../aggregator/schema/table.js';
import type { OutputForm } from '../input/options.js';
import { printerFor, type PrintedColumn, type Printer } from './printer.js';

export interface RowOutput {
  readonly form: OutputForm;
  /** Says which columns people are shown. */
  readonly table: Table;
  /** Each message is printed at once instead of being measured with others. */
  readonly live: boolean;
}

/** Columns of the terminal; 0 where the output goes elsewhere. */
export function terminalColumns(): number {
  return process.stdout.isTTY ? process.stdout.columns : 0;
}

/** Prints a stream of rows as it comes; gives how many there were. Rejects with what ended the stream. */
export async function printRows(stream: ClientReadableStream<Rows>, output: RowOutput): Promise<number> {
  let printer: Printer | null = null;
  let count = 0;
  for await (const message of readRows(stream)) {
    if (printer === null && (message.columns?.length ?? 0) > 0) {
      printer = printerFor(output.form, printedColumns(message, output.table), {
        columns: terminalColumns(),
        live: output.live,
      });
      if (output.live) process.stderr.write(`following ${output.table.name}, Ctrl-C ends\n`);
    }
    if (printer === null) continue;
    for (const row of message.rows ?? []) {
      count += 1;
      process.stdout.write(printer.row(row.values ?? []));
    }
    if (output.live && count > 0) process.stdout.write(printer.flush());
    const dropped = toNumber(message.dropped);
    if (dropped > 0) process.stderr.write(`${dropped} rows left out: they came faster than they could be shown\n`);
  }
  if (printer !== null) process.stdout.write(printer.flush());
  return count;
}

/** The stream's own iterator is untyped. */
async function* readRows(stream: ClientReadableStream<Rows>): AsyncGenerator<Rows> {
  const messages: AsyncIterable<Rows> = stream;
  yield* messages;
}

function printedColumns(message: Rows, table: Table): readonly PrintedColumn[] {
  return (message.columns ?? []).map(({ name, type }) => ({
    name: name ?? '',
    type: type ?? '',
    shown: table.columns.find((column) => column.name === name)?.shown === true,
  }));
}
