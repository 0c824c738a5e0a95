/** Every way the aggregator can fail, by code; docs/errors.md explains each. */
export type AggregatorErrorCode =
  | 'USAGE'
  | 'CONFIG_INVALID'
  | 'LISTEN_FAILED'
  | 'DATA_DIRECTORY'
  | 'STORE_UNAVAILABLE'
  | 'STORE_FAILED'
  | 'ROW_INVALID'
  | 'STATEMENT_INVALID'
  | 'QUERY_LIMIT'
  | 'QUERY_CANCELLED'
  | 'FILTER_SYNTAX'
  | 'REQUEST_INVALID'
  | 'FORMAT_UNKNOWN'
  | 'IMPORT_UNREADABLE';

/** What happened, where, and what to do, in one sentence; the code says which kind. */
export class AggregatorError extends Error {
  override readonly name = 'AggregatorError';
  constructor(
    readonly code: AggregatorErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}
