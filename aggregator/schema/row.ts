import { inspect } from 'node:util';
import { AggregatorError } from '../errors.js';

/**
 * What a column holds in TypeScript, by column type: text and word: string, or bytes where text
 * is kept as it came; integers: number, bigint above 2^53; double: number; time: microseconds
 * since the Unix epoch; address: textual IPv4 or IPv6, '' where there is none (stored as ::).
 */
export type RowValue = string | number | bigint | Uint8Array | readonly string[] | readonly (number | bigint)[];

/** One row of a table: a value for each of its columns, by column name. */
export type Row = Readonly<Record<string, RowValue>>;

/** A row that does not fit its table is a fault of this program, not of its input: input is checked before. */
export function misfit(table: string, column: string, value: unknown, wanted: string): AggregatorError {
  const shown = value === undefined ? 'nothing' : inspect(value, { maxStringLength: 80, maxArrayLength: 5, depth: 1 });
  return new AggregatorError('ROW_INVALID', `Column ${column} of ${table} takes ${wanted}, not ${shown}`);
}
