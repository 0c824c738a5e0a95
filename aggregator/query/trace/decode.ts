import type { ResultRow } from '../../store/store.js';
import { columnReader } from '../column-reader.js';
import type { End, FileSight, FlowSight, Session } from './model.js';

/* Result rows of the store as what a trace is made of. */

export const flowColumns = [
  'interface_id',
  'source_address',
  'source_port',
  'destination_address',
  'destination_port',
  'start',
  'records',
  'packets',
  'bytes',
  'actions',
] as const;

export const behaviourColumns = [
  'time',
  'host',
  'host_id',
  'pid',
  'process_start_time',
  'user',
  'comm',
  'operation',
  'source_paths',
  'source_inodes',
  'destination_paths',
  'destination_inodes',
  'bytes',
  'connection_id',
  'pipeline_comms',
] as const;

/** A behaviour with files on its sides. */
export interface FileBehaviour {
  readonly sources: readonly FileSight[];
  readonly destinations: readonly FileSight[];
}

export const endColumns = [
  'community_id',
  'host',
  'host_id',
  'connection_id',
  'direction',
  'local_address',
  'local_port',
  'remote_address',
  'remote_port',
  'start_time',
  'end_time',
  'bytes_sent',
  'bytes_received',
  'pid',
  'process_start_time',
  'user',
  'comm',
  'owner_pid',
  'owner_process_start_time',
  'owner_user',
  'owner_comm',
] as const;

export const sessionColumns = [
  'community_id',
  'start_time',
  'end_time',
  'client_host',
  'client_address',
  'client_port',
  'client_connection_id',
  'server_host',
  'server_address',
  'server_port',
  'server_connection_id',
  'bytes_to_server',
  'bytes_to_client',
  'flow_count',
  'confidence',
  'reason',
] as const;

/** Of the columns `behaviourColumns`. */
export function fileBehaviour(row: ResultRow): FileBehaviour {
  const column = columnReader(behaviourColumns, row);
  const shared = {
    host: column.text('host'),
    hostId: column.text('host_id'),
    time: column.number('time'),
    operation: column.text('operation'),
    process: {
      pid: column.number('pid'),
      startTime: column.number('process_start_time'),
      user: column.text('user'),
      comm: column.text('comm'),
    },
    bytes: column.number('bytes'),
    connectionId: column.number('connection_id'),
    pipeline: column.texts('pipeline_comms'),
  };
  const sourceInodes = column.texts('source_inodes');
  const destinationInodes = column.texts('destination_inodes');
  return {
    sources: column
      .texts('source_paths')
      .map((path, index) => ({ ...shared, path, inode: sourceInodes[index] ?? '0', read: true })),
    destinations: column
      .texts('destination_paths')
      .map((path, index) => ({ ...shared, path, inode: destinationInodes[index] ?? '0', read: false })),
  };
}

/** Of the columns `endColumns`. */
export function endOf(row: ResultRow): End {
  const column = columnReader(endColumns, row);
  return {
    communityId: column.text('community_id'),
    host: column.text('host'),
    hostId: column.text('host_id'),
    connectionId: column.number('connection_id'),
    outbound: column.text('direction') !== 'inbound',
    localAddress: column.text('local_address'),
    localPort: column.number('local_port'),
    remoteAddress: column.text('remote_address'),
    remotePort: column.number('remote_port'),
    start: column.number('start_time'),
    end: column.number('end_time'),
    bytesSent: column.number('bytes_sent'),
    bytesReceived: column.number('bytes_received'),
    process: {
      pid: column.number('pid'),
      startTime: column.number('process_start_time'),
      user: column.text('user'),
      comm: column.text('comm'),
    },
    owner: {
      pid: column.number('owner_pid'),
      startTime: column.number('owner_process_start_time'),
      user: column.text('owner_user'),
      comm: column.text('owner_comm'),
    },
  };
}

/** Of the columns `sessionColumns`. */
export function sessionOf(row: ResultRow): Session {
  const column = columnReader(sessionColumns, row);
  return {
    communityId: column.text('community_id'),
    start: column.number('start_time'),
    end: column.number('end_time'),
    clientHost: column.text('client_host'),
    clientAddress: column.text('client_address'),
    clientPort: column.number('client_port'),
    clientConnectionId: column.number('client_connection_id'),
    serverHost: column.text('server_host'),
    serverAddress: column.text('server_address'),
    serverPort: column.number('server_port'),
    serverConnectionId: column.number('server_connection_id'),
    bytesToServer: column.number('bytes_to_server'),
    bytesToClient: column.number('bytes_to_client'),
    flowCount: column.number('flow_count'),
    confidence: column.number('confidence'),
    reason: column.text('reason'),
  };
}

/** Of the columns that the statement of TraceReader.flows selects. */
export function flowOf(row: ResultRow): FlowSight {
  const column = columnReader(flowColumns, row);
  return {
    interfaceId: column.text('interface_id'),
    sourceAddress: column.text('source_address'),
    sourcePort: column.number('source_port'),
    destinationAddress: column.text('destination_address'),
    destinationPort: column.number('destination_port'),
    start: column.number('start'),
    records: column.number('records'),
    packets: column.number('packets'),
    bytes: column.number('bytes'),
    actions: column.texts('actions'),
  };
}
