import { columnReader } from '../query/column-reader.js';
import type { ResultRow, Statement, Store, QueryLimits } from '../store/store.js';
import type { ConnectionEnd, FlowRecord } from './model.js';

/** Work of our own, not a person's: it takes as long as it takes. */
export const correlationLimits: QueryLimits = { seconds: 3600, memoryBytes: 2 * 1024 ** 3 };

export interface Span {
  readonly from: number;
  readonly to: number;
}

const timeType = "DateTime64(6, 'UTC')";

function within(column: string): string {
  return `${column} >= {from:${timeType}} AND ${column} <= {to:${timeType}}`;
}

/** Ids with connections or records that started within the span and were received since; in order. */
export function changedIds(span: Span, receivedSince: number): Statement {
  const rows = (table: string): string =>
    `SELECT community_id FROM ${table} WHERE ${within('start_time')} AND received_time >= {received:${timeType}} AND community_id != ''`;
  return {
    sql: `SELECT DISTINCT community_id FROM (${rows('connections')} UNION ALL ${rows('flows')}) ORDER BY community_id`,
    parameters: { from: span.from, to: span.to, received: receivedSince },
  };
}

/** Ids of sessions that no flow record was found for. */
export function awaitingIds(span: Span): Statement {
  return {
    sql: `SELECT DISTINCT community_id FROM sessions FINAL WHERE ${within('start_time')} AND flow_count = 0 AND superseded = 0`,
    parameters: { from: span.from, to: span.to },
  };
}

/** Hours that received something since, with the first time that they did. */
export function changedHours(receivedSince: number): Statement {
  const rows = (table: string): string =>
    `SELECT start_time, received_time FROM ${table} WHERE received_time >= {received:${timeType}} AND community_id != ''`;
  return {
    sql: `SELECT min(start_time), max(start_time), min(received_time) FROM (${rows('connections')} UNION ALL ${rows('flows')}) GROUP BY toStartOfHour(start_time)`,
    parameters: { received: receivedSince },
  };
}

export function lastComputed(): Statement {
  return { sql: 'SELECT max(computed_time) FROM sessions', parameters: {} };
}

const connectionColumns = [
  'community_id',
  'host',
  'host_id',
  'network_namespace',
  'connection_id',
  'direction',
  'protocol',
  'local_address',
  'local_port',
  'remote_address',
  'remote_port',
  'start_time',
  'end_time',
  'bytes_sent',
  'bytes_received',
  'smoothed_rtt',
  'retransmits',
  'pid',
  'process_start_time',
  'user',
  'comm',
] as const;

export async function loadConnections(
  store: Store,
  ids: readonly string[],
  span: Span,
): Promise<readonly ConnectionEnd[]> {
  const rows = await store.query(
    {
      // Not FINAL, which merges whole tables before it filters: the versions of a connection share its id.
      sql: `SELECT ${connectionColumns.join(', ')} FROM connections
        WHERE community_id IN {ids:Array(String)} AND ${within('start_time')}
        ORDER BY received_time DESC LIMIT 1 BY host_id, start_time, connection_id`,
      parameters: { ids, ...span },
    },
    correlationLimits,
  );
  return rows.map(connectionEnd);
}

function connectionEnd(row: ResultRow): ConnectionEnd {
  const column = columnReader(connectionColumns, row);
  const localPort = column.number('local_port');
  const remotePort = column.number('remote_port');
  const direction = column.text('direction');
  return {
    communityId: column.text('community_id'),
    host: column.text('host'),
    hostId: column.text('host_id'),
    networkNamespace: column.text('network_namespace'),
    connectionId: column.number('connection_id'),
    // Services have the lower port, where an agent could not tell.
    outbound: direction === '' ? localPort >= remotePort : direction === 'outbound',
    protocol: column.number('protocol'),
    localAddress: column.text('local_address'),
    localPort,
    remoteAddress: column.text('remote_address'),
    remotePort,
    start: column.number('start_time'),
    end: column.number('end_time'),
    bytesSent: column.number('bytes_sent'),
    bytesReceived: column.number('bytes_received'),
    smoothedRtt: column.number('smoothed_rtt'),
    retransmits: column.number('retransmits'),
    process: {
      pid: column.number('pid'),
      startTime: column.number('process_start_time'),
      user: column.text('user'),
      comm: column.text('comm'),
    },
  };
}

const flowColumns = [
  'community_id',
  'start_time',
  'end_time',
  'interface_id',
  'source_address',
  'source_port',
  'destination_address',
  'destination_port',
  'protocol',
  'packets',
  'bytes',
  'action',
] as const;

export async function loadFlows(store: Store, ids: readonly string[], span: Span): Promise<readonly FlowRecord[]> {
  const rows = await store.query(
    {
      sql: `SELECT ${flowColumns.join(', ')} FROM flows
        WHERE community_id IN {ids:Array(String)} AND ${within('start_time')}
        ORDER BY ${flowColumns.join(', ')}`,
      parameters: { ids, ...span },
    },
    correlationLimits,
  );
  return rows.map((row) => {
    const column = columnReader(flowColumns, row);
    return {
      communityId: column.text('community_id'),
      start: column.number('start_time'),
      end: column.number('end_time'),
      interfaceId: column.text('interface_id'),
      sourceAddress: column.text('source_address'),
      sourcePort: column.number('source_port'),
      destinationAddress: column.text('destination_address'),
      destinationPort: column.number('destination_port'),
      protocol: column.number('protocol'),
      packets: column.number('packets'),
      bytes: column.number('bytes'),
      action: column.text('action'),
    };
  });
}
