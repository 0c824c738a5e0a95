import koffi from 'koffi';
import type { Pointer } from './libbpf.js';

const libc = koffi.load(null);

/** `void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)`; MAP_FAILED is 2^64 - 1. */
const mmap: (
  address: Pointer,
  length: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
) => Pointer = libc.func('mmap', 'void *', ['void *', 'size_t', 'int', 'int', 'int', 'long']);

/** `int munmap(void *addr, size_t length)` */
const munmap: (address: Pointer, length: number) => number = libc.func('munmap', 'int', ['void *', 'size_t']);

/** `int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)` */
export const mount: (source: string, target: string, type: string, flags: number, data: Pointer) => number = libc.func(
  'mount',
  'int',
  ['str', 'str', 'str', 'ulong', 'void *'],
);

/** `int clock_gettime(clockid_t clock, struct timespec *time)` */
const clockGetTime: (clock: number, time: BigInt64Array) => number = libc.func('clock_gettime', 'int', [
  'int',
  'void *',
]);

/** `int flock(int fd, int operation)` */
const flock: (fd: number, operation: number) => number = libc.func('flock', 'int', ['int', 'int']);

const LOCK_EX = 2;
const LOCK_NB = 4;

/** flock(2), for as long as the file is open; false: another process has it. No stale locks. */
export function lockExclusively(fd: number): boolean {
  return flock(fd, LOCK_EX | LOCK_NB) === 0;
}

export const PROT_READ = 1;
export const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

const CLOCK_REALTIME = 0;
const CLOCK_BOOTTIME = 7;

export function errorNumber(): number {
  return koffi.errno();
}

/** A shared mapping of a file descriptor; its memory is not counted as ours by the garbage collector. */
export class Mapping {
  private constructor(
    private readonly address: bigint,
    private readonly length: number,
    readonly memory: ArrayBuffer,
  ) {}

  /** undefined when the kernel refuses; errorNumber() tells why. */
  static of(fd: number, length: number, protection: number, offset: number): Mapping | undefined {
    const address = mmap(null, length, protection, MAP_SHARED, fd, offset);
    if (address === null || address === MAP_FAILED) return undefined;
    return new Mapping(address, length, koffi.view(address, length));
  }

  /** No view of `memory` may be used after this: it would fault. */
  unmap(): void {
    munmap(this.address, this.length);
  }
}

const timespec = new BigInt64Array(2);

function clockMicroseconds(clock: number): number {
  clockGetTime(clock, timespec);
  return Number(timespec[0]) * 1e6 + Number(timespec[1]) / 1e3;
}

/**
 * Microseconds to add to CLOCK_BOOTTIME, which the kernel stamps records with, to get the
 * Unix epoch. It moves when the wall clock is set: ask again from time to time.
 */
export function wallClockOffset(): number {
  // Two readings of the one clock around the other halve the error of being interrupted between them.
  const before = clockMicroseconds(CLOCK_BOOTTIME);
  const wall = clockMicroseconds(CLOCK_REALTIME);
  const after = clockMicroseconds(CLOCK_BOOTTIME);
  return Math.round(wall - (before + after) / 2);
}

/** CLOCK_BOOTTIME in microseconds. */
export function bootTime(): number {
  return clockMicroseconds(CLOCK_BOOTTIME);
}
