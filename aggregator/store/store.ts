import type { Table } from '../schema/table.js';

/** A value bound to `{name:Type}` in a statement. Never concatenated into SQL. */
export type Parameter = string | number | bigint | boolean | readonly string[] | readonly number[];
export type Parameters = Readonly<Record<string, Parameter>>;

export interface Statement {
  /** SQL with `{name:Type}` placeholders. */
  readonly sql: string;
  readonly parameters: Parameters;
}

/** Result row: column values as text, in select order; arrays as JSON, times as microseconds since the epoch. */
export type ResultRow = readonly string[];

export interface QueryLimits {
  readonly seconds: number;
  readonly memoryBytes: number;
}

/**
 * The one door to the database. The embedded engine lives in a child process; a cluster
 * is reached through the same interface. Every method rejects with an AggregatorError.
 */
export interface Store {
  start(): Promise<void>;
  /** Drains what runs, closes the engine. */
  stop(): Promise<void>;
  /** DDL and maintenance. */
  command(statement: Statement): Promise<void>;
  /** Stores rows already encoded as RowBinary for all columns of the table; resolves when they are on disk. */
  insertBytes(table: Table, rows: Uint8Array, rowCount: number): Promise<void>;
  /** Whole result. */
  query(statement: Statement, limits?: Partial<QueryLimits>): Promise<readonly ResultRow[]>;
  /** Result in chunks; stops the query in the engine when the consumer stops or the signal aborts. */
  stream(
    statement: Statement,
    limits?: Partial<QueryLimits>,
    signal?: AbortSignal,
  ): AsyncIterable<readonly ResultRow[]>;
}
