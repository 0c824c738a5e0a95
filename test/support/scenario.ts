// long: one vocabulary for all that a process can do
import type { Attribute } from '../../agent/behaviour/attribute.js';
import type { Behaviour, Connection, Inode, Sink } from '../../agent/behaviour/behaviour.js';
import { ConnectionTable } from '../../agent/behaviour/connections.js';
import { ConnectionReporter } from '../../agent/behaviour/open-connection.js';
import { RecordedContentSource } from '../../agent/behaviour/content.js';
import { BehaviourEngine } from '../../agent/behaviour/engine.js';
import { PathCache, RecordedInodeSource } from '../../agent/behaviour/inode.js';
import type { RuleTrace } from '../../agent/behaviour/trace.js';
import {
  CLOSED,
  type Actor,
  type Descriptor,
  type ExecEvent,
  type FileEvent,
  type KernelEvent,
  type NameEvent,
  type SocketEvent,
  type SocketTuple,
  type StreamEvent,
  type TrafficEvent,
} from '../../agent/decode/event.js';
import { Counter } from '../../agent/metrics.js';
import { fileFact } from '../../agent/kernel/generated/layout.js';
import { Clock } from '../../agent/process/clock.js';
import { noContainerFiles } from '../../agent/process/isolation.js';
import { ProcessTable } from '../../agent/process/table.js';
import { FixedUserNames } from '../../agent/process/users.js';
import { hostIsolation, someOwnRoot } from './isolation.js';
import { LineFormatter } from '../../agent/sinks/line.js';

export const SETTLE = 1_000_000;
export const DEVICE = 8 << 20;
export const TCP = 6;
export const UDP = 17;

/** pipefs */
const PIPE_DEVICE = 12;

export function pipe(inode: number, progress = 0): Descriptor {
  return { kind: 'pipe', inode, peer: 0, device: PIPE_DEVICE, progress };
}

export function unixSocket(inode: number, peer = 0): Descriptor {
  return { kind: 'socket', inode, peer, device: 8, progress: 0 };
}

export interface FileChange {
  readonly path: string;
  readonly inode: Inode;
  /** Bytes that went out of it. */
  readonly read?: number;
  /** Bytes that went into it. */
  readonly written?: number;
  /** Defaults to what was moved. */
  readonly size?: number;
  readonly facts?: number;
  /** All that the process read and wrote so far, files included. Default: just its files. */
  readonly transferred?: { readonly read: number; readonly written: number };
}

export interface Program {
  readonly comm: string;
  readonly exe?: string;
  readonly commandLine?: string;
  readonly script?: string;
  readonly stdin?: Descriptor;
  readonly stdout?: Descriptor;
}

/** One process of a scenario: what it does, in the words of the facts. */
export class Actions {
  private uid = 0;
  private comm: string;
  private readonly moved = { read: 0, written: 0 };
  private stdin = CLOSED;
  private stdout = CLOSED;

  constructor(
    private readonly scenario: Scenario,
    readonly tgid: number,
    readonly ppid: number,
    readonly start: number,
    comm: string,
  ) {
    this.comm = comm;
  }

  actor(): Actor {
    const { tgid, ppid, start, uid, comm } = this;
    return { time: this.scenario.now(), tgid, ppid, start, uid, comm };
  }

  become(uid: number): this {
    this.uid = uid;
    return this;
  }

  exec(program: Program): this {
    this.comm = program.comm;
    const event: ExecEvent = {
      kind: 'exec',
      actor: this.actor(),
      exe: program.exe ?? `/usr/bin/${program.comm}`,
      commandLine: program.commandLine ?? program.comm,
      script: program.script ?? '',
      isolation: hostIsolation,
      containerTgid: this.tgid,
      loginuid: 0,
      sessionId: 1,
      transferred: { ...this.moved },
      stdin: program.stdin ?? CLOSED,
      stdout: program.stdout ?? CLOSED,
    };
    this.stdin = event.stdin;
    this.stdout = event.stdout;
    return this.send(event);
  }

  /** A descriptor of a file was closed. */
  file({ path, inode, read = 0, written = 0, size, facts = 0, transferred }: FileChange): this {
    this.moved.read += read;
    this.moved.written += written;
    const event: FileEvent = {
      kind: 'file',
      actor: this.actor(),
      path,
      inode,
      device: DEVICE,
      size: size ?? Math.max(read, written),
      bytesRead: read,
      bytesWritten: written,
      modificationTime: 0,
      transferred: transferred ?? { ...this.moved },
      facts,
      fileSystem: 0xef53,
    };
    return this.send(event);
  }

  reads(path: string, inode: Inode, bytes: number): this {
    return this.file({ path, inode, read: bytes, facts: bytes === 0 ? fileFact.FILE_EMPTY : 0 });
  }

  /** Makes a new file and writes it. */
  makes(path: string, inode: Inode, bytes: number): this {
    return this.file({ path, inode, written: bytes, facts: fileFact.FILE_CREATED });
  }

  /** Writes a file that was there before. */
  writes(path: string, inode: Inode, bytes: number): this {
    return this.file({ path, inode, written: bytes, facts: fileFact.FILE_TRUNCATED });
  }

  removes(path: string, inode: Inode): this {
    return this.name('unlink', path, inode);
  }

  renames(path: string, newPath: string, inode: Inode, replacedInode: Inode = 0): this {
    return this.name('rename', path, inode, newPath, replacedInode);
  }

  /** `path` and `newPath` have each the name of the other now; `other` is the inode of the file that was at `newPath`. */
  exchanges(path: string, newPath: string, inode: Inode, other: Inode): this {
    return this.name('rename', path, inode, newPath, other, { exchanged: true });
  }

  links(path: string, newPath: string, inode: Inode): this {
    return this.name('link', path, inode, newPath);
  }

  makesSymbolicLink(target: string, link: string, inode: Inode): this {
    return this.name('symlink', target, inode, link);
  }

  /** Sets mode, owner or size by path. */
  sets(attribute: Attribute, path: string, inode: Inode): this {
    const operation = ({ mode: 'chmod', owner: 'chown', size: 'truncate' } as const)[attribute.kind];
    return this.name(operation, path, inode, '', 0, { attribute });
  }

  name(
    operation: NameEvent['operation'],
    path: string,
    inode: Inode,
    newPath = '',
    replacedInode: Inode = 0,
    changes: Partial<NameEvent> = {},
  ): this {
    return this.send({
      kind: 'name',
      actor: this.actor(),
      operation,
      path,
      newPath,
      inode,
      replacedInode,
      device: DEVICE,
      exchanged: false,
      attribute: undefined,
      notFollowed: false,
      ...changes,
    });
  }

  forks(tgid: number): Actions {
    const child = new Actions(this.scenario, tgid, this.tgid, this.scenario.now(), this.comm);
    this.send({
      kind: 'fork',
      actor: this.actor(),
      childTgid: tgid,
      childStart: child.start,
      transferred: { ...this.moved },
      childContainerTgid: tgid,
    });
    child.stdin = this.stdin;
    child.stdout = this.stdout;
    return child;
  }

  /** Moves bytes through anything but files. */
  passes({ read = 0, written = 0 }: { readonly read?: number; readonly written?: number }): this {
    this.moved.read += read;
    this.moved.written += written;
    return this;
  }

  /** Another end becomes stdin (0) or stdout (1), as a subshell does it. */
  redirects(fd: 0 | 1, descriptor: Descriptor): this {
    if (fd === 0) this.stdin = descriptor;
    else this.stdout = descriptor;
    return this.stream(fd, descriptor, { reads: fd === 0, writes: fd === 1 });
  }

  /** Lets go of the last descriptor of an end. */
  closesEnd(fd: number, descriptor: Descriptor, direction: 'read' | 'write' | 'both'): this {
    return this.stream(fd, descriptor, { reads: direction !== 'write', writes: direction !== 'read', closed: true });
  }

  private stream(fd: number, descriptor: Descriptor, facts: Partial<StreamEvent>): this {
    return this.send({
      kind: 'stream',
      actor: this.actor(),
      fd,
      descriptor,
      transferred: { ...this.moved },
      reads: false,
      writes: false,
      closed: false,
      exits: false,
      ...facts,
    });
  }

  exits(ends: { readonly stdin?: Descriptor; readonly stdout?: Descriptor } = {}): this {
    return this.send({
      kind: 'exit',
      actor: this.actor(),
      exitCode: 0,
      transferred: { ...this.moved },
      stdin: ends.stdin ?? this.stdin,
      stdout: ends.stdout ?? this.stdout,
    });
  }

  socket(kind: SocketEvent['kind'], socket: number, tuple: SocketTuple, facts: Partial<SocketEvent> = {}): this {
    return this.send({
      kind,
      actor: this.actor(),
      socket,
      tuple,
      inProgress: false,
      servesParent: false,
      servesGrandparent: false,
      listening: false,
      ...facts,
    });
  }

  traffic(kind: TrafficEvent['kind'], socket: number, tuple: SocketTuple, facts: Partial<TrafficEvent> = {}): this {
    return this.send({
      kind,
      actor: this.actor(),
      socket,
      tuple,
      bytesSent: 0,
      bytesReceived: 0,
      packetsSent: 1,
      packetsReceived: 1,
      firstTime: 0,
      smoothedRtt: 0,
      retransmits: 0,
      established: true,
      inbound: false,
      ...facts,
    });
  }

  private send(event: KernelEvent): this {
    this.scenario.engine.handle(event);
    return this;
  }
}

/** The state machine with real tables behind it; facts go in, lines come out. */
export class Scenario implements Sink {
  readonly behaviours: Behaviour[] = [];
  readonly published: Connection[] = [];
  readonly content = new RecordedContentSource();
  readonly inodes = new RecordedInodeSource();
  readonly clock = new Clock();
  readonly processesEvicted = new Counter('processes_evicted', '');
  readonly connectionsEvicted = new Counter('connections_evicted', '');
  readonly processes = new ProcessTable(
    new FixedUserNames(
      new Map([
        [0, 'root'],
        [1000, 'ann'],
      ]),
    ),
    this.clock,
    someOwnRoot,
    noContainerFiles,
    this.processesEvicted,
  );
  readonly connections = new ConnectionTable(
    this.processes,
    this.clock,
    new ConnectionReporter(this.clock, this),
    SETTLE,
    this.connectionsEvicted,
  );
  readonly streamsForgotten = new Counter('streams_forgotten', '');
  readonly engine: BehaviourEngine;
  /** What a process tells of its open files when it is asked, by tgid. */
  readonly openFiles = new Map<number, () => void>();
  private readonly formatter = new LineFormatter('absolute');
  private time = 1_000_000;

  constructor(reads: readonly string[] = [], trace?: RuleTrace, writes: readonly string[] = []) {
    this.engine = new BehaviourEngine(
      { settle: SETTLE, noise: { reads, writes }, trace, streamsForgotten: this.streamsForgotten },
      this.processes,
      this.connections,
      new PathCache(this.inodes),
      this.content,
      this.clock,
      this,
      (tgid) => {
        this.openFiles.get(tgid)?.();
      },
    );
  }

  behaviour(behaviour: Behaviour): void {
    this.behaviours.push(behaviour);
  }

  connection(connection: Connection): void {
    this.published.push(connection);
  }

  /** CLOCK_BOOTTIME; every event comes a little later. */
  now(): number {
    this.time += 10;
    return this.time;
  }

  wait(microseconds: number): void {
    this.time += microseconds;
    this.engine.tick(this.time);
  }

  /** All open files of all processes were told of. */
  visited(): void {
    this.engine.visited(this.now());
  }

  /** A program that just started. */
  program(comm: string, tgid = 300, ppid = 200): Actions {
    const actions = new Actions(this, tgid, ppid, this.now(), comm);
    return actions.exec({ comm });
  }

  /** One that runs already. */
  resumes(comm: string, tgid: number, ppid: number, start: number): Actions {
    return new Actions(this, tgid, ppid, start, comm);
  }

  /** Lines without times, as far as they are known; program starts are left out, as in the log. */
  lines(): readonly string[] {
    return this.behaviours.filter(({ kind }) => kind !== 'exec').map((behaviour) => this.formatter.body(behaviour));
  }
}

export function tuple(changes: Partial<SocketTuple> = {}): SocketTuple {
  return {
    protocol: TCP,
    localAddress: '10.0.0.1',
    localPort: 43_716,
    remoteAddress: '10.0.0.2',
    remotePort: 22,
    networkNamespace: 1,
    ...changes,
  };
}

/** The same connection as its other end sees it. */
export function reversed({ localAddress, localPort, remoteAddress, remotePort, ...rest }: SocketTuple): SocketTuple {
  return {
    ...rest,
    localAddress: remoteAddress,
    localPort: remotePort,
    remoteAddress: localAddress,
    remotePort: localPort,
  };
}
