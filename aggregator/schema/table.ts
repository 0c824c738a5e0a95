/** What a column holds, from which its ClickHouse type, RowBinary encoding, filter rules and docs derive. */
export type ColumnType =
  | 'text' // String
  | 'word' // LowCardinality(String): few distinct values
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'double' // Float64
  | 'time' // DateTime64(6, 'UTC'); microseconds since the Unix epoch in TypeScript
  | 'address' // IPv6; IPv4 addresses are stored mapped (::ffff:a.b.c.d) and shown as IPv4
  | 'text[]' // Array(String)
  | 'uint64[]'; // Array(UInt64)

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** One sentence for the reference documentation. */
  readonly text: string;
  /** ClickHouse codec beside ZSTD(1), as `Delta, ZSTD(1)`. */
  readonly codec?: string;
  /** Columns of these groups match a filter term without a field name, and the group's name as a field: `user:bob`, `path:…`, `address:…`. */
  readonly groups?: readonly string[];
  /** Shown by default in tables for people. */
  readonly shown?: boolean;
}

export interface Table {
  readonly name: string;
  readonly text: string;
  readonly columns: readonly Column[];
  /** Column by which `--since` and `--until` select, partitions are cut and the time to live counts. */
  readonly time: string;
  readonly orderBy: readonly string[];
  /** Rows with equal sort keys collapse to the one with the highest value here (ReplacingMergeTree). */
  readonly version?: string;
  /** Skip indexes: ClickHouse index expressions, as `INDEX path_ngrams path TYPE ngrambf_v1(…) GRANULARITY 4`. */
  readonly indexes?: readonly string[];
  readonly retentionDays: number;
}
