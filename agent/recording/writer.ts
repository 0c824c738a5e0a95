import { closeSync, openSync, writeSync } from 'node:fs';
import { AgentError } from '../errors.js';
import { FRAME_HEADER, frameKind, MAGIC, padded, type Observation, type RecordingHeader } from './format.js';

const BUFFER = 1024 * 1024;
/** Recordings hold names of files and arguments of commands. */
const MODE = 0o600;

/** Writes a recording; buffered, so that a record costs a copy and not a system call. */
export class RecordingWriter {
  private fd = -1;
  private readonly buffer = Buffer.alloc(BUFFER);
  private used = 0;

  /** `failed` is told once when the file can be written no more (a full disk): the agent goes on without it. */
  constructor(
    private readonly file: string,
    private readonly failed: (sentence: string) => void,
  ) {}

  /** Throws AgentError RECORDING_INVALID when the file cannot be written. */
  start(header: RecordingHeader): void {
    try {
      this.fd = openSync(this.file, 'w', MODE);
    } catch (cause) {
      throw new AgentError('RECORDING_INVALID', `the recording ${this.file} cannot be written: ${String(cause)}`, {
        cause,
      });
    }
    this.write(Buffer.from(MAGIC));
    this.json(frameKind.header, header);
  }

  record(bytes: Buffer, offset: number, length: number): void {
    if (this.fd < 0) return;
    const at = this.reserve(frameKind.record, length);
    bytes.copy(this.buffer, at, offset, offset + length);
  }

  observation(observation: Observation): void {
    this.json(frameKind.observation, observation);
  }

  stop(): void {
    this.flush();
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }

  private json(kind: number, value: unknown): void {
    if (this.fd < 0) return;
    const payload = Buffer.from(JSON.stringify(value));
    if (payload.length > BUFFER / 2) {
      this.flush();
      const frame = Buffer.alloc(FRAME_HEADER + padded(payload.length));
      frame.writeUInt32LE(payload.length, 0);
      frame.writeUInt32LE(kind, 4);
      payload.copy(frame, FRAME_HEADER);
      this.write(frame);
      return;
    }
    payload.copy(this.buffer, this.reserve(kind, payload.length));
  }

  /** Writes a frame header; returns where its payload belongs. */
  private reserve(kind: number, length: number): number {
    const size = FRAME_HEADER + padded(length);
    if (this.used + size > BUFFER) this.flush();
    const start = this.used;
    this.buffer.fill(0, start, start + size);
    this.buffer.writeUInt32LE(length, start);
    this.buffer.writeUInt32LE(kind, start + 4);
    this.used += size;
    return start + FRAME_HEADER;
  }

  private flush(): void {
    this.write(this.buffer.subarray(0, this.used));
    this.used = 0;
  }

  private write(bytes: Buffer): void {
    if (this.fd < 0) return;
    try {
      let left = bytes;
      while (left.length > 0) left = left.subarray(writeSync(this.fd, left));
    } catch (error) {
      closeSync(this.fd);
      this.fd = -1;
      this.failed(`the recording ${this.file} ends here, it cannot be written: ${String(error)}`);
    }
  }
}
