import type Long from 'long';
import { panorama } from '#proto';
import { toNumber } from '../../proto/integer.js';
import { AggregatorError } from '../errors.js';
import { communityId } from '../schema/community-id.js';
import type { Row } from '../schema/row.js';

type Behaviour = panorama.v1.Behaviour.$Properties;
type Connection = panorama.v1.Connection.$Properties;
type Process = panorama.v1.Process.$Properties;
type File = panorama.v1.File.$Properties;
type Integer = number | Long | null | undefined;

/** What every row of a batch shares. */
export interface Origin {
  readonly host: string;
  readonly hostId: string;
  /** Microseconds since the Unix epoch. */
  readonly receivedTime: number;
}

/** 2100-01-01: beyond 2106 ClickHouse's time to live wraps around and would drop the row at once. */
export const latestTime = 4_102_444_800_000_000;

/** `connect-by` for OPERATION_CONNECT_BY, by number. */
const operations: ReadonlyMap<number, string> = new Map(
  Object.entries(panorama.v1.Operation).flatMap(([name, number]) =>
    typeof number === 'number'
      ? [[number, name.replace('OPERATION_', '').toLowerCase().replaceAll('_', '-')] as const]
      : [],
  ),
);

/** Name of an operation; one of a newer agent is kept by its number. */
export function operationName(number: number): string {
  return operations.get(number) ?? `operation-${number}`;
}

const tcp = 6;
const udp = 17;
const noFiles: readonly File[] = [];
const noStages: readonly panorama.v1.Stage.$Properties[] = [];
const noProcess: Process = {};

/** Exact, as a number where a number can hold it: inode numbers of some file systems cannot. */
function exact(value: Integer): number | bigint {
  if (value === null || value === undefined) return 0;
  if (typeof value === 'number') return value;
  const high = value.high >>> 0;
  const low = value.low >>> 0;
  return high < 0x20_0000 ? high * 4_294_967_296 + low : (BigInt(high) << 32n) | BigInt(low);
}

function time(value: Integer, what: string): number {
  const microseconds = exact(value);
  if (typeof microseconds === 'number' && microseconds < latestTime) return microseconds;
  throw new AggregatorError('REQUEST_INVALID', `${what} is after the year 2099: times are microseconds since 1970`);
}

function sum(files: readonly File[]): number {
  let total = 0;
  for (const file of files) total += toNumber(file.bytes);
  return Math.min(total, Number.MAX_SAFE_INTEGER);
}

/** A behaviour as a row of `behaviours`; the writer checks what is left to check. */
export function behaviourRow(behaviour: Behaviour, origin: Origin): Row {
  const process = behaviour.process ?? noProcess;
  const sources = behaviour.sources ?? noFiles;
  const destinations = behaviour.destinations ?? noFiles;
  return {
    time: time(behaviour.time, 'time of a behaviour'),
    received_time: origin.receivedTime,
    host: origin.host,
    host_id: origin.hostId,
    ppid: process.ppid ?? 0,
    pid: process.pid ?? 0,
    process_start_time: time(process.startTime, 'start time of a process'),
    user: process.user ?? '',
    comm: process.comm ?? '',
    uid: process.uid ?? 0,
    loginuid: process.loginuid ?? 0,
    session_id: process.sessionId ?? 0,
    exe: process.exe ?? '',
    command_line: process.commandLine ?? '',
    cgroup_id: exact(process.cgroupId),
    container_id: process.containerId ?? '',
    pod_uid: process.podUid ?? '',
    container_root: process.containerRoot ?? '',
    container_pid: process.containerPid ?? 0,
    container_uid: process.containerUid ?? 0,
    container_user: process.containerUser ?? '',
    mount_namespace: process.namespaces?.mount ?? 0,
    pid_namespace: process.namespaces?.pid ?? 0,
    network_namespace: process.namespaces?.network ?? 0,
    user_namespace: process.namespaces?.user ?? 0,
    script: process.script ?? '',
    operation: operationName(behaviour.operation ?? 0),
    source_paths: sources.map((file) => file.path ?? ''),
    source_inodes: sources.map((file) => exact(file.inode)),
    destination_paths: destinations.map((file) => file.path ?? ''),
    destination_inodes: destinations.map((file) => exact(file.inode)),
    bytes: sum(destinations.length > 0 ? destinations : sources),
    local_address: behaviour.localAddress ?? '',
    local_port: behaviour.localPort ?? 0,
    remote_address: behaviour.remoteAddress ?? '',
    remote_port: behaviour.remotePort ?? 0,
    connection_id: exact(behaviour.connectionId),
    count: behaviour.count ?? 0,
    attribute: behaviour.attribute ?? '',
    line: behaviour.line ?? '',
    pipeline_pids: (behaviour.pipeline ?? noStages).map((stage) => stage.pid ?? 0),
    pipeline_comms: (behaviour.pipeline ?? noStages).map((stage) => stage.comm ?? ''),
  };
}

function directionText(direction: panorama.v1.Direction | null | undefined): string {
  switch (direction) {
    case panorama.v1.Direction.DIRECTION_OUTBOUND:
      return 'outbound';
    case panorama.v1.Direction.DIRECTION_INBOUND:
      return 'inbound';
    default:
      return '';
  }
}

function connectionCommunityId(connection: Connection): string {
  const given = connection.communityId ?? '';
  const protocol = connection.protocol ?? 0;
  if (given !== '' || (protocol !== tcp && protocol !== udp)) return given;
  const { localAddress, localPort, remoteAddress, remotePort } = connection;
  return communityId(protocol, localAddress ?? '', localPort ?? 0, remoteAddress ?? '', remotePort ?? 0);
}

/** A connection as a row of `connections`. */
export function connectionRow(connection: Connection, origin: Origin): Row {
  const process = connection.process ?? noProcess;
  const owner = connection.owner ?? noProcess;
  return {
    start_time: time(connection.startTime, 'start time of a connection'),
    end_time: time(connection.endTime, 'end time of a connection'),
    received_time: origin.receivedTime,
    host: origin.host,
    host_id: origin.hostId,
    connection_id: exact(connection.connectionId),
    direction: directionText(connection.direction),
    protocol: connection.protocol ?? 0,
    local_address: connection.localAddress ?? '',
    local_port: connection.localPort ?? 0,
    remote_address: connection.remoteAddress ?? '',
    remote_port: connection.remotePort ?? 0,
    bytes_sent: exact(connection.bytesSent),
    bytes_received: exact(connection.bytesReceived),
    packets_sent: exact(connection.packetsSent),
    packets_received: exact(connection.packetsReceived),
    smoothed_rtt: connection.smoothedRtt ?? 0,
    retransmits: connection.retransmits ?? 0,
    community_id: connectionCommunityId(connection),
    network_namespace: exact(connection.networkNamespace),
    owner_pid: owner.pid ?? 0,
    owner_process_start_time: time(owner.startTime, 'start time of a process'),
    owner_user: owner.user ?? '',
    owner_comm: owner.comm ?? '',
    pid: process.pid ?? 0,
    process_start_time: time(process.startTime, 'start time of a process'),
    user: process.user ?? '',
    comm: process.comm ?? '',
    container_id: process.containerId ?? '',
    pod_uid: process.podUid ?? '',
  };
}

/** Batches that never came, as a row that a search finds (X5). */
export function gapRow(origin: Origin, first: number, last: number): Row {
  const line = `gap: batches ${first} to ${last} of this host never arrived`;
  return behaviourRow(
    { time: origin.receivedTime, operation: panorama.v1.Operation.OPERATION_GAP, count: 1, line },
    origin,
  );
}
