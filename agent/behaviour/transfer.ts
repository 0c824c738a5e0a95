import { fileFact } from '../kernel/generated/layout.js';
import type { FileEvent, Transferred } from '../decode/event.js';
import type { TrackedProcess } from '../process/tracked.js';
import { passed } from '../process/transferred.js';

/** What goes over a connection, or comes from it, may be packed: it is this many times as much in files. */
export const COMPRESSION = 20;

/**
 * Bytes of one close, set against all that the process moved: tells what came from or went to
 * anything but files, and corrects what two processes did with one position.
 */
export class TransferAccount {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** As many bytes came from anything but files as the program wrote to files. True where the kernel does not count. */
  readonly received: boolean;
  /**
   * What the program read from files it passed on, to anything but files. Half of it is enough: the
   * last bytes may still be waiting when the file is closed.
   */
  readonly sent: boolean;
  /** Exactly what it read from this file was passed on since the close before. */
  readonly shown: boolean;
  readonly isNothing: boolean;

  constructor(tracked: TrackedProcess, { facts, bytesRead, bytesWritten, transferred }: FileEvent) {
    const { accounted } = tracked;
    if (!accounted.isKnown) begin(tracked, transferred, bytesRead, bytesWritten);
    const readLeft = Math.max(0, transferred.read - accounted.read);
    const writtenLeft = Math.max(0, transferred.written - accounted.written);
    // Parent and child move the position of a file they share at the same time (bash and its subshells
    // read one script): what the process cannot have moved was the other one.
    const shared = (facts & fileFact.FILE_SHARED) !== 0;
    // Who appends is moved to the end, over what others appended meanwhile: that is theirs as well.
    const bounded = shared || (facts & fileFact.FILE_APPEND) !== 0;
    // While other threads run the kernel has not added up yet what they moved.
    const isCounted = bounded && (facts & fileFact.FILE_THREADED) === 0;
    this.bytesRead = isCounted ? Math.min(bytesRead, readLeft) : bytesRead;
    this.bytesWritten = isCounted ? Math.min(bytesWritten, writtenLeft) : bytesWritten;
    this.isNothing = shared && this.bytesRead === 0 && this.bytesWritten === 0 && (facts & ~fileFact.FILE_SHARED) === 0;
    accounted.read += this.bytesRead;
    accounted.written += this.bytesWritten;
    // A helper may have ended that is not waited for yet (gzip of `tar xz`): what it moved is not left out here.
    this.received = transferred.read - accounted.read >= accounted.written - accounted.writtenBefore;
    const given = Math.max(0, passed(tracked, transferred).written);
    this.sent = 2 * given >= accounted.read - accounted.readBefore;
    this.shown = this.bytesRead > 0 && given - accounted.given === this.bytesRead;
    accounted.given = given;
  }
}

/** Of a process that ran before the agent nobody knows what it moved until now: all but this file. */
function begin(
  { accounted }: TrackedProcess,
  { read, written }: Transferred,
  bytesRead: number,
  bytesWritten: number,
): void {
  accounted.isKnown = true;
  if (Number.isFinite(read)) accounted.readBefore = accounted.read = Math.max(0, read - bytesRead);
  if (Number.isFinite(written)) accounted.writtenBefore = accounted.written = Math.max(0, written - bytesWritten);
}
