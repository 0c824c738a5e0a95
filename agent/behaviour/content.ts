import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { LRUCache } from 'lru-cache';
import type { FileFact } from './facts.js';

/** What the first bytes of a file say. Only this class ever leaves this module, never content (B12). */
export type ContentType = 'archive' | 'other';

/** Tells archives and compressed files from others. undefined: not known, as the file is gone. */
export interface ContentSource {
  contentOf(fact: FileFact): ContentType | undefined;
}

interface Signature {
  readonly offset: number;
  readonly bytes: readonly number[];
}

/** File signatures of archives and compressed data, from their specifications. */
const signatures: readonly Signature[] = [
  { offset: 0, bytes: [0x1f, 0x8b] }, // gzip, RFC 1952
  { offset: 0, bytes: [0x50, 0x4b, 0x03, 0x04] }, // zip local file header
  { offset: 0, bytes: [0x50, 0x4b, 0x05, 0x06] }, // zip without entries
  { offset: 0, bytes: [0x42, 0x5a, 0x68] }, // bzip2
  { offset: 0, bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] }, // xz
  { offset: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd] }, // zstd, RFC 8878
  { offset: 0, bytes: [0x04, 0x22, 0x4d, 0x18] }, // lz4 frame
  { offset: 0, bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] }, // 7z
  { offset: 0, bytes: [0x1f, 0x9d] }, // compress(1)
  { offset: 0, bytes: [0x4c, 0x5a, 0x49, 0x50] }, // lzip
  { offset: 257, bytes: [0x75, 0x73, 0x74, 0x61, 0x72] }, // tar, POSIX ustar
  { offset: 0, bytes: [0x30, 0x37, 0x30, 0x37, 0x30] }, // cpio
];

const HEAD_LENGTH = 264;

/** `head`: the first bytes of the file, as many as there are up to 264. */
export function classifyContent(head: Uint8Array): ContentType {
  const matches = signatures.some(({ offset, bytes }) => bytes.every((byte, index) => head[offset + index] === byte));
  return matches ? 'archive' : 'other';
}

const REMEMBERED = 16_384;

/**
 * Looks at the file itself, within a poll interval of its last close. The inode must still be
 * the one that was closed, and only its class is remembered: gzip removes its input, but the
 * input may have been seen when it was made.
 */
export class FileContentSource implements ContentSource {
  private readonly remembered = new LRUCache<string, ContentType>({ max: REMEMBERED });
  private readonly head = new Uint8Array(HEAD_LENGTH);

  /** `observed` is told each answer that came from the file: a recording keeps them. */
  constructor(private readonly observed: (fact: FileFact, content: ContentType) => void) {}

  contentOf(fact: FileFact): ContentType | undefined {
    const key = `${fact.device}:${fact.inode}`;
    const content = this.look(fact);
    if (content === undefined) return this.remembered.get(key);
    this.remembered.set(key, content);
    this.observed(fact, content);
    return content;
  }

  private look(fact: FileFact): ContentType | undefined {
    let fd: number;
    try {
      // Neither a symbolic link nor a pipe put there meanwhile may lead us astray or block us.
      fd = openSync(fact.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch {
      return undefined;
    }
    try {
      const { ino } = fstatSync(fd, { bigint: true });
      if (ino !== BigInt(fact.inode)) return undefined;
      const length = readSync(fd, this.head, 0, HEAD_LENGTH, 0);
      return classifyContent(this.head.subarray(0, length));
    } catch {
      return undefined;
    } finally {
      closeSync(fd);
    }
  }
}

/** Answers that a recording carries. */
export class RecordedContentSource implements ContentSource {
  private readonly answers = new Map<string, ContentType>();

  add(device: number, inode: bigint | number, content: ContentType): void {
    this.answers.set(`${device}:${inode}`, content);
  }

  contentOf(fact: FileFact): ContentType | undefined {
    return this.answers.get(`${fact.device}:${fact.inode}`);
  }
}
