import type { SocketEvent, SocketTuple, TrafficEvent } from '../decode/event.js';
import type { Clock } from '../process/clock.js';
import type { Process } from '../process/process.js';
import type { Connection, ConnectionOperation, Endpoint, Inode, Sink } from './behaviour.js';

/** A connection while it is open, and a little longer. */
export interface OpenConnection {
  readonly connectionId: number;
  readonly socket: number;
  readonly tuple: SocketTuple;
  readonly direction: Connection['direction'];
  /** Microseconds since the epoch. */
  readonly startTime: number;
  /** CLOCK_BOOTTIME microseconds. */
  readonly begun: number;
  /** Bytes of payload, exact; undefined while it is open. */
  totals: { readonly sent: number; readonly received: number } | undefined;
  /** A connect in progress has not succeeded yet. */
  established: boolean;
  owner: Process;
  /** The program it serves. */
  process: Process;
  /** Older than the agent: nobody saw its connect or accept, and no lines are made up for them. */
  readonly found: boolean;
  /** Its connect or accept lines were written, for at least one process. */
  reported: boolean;
  /** An accept waits for the process that it will serve; CLOCK_BOOTTIME microseconds. */
  holdUntil: number;
  /** Processes for which it was reported. */
  readonly claims: Set<number>;
  /** Of the processes that moved files over it since the last report, the one that moved most. */
  candidate: { readonly process: Process; readonly bytes: number } | undefined;
  /** Executables that serve it: that of the process that accepted, and what it became with the socket as stdin. */
  readonly servers: Set<string>;
  /** Inodes of the pipes or socket pairs that its servers gave to the programs they started as stdin and stdout. */
  readonly inputs: Set<Inode>;
  readonly outputs: Set<Inode>;
}

export type Traffic = Pick<
  TrafficEvent,
  'bytesSent' | 'bytesReceived' | 'packetsSent' | 'packetsReceived' | 'smoothedRtt' | 'retransmits'
>;

export const NO_TRAFFIC: Traffic = {
  bytesSent: 0,
  bytesReceived: 0,
  packetsSent: 0,
  packetsReceived: 0,
  smoothedRtt: 0,
  retransmits: 0,
};

export function endpointsOf({ tuple }: OpenConnection): { readonly local: Endpoint; readonly remote: Endpoint } {
  return {
    local: { address: tuple.localAddress, port: tuple.localPort },
    remote: { address: tuple.remoteAddress, port: tuple.remotePort },
  };
}

/** The SYN of the side that connects is acknowledged as a byte; that of the other side is not counted. */
export function payload(traffic: Traffic, { direction }: OpenConnection): Traffic {
  const { bytesSent } = traffic;
  return direction === 'outbound' && bytesSent > 0 ? { ...traffic, bytesSent: bytesSent - 1 } : traffic;
}

/** Numbers connections, and tells the sinks of them. */
export class ConnectionReporter {
  private lastId = 0;

  constructor(
    private readonly clock: Clock,
    private readonly sink: Sink,
  ) {}

  make(
    { socket, tuple }: SocketEvent | TrafficEvent,
    direction: Connection['direction'],
    owner: Process,
    process: Process,
    time: number,
    found = false,
  ): OpenConnection {
    const startTime = this.clock.wall(time);
    // Unique on the host also over restarts of the agent: the time, moved on where two share a microsecond.
    this.lastId = Math.max(this.lastId + 1, startTime);
    return {
      connectionId: this.lastId,
      socket,
      tuple,
      direction,
      startTime,
      begun: time,
      totals: undefined,
      found,
      established: true,
      owner,
      process,
      reported: false,
      holdUntil: 0,
      claims: new Set(),
      candidate: undefined,
      servers: new Set([owner.image.exe]),
      inputs: new Set(),
      outputs: new Set(),
    };
  }

  private line(connection: OpenConnection, process: Process, operation: ConnectionOperation): void {
    const { connectionId, startTime } = connection;
    this.sink.behaviour({
      kind: 'connection',
      operation,
      time: startTime,
      process,
      count: 1,
      connectionId,
      ...endpointsOf(connection),
    });
  }

  publish(connection: OpenConnection, traffic: Traffic, endTime: number): void {
    const { tuple, connectionId, direction, startTime, owner, process } = connection;
    const { bytesSent, bytesReceived, packetsSent, packetsReceived, smoothedRtt, retransmits } = traffic;
    this.sink.connection({
      connectionId,
      direction,
      protocol: tuple.protocol,
      ...endpointsOf(connection),
      startTime,
      endTime,
      bytesSent,
      bytesReceived,
      packetsSent,
      packetsReceived,
      smoothedRtt,
      retransmits,
      networkNamespace: tuple.networkNamespace,
      owner,
      process,
    });
  }

  /** P2: connect-by and accept are the local end, connect and accept-by the remote one. */
  lines(connection: OpenConnection, process: Process): void {
    if (connection.found) return;
    const inbound = connection.direction === 'inbound';
    this.line(connection, process, inbound ? 'accept-by' : 'connect-by');
    this.line(connection, process, inbound ? 'accept' : 'connect');
  }
}
