import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { LRUCache } from 'lru-cache';
import { waitingFileSystems, OVERLAY, BTRFS } from '../kernel/file-systems.js';
import { lookInside } from '../kernel/root-directory.js';
import { isRootOf } from '../process/isolation.js';
import type { Process } from '../process/process.js';
import type { FileFact } from './facts.js';

/**
 * What the first bytes of a file say. Only this class ever leaves this module, never content (B12). A library is
 * an archive (ar) that linkers read without unpacking it.
 */
export type ContentType = 'archive' | 'library' | 'other';

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
  { offset: 0, bytes: [0x50, 0x4b, 0x07, 0x08] }, // zip, first of several volumes
  { offset: 0, bytes: [0x42, 0x5a, 0x68] }, // bzip2
  { offset: 0, bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] }, // xz
  { offset: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd] }, // zstd, RFC 8878
  { offset: 0, bytes: [0x04, 0x22, 0x4d, 0x18] }, // lz4 frame
  { offset: 0, bytes: [0x02, 0x21, 0x4c, 0x18] }, // lz4, the format before
  { offset: 0, bytes: [0x89, 0x4c, 0x5a, 0x4f, 0x00] }, // lzop
  { offset: 0, bytes: [0x5d, 0x00, 0x00] }, // lzma, of the properties that every encoder uses
  { offset: 0, bytes: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07] }, // rar
  { offset: 0, bytes: [0x4d, 0x53, 0x43, 0x46, 0x00, 0x00] }, // cab
  { offset: 0, bytes: [0xed, 0xab, 0xee, 0xdb] }, // rpm
  { offset: 0, bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] }, // 7z
  { offset: 0, bytes: [0x1f, 0x9d] }, // compress(1)
  { offset: 0, bytes: [0x4c, 0x5a, 0x49, 0x50] }, // lzip
  { offset: 257, bytes: [0x75, 0x73, 0x74, 0x61, 0x72] }, // tar, POSIX ustar
  { offset: 0, bytes: [0x30, 0x37, 0x30, 0x37, 0x30] }, // cpio
  { offset: 0, bytes: [0xc7, 0x71] }, // cpio of cpio(1) by default: binary, little endian
];

const library: Signature = { offset: 0, bytes: [0x21, 0x3c, 0x61, 0x72, 0x63, 0x68, 0x3e, 0x0a] }; // ar

const HEAD_LENGTH = 512;

/** `head`: the first bytes of the file, as many as there are up to 512. */
export function classifyContent(head: Uint8Array): ContentType {
  const matches = ({ offset, bytes }: Signature): boolean =>
    bytes.every((byte, index) => head[offset + index] === byte);
  if (signatures.some(matches) || isTarHeader(head)) return 'archive';
  return matches(library) ? 'library' : 'other';
}

const TAR_CHECKSUM = { start: 148, end: 156 } as const;

/** A tar from before POSIX has no signature, but a sum of its header, in octal, with spaces in its own place. */
function isTarHeader(head: Uint8Array): boolean {
  if (head.length < HEAD_LENGTH || head[0] === 0) return false;
  const { start, end } = TAR_CHECKSUM;
  const text = String.fromCharCode(...head.subarray(start, end));
  const given = /^ *([0-7]{1,6})[ \0]/.exec(text)?.[1];
  if (given === undefined) return false;
  const sum = head.reduce((total, byte, at) => total + (at >= start && at < end ? 0x20 : byte), 0);
  return sum === Number.parseInt(given, 8);
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

  /**
   * `inside`: processes that see the same files as the given one; `observed` is told each answer that came from the file: a
   * recording keeps them.
   */
  constructor(
    private readonly inside: (process: Process) => Iterable<number>,
    private readonly observed: (fact: FileFact, content: ContentType) => void,
  ) {}

  contentOf(fact: FileFact): ContentType | undefined {
    const key = `${fact.device}:${fact.inode}`;
    const content = this.look(fact);
    if (content === undefined) return this.remembered.get(key);
    this.remembered.set(key, content);
    this.observed(fact, content);
    return content;
  }

  private look(fact: FileFact): ContentType | undefined {
    if (waitingFileSystems.has(fact.fileSystem)) return undefined;
    return fact.process.isolation.root.key === '' ? this.lookHere(fact) : this.lookInside(fact);
  }

  private lookInside(fact: FileFact): ContentType | undefined {
    const { process } = fact;
    const { root } = process.isolation;
    return lookInside(
      this.inside(process),
      (status) => isRootOf(root, status),
      fact.path,
      (file) => {
        const status = file.status();
        const isSame = status?.inode === BigInt(fact.inode) && (status.device === fact.device || hasOtherDevices(fact));
        if (!isSame) return undefined;
        const length = file.read(this.head);
        return length < 0 ? undefined : classifyContent(this.head.subarray(0, length));
      },
    );
  }

  private lookHere(fact: FileFact): ContentType | undefined {
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

/** Whether stat() may tell another device than that of the file system: of a layer below, or of a subvolume. */
function hasOtherDevices({ fileSystem }: FileFact): boolean {
  return fileSystem === OVERLAY || fileSystem === BTRFS;
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
