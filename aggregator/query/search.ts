import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Rows, SearchRequest } from '../../proto/service.js';
import type { Table } from '../schema/table.js';
import type { Parameter, QueryLimits, ResultRow, Statement, Store } from '../store/store.js';
import type { Condition } from './filter/condition.js';
import { compileFilter } from './filter/filter.js';
import { conditionSql } from './filter/sql.js';
import { requestedRange, searchedTable, type TimeRange } from './request.js';
import { currentOnly, finalSettings, fromTable, protocolColumns } from './rows.js';
import { written } from './status.js';

export const defaultLimit = 1000;
/** A message stays well below gRPC's limit however long the paths in it are. */
const messageBytes = 2 * 1024 * 1024;

/** Columns after which rows of one time are ordered, so that a search gives the same order every time. */
const tieBreakers = ['host', 'pid', 'operation', 'line', 'connection_id', 'interface_id', 'session_id'] as const;

export interface Search {
  readonly table: Table;
  readonly condition: Condition;
  readonly range: TimeRange;
  readonly limit: number;
}

/** Throws FILTER_SYNTAX or REQUEST_INVALID. */
export function searchOf(request: SearchRequest): Search {
  const table = searchedTable(request);
  return {
    table,
    condition: compileFilter(request.filter ?? '', table),
    range: requestedRange(request.since, request.until),
    limit: request.limit === undefined || request.limit === null || request.limit === 0 ? defaultLimit : request.limit,
  };
}

/** All columns of the rows that are asked for, latest first. */
export function searchStatement({ table, condition, range, limit }: Search): Statement {
  const { sql, parameters } = conditionSql(condition, table);
  const conditions = [`(${sql})`];
  const all: Record<string, Parameter> = { ...parameters, limit };
  const current = currentOnly(table);
  if (current !== null) conditions.push(current);
  if (range.since !== null) {
    conditions.push(`${table.time} >= {since:DateTime64(6, 'UTC')}`);
    all['since'] = range.since;
  }
  if (range.until !== null) {
    conditions.push(`${table.time} <= {until:DateTime64(6, 'UTC')}`);
    all['until'] = range.until;
  }
  const ties = tieBreakers.filter((name) => table.columns.some((column) => column.name === name));
  // By time alone, not by the sort key's hour first: then the engine skips granules by the index on time and fetches
  // the other columns of the rows found only (100 of 1.8 M behaviours: 110 ms, with the hour 760 ms).
  return {
    sql: [
      `SELECT ${table.columns.map((column) => column.name).join(', ')}`,
      `FROM ${fromTable(table)}`,
      `WHERE ${conditions.join(' AND ')}`,
      `ORDER BY ${[`${table.time} DESC`, ...ties].join(', ')}`,
      'LIMIT {limit:UInt32}',
      table.version === undefined ? '' : finalSettings,
    ].join('\n'),
    parameters: all,
  };
}

/** Answers a search in chunks; a caller who leaves stops the engine. */
export async function answerSearch(
  call: ServerWritableStream<SearchRequest, Rows>,
  store: Store,
  limits: Partial<QueryLimits>,
): Promise<void> {
  const search = searchOf(call.request);
  await streamRows(call, search.table, store, searchStatement(search), limits);
}

export async function streamRows<Request>(
  call: ServerWritableStream<Request, Rows>,
  table: Table,
  store: Store,
  statement: Statement,
  limits: Partial<QueryLimits>,
): Promise<void> {
  const leave = new AbortController();
  call.on('cancelled', () => leave.abort());
  await written(call, { columns: protocolColumns(table) });
  try {
    for await (const rows of store.stream(statement, limits, leave.signal)) {
      for (const chunk of chunks(rows)) {
        await written(call, { rows: chunk.map((values) => ({ values: [...values] })) });
        if (call.cancelled) return;
      }
    }
  } catch (error) {
    if (!call.cancelled) throw error;
  }
  call.end();
}

function* chunks(rows: readonly ResultRow[]): Generator<readonly ResultRow[]> {
  let chunk: ResultRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    chunk.push(row);
    for (const value of row) bytes += value.length * 3;
    if (bytes > messageBytes) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
  }
  if (chunk.length > 0) yield chunk;
}
