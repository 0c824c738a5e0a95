// long: a table per record type, to be read as a whole
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EventDecoder } from '../../../agent/decode/decode.js';
import { CLOSED, type KernelEvent } from '../../../agent/decode/event.js';
import { RecordReader } from '../../../agent/decode/reader.js';
import {
  attribute,
  attributeFact,
  descriptorKind,
  fileFact,
  nameFact,
  nameOperation,
  recordType,
  socketFact,
  streamFact,
} from '../../../agent/kernel/generated/layout.js';
import {
  attributeBytes,
  execBytes,
  exitBytes,
  fileBytes,
  forkBytes,
  isolationBytes,
  nameBytes,
  socketBytes,
  someAttribute,
  someExec,
  someFile,
  someTuple,
  streamBytes,
  trafficBytes,
  type NameFields,
} from '../../support/records.js';
import { containerIsolation, hostIsolation } from '../../support/isolation.js';

function decode(bytes: Buffer): KernelEvent {
  const reader = new RecordReader();
  reader.open(bytes, 0, bytes.length);
  return new EventDecoder().decode(reader);
}

/** `someHeader`, with times in whole microseconds. */
const actor = { time: 5_000_000, tgid: 300, start: 4_000_000, ppid: 200, uid: 1000, comm: 'cp' };
const nothing = Buffer.alloc(0);
const none = { read: 0, written: 0 };
const tuple = {
  protocol: 6,
  localAddress: '172.17.0.1',
  localPort: 43_716,
  remoteAddress: '172.17.0.2',
  remotePort: 22,
  networkNamespace: 4_026_531_840,
};
const execEvent = {
  kind: 'exec',
  actor,
  exe: '/usr/bin/cp',
  commandLine: 'cp a b',
  script: '',
  isolation: hostIsolation,
  containerTgid: 300,
  loginuid: 0xffff_ffff,
  sessionId: 3,
  transferred: { read: 10, written: 20 },
  stdin: CLOSED,
  stdout: CLOSED,
} as const;
const fileEvent = {
  kind: 'file',
  actor,
  path: '/w/a',
  inode: 11,
  device: 8 << 20,
  size: 100,
  bytesRead: 100,
  bytesWritten: 0,
  modificationTime: 1_700_000_000_000_001,
  transferred: { read: 900, written: 0 },
  facts: 0,
  fileSystem: 0xef53,
} as const;

function nameOf(
  directory: string,
  name: string,
  newDirectory = '',
  newName = '',
  changes: Partial<NameFields> = {},
): Buffer {
  return nameBytes({
    operation: newName === '' ? nameOperation.NAME_UNLINK : nameOperation.NAME_RENAME,
    directory: Buffer.from(directory),
    name: Buffer.from(name),
    newDirectory: Buffer.from(newDirectory),
    newName: Buffer.from(newName),
    inode: 11n,
    replacedInode: 12n,
    device: 8 << 20,
    ...changes,
  });
}

const nameEvent = {
  kind: 'name',
  actor,
  newPath: '',
  inode: 11,
  replacedInode: 12,
  device: 8 << 20,
  exchanged: false,
  attribute: undefined,
  notFollowed: true,
} as const;

const link = { operation: nameOperation.NAME_LINK } as const;
const symlink = { operation: nameOperation.NAME_SYMLINK } as const;

const attributeEvent = { ...nameEvent, replacedInode: 0, path: '/w/a', notFollowed: false } as const;
const owner = { ...someAttribute, attribute: attribute.ATTRIBUTE_OWNER } as const;
const unchanged = 0xffff_ffff;

function socket(type: number, facts = 0): Buffer {
  return socketBytes({ type, socket: 900n, tuple: someTuple, facts });
}

const socketEvent = {
  actor,
  socket: 900,
  tuple,
  inProgress: false,
  servesParent: false,
  servesGrandparent: false,
  listening: false,
} as const;

function traffic(type: number): Buffer {
  return trafficBytes({
    type,
    socket: 900n,
    tuple: someTuple,
    bytesSent: 1n,
    bytesReceived: 2n,
    packetsSent: 3n,
    packetsReceived: 4n,
    firstTime: 4_999_999_999n,
    smoothedRtt: 5,
    retransmits: 6,
    established: 1,
    inbound: 1,
  });
}

const trafficEvent = {
  actor,
  socket: 900,
  tuple,
  bytesSent: 1,
  bytesReceived: 2,
  packetsSent: 3,
  packetsReceived: 4,
  firstTime: 4_999_999,
  smoothedRtt: 5,
  retransmits: 6,
  established: true,
  inbound: true,
} as const;

const cases: readonly (readonly [string, Buffer, KernelEvent])[] = [
  [
    'fork: the process of the header is the parent',
    forkBytes(301, 5_000_000_500n),
    { kind: 'fork', actor, childTgid: 301, childStart: 5_000_000, transferred: none, childContainerTgid: 7 },
  ],
  ['exit', exitBytes(256), { kind: 'exit', actor, exitCode: 256, transferred: none, stdin: CLOSED, stdout: CLOSED }],
  [
    'stream: a pipe became stdout',
    streamBytes({
      fd: 1,
      descriptor: { kind: descriptorKind.DESCRIPTOR_PIPE, inode: 5n, peer: 0n, device: 12, progress: 8n },
      facts: streamFact.STREAM_WRITE,
      read: 10n,
      written: 20n,
    }),
    {
      kind: 'stream',
      actor,
      fd: 1,
      descriptor: { ...CLOSED, kind: 'pipe', inode: 5, device: 12, progress: 8 },
      transferred: { read: 10, written: 20 },
      reads: false,
      writes: true,
      closed: false,
      exits: false,
    },
  ],
  [
    'stream: the last descriptor of an end of a socket pair was closed',
    streamBytes({
      fd: 9,
      descriptor: { kind: descriptorKind.DESCRIPTOR_SOCKET, inode: 6n, peer: 7n, device: 8 },
      facts: streamFact.STREAM_READ | streamFact.STREAM_WRITE | streamFact.STREAM_CLOSED,
      read: 0n,
      written: 0n,
    }),
    {
      kind: 'stream',
      actor,
      fd: 9,
      descriptor: { ...CLOSED, kind: 'socket', inode: 6, peer: 7, device: 8 },
      transferred: none,
      reads: true,
      writes: true,
      closed: true,
      exits: false,
    },
  ],
  ['exec: arguments are joined by one space', execBytes(), execEvent],
  [
    'exec of a script: its path as it was called',
    execBytes({ ...someExec, path: Buffer.from('/usr/bin/dash'), script: Buffer.from('./go.sh') }),
    { ...execEvent, exe: '/usr/bin/dash', script: './go.sh' },
  ],
  ['exec without arguments', execBytes({ ...someExec, arguments: nothing }), { ...execEvent, commandLine: '' }],
  [
    'exec on a kernel that does not count what is transferred',
    execBytes({ ...someExec, read: 2n ** 64n - 1n, written: 2n ** 64n - 1n }),
    { ...execEvent, transferred: { read: Infinity, written: Infinity } },
  ],
  [
    'exec with a pipe as stdin and a socket as stdout',
    execBytes({
      ...someExec,
      standard: [
        { kind: descriptorKind.DESCRIPTOR_PIPE, inode: 5n, peer: 0n, device: 12, progress: 4096n },
        { kind: descriptorKind.DESCRIPTOR_SOCKET, inode: 6n, peer: 7n },
      ],
    }),
    {
      ...execEvent,
      stdin: { ...CLOSED, kind: 'pipe', inode: 5, device: 12, progress: 4096 },
      stdout: { ...CLOSED, kind: 'socket', inode: 6, peer: 7 },
    },
  ],
  [
    'exec with kinds of descriptors that are newer than this agent',
    execBytes({ ...someExec, standard: [{ kind: 99, inode: 5n, peer: 0n }] }),
    { ...execEvent, stdin: { ...CLOSED, kind: 'other', inode: 5 } },
  ],
  [
    'exec in a container: its isolation stands before the path',
    execBytes({ ...someExec, isolation: { fields: containerIsolation, containerTgid: 12 } }),
    { ...execEvent, isolation: containerIsolation, containerTgid: 12 },
  ],
  [
    'a move to another container',
    isolationBytes({ fields: containerIsolation, containerTgid: 12 }),
    { kind: 'isolation', actor, isolation: containerIsolation, containerTgid: 12 },
  ],
  [
    'a move to a control group and a root directory deeper than a record is',
    isolationBytes({ fields: { ...hostIsolation, cgroup: undefined, rootPath: undefined }, containerTgid: 12 }),
    {
      kind: 'isolation',
      actor,
      isolation: { ...hostIsolation, cgroup: undefined, rootPath: undefined },
      containerTgid: 12,
    },
  ],
  ['file that was read', fileBytes(), fileEvent],
  [
    'file that was made',
    fileBytes({ ...someFile, bytesRead: 0n, bytesWritten: 7n, facts: fileFact.FILE_CREATED }),
    { ...fileEvent, bytesRead: 0, bytesWritten: 7, facts: fileFact.FILE_CREATED },
  ],
  [
    'file with the largest inode number that a number can hold',
    fileBytes({ ...someFile, inode: 2n ** 53n - 1n }),
    { ...fileEvent, inode: Number.MAX_SAFE_INTEGER },
  ],
  [
    'file with an inode number above (overlayfs, FUSE)',
    fileBytes({ ...someFile, inode: 2n ** 53n }),
    { ...fileEvent, inode: 2n ** 53n },
  ],
  [
    'file with the largest inode number there is',
    fileBytes({ ...someFile, inode: 2n ** 64n - 1n }),
    { ...fileEvent, inode: 2n ** 64n - 1n },
  ],
  ['file without a name (memfd)', fileBytes({ ...someFile, path: nothing }), { ...fileEvent, path: '' }],
  ['unlink', nameOf('/w', 'a'), { ...nameEvent, operation: 'unlink', path: '/w/a' }],
  ['unlink of an absolute name', nameOf('/', '/w/a'), { ...nameEvent, operation: 'unlink', path: '/w/a' }],
  ['rename', nameOf('/w', 'a', '/v', '../b'), { ...nameEvent, operation: 'rename', path: '/w/a', newPath: '/b' }],
  [
    'exchange of two names',
    nameOf('/w', 'a', '/w', 'b', { facts: nameFact.NAME_EXCHANGED }),
    { ...nameEvent, operation: 'rename', path: '/w/a', newPath: '/w/b', exchanged: true },
  ],
  ['link', nameOf('/w', 'a', '/v', 'b', link), { ...nameEvent, operation: 'link', path: '/w/a', newPath: '/v/b' }],
  [
    'link of an open file (AT_EMPTY_PATH, /proc/self/fd/N)',
    nameOf('/w/#11', '', '/w', 'b', link),
    { ...nameEvent, operation: 'link', path: '/w/#11', newPath: '/w/b' },
  ],
  [
    'symbolic link: its text is relative to its own directory',
    nameOf('', '../x/a', '/w/d', 'e/l', symlink),
    { ...nameEvent, operation: 'symlink', path: '/w/d/x/a', newPath: '/w/d/e/l' },
  ],
  [
    'symbolic link in the root directory',
    nameOf('', 'a', '/', 'l', symlink),
    { ...nameEvent, operation: 'symlink', path: '/a', newPath: '/l' },
  ],
  [
    'symbolic link with an absolute text, in a chroot',
    nameOf('/jail', '/etc/a', '/jail/w', 'l', symlink),
    { ...nameEvent, operation: 'symlink', path: '/jail/etc/a', newPath: '/jail/w/l' },
  ],
  [
    'a path that was cut is marked',
    nameOf('/w', 'a', '/v', 'b', { facts: nameFact.NAME_PATH_TRUNCATED }),
    { ...nameEvent, operation: 'rename', path: '.../w/a', newPath: '/v/b' },
  ],
  [
    'a new path that was cut is marked',
    nameOf('/w', 'a', '/v', 'b', { facts: nameFact.NAME_NEW_PATH_TRUNCATED }),
    { ...nameEvent, operation: 'rename', path: '/w/a', newPath: '.../v/b' },
  ],
  [
    'what a relative symbolic link leads to was cut where the link was',
    nameOf('', 'a', '/v', 'l', { ...symlink, facts: nameFact.NAME_NEW_PATH_TRUNCATED }),
    { ...nameEvent, operation: 'symlink', path: '.../v/a', newPath: '.../v/l' },
  ],
  ['mode', attributeBytes(), { ...attributeEvent, operation: 'chmod', attribute: { kind: 'mode', mode: 0o600 } }],
  [
    'mode of a path that was cut',
    attributeBytes({ ...someAttribute, facts: attributeFact.ATTRIBUTE_PATH_TRUNCATED }),
    { ...attributeEvent, path: '.../w/a', operation: 'chmod', attribute: { kind: 'mode', mode: 0o600 } },
  ],
  [
    'owner and group',
    attributeBytes({ ...owner, owner: 1000, group: 100 }),
    { ...attributeEvent, operation: 'chown', attribute: { kind: 'owner', owner: 1000, group: 100 } },
  ],
  [
    'group alone, of a symbolic link itself',
    attributeBytes({ ...owner, owner: unchanged, group: 0, facts: attributeFact.ATTRIBUTE_NOT_FOLLOWED }),
    {
      ...attributeEvent,
      operation: 'chown',
      notFollowed: true,
      attribute: { kind: 'owner', owner: undefined, group: 0 },
    },
  ],
  [
    'size',
    attributeBytes({ ...someAttribute, attribute: attribute.ATTRIBUTE_SIZE, size: 2n ** 40n, inode: 0n }),
    { ...attributeEvent, inode: 0, operation: 'truncate', attribute: { kind: 'size', size: 2 ** 40 } },
  ],
  ['connect', socket(recordType.RECORD_CONNECT), { ...socketEvent, kind: 'connect' }],
  [
    'connect that did not wait',
    socket(recordType.RECORD_CONNECT, socketFact.SOCKET_IN_PROGRESS),
    { ...socketEvent, kind: 'connect', inProgress: true },
  ],
  [
    'connect of a helper',
    socket(recordType.RECORD_CONNECT, socketFact.SOCKET_SERVES_PARENT),
    { ...socketEvent, kind: 'connect', servesParent: true },
  ],
  [
    'connect of the helper of a helper',
    socket(recordType.RECORD_CONNECT, socketFact.SOCKET_SERVES_PARENT | socketFact.SOCKET_SERVES_GRANDPARENT),
    { ...socketEvent, kind: 'connect', servesParent: true, servesGrandparent: true },
  ],
  ['established', socket(recordType.RECORD_ESTABLISHED), { ...socketEvent, kind: 'established' }],
  ['accept', socket(recordType.RECORD_ACCEPT), { ...socketEvent, kind: 'accept' }],
  ['socket release', socket(recordType.RECORD_SOCKET_RELEASE), { ...socketEvent, kind: 'socket-release' }],
  [
    'a socket that was there, and listens',
    socket(recordType.RECORD_OPEN_SOCKET, socketFact.SOCKET_LISTENING),
    { ...socketEvent, kind: 'open-socket', listening: true },
  ],
  ['socket close', traffic(recordType.RECORD_SOCKET_CLOSE), { ...trafficEvent, kind: 'socket-close' }],
  ['datagram', traffic(recordType.RECORD_DATAGRAM), { ...trafficEvent, kind: 'datagram' }],
];

describe('a raw record becomes a typed event', () => {
  for (const [name, bytes, event] of cases) {
    test(name, () => {
      assert.deepEqual(decode(bytes), event);
    });
  }

  test('every record type that the kernel side knows has its case here', () => {
    const sent = Object.values(recordType).filter(
      (type) => type !== recordType.RECORD_NONE && type !== recordType.RECORD_TYPE_COUNT,
    );
    // RECORD_PROCESS comes from an iterator only.
    const covered = new Set([...cases.map(([, bytes]) => bytes.readUInt16LE(4)), recordType.RECORD_PROCESS]);
    assert.deepEqual(
      [...covered].sort((a, b) => a - b),
      sent,
    );
  });

  test('names of 4 KB and with newlines come through whole', () => {
    const path = Buffer.from(`/${'d'.repeat(250)}`.repeat(16) + '/line\nbreak');
    const event = decode(fileBytes({ ...someFile, path }));
    assert.equal(event.kind === 'file' && event.path, path.toString());
  });

  test('four paths of 4 KB in one record', () => {
    const part = 'p'.repeat(4095);
    const event = decode(nameOf(`/${part.slice(1)}`, part, `/${part.slice(1)}`, part));
    assert.equal(event.kind === 'name' && event.newPath.length, 8191);
  });
});
