import type { Column, ColumnType } from './table.js';

/** ClickHouse's type for each column type. */
export const clickhouseTypes: Readonly<Record<ColumnType, string>> = {
  text: 'String',
  word: 'LowCardinality(String)',
  uint8: 'UInt8',
  uint16: 'UInt16',
  uint32: 'UInt32',
  uint64: 'UInt64',
  double: 'Float64',
  time: "DateTime64(6, 'UTC')",
  address: 'IPv6',
  'text[]': 'Array(String)',
  'uint64[]': 'Array(UInt64)',
};

/** Columns as ClickHouse declares them: `time DateTime64(6, 'UTC'), host LowCardinality(String), …`. */
export function structure(columns: readonly Column[]): string {
  return columns.map((column) => `${column.name} ${clickhouseTypes[column.type]}`).join(', ');
}
