import { communityId } from '../../../aggregator/schema/community-id.js';
import type { ConnectionEnd, FlowRecord } from '../../../aggregator/correlate/model.js';
import type { Row, RowValue } from '../../../aggregator/schema/row.js';
import { tables } from '../../../aggregator/schema/tables.js';
import type { Table } from '../../../aggregator/schema/table.js';

/* Connections and flow records of one tuple, 10.0.0.1:40000 to 10.0.0.2:22, to vary. */

export const second = 1_000_000;
export const minute = 60 * second;
/** A whole hour, not long ago: the store drops what is too old. */
export const base = Math.floor(Date.now() / 3_600_000) * 3_600_000_000 - 3 * 3_600_000_000;
export const id = communityId(6, '10.0.0.1', 40_000, '10.0.0.2', 22);

export function client(start: number, end: number, change: Partial<ConnectionEnd> = {}): ConnectionEnd {
  return {
    communityId: id,
    host: 'alpha',
    hostId: 'id-alpha',
    networkNamespace: '1',
    connectionId: 1,
    outbound: true,
    protocol: 6,
    localAddress: '10.0.0.1',
    localPort: 40_000,
    remoteAddress: '10.0.0.2',
    remotePort: 22,
    start: base + start,
    end: end === 0 ? 0 : base + end,
    bytesSent: 1000,
    bytesReceived: 100,
    smoothedRtt: 250,
    retransmits: 1,
    process: { pid: 3760, startTime: base - minute, user: 'parallels', comm: 'scp' },
    ...change,
  };
}

export function server(start: number, end: number, change: Partial<ConnectionEnd> = {}): ConnectionEnd {
  return {
    ...client(start, end),
    host: 'beta',
    hostId: 'id-beta',
    outbound: false,
    localAddress: '10.0.0.2',
    localPort: 22,
    remoteAddress: '10.0.0.1',
    remotePort: 40_000,
    bytesSent: 100,
    bytesReceived: 1000,
    smoothedRtt: 260,
    retransmits: 2,
    process: { pid: 3777, startTime: base - minute, user: 'root', comm: 'sftp-server' },
    ...change,
  };
}

/** To the server, in the capture window that begins at `start`. */
export function flow(start: number, change: Partial<FlowRecord> = {}): FlowRecord {
  return {
    communityId: id,
    start: base + start,
    end: base + start + minute,
    interfaceId: 'eni-1',
    sourceAddress: '10.0.0.1',
    sourcePort: 40_000,
    destinationAddress: '10.0.0.2',
    destinationPort: 22,
    protocol: 6,
    packets: 10,
    bytes: 1500,
    action: 'ACCEPT',
    ...change,
  };
}

/** The other direction of the same window. */
export function answer(start: number, change: Partial<FlowRecord> = {}): FlowRecord {
  return flow(start, {
    sourceAddress: '10.0.0.2',
    sourcePort: 22,
    destinationAddress: '10.0.0.1',
    destinationPort: 40_000,
    bytes: 300,
    ...change,
  });
}

function emptyRow(table: Table): Row {
  const values = table.columns.map(({ name, type }): readonly [string, RowValue] => {
    if (type.endsWith('[]')) return [name, []];
    return [name, type === 'text' || type === 'word' || type === 'address' ? '' : 0];
  });
  return Object.fromEntries(values);
}

/** As ingest stores it. */
export function connectionRow(end: ConnectionEnd, receivedTime: number): Row {
  return {
    ...emptyRow(tables.connections),
    start_time: end.start,
    end_time: end.end,
    received_time: receivedTime,
    host: end.host,
    host_id: end.hostId,
    connection_id: end.connectionId,
    direction: end.outbound ? 'outbound' : 'inbound',
    protocol: end.protocol,
    local_address: end.localAddress,
    local_port: end.localPort,
    remote_address: end.remoteAddress,
    remote_port: end.remotePort,
    bytes_sent: end.bytesSent,
    bytes_received: end.bytesReceived,
    smoothed_rtt: end.smoothedRtt,
    retransmits: end.retransmits,
    community_id: end.communityId,
    pid: end.process.pid,
    process_start_time: end.process.startTime,
    user: end.process.user,
    comm: end.process.comm,
  };
}

/** As an import stores it. */
export function flowRow(record: FlowRecord, receivedTime: number): Row {
  return {
    ...emptyRow(tables.flows),
    start_time: record.start,
    end_time: record.end,
    received_time: receivedTime,
    format: 'vpc',
    interface_id: record.interfaceId,
    source_address: record.sourceAddress,
    source_port: record.sourcePort,
    destination_address: record.destinationAddress,
    destination_port: record.destinationPort,
    protocol: record.protocol,
    packets: record.packets,
    bytes: record.bytes,
    action: record.action,
    log_status: 'OK',
    community_id: record.communityId,
  };
}
