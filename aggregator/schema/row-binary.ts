const initialBytes = 64 * 1024;
/** Up to here a loop is faster than crossing into native code. */
const shortBytes = 96;
const two32 = 4_294_967_296;

/** A place in the buffer to return to. */
export interface Mark {
  readonly offset: number;
  readonly rows: number;
}

/**
 * Values in ClickHouse's RowBinary form, in one growing buffer that is used again after `reset`. Writers of
 * rows call one method per column, in the order of the table's columns, and `endRow` after each row.
 */
export class RowBinaryBuffer {
  #buffer = Buffer.allocUnsafeSlow(initialBytes);
  #offset = 0;
  #rows = 0;

  get rowCount(): number {
    return this.#rows;
  }

  get byteLength(): number {
    return this.#offset;
  }

  /** What was written since the last reset; valid until the next write. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#offset);
  }

  reset(): void {
    this.#offset = 0;
    this.#rows = 0;
  }

  mark(): Mark {
    return { offset: this.#offset, rows: this.#rows };
  }

  /** Forgets everything written since `mark`. */
  rollback(mark: Mark): void {
    this.#offset = mark.offset;
    this.#rows = mark.rows;
  }

  endRow(): void {
    this.#rows += 1;
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#offset] = value;
    this.#offset += 1;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#buffer[this.#offset] = value & 255;
    this.#buffer[this.#offset + 1] = value >>> 8;
    this.#offset += 2;
  }

  uint32(value: number): void {
    this.#reserve(4);
    const buffer = this.#buffer;
    const offset = this.#offset;
    buffer[offset] = value & 255;
    buffer[offset + 1] = (value >>> 8) & 255;
    buffer[offset + 2] = (value >>> 16) & 255;
    buffer[offset + 3] = value >>> 24;
    this.#offset = offset + 4;
  }

  /** From 0 to 2^53 - 1. */
  uint53(value: number): void {
    this.uint32((value % two32) | 0);
    this.uint32((value / two32) | 0);
  }

  uint64(value: bigint): void {
    this.#reserve(8);
    this.#offset = this.#buffer.writeBigUInt64LE(value, this.#offset);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#offset = this.#buffer.writeDoubleLE(value, this.#offset);
  }

  /** Number of characters or items that follow: LEB128. */
  length(length: number): void {
    this.#reserve(10);
    let rest = length;
    while (rest > 127) {
      this.#buffer[this.#offset] = (rest & 127) | 128;
      this.#offset += 1;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#offset] = rest;
    this.#offset += 1;
  }

  /** A text with its length. Lone surrogates become U+FFFD, as everywhere in Node. */
  text(text: string): void {
    if (this.#ascii(text)) return;
    const length = Buffer.byteLength(text);
    this.#reserve(length + 10);
    this.length(length);
    this.#offset += this.#buffer.write(text, this.#offset, length, 'utf8');
  }

  /** The bytes from `start` to `end` of `source`, with their length. */
  bytesText(source: Uint8Array, start: number, end: number): void {
    this.length(end - start);
    this.raw(source, start, end);
  }

  /** Bytes that are in RowBinary form already. */
  raw(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    const buffer = this.#buffer;
    const offset = this.#offset;
    if (length > shortBytes) buffer.set(source.subarray(start, end), offset);
    else for (let index = 0; index < length; index += 1) buffer[offset + index] = source[start + index] ?? 0;
    this.#offset = offset + length;
  }

  /** Has `write` put 16 bytes at an offset of a buffer; takes them if it returns true. */
  sixteen(write: (target: Uint8Array, offset: number) => boolean): boolean {
    this.#reserve(16);
    if (!write(this.#buffer, this.#offset)) return false;
    this.#offset += 16;
    return true;
  }

  /** False, with nothing written, unless the text is short and ASCII. */
  #ascii(text: string): boolean {
    const length = text.length;
    if (length > shortBytes) return false;
    this.#reserve(length + 1);
    const buffer = this.#buffer;
    const start = this.#offset + 1;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 127) return false;
      buffer[start + index] = code;
    }
    buffer[start - 1] = length;
    this.#offset = start + length;
    return true;
  }

  #reserve(bytes: number): void {
    const needed = this.#offset + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#offset);
    this.#buffer = grown;
  }
}
