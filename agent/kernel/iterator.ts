import { closeSync, readSync } from 'node:fs';
import { recordHeader } from './generated/layout.js';
import { errorNumber } from './libc.js';
import type { Libbpf, Pointer } from './libbpf.js';
import type { RecordConsumer } from './ring.js';

export const TAKE_STOCK = 'take_stock';
export const VISIT_PROCESSES = 'visit_processes';
export const VISIT_FILES = 'visit_files';

/** What is lost without an iterator. */
export const iteratorLoss: Readonly<Record<string, string>> = {
  [TAKE_STOCK]:
    'connections that are older than the agent are not known, and files open by then are told with all that was ever moved',
  [VISIT_PROCESSES]: 'processes that are older than the agent are read from /proc',
  [VISIT_FILES]: 'files that are kept open are told of when they are closed',
};

/** The kernel fills at most eight pages before it hands them over. */
const BUFFER = 64 * 1024;
/** struct bpf_iter_attach_opts: its size, a pointer to union bpf_iter_link_info, and that one's length. */
const OPTIONS_LENGTH = 24;
/** union bpf_iter_link_info with its task: tid, pid and pid_fd (since 6.1, f0d74c4da1f0). */
const LINK_INFO_LENGTH = 16;
const LINK_INFO_PID = 4;

/**
 * A BPF iterator: a program that the kernel runs for each object of a kind (task, open file) while
 * someone reads. It runs in our own context, and waits for us: nothing it writes can be lost.
 */
export class BpfIterator {
  private link: Pointer = null;
  private readonly buffer = Buffer.alloc(BUFFER);
  private readonly options = Buffer.alloc(OPTIONS_LENGTH);
  private readonly linkInfo = Buffer.alloc(LINK_INFO_LENGTH);

  constructor(
    private readonly libbpf: Libbpf,
    private readonly program: Pointer,
  ) {}

  /** What went wrong; '' for nothing. */
  start(): string {
    this.link = this.libbpf.programAttachIterator(this.program, null);
    return this.link === null ? `errno ${errorNumber()}` : '';
  }

  /** Hands every record of one run over all objects to `consume`; false when it was cut short. The memory is only valid during the call. */
  run(consume: RecordConsumer): boolean {
    return this.link !== null && this.read(this.link, consume);
  }

  /**
   * The same for the files of one process, by its tgid in our pid namespace; false when it is gone. Kernels before 6.1
   * go over all processes.
   */
  runFor(tgid: number, consume: RecordConsumer): boolean {
    const { options, linkInfo, libbpf } = this;
    linkInfo.writeUInt32LE(tgid, LINK_INFO_PID);
    options.writeBigUInt64LE(BigInt(OPTIONS_LENGTH), 0);
    options.writeBigUInt64LE(libbpf.address(linkInfo), 8);
    options.writeUInt32LE(LINK_INFO_LENGTH, 16);
    const link = libbpf.programAttachIterator(this.program, options);
    if (link === null) return false;
    const whole = this.read(link, consume);
    libbpf.linkDestroy(link);
    return whole;
  }

  stop(): void {
    if (this.link !== null) this.libbpf.linkDestroy(this.link);
    this.link = null;
  }

  private read(link: Pointer, consume: RecordConsumer): boolean {
    const fd = this.libbpf.iteratorCreate(this.libbpf.linkFd(link));
    if (fd < 0) return false;
    try {
      for (;;) {
        const length = this.next(fd);
        if (length <= 0) return length === 0;
        // The kernel never splits what one run of the program wrote.
        for (let at = 0; at + recordHeader.byteLength <= length;) {
          const size = this.buffer.readUInt32LE(at + recordHeader.size);
          if (size < recordHeader.byteLength || at + size > length) break;
          consume(this.buffer, at, size);
          at += size;
        }
      }
    } finally {
      closeSync(fd);
    }
  }

  /** Bytes read, 0 at the end, -1 for an error. */
  private next(fd: number): number {
    for (;;) {
      try {
        return readSync(fd, this.buffer, 0, BUFFER, null);
      } catch (error) {
        // After a million objects without output the kernel lets the reader breathe.
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return -1;
      }
    }
  }
}
