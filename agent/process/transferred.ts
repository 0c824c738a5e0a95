import type { Descriptor, Transferred } from '../decode/event.js';
import type { Accounted, TrackedProcess } from './tracked.js';

/** Of a program that begins with what its process moved before. */
export function accountFrom({ read, written }: Transferred, isKnown: boolean): Accounted {
  return { isKnown, read, written, readBefore: read, writtenBefore: written, given: 0 };
}

/**
 * Bytes that the program itself moved through anything but files that it closed. The kernel adds what a child moved
 * when its parent waits for it (wait_task_zombie), so that is left out here from the child's end on: too much, below
 * zero perhaps, while it was not waited for.
 */
export function passed({ accounted, reaped }: TrackedProcess, { read, written }: Transferred): Transferred {
  return { read: read - accounted.read - reaped.read, written: written - accounted.written - reaped.written };
}

/** What a process moved since it forked the child. */
export function movedSince(child: TrackedProcess, transferred: Transferred): Transferred {
  const { parentTransferred: before } = child;
  return { read: transferred.read - before.read, written: transferred.written - before.written };
}

/** The same without what children moved that ended since: too little where they are not waited for yet. */
export function movedAlone(child: TrackedProcess, { reaped }: TrackedProcess, transferred: Transferred): Transferred {
  const { read, written } = movedSince(child, transferred);
  const { parentReaped: before } = child;
  return { read: read - (reaped.read - before.read), written: written - (reaped.written - before.written) };
}

/** Its stdin as it is when the program lets go of it: was anything taken out of the pipe since the program started? */
export function noteInput(tracked: TrackedProcess, { kind, inode, device, progress }: Descriptor): void {
  const { stdin } = tracked;
  if (kind === 'pipe' && inode === stdin.inode && device === stdin.device)
    tracked.tookInput = progress !== stdin.progress;
}

/** A kernel that does not count says Infinity: the difference between two of those is no number. */
export function countable({ read, written }: Transferred): Transferred {
  return { read: Number.isFinite(read) ? read : 0, written: Number.isFinite(written) ? written : 0 };
}
