import type { Libbpf, Pointer } from './libbpf.js';
import type { Program } from './probes.js';

/** When the system calls of 32-bit programs are hooked: while there are such programs, from the start, or not at all. */
export type CompatMode = 'auto' | 'always' | 'never';

/** A script that calls 32-bit tools has pauses between them, and attaching takes a moment that the first one is not seen in. */
const LINGER = 600_000_000;

/** The tracepoints of all system calls: those of single ones do not fire for 32-bit programs. */
export function isCompat({ section }: Pick<Program, 'section'>): boolean {
  return section === 'raw_tp/sys_enter' || section === 'raw_tp/sys_exit';
}

/**
 * Attaches these while 32-bit programs run: each of them costs every system call of every program. What such a
 * program does before the next look is not seen, but for what it still has open.
 */
export class CompatProbes {
  private links: readonly Pointer[] = [];
  private lastSeen = 0;

  /** `count`: 32-bit programs that run now; `late` is called when hooks come after the program. */
  constructor(
    private readonly libbpf: Pick<Libbpf, 'programAttach' | 'linkDestroyLater'>,
    private readonly programs: readonly Program[],
    private readonly mode: CompatMode,
    private readonly count: () => number,
    private readonly late: () => void,
  ) {}

  get isAttached(): boolean {
    return this.links.length > 0;
  }

  start(): void {
    if (this.mode === 'always') this.attach();
  }

  /** `time`: CLOCK_BOOTTIME, microseconds. */
  look(time: number): void {
    if (this.mode !== 'auto' || this.programs.length === 0) return;
    if (this.count() > 0) {
      this.lastSeen = time;
      if (this.isAttached) return;
      this.attach();
      this.late();
    } else if (this.isAttached && time - this.lastSeen > LINGER) {
      void this.stop();
    }
  }

  async stop(): Promise<void> {
    const { links } = this;
    this.links = [];
    await Promise.all(links.map((link) => this.libbpf.linkDestroyLater(link)));
  }

  private attach(): void {
    this.links = this.programs.flatMap(({ pointer }) => {
      const link = this.libbpf.programAttach(pointer);
      return link === null ? [] : [link];
    });
  }
}
