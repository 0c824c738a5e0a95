import type { Parameters, QueryLimits, ResultRow, Statement, Store } from '../../store/store.js';
import { addressBits, addressText } from '../filter/value.js';
import type { TimeRange } from '../request.js';
import {
  behaviourColumns,
  endColumns,
  endOf,
  fileBehaviour,
  flowOf,
  sessionColumns,
  sessionOf,
  type FileBehaviour,
} from './decode.js';
import type { End, FileSight, FlowSight, Session } from './model.js';
import type { Subject } from './subject.js';

const timeType = "DateTime64(6, 'UTC')";
const final = 'SETTINGS do_not_merge_across_partitions_select_final = 1';
/** Files come and go shortly before and after the connection that carries them; its id tells the rest. */
const minute = 60_000_000;
const farFuture = 4_102_444_800_000_000;
/** Of one process or connection: beyond this nobody reads a trace. */
const mostFiles = 500;

/** Behaviours with files on one side, whose other side may be a connection. */
const oneSided = ['read', 'create', 'write', 'upload', 'download'];
/** Behaviours that make files from files; of pipelines also what only makes or writes one where no file is its source. */
const twoSided = ['copy', 'rename', 'split', 'compress', 'extract', 'link', 'create', 'write'];
const fileOperations = [...new Set([...oneSided, ...twoSided]), 'remove'];

/** Reads what a trace needs from the store; every method gives the latest first. */
export class TraceReader {
  constructor(
    readonly store: Store,
    readonly limits: Partial<QueryLimits>,
  ) {}

  /** Behaviours with a file of this path, or whose path ends in it where it has no leading slash. */
  async behavioursOfPath(path: string, range: TimeRange, limit: number): Promise<readonly FileBehaviour[]> {
    const isWhole = path.startsWith('/');
    const test = isWhole
      ? 'item = {path:String}'
      : "(item = {path:String} OR endsWith(item, concat('/', {path:String})))";
    const like = `%${path.replace(/[\\%_]/g, '\\$&')}%`;
    const side = (column: string): string =>
      `(arrayStringConcat(${column}, '\\n') LIKE {like:String} AND arrayExists(item -> ${test}, ${column}))`;
    return this.#behaviours(
      `operation IN {operations:Array(String)} AND ${inRange('time', range)} AND (${side('source_paths')} OR ${side('destination_paths')})`,
      { operations: fileOperations, path, like, ...rangeParameters(range) },
      limit,
    );
  }

  /** Behaviours that the agent tied to a connection, or by its processes while it lasted. */
  async behavioursOfEnd(end: End): Promise<readonly FileBehaviour[]> {
    const process = (prefix: string): string =>
      `(pid = {${prefix}Pid:UInt32} AND process_start_time = {${prefix}Start:${timeType}})`;
    return this.#behaviours(
      `host_id = {hostId:String} AND time >= {since:${timeType}} AND time <= {until:${timeType}}
        AND operation IN {operations:Array(String)} AND (empty(source_paths) OR empty(destination_paths))
        AND (connection_id = {connection:UInt64} OR (connection_id = 0 AND (${process('served')} OR ${process('owner')})))`,
      {
        hostId: end.hostId,
        since: Math.max(0, end.start - minute),
        until: end.end === 0 ? farFuture : end.end + minute,
        operations: oneSided,
        connection: end.connectionId,
        servedPid: end.process.pid,
        servedStart: end.process.startTime,
        ownerPid: end.owner.pid,
        ownerStart: end.owner.startTime,
      },
      mostFiles,
    );
  }

  /** The behaviour that made a file from another one, or made another one of it; one level. */
  async neighbour(file: FileSight, side: 'before' | 'after'): Promise<FileBehaviour | null> {
    const [column, comparison, order] =
      side === 'before' ? ['destination_paths', '<=', 'DESC'] : ['source_paths', '>=', 'ASC'];
    const found = await this.#behaviours(
      `host_id = {hostId:String} AND time ${comparison} {time:${timeType}} AND operation IN {operations:Array(String)}
        AND notEmpty(source_paths) AND notEmpty(destination_paths) AND has(${column}, {path:String})`,
      { hostId: file.hostId, time: file.time, operations: twoSided, path: file.path },
      1,
      order,
    );
    return found[0] ?? null;
  }

  async #behaviours(
    where: string,
    parameters: Parameters,
    limit: number,
    order = 'DESC',
  ): Promise<readonly FileBehaviour[]> {
    const rows = await this.#query({
      sql: `SELECT ${behaviourColumns.join(', ')} FROM behaviours WHERE ${where}
        ORDER BY toStartOfHour(time) ${order}, time ${order}, host, pid, operation, line LIMIT {limit:UInt32}`,
      parameters: { ...parameters, limit },
    });
    return rows.map(fileBehaviour);
  }

  /** Connections that a process had, or that a behaviour names, while the behaviour happened. */
  async endsOfFile(file: FileSight): Promise<readonly End[]> {
    const tied = file.connectionId === 0 ? '' : 'connection_id = {connection:UInt64}';
    const process =
      "((pid = {pid:UInt32} AND process_start_time = {started:DateTime64(6, 'UTC')}) OR (owner_pid = {pid:UInt32} AND owner_process_start_time = {started:DateTime64(6, 'UTC')}))";
    return this.#ends(
      `host_id = {hostId:String} AND start_time <= {latest:${timeType}} AND (end_time = toDateTime64(0, 6, 'UTC') OR end_time >= {earliest:${timeType}})
        AND ${tied === '' ? process : tied}`,
      {
        hostId: file.hostId,
        latest: file.time + minute,
        earliest: Math.max(0, file.time - minute),
        ...(tied === ''
          ? { pid: file.process.pid, started: file.process.startTime }
          : { connection: file.connectionId }),
      },
      20,
    );
  }

  async endsOfEndpoint(
    subject: Subject & { readonly kind: 'endpoint' },
    range: TimeRange,
    limit: number,
  ): Promise<readonly End[]> {
    return this.#ends(
      `((local_address = {address:IPv6} AND local_port = {port:UInt16}) OR (remote_address = {address:IPv6} AND remote_port = {port:UInt16}))
        AND ${inRange('start_time', range)}`,
      { address: subject.bound, port: subject.port, ...rangeParameters(range) },
      limit,
    );
  }

  /** The connection of a number on a host of a name, as sessions name it. */
  async endOf(communityId: string, host: string, connectionId: number): Promise<End | null> {
    const ends = await this.#ends(
      'community_id = {communityId:String} AND host = {host:String} AND connection_id = {connection:UInt64}',
      { communityId, host, connection: connectionId },
      1,
    );
    return ends[0] ?? null;
  }

  /** The other end of a connection that is not part of a session yet: mirrored, and begun at about the same time. */
  async mirrorOf(end: End): Promise<End | null> {
    const ends = await this.#ends(
      `community_id = {communityId:String} AND direction = {direction:String}
        AND local_address = {address:IPv6} AND local_port = {port:UInt16}
        AND start_time >= {earliest:${timeType}} AND start_time <= {latest:${timeType}}`,
      {
        communityId: end.communityId,
        direction: end.outbound ? 'inbound' : 'outbound',
        address: boundAddress(end.remoteAddress),
        port: end.remotePort,
        earliest: Math.max(0, end.start - slack),
        latest: end.start + slack,
      },
      1,
    );
    return ends[0] ?? null;
  }

  async #ends(where: string, parameters: Parameters, limit: number): Promise<readonly End[]> {
    const rows = await this.#query({
      sql: `SELECT ${endColumns.join(', ')} FROM connections FINAL WHERE ${where}
        ORDER BY start_time DESC, host_id, connection_id LIMIT {limit:UInt32} ${final}`,
      parameters: { ...parameters, limit },
    });
    return rows.map(endOf);
  }

  /** The session that a connection is part of. */
  async sessionOfEnd(end: End): Promise<Session | null> {
    const side = end.outbound ? 'client' : 'server';
    const sessions = await this.#sessions(
      `community_id = {communityId:String} AND ${side}_host = {host:String} AND ${side}_connection_id = {connection:UInt64}`,
      { communityId: end.communityId, host: end.host, connection: end.connectionId },
      1,
    );
    return sessions[0] ?? null;
  }

  /** Sessions of an endpoint that no agent reported, known from flow records only. */
  async unclaimedSessions(
    subject: Subject & { readonly kind: 'endpoint' },
    range: TimeRange,
    limit: number,
  ): Promise<readonly Session[]> {
    return this.#sessions(
      `client_connection_id = 0 AND server_connection_id = 0 AND client_host = '' AND server_host = ''
        AND ((client_address = {address:IPv6} AND client_port = {port:UInt16}) OR (server_address = {address:IPv6} AND server_port = {port:UInt16}))
        AND ${inRange('start_time', range)}`,
      { address: subject.bound, port: subject.port, ...rangeParameters(range) },
      limit,
    );
  }

  async #sessions(where: string, parameters: Parameters, limit: number): Promise<readonly Session[]> {
    const rows = await this.#query({
      sql: `SELECT ${sessionColumns.join(', ')} FROM sessions FINAL WHERE superseded = 0 AND ${where}
        ORDER BY start_time DESC, session_id LIMIT {limit:UInt32} ${final}`,
      parameters: { ...parameters, limit },
    });
    return rows.map(sessionOf);
  }

  /** Flow records of a tuple in a stretch of time, both directions, added up by interface. */
  async flows(communityId: string, start: number, end: number): Promise<readonly FlowSight[]> {
    const rows = await this.#query({
      sql: `SELECT interface_id, source_address, source_port, destination_address, destination_port,
          min(start_time) AS start, count() AS records, sum(packets) AS all_packets, sum(bytes) AS all_bytes, groupUniqArray(action) AS actions
        FROM (SELECT DISTINCT interface_id, source_address, source_port, destination_address, destination_port, start_time, end_time, packets, bytes, action
          FROM flows WHERE community_id = {communityId:String}
            AND start_time <= {until:${timeType}} AND end_time >= {since:${timeType}} AND start_time >= {first:${timeType}})
        GROUP BY interface_id, source_address, source_port, destination_address, destination_port
        ORDER BY interface_id, source_address, source_port`,
      parameters: {
        communityId,
        since: Math.max(0, start - slack),
        until: end + slack,
        first: Math.max(0, start - 60 * minute),
      },
    });
    return rows.map(flowOf);
  }

  #query(statement: Statement): Promise<readonly ResultRow[]> {
    return this.store.query(statement, this.limits);
  }
}

function boundAddress(address: string): string {
  return addressText(addressBits(address) ?? 0n);
}

/** Between the clocks of a host and of the network, as in correlation. */
const slack = 5_000_000;

function inRange(column: string, range: TimeRange): string {
  const parts = [
    ...(range.since === null ? [] : [`${column} >= {since:${timeType}}`]),
    ...(range.until === null ? [] : [`${column} <= {until:${timeType}}`]),
  ];
  return parts.length === 0 ? '1' : parts.join(' AND ');
}

function rangeParameters(range: TimeRange): Parameters {
  return {
    ...(range.since === null ? {} : { since: range.since }),
    ...(range.until === null ? {} : { until: range.until }),
  };
}
