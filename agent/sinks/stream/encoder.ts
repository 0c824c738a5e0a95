import { isIP } from 'node:net';
import { panorama } from '#proto';
import Long from 'long';
import protobuf from 'protobufjs/minimal.js';
import { communityId } from '../../../aggregator/schema/community-id.js';
import { formatAttribute } from '../../behaviour/attribute.js';
import type {
  Behaviour,
  Connection,
  ConnectionOperation,
  Endpoint,
  FileOperation,
  FileReference,
  Inode,
} from '../../behaviour/behaviour.js';
import type { Process } from '../../process/process.js';

const v1 = panorama.v1;
const { Operation, Direction } = v1;

/** Field number << 3 | 2 (length-delimited) of Batch.behaviours and Batch.connections. */
const behavioursTag = (4 << 3) | 2;
const connectionsTag = (5 << 3) | 2;

const operations = {
  read: Operation.OPERATION_READ,
  create: Operation.OPERATION_CREATE,
  write: Operation.OPERATION_WRITE,
  remove: Operation.OPERATION_REMOVE,
  rename: Operation.OPERATION_RENAME,
  copy: Operation.OPERATION_COPY,
  mkdir: Operation.OPERATION_MKDIR,
  rmdir: Operation.OPERATION_RMDIR,
  split: Operation.OPERATION_SPLIT,
  compress: Operation.OPERATION_COMPRESS,
  extract: Operation.OPERATION_EXTRACT,
  upload: Operation.OPERATION_UPLOAD,
  download: Operation.OPERATION_DOWNLOAD,
  link: Operation.OPERATION_LINK,
  symlink: Operation.OPERATION_SYMLINK,
  chmod: Operation.OPERATION_CHMOD,
  chown: Operation.OPERATION_CHOWN,
  truncate: Operation.OPERATION_TRUNCATE,
  'connect-by': Operation.OPERATION_CONNECT_BY,
  connect: Operation.OPERATION_CONNECT,
  'accept-by': Operation.OPERATION_ACCEPT_BY,
  accept: Operation.OPERATION_ACCEPT,
  exec: Operation.OPERATION_EXEC,
  gap: Operation.OPERATION_GAP,
} as const satisfies Record<FileOperation | ConnectionOperation | 'exec' | 'gap', panorama.v1.Operation>;

/**
 * Encodes records into the body of a Batch as they come, so that nothing but bytes waits. Host, boot and number are
 * put in front when the batch is first sent: protobuf messages may be joined from parts.
 */
export class BatchEncoder {
  #writer = protobuf.Writer.create();
  #records = 0;

  get records(): number {
    return this.#records;
  }

  /** Of the body so far. */
  get bytes(): number {
    return this.#writer.pos;
  }

  /** `line`: as in the log, without time. */
  behaviour(behaviour: Behaviour, line: string): void {
    v1.Behaviour.encode(behaviourMessage(behaviour, line), this.#writer.uint32(behavioursTag).fork()).ldelim();
    this.#records += 1;
  }

  connection(connection: Connection): void {
    v1.Connection.encode(connectionMessage(connection), this.#writer.uint32(connectionsTag).fork()).ldelim();
    this.#records += 1;
  }

  /** The body; the encoder starts anew. */
  take(): Uint8Array {
    const body = this.#writer.finish();
    this.#writer = protobuf.Writer.create();
    this.#records = 0;
    return body;
  }
}

/** The part of a Batch that goes before its body. */
export function batchHeader(hostId: string, bootId: string, number: number): Uint8Array {
  return v1.Batch.encode({ hostId, bootId, number }).finish();
}

function behaviourMessage(behaviour: Behaviour, line: string): panorama.v1.Behaviour.$Properties {
  const message: panorama.v1.Behaviour.$Properties = {
    time: behaviour.time,
    process: processMessage(behaviour.process),
    operation: operations[behaviour.operation],
    count: behaviour.count,
    line,
  };
  if (behaviour.kind === 'file') {
    message.sources = behaviour.sources.map(fileMessage);
    message.destinations = behaviour.destinations.map(fileMessage);
    message.connectionId = behaviour.connectionId;
    const { endpoints, pipeline = [] } = behaviour;
    if (endpoints) endpointFields(message, endpoints);
    message.pipeline = pipeline.map(({ tgid, startTime, image }) => ({ pid: tgid, startTime, comm: image.comm }));
    if (behaviour.attribute) message.attribute = formatAttribute(behaviour.attribute);
  } else if (behaviour.kind === 'connection') {
    message.connectionId = behaviour.connectionId;
    endpointFields(message, behaviour);
  }
  return message;
}

function endpointFields(
  message: panorama.v1.Behaviour.$Properties,
  { local, remote }: { readonly local: Endpoint; readonly remote: Endpoint },
): void {
  message.localAddress = addressOf(local);
  message.localPort = local.port;
  message.remoteAddress = addressOf(remote);
  message.remotePort = remote.port;
}

/** '' for a network or any: its column holds addresses alone, the line tells the rest. */
function addressOf({ address }: Endpoint): string {
  return isIP(address) === 0 ? '' : address;
}

function connectionMessage(connection: Connection): panorama.v1.Connection.$Properties {
  const { direction, protocol, local, remote, owner, process } = connection;
  return {
    connectionId: connection.connectionId,
    direction: direction === 'outbound' ? Direction.DIRECTION_OUTBOUND : Direction.DIRECTION_INBOUND,
    protocol,
    localAddress: local.address,
    localPort: local.port,
    remoteAddress: remote.address,
    remotePort: remote.port,
    startTime: connection.startTime,
    endTime: connection.endTime,
    bytesSent: connection.bytesSent,
    bytesReceived: connection.bytesReceived,
    packetsSent: connection.packetsSent,
    packetsReceived: connection.packetsReceived,
    smoothedRtt: connection.smoothedRtt,
    retransmits: connection.retransmits,
    communityId: communityId(protocol, local.address, local.port, remote.address, remote.port),
    networkNamespace: connection.networkNamespace,
    owner: processMessage(owner),
    process: processMessage(process),
  };
}

function processMessage(process: Process): panorama.v1.Process.$Properties {
  const { isolation } = process;
  return {
    pid: process.tgid,
    ppid: process.ppid,
    startTime: process.startTime,
    user: process.user,
    uid: process.uid,
    loginuid: process.loginuid,
    sessionId: process.sessionId,
    comm: process.image.comm,
    exe: process.image.exe,
    commandLine: process.image.commandLine,
    cgroupId: isolation.cgroupId,
    containerId: isolation.containerId,
    podUid: isolation.podUid,
    containerRoot: isolation.root.hostPath,
    containerPid: process.containerPid,
    containerUid: process.containerUid,
    containerUser: process.containerUser,
    namespaces: {
      mount: isolation.mountNamespace,
      pid: isolation.pidNamespace,
      network: isolation.networkNamespace,
      user: isolation.userNamespace,
    },
    script: process.image.script,
  };
}

function fileMessage(file: FileReference): panorama.v1.File.$Properties {
  return { path: file.path, inode: wide(file.inode), device: file.device, bytes: file.bytes };
}

function wide(inode: Inode): number | Long {
  return typeof inode === 'bigint' ? Long.fromBigInt(inode, true) : inode;
}
