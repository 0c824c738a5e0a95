import type { Inode } from '../behaviour/behaviour.js';
import type { ContentType } from '../behaviour/content.js';
import type { OwnRoot } from '../process/isolation.js';
import type { ProcessSnapshot } from '../process/snapshot.js';

/**
 * A recording (`--record`): 8 bytes magic, a header frame, then frames. A frame is its payload
 * length and its kind, 32 bits each, little endian, the payload, and padding to 8 bytes. Raw
 * records stand as the kernel wrote them; what the agent learnt elsewhere stands before the
 * record that made it ask, so that a replay never asks in vain.
 */
export const MAGIC = 'PNRMREC1';
export const FRAME_HEADER = 8;

export const frameKind = { header: 1, record: 2, observation: 3 } as const;

export interface RecordingHeader {
  /** Of the record layouts: a recording is read by agents built with the same record.h. */
  readonly layout: string;
  /** Microseconds from CLOCK_BOOTTIME to the Unix epoch. */
  readonly clockOffset: number;
  readonly kernel: string;
  readonly users: Readonly<Record<string, string>>;
  readonly processes: readonly ProcessSnapshot[];
  /** Of the agent that recorded. */
  readonly own: OwnRoot;
}

export type Observation =
  /** Time passed: CLOCK_BOOTTIME microseconds. */
  | { readonly kind: 'tick'; readonly time: number }
  /** The records before this one told of all sockets that were there when the agent started. */
  | { readonly kind: 'stock' }
  /** All open files were visited: the records before this one told what moved. */
  | { readonly kind: 'visited'; readonly time: number }
  | { readonly kind: 'clock'; readonly offset: number }
  | { readonly kind: 'content'; readonly device: number; readonly inode: string; readonly content: ContentType }
  | { readonly kind: 'inode'; readonly root: string; readonly path: string; readonly inode: string }
  /** Where a symbolic link leads to. */
  | { readonly kind: 'target'; readonly root: string; readonly path: string; readonly target: string }
  /** Of a root directory, by its key. */
  | { readonly kind: 'host-path'; readonly root: string; readonly path: string }
  | { readonly kind: 'container-user'; readonly root: string; readonly uid: number; readonly name: string }
  | { readonly kind: 'gap'; readonly time: number; readonly text: string };

export function padded(length: number): number {
  return (length + 7) & ~7;
}

/** Inode numbers may not fit a JSON number. */
export function inodeFromText(text: string): Inode {
  const value = BigInt(text);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
