import type { ResultRow } from '../store/store.js';

export interface ColumnReader<Name extends string> {
  readonly text: (name: Name) => string;
  /** Exact below 2^53. */
  readonly number: (name: Name) => number;
  /** Of a list column. */
  readonly texts: (name: Name) => readonly string[];
}

/** A result row by the names of its columns, which are those of the SELECT in its order. */
export function columnReader<Name extends string>(columns: readonly Name[], row: ResultRow): ColumnReader<Name> {
  const text = (name: Name): string => row[columns.indexOf(name)] ?? '';
  return { text, number: (name) => Number(text(name)), texts: (name) => listItems(text(name)) };
}

/** The items of a list as results of the store hold it: JSON, numbers as their digits. */
export function listItems(json: string): readonly string[] {
  // Inode numbers above 2^53 would lose digits as JSON numbers.
  const value: unknown = JSON.parse(
    json === '' ? '[]' : json.replace(/^\[(?:\d+(?:,\d+)*)\]$/, (list) => list.replace(/\d+/g, '"$&"')),
  );
  return Array.isArray(value) ? value.map(String) : [];
}
