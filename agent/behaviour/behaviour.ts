import type { Process } from '../process/process.js';
import type { Attribute } from './attribute.js';

/** Inode numbers above 2^53 exist (overlayfs, FUSE): those are kept as bigint. 0: not known. */
export type Inode = number | bigint;

/** A file as it was when the behaviour ended. */
export interface FileReference {
  /** Absolute path. */
  readonly path: string;
  readonly inode: Inode;
  /** major << 20 | minor */
  readonly device: number;
  /** Moved by this behaviour. */
  readonly bytes: number;
}

export interface Endpoint {
  /** Textual IPv4 or IPv6 address (RFC 5952). */
  readonly address: string;
  readonly port: number;
}

export type FileOperation =
  | 'read'
  | 'create'
  | 'write'
  | 'remove'
  | 'rename'
  | 'copy'
  | 'mkdir'
  | 'rmdir'
  | 'split'
  | 'compress'
  | 'extract'
  | 'upload'
  | 'download'
  | 'link'
  | 'symlink'
  | 'chmod'
  | 'chown'
  | 'truncate';

export type ConnectionOperation = 'connect-by' | 'connect' | 'accept-by' | 'accept';

interface BehaviourBase {
  /** Microseconds since the Unix epoch, of the event itself. */
  readonly time: number;
  readonly process: Process;
  /** Identical behaviours folded into this one, at least 1. */
  readonly count: number;
}

export interface FileBehaviour extends BehaviourBase {
  readonly kind: 'file';
  readonly operation: FileOperation;
  /**
   * Sources and destinations of two-sided operations (rename, copy, split, compress, extract, link,
   * symlink). Of a symbolic link the source is what it leads to. Two files that exchanged their names are
   * on both sides, in the other order. One-sided operations have exactly one file: `read` and `remove`,
   * `rmdir` in `sources`, `create`, `write`, `mkdir`, `chmod`, `chown` and `truncate` in `destinations`.
   * A pipeline that makes a file from others, and changes their content in no way that has a name, is
   * `create` or `write` with sources. `upload` has sources and `endpoints`, `download` destinations and
   * `endpoints`.
   */
  readonly sources: readonly FileReference[];
  readonly destinations: readonly FileReference[];
  /** Of chmod, chown and truncate: what was set. */
  readonly attribute?: Attribute;
  /** Connection the file came or went over, 0 for none. */
  readonly connectionId: number;
  /** Of `upload` and `download`. */
  readonly endpoints?: { readonly local: Endpoint; readonly remote: Endpoint };
  /** The processes that the data went through, first to last, where pipes joined several. */
  readonly pipeline?: readonly Process[];
}

export interface ConnectionBehaviour extends BehaviourBase {
  readonly kind: 'connection';
  readonly operation: ConnectionOperation;
  readonly connectionId: number;
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

/** A program was started. Not written to the text log unless configured, always sent. */
export interface ExecBehaviour extends BehaviourBase {
  readonly kind: 'exec';
  readonly operation: 'exec';
}

/** Records were lost: a gap in the evidence (X5). */
export interface GapBehaviour extends BehaviourBase {
  readonly kind: 'gap';
  readonly operation: 'gap';
  /** What was lost, for people: "12 file records lost in the ring". */
  readonly text: string;
}

export type Behaviour = FileBehaviour | ConnectionBehaviour | ExecBehaviour | GapBehaviour;

/** What one end of a connection knows about it; a later version replaces the earlier ones. */
export interface Connection {
  /** Unique on this host, below 2^53. */
  readonly connectionId: number;
  readonly direction: 'outbound' | 'inbound';
  /** IANA number: 6 TCP, 17 UDP. */
  readonly protocol: number;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Microseconds since the Unix epoch. */
  readonly startTime: number;
  /** 0 while open. */
  readonly endTime: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Microseconds. */
  readonly smoothedRtt: number;
  readonly retransmits: number;
  /** Inode number of the network namespace. */
  readonly networkNamespace: number;
  /** Holds the socket. */
  readonly owner: Process;
  /** The program it serves; equal to owner unless it was lifted (scp for its ssh). */
  readonly process: Process;
}

/** Where behaviours and connections go: the log file, the stream to the aggregator. */
export interface Sink {
  behaviour(behaviour: Behaviour): void;
  connection(connection: Connection): void;
}
