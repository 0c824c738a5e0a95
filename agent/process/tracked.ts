import { CLOSED, type Descriptor, type Transferred } from '../decode/event.js';
import type { Process } from './process.js';
import { accountFrom } from './transferred.js';

/** Bytes that went through system calls before this program, and those with what went through its files since. */
export interface Accounted {
  /** What went before is known: the program was seen to start. */
  isKnown: boolean;
  read: number;
  written: number;
  readBefore: number;
  writtenBefore: number;
  /** Bytes given to anything but files by the last close. */
  given: number;
}

/** A process and what is known beside its identity. `process` is replaced as a whole, never changed: behaviours keep it. */
export interface TrackedProcess {
  process: Process;
  /** CLOCK_BOOTTIME microseconds. */
  start: number;
  /** Start time comes from /proc, exact to a clock tick only. */
  approximate: boolean;
  /** As they are now, as far as pipes, socket pairs and what a program starts with go. */
  stdin: Descriptor;
  stdout: Descriptor;
  readonly accounted: Accounted;
  /** Goes on with its parent's program: it never called exec. */
  forked: boolean;
  /** When the program that it runs was started, by itself or by who forked it; CLOCK_BOOTTIME microseconds. */
  programStart: number;
  /** By children that ended: the kernel adds it to what the process itself moved when it waits for them. */
  readonly reaped: { read: number; written: number };
  /** All that its parent had moved when it was forked, and what of that its children had. */
  parentTransferred: Transferred;
  parentReaped: Transferred;
  ended: boolean;
  /** Something was taken out of its stdin since the program started; undefined: not known (yet), or no pipe. */
  tookInput: boolean | undefined;
  /** At its end: what the program moved through anything but files. */
  passed: Transferred | undefined;
}

export const NOTHING: Transferred = { read: 0, written: 0 };

/** As of a process of which only its record tells, and that `changes` tell more of. */
export function trackedProcess(process: Process, start: number, changes: Partial<TrackedProcess>): TrackedProcess {
  return {
    process,
    start,
    approximate: false,
    stdin: CLOSED,
    stdout: CLOSED,
    accounted: accountFrom(NOTHING, false),
    forked: false,
    programStart: start,
    reaped: { read: 0, written: 0 },
    parentTransferred: NOTHING,
    parentReaped: NOTHING,
    ended: false,
    tookInput: undefined,
    passed: undefined,
    ...changes,
  };
}
