// long: one state machine, whose parts share their state
import { LRUCache } from 'lru-cache';
import type { Descriptor, SocketEvent, TrafficEvent } from '../decode/event.js';
import type { Counter } from '../metrics.js';
import type { Clock } from '../process/clock.js';
import type { Process } from '../process/process.js';
import type { ProcessTable } from '../process/table.js';
import type { TrackedProcess } from '../process/tracked.js';
import type { Connection } from './behaviour.js';
import { NO_TRAFFIC, payload, type ConnectionReporter, type OpenConnection, type Traffic } from './open-connection.js';
import { isSameTuple } from './socket-tuple.js';

const TCP = 6;
/** Beyond, the one that was quiet for longest is forgotten. */
const MOST_OPEN = 65_536;
const MOST_DATAGRAMS = 16_384;

/** A server that forks hands the connection on; a helper may authenticate first (sshd). */
const HOLD_AFTER_FORK = 10;

/** Connections of this host: who holds them, whom they serve, and when to say so. */
export class ConnectionTable {
  private readonly open = new LRUCache<number, OpenConnection>({
    max: MOST_OPEN,
    dispose: (connection, _, reason) => {
      if (reason === 'evict') this.evict(connection);
    },
  });
  private readonly datagrams = new LRUCache<string, OpenConnection>({
    max: MOST_DATAGRAMS,
    dispose: (connection, _, reason) => {
      if (reason === 'evict') this.evict(connection);
    },
  });
  /** Accepted connections by the processes that hold them or were forked by such. */
  private readonly accepted = new WeakMap<TrackedProcess, readonly OpenConnection[]>();
  /** Connections that a process made, that its helper made for it, or that it has as stdin or stdout. */
  private readonly outbound = new WeakMap<TrackedProcess, readonly OpenConnection[]>();
  private readonly held = new Set<OpenConnection>();
  /** Network namespace and port of sockets that waited for connections when the agent started. */
  private readonly listeners = new Set<string>();
  /** When a datagram of it was last reported; microseconds since the epoch. */
  private readonly lastDatagram = new WeakMap<OpenConnection, number>();

  constructor(
    private readonly processes: ProcessTable,
    private readonly clock: Clock,
    private readonly reporter: ConnectionReporter,
    private readonly settle: number,
    private readonly evicted: Counter,
  ) {}

  get size(): number {
    return this.open.size + this.datagrams.size;
  }

  /**
   * A socket that was there before the agent; those that listen come first: a connection at a port on
   * which someone listens was accepted.
   */
  found(event: SocketEvent): void {
    const { networkNamespace, localPort } = event.tuple;
    const endpoint = `${networkNamespace}:${localPort}`;
    if (event.listening) {
      this.listeners.add(endpoint);
      return;
    }
    const tracked = this.processes.of(event.actor);
    const known = this.open.get(event.socket);
    const connection = known ?? this.addFound(event, tracked, this.listeners.has(endpoint) ? 'inbound' : 'outbound');
    if (connection.direction !== 'inbound') return;
    connection.servers.add(tracked.process.image.exe);
    this.hold(tracked, connection);
  }

  /** All sockets that were there are known: which processes work for one of them? */
  stockTaken(): void {
    this.listeners.clear();
    for (const tracked of this.processes.byStart()) this.exec(tracked);
  }

  connect(event: SocketEvent): void {
    // A program may ask for the end of a connect in progress by connecting once more, which succeeds then.
    const known = this.open.get(event.socket);
    if (known?.direction === 'outbound' && isSameTuple(known.tuple, event.tuple)) {
      if (!event.inProgress) this.established(event);
      return;
    }
    const tracked = this.processes.of(event.actor);
    const served = this.servedBy(tracked, event);
    const connection = this.add(event, 'outbound', tracked.process, served.process);
    connection.established = !event.inProgress;
    addTo(this.outbound, tracked, connection);
    if (served !== tracked) addTo(this.outbound, served, connection);
    if (connection.established) this.report(connection, connection.process);
  }

  /**
   * The program that a helper made a connection for: its parent. Not the one before, though pipes join that too where
   * ssh runs a ProxyCommand for scp: they join the shell of a job to cron, and a test to its runner, just the same.
   */
  private servedBy(tracked: TrackedProcess, { servesParent }: SocketEvent): TrackedProcess {
    const parent = servesParent ? this.processes.starterOf(tracked) : undefined;
    // A server that holds the pipes of a program it started (sshd, inetd) is not served by what that connects to.
    return !parent || this.accepted.has(parent) ? tracked : parent;
  }

  /** A connect in progress succeeded. */
  established(event: SocketEvent): void {
    const connection = this.open.get(event.socket);
    if (!connection || connection.established) return;
    connection.established = true;
    this.report(connection, connection.process);
  }

  accept(event: SocketEvent): void {
    const tracked = this.processes.of(event.actor);
    const connection = this.add(event, 'inbound', tracked.process, tracked.process);
    connection.holdUntil = event.actor.time + this.settle;
    this.held.add(connection);
    this.hold(tracked, connection);
  }

  /** A child inherits what its parent accepted and still holds. */
  fork(parent: TrackedProcess, child: TrackedProcess, time: number): void {
    const connections = this.accepted.get(parent)?.filter(({ socket }) => this.open.has(socket)) ?? [];
    if (connections.length === 0) return;
    this.accepted.set(child, connections);
    for (const connection of connections) {
      if (!connection.reported)
        connection.holdUntil = Math.max(connection.holdUntil, time + HOLD_AFTER_FORK * this.settle);
    }
  }

  /** A program started below an accepted connection: is its stdin the session? */
  exec(tracked: TrackedProcess): void {
    const { stdin, stdout, process } = tracked;
    for (const { kind, inode } of [stdin, stdout]) {
      const connection = kind === 'socket' ? this.open.get(Number(inode)) : undefined;
      // `cat f > /dev/tcp/HOST/PORT`: the shell made it, and handed it on.
      if (connection?.direction === 'outbound') addTo(this.outbound, tracked, connection);
    }
    const session = this.sessionOf(tracked);
    if (!session || !isStream(stdin)) return;
    const parent = this.processes.starterOf(tracked)?.process.image.exe ?? '';
    if (stdin.inode === session.socket) {
      session.servers.add(process.image.exe);
    } else if (session.servers.has(parent) && !session.servers.has(process.image.exe)) {
      session.inputs.add(stdin.inode);
      session.outputs.add(stdout.inode);
    }
  }

  /** A server that goes on in a child, without another program, with pipes as stdin and stdout: sshd's internal-sftp. */
  redirect(tracked: TrackedProcess): void {
    const session = tracked.forked ? this.sessionOf(tracked) : undefined;
    const { stdin, stdout, process } = tracked;
    if (!session?.servers.has(process.image.exe)) return;
    if (isStream(stdin)) session.inputs.add(stdin.inode);
    if (isStream(stdout)) session.outputs.add(stdout.inode);
  }

  /**
   * A process closed a descriptor; others are open still. It matters for the one that accepted:
   * what it forks from now on has no part in that connection. One that inherited it may well
   * have it under another number (sshd moves it to 3), and works for it either way.
   */
  release(event: SocketEvent): void {
    const tracked = this.processes.of(event.actor);
    if (this.open.get(event.socket)?.owner.tgid !== event.actor.tgid) return;
    const rest = this.accepted.get(tracked)?.filter((connection) => connection.socket !== event.socket);
    if (rest === undefined) return;
    if (rest.length === 0) this.accepted.delete(tracked);
    else this.accepted.set(tracked, rest);
  }

  close(event: TrafficEvent): void {
    const connection = this.open.get(event.socket);
    if (!connection) return;
    this.open.delete(event.socket);
    if (event.established && !connection.established) {
      connection.established = true;
      this.report(connection, connection.process);
    }
    if (!connection.established) {
      this.forget(connection);
      return;
    }
    const { bytesSent: sent, bytesReceived: received } = payload(event, connection);
    connection.totals = { sent, received };
    if (connection.candidate) this.report(connection, connection.candidate.process);
    // Nobody below moved a file: it served the one that held it to the end.
    if (!connection.reported) this.report(connection, this.processes.of(event.actor).process);
    this.reporter.publish(connection, payload(event, connection), this.clock.wall(event.actor.time));
    this.held.delete(connection);
  }

  datagram(event: TrafficEvent): void {
    const { tuple, socket, actor } = event;
    const key = `${socket}:${actor.tgid}:${tuple.remoteAddress}:${tuple.remotePort}`;
    let connection = this.datagrams.get(key);
    if (!connection) {
      const { process } = this.processes.of(actor);
      connection = this.reporter.make(event, event.inbound ? 'inbound' : 'outbound', process, process, event.firstTime);
      this.datagrams.set(key, connection);
      this.report(connection, process);
    }
    this.reporter.publish(connection, event, this.clock.wall(actor.time));
    this.lastDatagram.set(connection, this.clock.wall(actor.time));
  }

  /** Totals of a datagram peer that are newer than its last record; `key` as in `datagram`. */
  datagramTotals(key: string, traffic: Traffic): void {
    const connection = this.datagrams.get(key);
    if (connection)
      this.reporter.publish(connection, traffic, this.lastDatagram.get(connection) ?? connection.startTime);
  }

  /**
   * The accepted connection whose data the process gets as its stdin: sftp-server below sshd, but
   * neither a shell on a terminal, nor what the login shell starts for itself.
   */
  sessionAtStdin(tracked: TrackedProcess): OpenConnection | undefined {
    const { stdin } = tracked;
    if (!isStream(stdin)) return undefined;
    const session = this.sessionOf(tracked);
    if (session?.inputs.has(stdin.inode) === true) return session;
    if (!session || isServerItself(tracked, session)) return undefined;
    return stdin.inode === session.socket ? session : undefined;
  }

  /** The accepted connection whose data the process gives as its stdout. */
  sessionAtStdout(tracked: TrackedProcess): OpenConnection | undefined {
    const { stdout } = tracked;
    if (!isStream(stdout)) return undefined;
    const session = this.sessionOf(tracked);
    if (session?.outputs.has(stdout.inode) === true) return session;
    if (!session || isServerItself(tracked, session)) return undefined;
    return stdout.inode === session.socket ? session : undefined;
  }

  /**
   * The connections that a process holds: those it made, accepted, or got; those its helper made for it. A child
   * that goes on without another program (rsync's receiver) has those of its parent.
   */
  connectionsOf(tracked: TrackedProcess): readonly OpenConnection[] {
    const found = new Set(this.heldBy(tracked));
    for (const holder of this.processes.lineage(tracked)) {
      for (const connection of this.outbound.get(holder) ?? []) if (connection.established) found.add(connection);
      if (!holder.forked) break;
    }
    return [...found];
  }

  /** Without those of its parent. */
  heldBy(tracked: TrackedProcess): readonly OpenConnection[] {
    const accepted = this.accepted.get(tracked)?.filter(({ owner }) => owner.tgid === tracked.process.tgid) ?? [];
    const outbound = this.outbound.get(tracked)?.filter(({ established }) => established) ?? [];
    return [...accepted, ...outbound];
  }

  /** Does what the process writes to its stdout go to the other side? */
  hasSessionAtStdout(tracked: TrackedProcess, session: OpenConnection): boolean {
    const { inode } = tracked.stdout;
    return inode === session.socket || session.outputs.has(inode);
  }

  /** The accepted connection that a process works for: its own or that of the nearest ancestor. */
  private sessionOf(tracked: TrackedProcess): OpenConnection | undefined {
    for (const ancestor of this.processes.lineage(tracked)) {
      const connection = this.accepted.get(ancestor)?.at(-1);
      if (connection) return connection;
    }
    return undefined;
  }

  /**
   * A process moved bytes of a file over an accepted connection. The login shell, which reads its
   * own files and writes to its own pipes, may look the same: who moved most gets the session (P2),
   * when it has gone quiet or ends.
   */
  offer(connection: OpenConnection, process: Process, bytes: number, time: number): void {
    const isOver = !this.open.has(connection.socket);
    if (connection.claims.has(process.tgid) || (isOver && connection.reported)) return;
    if ((connection.candidate?.bytes ?? -1) < bytes) connection.candidate = { process, bytes };
    connection.holdUntil = time + this.settle;
    if (isOver) this.report(connection, process);
    else this.held.add(connection);
  }

  /** Reports a connection for one process, once. */
  report(connection: OpenConnection, process: Process): void {
    if (connection.claims.has(process.tgid)) return;
    connection.claims.add(process.tgid);
    connection.reported = true;
    connection.candidate = undefined;
    connection.process = process;
    this.held.delete(connection);
    this.reporter.lines(connection, process);
    if (connection.tuple.protocol === TCP) this.reporter.publish(connection, NO_TRAFFIC, 0);
  }

  /** Accepted connections that nobody below claimed in time serve the process that accepted them. */
  tick(time: number): void {
    for (const connection of this.held) {
      if (time >= connection.holdUntil) this.report(connection, connection.candidate?.process ?? connection.process);
    }
  }

  /** Anything that only time will decide? */
  get isWaiting(): boolean {
    return this.held.size > 0;
  }

  private hold(tracked: TrackedProcess, connection: OpenConnection): void {
    addTo(this.accepted, tracked, connection);
  }

  /** The record of its end may have been lost. What it had become is told; what comes of it later is not its own. */
  private evict(connection: OpenConnection): void {
    this.evicted.value++;
    if (this.held.has(connection)) this.report(connection, connection.candidate?.process ?? connection.process);
    this.forget(connection);
  }

  private forget(connection: OpenConnection): void {
    this.held.delete(connection);
  }

  private addFound(event: SocketEvent, tracked: TrackedProcess, direction: Connection['direction']): OpenConnection {
    const served = direction === 'outbound' ? this.servedBy(tracked, event) : tracked;
    const { time } = event.actor;
    const connection = this.reporter.make(event, direction, tracked.process, served.process, time, true);
    this.open.set(event.socket, connection);
    if (direction === 'outbound') {
      addTo(this.outbound, tracked, connection);
      if (served !== tracked) addTo(this.outbound, served, connection);
    }
    this.report(connection, connection.process);
    return connection;
  }

  private add(
    event: SocketEvent,
    direction: Connection['direction'],
    owner: Process,
    process: Process,
  ): OpenConnection {
    const connection = this.reporter.make(event, direction, owner, process, event.actor.time);
    this.open.set(event.socket, connection);
    return connection;
  }
}

/** Connections remembered per process: closed ones tell by their bytes which of them a file went over. */
const MOST_CONNECTIONS = 32;

function addTo(
  map: WeakMap<TrackedProcess, readonly OpenConnection[]>,
  tracked: TrackedProcess,
  connection: OpenConnection,
): void {
  const known = map.get(tracked) ?? [];
  if (!known.includes(connection)) map.set(tracked, [...known.slice(1 - MOST_CONNECTIONS), connection]);
}

/** Started anew (sshd -R), it has the socket as stdin and stdout, reads its own settings and writes its own log. */
function isServerItself({ process }: TrackedProcess, { owner }: OpenConnection): boolean {
  return owner.image.exe === process.image.exe;
}

function isStream({ kind }: Descriptor): boolean {
  return kind === 'pipe' || kind === 'socket';
}
