// long: one state machine, whose parts share their state
import { AgentError } from '../errors.js';
import {
  attribute as attributeCode,
  attributeFact,
  attributeRecord,
  descriptor as descriptorLayout,
  descriptorKind,
  execRecord,
  fileFact,
  exitRecord,
  fileRecord,
  forkRecord,
  nameFact,
  isolationRecord,
  nameOperation,
  nameRecord,
  recordHeader,
  recordType,
  socketFact,
  socketRecord,
  socketTuple,
  streamFact,
  streamRecord,
  trafficRecord,
  transferred,
} from '../kernel/generated/layout.js';
import type { Attribute } from '../behaviour/attribute.js';
import { decodeAddress } from './address.js';
import type {
  Actor,
  Descriptor,
  DescriptorKind,
  ExecEvent,
  ExitEvent,
  FileEvent,
  ForkEvent,
  IsolationEvent,
  KernelEvent,
  NameEvent,
  ProcessEvent,
  SocketEvent,
  SocketTuple,
  StreamEvent,
  TrafficEvent,
  Transferred,
} from './event.js';
import { decodeIsolation, type DecodedIsolation } from './isolation.js';
import { directoryOf, joinPath, markCut } from './path.js';
import type { RecordReader } from './reader.js';
import { NameCache } from './name-cache.js';

type Decoder = (reader: RecordReader, actor: Actor) => KernelEvent;

/** Record type → decoder: the whole list. */
const decoders: Readonly<Record<number, Decoder>> = {
  [recordType.RECORD_FORK]: decodeFork,
  [recordType.RECORD_EXEC]: decodeExec,
  [recordType.RECORD_EXIT]: decodeExit,
  [recordType.RECORD_ISOLATION]: decodeIsolated,
  [recordType.RECORD_STREAM]: decodeStream,
  [recordType.RECORD_FILE]: decodeFile,
  [recordType.RECORD_NAME]: decodeName,
  [recordType.RECORD_ATTRIBUTE]: decodeAttribute,
  [recordType.RECORD_CONNECT]: (reader, actor) => decodeSocket(reader, actor, 'connect'),
  [recordType.RECORD_ESTABLISHED]: (reader, actor) => decodeSocket(reader, actor, 'established'),
  [recordType.RECORD_ACCEPT]: (reader, actor) => decodeSocket(reader, actor, 'accept'),
  [recordType.RECORD_SOCKET_RELEASE]: (reader, actor) => decodeSocket(reader, actor, 'socket-release'),
  [recordType.RECORD_OPEN_SOCKET]: (reader, actor) => decodeSocket(reader, actor, 'open-socket'),
  [recordType.RECORD_SOCKET_CLOSE]: (reader, actor) => decodeTraffic(reader, actor, 'socket-close'),
  [recordType.RECORD_DATAGRAM]: (reader, actor) => decodeTraffic(reader, actor, 'datagram'),
};

/** From raw records to typed events. */
export class EventDecoder {
  private readonly names = new NameCache();

  /** Throws AgentError RECORD_INVALID for anything that is not exactly one record. */
  decode(reader: RecordReader): KernelEvent {
    const type = reader.uint16(recordHeader.type);
    const decoder = decoders[type];
    if (!decoder) throw new AgentError('RECORD_INVALID', `a record has the unknown type ${type}`);
    return decoder(reader, this.decodeActor(reader));
  }

  /** Of a RECORD_PROCESS, which comes from an iterator and never through the ring. */
  decodeProcess(reader: RecordReader): ProcessEvent {
    const actor = this.decodeActor(reader);
    const isolation = decodeIsolation(reader, execRecord.isolation, execRecord.data);
    return {
      kind: 'process',
      actor,
      ...decodeProgram(reader, isolation),
      readerTgid: reader.uint32(execRecord.readerTgid),
    };
  }

  private decodeActor(reader: RecordReader): Actor {
    return {
      time: reader.microseconds(recordHeader.time),
      tgid: reader.uint32(recordHeader.tgid),
      start: reader.microseconds(recordHeader.startBoottime),
      ppid: reader.uint32(recordHeader.ppid),
      uid: reader.uint32(recordHeader.uid),
      comm: this.names.read(reader, recordHeader.comm),
    };
  }
}

function decodeFork(reader: RecordReader, actor: Actor): ForkEvent {
  return {
    kind: 'fork',
    actor,
    childTgid: reader.uint32(forkRecord.childTgid),
    childStart: reader.microseconds(forkRecord.childStartBoottime),
    transferred: decodeTransferred(reader, forkRecord.transferred),
    childContainerTgid: reader.uint32(forkRecord.childContainerTgid),
  };
}

const descriptorKinds: Readonly<Record<number, DescriptorKind>> = {
  [descriptorKind.DESCRIPTOR_CLOSED]: 'closed',
  [descriptorKind.DESCRIPTOR_FILE]: 'file',
  [descriptorKind.DESCRIPTOR_PIPE]: 'pipe',
  [descriptorKind.DESCRIPTOR_SOCKET]: 'socket',
  [descriptorKind.DESCRIPTOR_CHARACTER]: 'character',
};

function decodeDescriptor(reader: RecordReader, base: number): Descriptor {
  return {
    kind: descriptorKinds[reader.uint32(base + descriptorLayout.kind)] ?? 'other',
    inode: reader.inode(base + descriptorLayout.inode),
    peer: reader.inode(base + descriptorLayout.peer),
    device: reader.uint32(base + descriptorLayout.device),
    progress: reader.uint64(base + descriptorLayout.progress),
  };
}

/** All ones, as a rounded number. */
const NOT_COUNTED = 2 ** 64;

function decodeTransferred(reader: RecordReader, base: number): Transferred {
  const read = reader.uint64(base + transferred.read);
  return read >= NOT_COUNTED
    ? { read: Infinity, written: Infinity }
    : { read, written: reader.uint64(base + transferred.written) };
}

/** What is known of a program without a look into its own memory. */
function decodeProgram(
  reader: RecordReader,
  isolation: DecodedIsolation,
): Omit<ProcessEvent, 'kind' | 'actor' | 'readerTgid'> {
  return {
    exe: reader.text(execRecord.data + isolation.length, reader.uint16(execRecord.pathLength)),
    isolation: isolation.fields,
    containerTgid: isolation.containerTgid,
    loginuid: reader.uint32(execRecord.loginuid),
    sessionId: reader.uint32(execRecord.sessionId),
    transferred: decodeTransferred(reader, execRecord.transferred),
    stdin: decodeDescriptor(reader, execRecord.standard),
    stdout: decodeDescriptor(reader, execRecord.standard + descriptorLayout.byteLength),
  };
}

function decodeExec(reader: RecordReader, actor: Actor): ExecEvent {
  const isolation = decodeIsolation(reader, execRecord.isolation, execRecord.data);
  const argumentsAt = execRecord.data + isolation.length + reader.uint16(execRecord.pathLength);
  const argumentsLength = reader.uint16(execRecord.argumentsLength);
  const commandLine = reader.text(argumentsAt, argumentsLength);
  return {
    kind: 'exec',
    actor,
    ...decodeProgram(reader, isolation),
    commandLine: commandLine.replace(/\0+$/, '').replaceAll('\0', ' '),
    script: reader.text(argumentsAt + argumentsLength, reader.uint16(execRecord.scriptLength)),
  };
}

function decodeIsolated(reader: RecordReader, actor: Actor): IsolationEvent {
  const { fields, containerTgid } = decodeIsolation(reader, isolationRecord.isolation, isolationRecord.data);
  return { kind: 'isolation', actor, isolation: fields, containerTgid };
}

function decodeExit(reader: RecordReader, actor: Actor): ExitEvent {
  return {
    kind: 'exit',
    actor,
    exitCode: reader.uint32(exitRecord.exitCode),
    transferred: decodeTransferred(reader, exitRecord.transferred),
    stdin: decodeDescriptor(reader, exitRecord.standard),
    stdout: decodeDescriptor(reader, exitRecord.standard + descriptorLayout.byteLength),
  };
}

function decodeStream(reader: RecordReader, actor: Actor): StreamEvent {
  const facts = reader.uint32(streamRecord.facts);
  return {
    kind: 'stream',
    actor,
    fd: reader.uint32(streamRecord.fd),
    descriptor: decodeDescriptor(reader, streamRecord.descriptor),
    transferred: decodeTransferred(reader, streamRecord.transferred),
    reads: (facts & streamFact.STREAM_READ) !== 0,
    writes: (facts & streamFact.STREAM_WRITE) !== 0,
    closed: (facts & streamFact.STREAM_CLOSED) !== 0,
    exits: (facts & streamFact.STREAM_EXIT) !== 0,
  };
}

function decodeFile(reader: RecordReader, actor: Actor): FileEvent {
  const facts = reader.uint32(fileRecord.facts);
  const path = reader.text(fileRecord.path, reader.uint16(fileRecord.pathLength));
  return {
    kind: 'file',
    actor,
    path: markCut(path, facts & fileFact.FILE_PATH_TRUNCATED),
    inode: reader.inode(fileRecord.inode),
    device: reader.uint32(fileRecord.device),
    size: reader.uint64(fileRecord.size),
    bytesRead: reader.uint64(fileRecord.bytesRead),
    bytesWritten: reader.uint64(fileRecord.bytesWritten),
    modificationTime: reader.microseconds(fileRecord.modificationTime),
    transferred: decodeTransferred(reader, fileRecord.transferred),
    facts,
    fileSystem: reader.uint32(fileRecord.fileSystem),
  };
}

const nameOperations: Readonly<Record<number, NameEvent['operation']>> = {
  [nameOperation.NAME_UNLINK]: 'unlink',
  [nameOperation.NAME_RMDIR]: 'rmdir',
  [nameOperation.NAME_RENAME]: 'rename',
  [nameOperation.NAME_MKDIR]: 'mkdir',
  [nameOperation.NAME_LINK]: 'link',
  [nameOperation.NAME_SYMLINK]: 'symlink',
};

function decodeName(reader: RecordReader, actor: Actor): NameEvent {
  const code = reader.uint16(nameRecord.operation);
  const operation = nameOperations[code];
  if (!operation) throw new AgentError('RECORD_INVALID', `a name record has the unknown operation ${code}`);
  let at: number = nameRecord.data;
  const next = (lengthField: number): string => {
    const length = reader.uint16(lengthField);
    const text = reader.text(at, length);
    at += length;
    return text;
  };
  const facts = reader.uint16(nameRecord.facts);
  const directory = next(nameRecord.directoryLength);
  const name = next(nameRecord.nameLength);
  const newDirectory = next(nameRecord.newDirectoryLength);
  const newName = next(nameRecord.newNameLength);
  const newCut = facts & nameFact.NAME_NEW_PATH_TRUNCATED;
  const newPath = newName === '' && newCut === 0 ? '' : joinPath(newDirectory, newName);
  const isRelative = operation === 'symlink' && !name.startsWith('/');
  return {
    kind: 'name',
    actor,
    operation,
    path: markCut(
      isRelative ? joinPath(directoryOf(newPath), name) : joinPath(directory, name),
      (facts & nameFact.NAME_PATH_TRUNCATED) | (isRelative ? newCut : 0),
    ),
    newPath: markCut(newPath, newCut),
    inode: reader.inode(nameRecord.inode),
    replacedInode: reader.inode(nameRecord.replacedInode),
    device: reader.uint32(nameRecord.device),
    exchanged: (facts & nameFact.NAME_EXCHANGED) !== 0,
    attribute: undefined,
    notFollowed: true,
  };
}

const attributeOperations = { mode: 'chmod', owner: 'chown', size: 'truncate' } as const;

function decodeAttribute(reader: RecordReader, actor: Actor): NameEvent {
  const attribute = decodeValue(reader);
  const facts = reader.uint16(attributeRecord.facts);
  const directoryLength = reader.uint16(attributeRecord.directoryLength);
  const directory = reader.text(attributeRecord.data, directoryLength);
  const name = reader.text(attributeRecord.data + directoryLength, reader.uint16(attributeRecord.nameLength));
  return {
    kind: 'name',
    actor,
    operation: attributeOperations[attribute.kind],
    path: markCut(joinPath(directory, name), facts & attributeFact.ATTRIBUTE_PATH_TRUNCATED),
    newPath: '',
    inode: reader.inode(attributeRecord.inode),
    replacedInode: 0,
    device: reader.uint32(attributeRecord.device),
    exchanged: false,
    attribute,
    notFollowed: (facts & attributeFact.ATTRIBUTE_NOT_FOLLOWED) !== 0,
  };
}

/** chown(2): -1 leaves it as it was. */
const UNCHANGED = 0xffff_ffff;

function decodeValue(reader: RecordReader): Attribute {
  const code = reader.uint16(attributeRecord.attribute);
  switch (code) {
    case attributeCode.ATTRIBUTE_MODE:
      return { kind: 'mode', mode: reader.uint32(attributeRecord.mode) };
    case attributeCode.ATTRIBUTE_OWNER: {
      const owner = reader.uint32(attributeRecord.owner);
      const group = reader.uint32(attributeRecord.group);
      return {
        kind: 'owner',
        owner: owner === UNCHANGED ? undefined : owner,
        group: group === UNCHANGED ? undefined : group,
      };
    }
    case attributeCode.ATTRIBUTE_SIZE:
      return { kind: 'size', size: reader.uint64(attributeRecord.size) };
    default:
      throw new AgentError('RECORD_INVALID', `an attribute record has the unknown attribute ${code}`);
  }
}

/** The tuple lies at the same place in both socket records. */
function decodeTuple(reader: RecordReader, base: number): SocketTuple {
  return {
    protocol: reader.uint16(base + socketTuple.protocol),
    localAddress: decodeAddress(reader, base + socketTuple.localAddress),
    localPort: reader.uint16(base + socketTuple.localPort),
    remoteAddress: decodeAddress(reader, base + socketTuple.remoteAddress),
    remotePort: reader.uint16(base + socketTuple.remotePort),
    networkNamespace: reader.uint32(base + socketTuple.networkNamespace),
  };
}

function decodeSocket(reader: RecordReader, actor: Actor, kind: SocketEvent['kind']): SocketEvent {
  const facts = reader.uint32(socketRecord.facts);
  return {
    kind,
    actor,
    socket: reader.uint64(socketRecord.socket),
    tuple: decodeTuple(reader, socketRecord.tuple),
    inProgress: (facts & socketFact.SOCKET_IN_PROGRESS) !== 0,
    servesParent: (facts & socketFact.SOCKET_SERVES_PARENT) !== 0,
    servesGrandparent: (facts & socketFact.SOCKET_SERVES_GRANDPARENT) !== 0,
    listening: (facts & socketFact.SOCKET_LISTENING) !== 0,
  };
}

function decodeTraffic(reader: RecordReader, actor: Actor, kind: TrafficEvent['kind']): TrafficEvent {
  return {
    kind,
    actor,
    socket: reader.uint64(trafficRecord.socket),
    tuple: decodeTuple(reader, trafficRecord.tuple),
    bytesSent: reader.uint64(trafficRecord.bytesSent),
    bytesReceived: reader.uint64(trafficRecord.bytesReceived),
    packetsSent: reader.uint64(trafficRecord.packetsSent),
    packetsReceived: reader.uint64(trafficRecord.packetsReceived),
    firstTime: reader.microseconds(trafficRecord.firstTime),
    smoothedRtt: reader.uint32(trafficRecord.smoothedRtt),
    retransmits: reader.uint32(trafficRecord.retransmits),
    established: reader.uint32(trafficRecord.established) !== 0,
    inbound: reader.uint32(trafficRecord.inbound) !== 0,
  };
}
