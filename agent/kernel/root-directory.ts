import koffi from 'koffi';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { kernelDevice } from '../process/mount-info.js';

/*
 * Files of a process as it sees them, below its own root directory. Whoever is in a container
 * decides what is there: links that lead out of it, pipes and devices, file systems whose answer
 * never comes. So: no name is looked up that the kernel does not have at hand (unless the caller
 * knows that nobody keeps us waiting), none leaves the root, and nothing but a regular file is opened.
 */

const libc = koffi.load(null);

/** `long syscall(long SYS_openat2, int dirfd, const char *path, struct open_how *how, size_t size)`: glibc has no other name for it */
const openat2: (call: number, directory: number, path: Uint8Array, how: BigUint64Array, size: number) => number =
  libc.func('syscall', 'long', ['long', 'int', 'void *', 'void *', 'size_t']);

/** `int statx(int dirfd, const char *path, int flags, unsigned int mask, struct statx *buffer)` */
const statx: (directory: number, path: string, flags: number, mask: number, buffer: Uint8Array) => number = libc.func(
  'statx',
  'int',
  ['int', 'str', 'int', 'uint', 'void *'],
);

/** `ssize_t readlinkat(int dirfd, const char *path, char *buffer, size_t size)` */
const readlinkat: (directory: number, path: string, buffer: Uint8Array, size: number) => number = libc.func(
  'readlinkat',
  'long',
  ['int', 'str', 'void *', 'size_t'],
);

/** The same on every architecture. */
const SYS_OPENAT2 = 437;
const O_PATH = 0x20_0000n;
const O_CLOEXEC = 0x8_0000n;
const RESOLVE_NO_MAGICLINKS = 0x02n;
const RESOLVE_IN_ROOT = 0x10n;
/** Since 5.12: fails with EAGAIN rather than ask a file system. */
const RESOLVE_CACHED = 0x20n;
const OPEN_HOW_LENGTH = 24;
const PATH_MAX = 4096;

const AT_EMPTY_PATH = 0x1000;
const AT_STATX_DONT_SYNC = 0x4000;
const STATX_BASIC_STATS = 0x7ff;
/** Offsets in struct statx (include/uapi/linux/stat.h). */
const statxAt = { mode: 28, inode: 32, size: 40, deviceMajor: 136, deviceMinor: 140, byteLength: 256 } as const;

export interface FileStatus {
  readonly inode: bigint;
  /** major << 20 | minor */
  readonly device: number;
  readonly isRegular: boolean;
}

/** A file that is held but not opened. */
export class HeldFile {
  private constructor(private readonly fd: number) {}

  /** The root directory of a process; undefined when it ended. */
  static rootOf(tgid: number): HeldFile | undefined {
    try {
      return new HeldFile(openSync(`/proc/${tgid}/root`, Number(O_PATH) | constants.O_DIRECTORY));
    } catch {
      return undefined;
    }
  }

  /** A file below this directory, which is its root; the last name is not followed. Undefined when it is not there or not at hand. */
  below(path: string, mayAsk: boolean): HeldFile | undefined {
    const flags = O_PATH | O_CLOEXEC | BigInt(constants.O_NOFOLLOW);
    const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (mayAsk ? 0n : RESOLVE_CACHED);
    const how = BigUint64Array.of(flags, 0n, resolve);
    const fd = openat2(SYS_OPENAT2, this.fd, pathBytes(path), how, OPEN_HOW_LENGTH);
    return fd < 0 ? undefined : new HeldFile(fd);
  }

  /** As the kernel knows it without asking anyone. */
  status(): FileStatus | undefined {
    const bytes = new Uint8Array(statxAt.byteLength);
    if (statx(this.fd, '', AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, bytes) !== 0) return undefined;
    const view = new DataView(bytes.buffer);
    return {
      inode: view.getBigUint64(statxAt.inode, true),
      device: kernelDevice(view.getUint32(statxAt.deviceMajor, true), view.getUint32(statxAt.deviceMinor, true)),
      isRegular: (view.getUint16(statxAt.mode, true) & constants.S_IFMT) === constants.S_IFREG,
    };
  }

  /** Where it leads to, for a symbolic link; undefined for anything else. */
  target(): string | undefined {
    const bytes = Buffer.alloc(PATH_MAX);
    const length = readlinkat(this.fd, '', bytes, bytes.length);
    return length < 0 ? undefined : bytes.toString('utf8', 0, length);
  }

  /** Reads from the start; the number of bytes, -1 for anything but a regular file. The caller makes sure that no one keeps it waiting. */
  read(target: Uint8Array): number {
    if (this.status()?.isRegular !== true) return -1;
    let fd: number;
    try {
      fd = openSync(`/proc/self/fd/${this.fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch {
      return -1;
    }
    try {
      return readSync(fd, target, 0, target.length, 0);
    } catch {
      return -1;
    } finally {
      closeSync(fd);
    }
  }

  release(): void {
    closeSync(this.fd);
  }
}

/** Ended by NUL. Bytes that are no UTF-8 are lone surrogates U+DC80..U+DCFF in our texts. */
function pathBytes(path: string): Uint8Array {
  if (!/[\udc80-\udcff]/.test(path)) return Buffer.from(`${path}\0`);
  const parts: Buffer[] = [];
  for (const character of `${path}\0`) {
    const code = character.codePointAt(0) ?? 0;
    parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.of(code & 0xff) : Buffer.from(character));
  }
  return Buffer.concat(parts);
}

/**
 * Looks at `path` as one of the processes sees it, the first that still runs; undefined where none does, or the file is
 * not at hand. `mayAsk`: whether its file systems may be asked for what the kernel does not have at hand.
 */
export function lookInside<T>(
  tgids: Iterable<number>,
  isRoot: (status: FileStatus) => boolean,
  path: string,
  look: (file: HeldFile) => T | undefined,
  mayAsk: (tgid: number) => boolean = () => false,
): T | undefined {
  for (const tgid of tgids) {
    const root = HeldFile.rootOf(tgid);
    if (root === undefined) continue;
    try {
      const status = root.status();
      // Another process may have the number by now.
      if (status === undefined || !isRoot(status)) continue;
      const file = root.below(path, mayAsk(tgid));
      if (file === undefined) return undefined;
      try {
        return look(file);
      } finally {
        file.release();
      }
    } finally {
      root.release();
    }
  }
  return undefined;
}
