// long: every record type is encoded here, each as the kernel lays it out
import {
  attribute,
  attributeRecord,
  descriptor as descriptorLayout,
  execRecord,
  exitRecord,
  fileRecord,
  forkRecord,
  isolationRecord,
  nameRecord,
  recordHeader,
  recordType,
  socketRecord,
  socketTuple,
  streamRecord,
  trafficRecord,
  transferred,
} from '../../agent/kernel/generated/layout.js';
import { isolationData, someIsolation, withIsolation, type IsolationBytes } from './isolation-bytes.js';

/** Writes one record as the kernel side does, at the offsets that come from its BTF. */
export class RecordBuilder {
  readonly bytes: Buffer;

  constructor(type: number, byteLength: number, ...data: readonly Buffer[]) {
    this.bytes = Buffer.concat([Buffer.alloc(byteLength), ...data]);
    this.uint32(recordHeader.size, this.bytes.length).uint16(recordHeader.type, type);
  }

  uint16(at: number, value: number): this {
    this.bytes.writeUInt16LE(value, at);
    return this;
  }

  uint32(at: number, value: number): this {
    this.bytes.writeUInt32LE(value, at);
    return this;
  }

  uint64(at: number, value: number | bigint): this {
    this.bytes.writeBigUInt64LE(BigInt(value), at);
    return this;
  }

  put(at: number, value: Buffer): this {
    value.copy(this.bytes, at);
    return this;
  }
}

export interface Header {
  /** Times in nanoseconds. */
  readonly time: bigint;
  readonly startBoottime: bigint;
  readonly tgid: number;
  readonly tid: number;
  readonly ppid: number;
  readonly uid: number;
  /** Up to 15 bytes. */
  readonly comm: Buffer;
}

export const someHeader: Header = {
  time: 5_000_000_123n,
  startBoottime: 4_000_000_999n,
  tgid: 300,
  tid: 301,
  ppid: 200,
  uid: 1000,
  comm: Buffer.from('cp'),
};

function withHeader(builder: RecordBuilder, header: Header): RecordBuilder {
  return builder
    .uint64(recordHeader.time, header.time)
    .uint64(recordHeader.startBoottime, header.startBoottime)
    .uint32(recordHeader.tgid, header.tgid)
    .uint32(recordHeader.tid, header.tid)
    .uint32(recordHeader.ppid, header.ppid)
    .uint32(recordHeader.uid, header.uid)
    .put(recordHeader.comm, header.comm);
}

export function forkBytes(childTgid: number, childStart: bigint, header: Header = someHeader): Buffer {
  return withHeader(new RecordBuilder(recordType.RECORD_FORK, forkRecord.byteLength), header)
    .uint32(forkRecord.childTgid, childTgid)
    .uint32(forkRecord.childContainerTgid, 7)
    .uint64(forkRecord.childStartBoottime, childStart).bytes;
}

export function exitBytes(exitCode: number, header: Header = someHeader): Buffer {
  return withHeader(new RecordBuilder(recordType.RECORD_EXIT, exitRecord.byteLength), header).uint32(
    exitRecord.exitCode,
    exitCode,
  ).bytes;
}

/** A process that moved to another place. */
export function isolationBytes(isolation: IsolationBytes, header: Header = someHeader): Buffer {
  const data = isolationData(isolation);
  const builder = withHeader(new RecordBuilder(recordType.RECORD_ISOLATION, isolationRecord.byteLength, data), header);
  withIsolation(builder, isolationRecord.isolation, isolation);
  return builder.bytes;
}

export interface DescriptorFields {
  readonly kind: number;
  readonly inode: bigint;
  readonly peer: bigint;
  readonly device?: number;
  readonly progress?: bigint;
}

function putDescriptor(builder: RecordBuilder, base: number, fields: DescriptorFields): void {
  builder
    .uint32(base + descriptorLayout.kind, fields.kind)
    .uint64(base + descriptorLayout.inode, fields.inode)
    .uint64(base + descriptorLayout.peer, fields.peer)
    .uint32(base + descriptorLayout.device, fields.device ?? 0)
    .uint64(base + descriptorLayout.progress, fields.progress ?? 0n);
}

export interface ExecFields {
  readonly path: Buffer;
  /** Each ended by NUL. */
  readonly arguments: Buffer;
  readonly script: Buffer;
  readonly isolation: IsolationBytes;
  readonly loginuid: number;
  readonly sessionId: number;
  readonly read: bigint;
  readonly written: bigint;
  readonly standard: readonly DescriptorFields[];
}

export const someExec: ExecFields = {
  path: Buffer.from('/usr/bin/cp'),
  arguments: Buffer.from('cp\0a\0b\0'),
  script: Buffer.alloc(0),
  isolation: someIsolation,
  loginuid: 0xffff_ffff,
  sessionId: 3,
  read: 10n,
  written: 20n,
  standard: [],
};

export function execBytes(fields: ExecFields = someExec, header: Header = someHeader): Buffer {
  const { path, arguments: list, script } = fields;
  const builder = withHeader(
    new RecordBuilder(
      recordType.RECORD_EXEC,
      execRecord.byteLength,
      isolationData(fields.isolation),
      path,
      list,
      script,
    ),
    header,
  )
    .uint16(execRecord.pathLength, path.length)
    .uint16(execRecord.argumentsLength, list.length)
    .uint16(execRecord.scriptLength, script.length)
    .uint32(execRecord.loginuid, fields.loginuid)
    .uint32(execRecord.sessionId, fields.sessionId)
    .uint64(execRecord.transferred + transferred.read, fields.read)
    .uint64(execRecord.transferred + transferred.written, fields.written);
  withIsolation(builder, execRecord.isolation, fields.isolation);
  fields.standard.forEach((descriptor, fd) => {
    putDescriptor(builder, execRecord.standard + fd * descriptorLayout.byteLength, descriptor);
  });
  return builder.bytes;
}

export interface StreamFields {
  readonly fd: number;
  readonly descriptor: DescriptorFields;
  readonly facts: number;
  readonly read: bigint;
  readonly written: bigint;
}

export function streamBytes(fields: StreamFields, header: Header = someHeader): Buffer {
  const builder = withHeader(new RecordBuilder(recordType.RECORD_STREAM, streamRecord.byteLength), header)
    .uint32(streamRecord.fd, fields.fd)
    .uint32(streamRecord.facts, fields.facts)
    .uint64(streamRecord.transferred + transferred.read, fields.read)
    .uint64(streamRecord.transferred + transferred.written, fields.written);
  putDescriptor(builder, streamRecord.descriptor, fields.descriptor);
  return builder.bytes;
}

export interface FileFields {
  readonly path: Buffer;
  readonly inode: bigint;
  readonly device: number;
  readonly size: bigint;
  readonly bytesRead: bigint;
  readonly bytesWritten: bigint;
  /** Nanoseconds. */
  readonly modificationTime: bigint;
  readonly read: bigint;
  readonly written: bigint;
  readonly facts: number;
}

export const someFile: FileFields = {
  path: Buffer.from('/w/a'),
  inode: 11n,
  device: 8 << 20,
  size: 100n,
  bytesRead: 100n,
  bytesWritten: 0n,
  modificationTime: 1_700_000_000_000_001_500n,
  read: 900n,
  written: 0n,
  facts: 0,
};

export function fileBytes(fields: FileFields = someFile, header: Header = someHeader): Buffer {
  return withHeader(new RecordBuilder(recordType.RECORD_FILE, fileRecord.byteLength, fields.path), header)
    .uint16(fileRecord.pathLength, fields.path.length)
    .uint64(fileRecord.inode, fields.inode)
    .uint32(fileRecord.device, fields.device)
    .uint64(fileRecord.size, fields.size)
    .uint64(fileRecord.bytesRead, fields.bytesRead)
    .uint64(fileRecord.bytesWritten, fields.bytesWritten)
    .uint64(fileRecord.modificationTime, fields.modificationTime)
    .uint64(fileRecord.transferred + transferred.read, fields.read)
    .uint64(fileRecord.transferred + transferred.written, fields.written)
    .uint32(fileRecord.fileSystem, 0xef53)
    .uint32(fileRecord.facts, fields.facts).bytes;
}

export interface NameFields {
  readonly operation: number;
  readonly directory: Buffer;
  readonly name: Buffer;
  readonly newDirectory: Buffer;
  readonly newName: Buffer;
  readonly inode: bigint;
  readonly replacedInode: bigint;
  readonly device: number;
  /** Default: none. */
  readonly facts?: number;
}

export function nameBytes(fields: NameFields, header: Header = someHeader): Buffer {
  const { directory, name, newDirectory, newName } = fields;
  const builder = new RecordBuilder(
    recordType.RECORD_NAME,
    nameRecord.byteLength,
    directory,
    name,
    newDirectory,
    newName,
  );
  return withHeader(builder, header)
    .uint16(nameRecord.operation, fields.operation)
    .uint16(nameRecord.facts, fields.facts ?? 0)
    .uint16(nameRecord.directoryLength, directory.length)
    .uint16(nameRecord.nameLength, name.length)
    .uint16(nameRecord.newDirectoryLength, newDirectory.length)
    .uint16(nameRecord.newNameLength, newName.length)
    .uint64(nameRecord.inode, fields.inode)
    .uint64(nameRecord.replacedInode, fields.replacedInode)
    .uint32(nameRecord.device, fields.device).bytes;
}

export interface AttributeFields {
  readonly attribute: number;
  readonly directory: Buffer;
  readonly name: Buffer;
  readonly inode: bigint;
  readonly device: number;
  readonly facts: number;
  readonly mode: number;
  readonly owner: number;
  readonly group: number;
  readonly size: bigint;
}

export const someAttribute: AttributeFields = {
  attribute: attribute.ATTRIBUTE_MODE,
  directory: Buffer.from('/w'),
  name: Buffer.from('a'),
  inode: 11n,
  device: 8 << 20,
  facts: 0,
  mode: 0o600,
  owner: 0,
  group: 0,
  size: 0n,
};

export function attributeBytes(fields: AttributeFields = someAttribute, header: Header = someHeader): Buffer {
  const { directory, name } = fields;
  const builder = new RecordBuilder(recordType.RECORD_ATTRIBUTE, attributeRecord.byteLength, directory, name);
  return withHeader(builder, header)
    .uint64(attributeRecord.inode, fields.inode)
    .uint64(attributeRecord.size, fields.size)
    .uint32(attributeRecord.device, fields.device)
    .uint32(attributeRecord.mode, fields.mode)
    .uint32(attributeRecord.owner, fields.owner)
    .uint32(attributeRecord.group, fields.group)
    .uint16(attributeRecord.attribute, fields.attribute)
    .uint16(attributeRecord.facts, fields.facts)
    .uint16(attributeRecord.directoryLength, directory.length)
    .uint16(attributeRecord.nameLength, name.length).bytes;
}

export interface TupleFields {
  /** 16 bytes each. */
  readonly localAddress: Buffer;
  readonly remoteAddress: Buffer;
  readonly localPort: number;
  readonly remotePort: number;
  readonly protocol: number;
  readonly networkNamespace: number;
}

export function mapped(a: number, b: number, c: number, d: number): Buffer {
  return Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff, a, b, c, d])]);
}

export const someTuple: TupleFields = {
  localAddress: mapped(172, 17, 0, 1),
  remoteAddress: mapped(172, 17, 0, 2),
  localPort: 43_716,
  remotePort: 22,
  protocol: 6,
  networkNamespace: 4_026_531_840,
};

function withTuple(builder: RecordBuilder, base: number, tuple: TupleFields): RecordBuilder {
  return builder
    .put(base + socketTuple.localAddress, tuple.localAddress)
    .put(base + socketTuple.remoteAddress, tuple.remoteAddress)
    .uint16(base + socketTuple.localPort, tuple.localPort)
    .uint16(base + socketTuple.remotePort, tuple.remotePort)
    .uint16(base + socketTuple.protocol, tuple.protocol)
    .uint32(base + socketTuple.networkNamespace, tuple.networkNamespace);
}

export interface SocketFields {
  readonly type: number;
  readonly socket: bigint;
  readonly tuple: TupleFields;
  readonly facts: number;
}

export function socketBytes(fields: SocketFields, header: Header = someHeader): Buffer {
  const builder = withHeader(new RecordBuilder(fields.type, socketRecord.byteLength), header);
  return withTuple(builder, socketRecord.tuple, fields.tuple)
    .uint64(socketRecord.socket, fields.socket)
    .uint32(socketRecord.facts, fields.facts).bytes;
}

export interface TrafficFields {
  readonly type: number;
  readonly socket: bigint;
  readonly tuple: TupleFields;
  readonly bytesSent: bigint;
  readonly bytesReceived: bigint;
  readonly packetsSent: bigint;
  readonly packetsReceived: bigint;
  readonly firstTime: bigint;
  readonly smoothedRtt: number;
  readonly retransmits: number;
  readonly established: number;
  readonly inbound: number;
}

export function trafficBytes(fields: TrafficFields, header: Header = someHeader): Buffer {
  const builder = withHeader(new RecordBuilder(fields.type, trafficRecord.byteLength), header);
  return withTuple(builder, trafficRecord.tuple, fields.tuple)
    .uint64(trafficRecord.socket, fields.socket)
    .uint64(trafficRecord.bytesSent, fields.bytesSent)
    .uint64(trafficRecord.bytesReceived, fields.bytesReceived)
    .uint64(trafficRecord.packetsSent, fields.packetsSent)
    .uint64(trafficRecord.packetsReceived, fields.packetsReceived)
    .uint64(trafficRecord.firstTime, fields.firstTime)
    .uint32(trafficRecord.smoothedRtt, fields.smoothedRtt)
    .uint32(trafficRecord.retransmits, fields.retransmits)
    .uint32(trafficRecord.established, fields.established)
    .uint32(trafficRecord.inbound, fields.inbound).bytes;
}
