import { AgentError } from '../errors.js';
import { recordHeader } from '../kernel/generated/layout.js';
import type { Inode } from '../behaviour/behaviour.js';
import { decodeText } from './text.js';

const HIGH_WORD = 0x1_0000_0000;
const SAFE_HIGH = 0x20_0000;

/**
 * Fields of one record in foreign memory. One reader is reused for all records: `open` moves
 * it. Every access is checked against the record's own length, which is not trusted either.
 */
export class RecordReader {
  private bytes: Buffer = Buffer.alloc(0);
  private offset = 0;
  private length = 0;

  /** Throws AgentError RECORD_INVALID when it is shorter than a header, or lies about its size. */
  open(bytes: Buffer, offset: number, length: number): void {
    if (length < recordHeader.byteLength || offset + length > bytes.length) {
      throw new AgentError('RECORD_INVALID', `a record of ${length} bytes is shorter than its header`);
    }
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    const size = this.uint32(recordHeader.size);
    if (size > length || size < recordHeader.byteLength) {
      throw new AgentError('RECORD_INVALID', `a record of ${length} bytes claims to have ${size}`);
    }
    this.length = size;
  }

  /** Any other C structure, as a key or a value of a map. */
  openRaw(bytes: Buffer): void {
    this.bytes = bytes;
    this.offset = 0;
    this.length = bytes.length;
  }

  private at(field: number, size: number): number {
    if (field + size > this.length) {
      throw new AgentError('RECORD_INVALID', `a record of ${this.length} bytes ends before its field at ${field}`);
    }
    return this.offset + field;
  }

  uint16(field: number): number {
    const at = this.at(field, 2);
    const { bytes } = this;
    return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  }

  uint32(field: number): number {
    const at = this.at(field, 4);
    const { bytes } = this;
    return (
      ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>>
      0
    );
  }

  /** Exact below 2^53, rounded above: for counters and times. */
  uint64(field: number): number {
    return this.uint32(field + 4) * HIGH_WORD + this.uint32(field);
  }

  inode(field: number): Inode {
    const high = this.uint32(field + 4);
    if (high < SAFE_HIGH) return high * HIGH_WORD + this.uint32(field);
    return (BigInt(high) << 32n) | BigInt(this.uint32(field));
  }

  /** Nanoseconds to whole microseconds. */
  microseconds(field: number): number {
    return Math.floor(this.uint64(field) / 1000);
  }

  text(field: number, length: number): string {
    const at = this.at(field, length);
    return decodeText(this.bytes, at, at + length);
  }

  /** Up to the first NUL, `capacity` bytes at most. */
  terminatedText(field: number, capacity: number): string {
    const at = this.at(field, capacity);
    let end = at;
    while (end < at + capacity && this.bytes[end] !== 0) end++;
    return decodeText(this.bytes, at, end);
  }

  byte(field: number): number {
    return this.bytes[this.at(field, 1)] ?? 0;
  }
}
