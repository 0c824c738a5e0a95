import type { Attribute } from '../behaviour/attribute.js';
import type { Inode } from '../behaviour/behaviour.js';

/** Who did it, from the header of every record. Times are CLOCK_BOOTTIME in microseconds. */
export interface Actor {
  readonly time: number;
  readonly tgid: number;
  /** Start of the process; with tgid its identity. */
  readonly start: number;
  readonly ppid: number;
  readonly uid: number;
  readonly comm: string;
}

export interface ForkEvent {
  readonly actor: Actor;
  readonly kind: 'fork';
  readonly childTgid: number;
  readonly childStart: number;
  /** By the parent. */
  readonly transferred: Transferred;
  /** Its tgid in its own pid namespace. */
  readonly childContainerTgid: number;
}

/** A range of user ids: those from `lowerFirst` on in the initial user namespace are those from `first` on inside. */
export interface IdExtent {
  readonly first: number;
  readonly lowerFirst: number;
  readonly count: number;
}

/** Where a process lives, as the kernel tells it. Namespaces by their inode numbers. */
export interface IsolationFields {
  /** In the unified hierarchy. */
  readonly cgroupId: number;
  /** Path from the root of the hierarchy; undefined: too deep for a record. */
  readonly cgroup: string | undefined;
  readonly mountNamespace: number;
  readonly pidNamespace: number;
  readonly networkNamespace: number;
  readonly userNamespace: number;
  /** Of the root directory, in decimal: only compared. */
  readonly rootInode: string;
  readonly rootDevice: number;
  /** Its path in its file system; undefined: not known. */
  readonly rootPath: string | undefined;
  /** Of the user namespace; empty for the initial one. */
  readonly idMap: readonly IdExtent[];
}

/** A process moved to other namespaces, another root directory or control group, and runs on. */
export interface IsolationEvent {
  readonly actor: Actor;
  readonly kind: 'isolation';
  readonly isolation: IsolationFields;
  readonly containerTgid: number;
}

/** All that a process moved by system calls so far, in bytes; Infinity on kernels that do not count. */
export interface Transferred {
  readonly read: number;
  readonly written: number;
}

export type DescriptorKind = 'closed' | 'file' | 'pipe' | 'socket' | 'character' | 'other';

/** What stdin, stdout or stderr is. */
export interface Descriptor {
  readonly kind: DescriptorKind;
  readonly inode: Inode;
  /** Inode of the other end of a unix socket pair, 0 for none. */
  readonly peer: Inode;
  /** Of the file system that the inode is on: major << 20 | minor. */
  readonly device: number;
  /** Of a pipe: moves on whenever something is read from it. */
  readonly progress: number;
}

export const CLOSED: Descriptor = { kind: 'closed', inode: 0, peer: 0, device: 0, progress: 0 };

export interface ExecEvent {
  readonly actor: Actor;
  readonly kind: 'exec';
  readonly exe: string;
  readonly commandLine: string;
  /** Path, as it was called, of the script that an interpreter runs (#!); '' for a program. */
  readonly script: string;
  readonly isolation: IsolationFields;
  /** Its tgid in its own pid namespace. */
  readonly containerTgid: number;
  readonly loginuid: number;
  readonly sessionId: number;
  /** By the program before this one. */
  readonly transferred: Transferred;
  readonly stdin: Descriptor;
  readonly stdout: Descriptor;
}

/** A process that ran before the agent: an exec that nobody saw, without arguments and script. */
export interface ProcessEvent extends Omit<ExecEvent, 'kind' | 'commandLine' | 'script'> {
  readonly kind: 'process';
  /** Its tgid in our own pid namespace, by which /proc knows it. */
  readonly readerTgid: number;
}

export interface ExitEvent {
  readonly actor: Actor;
  readonly kind: 'exit';
  readonly exitCode: number;
  readonly transferred: Transferred;
  /** At the end. */
  readonly stdin: Descriptor;
  readonly stdout: Descriptor;
}

/** An end of a pipe or a socket pair: it became stdin or stdout, or its last descriptor was closed. */
export interface StreamEvent {
  readonly actor: Actor;
  readonly kind: 'stream';
  readonly fd: number;
  readonly descriptor: Descriptor;
  readonly transferred: Transferred;
  readonly reads: boolean;
  readonly writes: boolean;
  readonly closed: boolean;
  /** It ends, and others hold this end as well: it may just have inherited it. */
  readonly exits: boolean;
}

export interface FileEvent {
  readonly actor: Actor;
  readonly kind: 'file';
  readonly path: string;
  readonly inode: Inode;
  readonly device: number;
  readonly size: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Microseconds since the Unix epoch, exact to one. */
  readonly modificationTime: number;
  readonly transferred: Transferred;
  /** Bits of `enum file_fact`. */
  readonly facts: number;
  /** Magic number of the kind of file system (include/uapi/linux/magic.h). */
  readonly fileSystem: number;
}

/** A name that changed, or an attribute that was set by it. */
export interface NameEvent {
  readonly actor: Actor;
  readonly kind: 'name';
  readonly operation: 'unlink' | 'rmdir' | 'rename' | 'mkdir' | 'link' | 'symlink' | 'chmod' | 'chown' | 'truncate';
  /** Absolute; of a rename the old one, of a symbolic link what it leads to. */
  readonly path: string;
  /** Of a rename the new one, of link and symlink the link; else ''. */
  readonly newPath: string;
  /** 0: the kernel did not tell. */
  readonly inode: Inode;
  readonly replacedInode: Inode;
  readonly device: number;
  /** Of a rename: each has the name of the other now. */
  readonly exchanged: boolean;
  /** Of chmod, chown and truncate. */
  readonly attribute: Attribute | undefined;
  /** Of chmod, chown and truncate by path: a symbolic link there was not followed. */
  readonly notFollowed: boolean;
}

export interface SocketTuple {
  readonly protocol: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly networkNamespace: number;
}

export interface SocketEvent {
  readonly actor: Actor;
  /** open-socket: was there when the agent started, once for each process that holds it. */
  readonly kind: 'connect' | 'established' | 'accept' | 'socket-release' | 'open-socket';
  /** Inode of the socket: its identity while it is open. */
  readonly socket: number;
  readonly tuple: SocketTuple;
  readonly inProgress: boolean;
  /** Joined to its parent by stdin or stdout: a helper. */
  readonly servesParent: boolean;
  /** And its parent in the same way to its own parent. */
  readonly servesGrandparent: boolean;
  /** Waits for connections. */
  readonly listening: boolean;
}

export interface TrafficEvent {
  readonly actor: Actor;
  readonly kind: 'socket-close' | 'datagram';
  readonly socket: number;
  readonly tuple: SocketTuple;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Of datagrams, CLOCK_BOOTTIME microseconds; 0 for TCP. */
  readonly firstTime: number;
  readonly smoothedRtt: number;
  readonly retransmits: number;
  readonly established: boolean;
  readonly inbound: boolean;
}

export type KernelEvent =
  ForkEvent | ExecEvent | ExitEvent | IsolationEvent | StreamEvent | FileEvent | NameEvent | SocketEvent | TrafficEvent;
