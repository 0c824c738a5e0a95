import { AggregatorError } from '../../errors.js';
import { writeAddress } from '../../schema/address.js';
import type { RowBinaryBuffer } from '../../schema/row-binary.js';
import { misfit } from '../../schema/row.js';
import { tables } from '../../schema/tables.js';
import { latestTime, operationName, type Origin } from '../rows.js';
import { WireMessage } from './message.js';

/*
 * Behaviours from the wire into RowBinary without a JavaScript object or string in between: 3 µs a row
 * where decoding, building a row and encoding it took 12. rows.ts says the same of a decoded
 * behaviour, for those who listen; a property test holds the two together.
 */

/** Field numbers of behaviour.proto; a test compares them with the file. */
export const behaviourFields = {
  time: 1,
  process: 2,
  operation: 3,
  sources: 4,
  destinations: 5,
  connectionId: 6,
  localAddress: 7,
  localPort: 8,
  remoteAddress: 9,
  remotePort: 10,
  count: 11,
  line: 12,
  attribute: 13,
  pipeline: 15,
} as const;

export const processFields = {
  pid: 1,
  ppid: 2,
  startTime: 3,
  user: 4,
  uid: 5,
  loginuid: 6,
  sessionId: 7,
  comm: 8,
  exe: 9,
  commandLine: 10,
  cgroupId: 11,
  containerId: 12,
  podUid: 13,
  containerRoot: 14,
  containerPid: 15,
  containerUid: 16,
  containerUser: 17,
  namespaces: 18,
  script: 20,
} as const;

export const namespacesFields = { mount: 1, pid: 2, network: 3, user: 4 } as const;
export const stageFields = { pid: 1, startTime: 2, comm: 3 } as const;

export const fileFields = { path: 1, inode: 2, device: 3, bytes: 4 } as const;

const b = behaviourFields;
const p = processFields;
const n = namespacesFields;
const f = fileFields;
const s = stageFields;
const table = tables.behaviours;
const highestPort = 0xffff;

const pathStart = 0;
const pathEnd = 1;
const inodeLow = 2;
const inodeHigh = 3;
const perFile = 4;

/** The files of one side of a behaviour: where their paths are, their inodes, the sum of their bytes. */
class Files {
  readonly #file = new WireMessage('file', 4);
  readonly #values: number[] = [];
  count = 0;
  bytes = 0;

  read(source: Uint8Array, ranges: readonly number[]): void {
    this.#values.length = 0;
    this.count = ranges.length / 2;
    this.bytes = 0;
    for (let index = 0; index < ranges.length; index += 2) {
      const file = this.#file;
      file.parse(source, ranges[index] ?? 0, ranges[index + 1] ?? 0);
      this.#values.push(file.start(f.path), file.end(f.path), file.low(f.inode), file.high(f.inode));
      this.bytes = Math.min(this.bytes + file.number(f.bytes), Number.MAX_SAFE_INTEGER);
    }
  }

  at(index: number, value: number): number {
    return this.#values[index * perFile + value] ?? 0;
  }
}

/** The stages of a pipeline: their pids, and where their names are. */
class Stages {
  readonly #stage = new WireMessage('stage', 3);
  readonly #values: number[] = [];
  count = 0;

  read(source: Uint8Array, ranges: readonly number[]): void {
    this.#values.length = 0;
    this.count = ranges.length / 2;
    for (let index = 0; index < ranges.length; index += 2) {
      const stage = this.#stage;
      stage.parse(source, ranges[index] ?? 0, ranges[index + 1] ?? 0);
      this.#values.push(stage.low(s.pid), stage.start(s.comm), stage.end(s.comm));
    }
  }

  at(index: number, value: number): number {
    return this.#values[index * 3 + value] ?? 0;
  }
}

type ColumnEmitter = (out: RowBinaryBuffer) => void;

export class BehaviourTranscoder {
  readonly #behaviour = new WireMessage('behaviour', 15, [b.sources, b.destinations, b.pipeline]);
  readonly #namespaces = new WireMessage('namespaces', 4);
  readonly #process = new WireMessage('process', 20);
  readonly #sources = new Files();
  readonly #destinations = new Files();
  readonly #stages = new Stages();
  readonly #operations = new Map<number, Buffer>();
  readonly #emitters: readonly ColumnEmitter[];
  #origin: Origin | null = null;
  #receivedTime = 0;
  #host: Buffer = Buffer.alloc(0);
  #hostId: Buffer = Buffer.alloc(0);

  constructor() {
    const emitters = this.#columns();
    this.#emitters = table.columns.map((column) => {
      const emitter = emitters[column.name];
      if (emitter === undefined)
        throw new AggregatorError('ROW_INVALID', `Column ${column.name} of ${table.name} has no source`);
      return emitter;
    });
  }

  /** What the rows written next have in common. */
  from(origin: Origin): void {
    if (this.#origin?.host !== origin.host) this.#host = Buffer.from(origin.host);
    if (this.#origin?.hostId !== origin.hostId) this.#hostId = Buffer.from(origin.hostId);
    this.#origin = origin;
    this.#receivedTime = origin.receivedTime;
  }

  /**
   * Writes the Behaviour message from `start` to `end` of `bytes` as a row. Throws REQUEST_INVALID or
   * ROW_INVALID, with part of the row written: roll the buffer back.
   */
  write(bytes: Uint8Array, start: number, end: number, out: RowBinaryBuffer): void {
    const behaviour = this.#behaviour;
    behaviour.parse(bytes, start, end);
    this.#process.parse(bytes, behaviour.start(b.process), behaviour.end(b.process));
    this.#namespaces.parse(bytes, this.#process.start(p.namespaces), this.#process.end(p.namespaces));
    this.#sources.read(bytes, behaviour.ranges(b.sources));
    this.#destinations.read(bytes, behaviour.ranges(b.destinations));
    this.#stages.read(bytes, behaviour.ranges(b.pipeline));
    for (const emit of this.#emitters) emit(out);
    out.endRow();
  }

  /** The source of each column, by its name. */
  #columns(): Readonly<Record<string, ColumnEmitter>> {
    const behaviour = this.#behaviour;
    const process = this.#process;
    const namespaces = this.#namespaces;
    const uint32 =
      (message: WireMessage, field: number) =>
      (out: RowBinaryBuffer): void =>
        out.uint32(message.low(field));
    const uint64 =
      (message: WireMessage, field: number) =>
      (out: RowBinaryBuffer): void => {
        out.uint32(message.low(field));
        out.uint32(message.high(field));
      };
    const text =
      (message: WireMessage, field: number) =>
      (out: RowBinaryBuffer): void =>
        out.bytesText(message.bytes, message.start(field), message.end(field));
    return {
      time: (out) => this.#time(out, behaviour, b.time, 'time of a behaviour'),
      received_time: (out) => out.uint53(this.#receivedTime),
      host: (out) => out.bytesText(this.#host, 0, this.#host.length),
      host_id: (out) => out.bytesText(this.#hostId, 0, this.#hostId.length),
      ppid: uint32(process, p.ppid),
      pid: uint32(process, p.pid),
      process_start_time: (out) => this.#time(out, process, p.startTime, 'start time of a process'),
      user: text(process, p.user),
      comm: text(process, p.comm),
      uid: uint32(process, p.uid),
      loginuid: uint32(process, p.loginuid),
      session_id: uint32(process, p.sessionId),
      exe: text(process, p.exe),
      command_line: text(process, p.commandLine),
      cgroup_id: uint64(process, p.cgroupId),
      container_id: text(process, p.containerId),
      pod_uid: text(process, p.podUid),
      container_root: text(process, p.containerRoot),
      container_pid: uint32(process, p.containerPid),
      container_uid: uint32(process, p.containerUid),
      container_user: text(process, p.containerUser),
      mount_namespace: uint32(namespaces, n.mount),
      pid_namespace: uint32(namespaces, n.pid),
      network_namespace: uint32(namespaces, n.network),
      user_namespace: uint32(namespaces, n.user),
      script: text(process, p.script),
      operation: (out) => this.#operation(out),
      source_paths: (out) => this.#paths(out, this.#sources),
      source_inodes: (out) => this.#inodes(out, this.#sources),
      destination_paths: (out) => this.#paths(out, this.#destinations),
      destination_inodes: (out) => this.#inodes(out, this.#destinations),
      // Written where something was written, else read.
      bytes: (out) => out.uint53(this.#destinations.count > 0 ? this.#destinations.bytes : this.#sources.bytes),
      local_address: (out) => this.#address(out, b.localAddress, 'local_address'),
      local_port: (out) => this.#port(out, b.localPort, 'local_port'),
      remote_address: (out) => this.#address(out, b.remoteAddress, 'remote_address'),
      remote_port: (out) => this.#port(out, b.remotePort, 'remote_port'),
      connection_id: uint64(behaviour, b.connectionId),
      count: uint32(behaviour, b.count),
      attribute: text(behaviour, b.attribute),
      line: text(behaviour, b.line),
      pipeline_pids: (out) => this.#pipelinePids(out),
      pipeline_comms: (out) => this.#pipelineComms(out),
    };
  }

  #time(out: RowBinaryBuffer, message: WireMessage, field: number, what: string): void {
    const time = message.number(field);
    if (time >= latestTime) {
      throw new AggregatorError('REQUEST_INVALID', `${what} is after the year 2099: times are microseconds since 1970`);
    }
    out.uint53(time);
  }

  #operation(out: RowBinaryBuffer): void {
    const number = this.#behaviour.low(b.operation) | 0;
    let name = this.#operations.get(number);
    if (name === undefined) {
      name = Buffer.from(operationName(number));
      // A hostile agent could send four thousand million of them.
      if (this.#operations.size < 256) this.#operations.set(number, name);
    }
    out.bytesText(name, 0, name.length);
  }

  #paths(out: RowBinaryBuffer, files: Files): void {
    out.length(files.count);
    for (let index = 0; index < files.count; index += 1) {
      out.bytesText(this.#behaviour.bytes, files.at(index, pathStart), files.at(index, pathEnd));
    }
  }

  #inodes(out: RowBinaryBuffer, files: Files): void {
    out.length(files.count);
    for (let index = 0; index < files.count; index += 1) {
      out.uint32(files.at(index, inodeLow));
      out.uint32(files.at(index, inodeHigh));
    }
  }

  #pipelinePids(out: RowBinaryBuffer): void {
    out.length(this.#stages.count);
    for (let index = 0; index < this.#stages.count; index += 1) {
      out.uint32(this.#stages.at(index, 0));
      out.uint32(0);
    }
  }

  #pipelineComms(out: RowBinaryBuffer): void {
    out.length(this.#stages.count);
    for (let index = 0; index < this.#stages.count; index += 1) {
      out.bytesText(this.#behaviour.bytes, this.#stages.at(index, 1), this.#stages.at(index, 2));
    }
  }

  #address(out: RowBinaryBuffer, field: number, column: string): void {
    const text = this.#behaviour.isEmpty(field) ? '' : this.#behaviour.text(field);
    if (!out.sixteen((target, offset) => writeAddress(text, target, offset))) {
      throw misfit(table.name, column, text, 'an IP address');
    }
  }

  #port(out: RowBinaryBuffer, field: number, column: string): void {
    const port = this.#behaviour.low(field);
    if (port > highestPort) throw misfit(table.name, column, port, `an integer from 0 to ${highestPort}`);
    out.uint16(port);
  }
}
