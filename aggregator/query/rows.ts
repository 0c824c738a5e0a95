import { tables } from '../schema/tables.js';
import type { Row, RowValue } from '../schema/row.js';
import type { ColumnType, Table } from '../schema/table.js';
import type { panorama } from '#proto';

/** The types that query.proto names, by what a column holds. */
const protocolTypes: Readonly<Record<ColumnType, string>> = {
  text: 'string',
  word: 'string',
  uint8: 'integer',
  uint16: 'integer',
  uint32: 'integer',
  uint64: 'integer',
  double: 'decimal',
  time: 'time',
  address: 'address',
  'text[]': 'list',
  'uint64[]': 'list',
};

export type ProtocolColumn = panorama.v1.Column.$Properties;
export type ProtocolRow = panorama.v1.Row.$Properties;

export function protocolColumns(table: Table): ProtocolColumn[] {
  return table.columns.map((column) => ({ name: column.name, type: protocolTypes[column.type] }));
}

/** A row that was just stored, as a search would give it. */
export function rowValues(table: Table, row: Row): string[] {
  return table.columns.map((column) => valueText(row[column.name]));
}

function valueText(value: RowValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return `[${value.map((item) => (typeof item === 'string' ? JSON.stringify(item) : String(item))).join(',')}]`;
}

/** The latest version of each row, without rows that stand for nothing any more. */
export function fromTable(table: Table): string {
  return table.version === undefined ? table.name : `${table.name} FINAL`;
}

/**
 * Equal keys have equal times, and partitions are cut by time: versions of a row never lie in two
 * partitions, and the engine need not look there for them.
 */
export const finalSettings = 'SETTINGS do_not_merge_across_partitions_select_final = 1';

/** An expression that is false for rows replaced by others of another key; null where there are none. */
export function currentOnly(table: Table): string | null {
  return table === tables.sessions ? 'superseded = 0' : null;
}

/** `currentOnly` for rows on their way. */
export function isCurrent(row: Row): boolean {
  return row['superseded'] !== 1;
}
