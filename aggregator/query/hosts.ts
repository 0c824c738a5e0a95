import type { ServerWritableStream } from '@grpc/grpc-js';
import type { HostsRequest, Rows } from '../../proto/service.js';
import { tables } from '../schema/tables.js';
import type { QueryLimits, Statement, Store } from '../store/store.js';
import { streamRows } from './search.js';

/** A host that registered again is the same host: the latest of its rows counts, whatever partition it is in. */
export function hostsStatement(): Statement {
  const columns = tables.hosts.columns.map((column) => column.name).join(', ');
  return {
    sql: `SELECT ${columns} FROM hosts ORDER BY last_seen_time DESC LIMIT 1 BY host_id`,
    parameters: {},
  };
}

export async function answerHosts(
  call: ServerWritableStream<HostsRequest, Rows>,
  store: Store,
  limits: Partial<QueryLimits>,
): Promise<void> {
  const { sql, parameters } = hostsStatement();
  const statement = { sql: `SELECT * FROM (${sql}) ORDER BY host, host_id`, parameters };
  await streamRows(call, tables.hosts, store, statement, limits);
}
