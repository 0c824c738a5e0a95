import { closeSync, fdatasync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodeFrame, encodeHeader, type Frame, type SegmentHeader } from './frame.js';

/** The segment that grows. Every method throws what the file system says; a failed append leaves no trace. */
export class SegmentWriter {
  private readonly fd: number;
  private length = 0;
  private unsynced = false;

  constructor(
    readonly path: string,
    header: SegmentHeader,
  ) {
    this.fd = openSync(path, 'wx', 0o600);
    try {
      this.write(encodeHeader(header));
      syncDirectory(dirname(path));
    } catch (error) {
      closeSync(this.fd);
      throw error;
    }
  }

  get bytes(): number {
    return this.length;
  }

  append(frame: Frame): void {
    this.write(encodeFrame(frame));
  }

  /** To disk, without waiting: a slow disk must not keep the ring from being read. */
  sync(failed: (error: Error) => void): void {
    if (!this.unsynced) return;
    this.unsynced = false;
    fdatasync(this.fd, (error) => {
      if (error) failed(error);
    });
  }

  syncNow(): void {
    if (this.unsynced) fdatasyncSync(this.fd);
    this.unsynced = false;
  }

  close(): void {
    closeSync(this.fd);
  }

  private write(bytes: Buffer): void {
    const before = this.length;
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.fd, bytes, at, bytes.length - at, before + at);
    } catch (error) {
      // On a full disk a part of it may have been written.
      ftruncateSync(this.fd, before);
      throw error;
    }
    this.length += bytes.length;
    this.unsynced = true;
  }
}

/** Without it a new file may be gone after a power cut, though its content was synced. */
function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
