import { AggregatorError } from '../../errors.js';

const varint = 0;
const fixed64 = 1;
const delimited = 2;
const fixed32 = 5;

/**
 * The fields of one protobuf message as they lie in its bytes, without making objects of them: integers as
 * their two halves, texts and messages as ranges. Used again for the next message by `parse`. As protobuf
 * wants it the last value of a field counts, unknown fields are passed over, and absent ones are 0 or empty.
 */
export class WireMessage {
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  readonly #start: Int32Array;
  readonly #end: Int32Array;
  /** Ranges of repeated messages, by field: start and end of one after the other. */
  readonly #repeated: readonly (number[] | null)[];
  readonly #name: string;
  #bytes: Uint8Array = new Uint8Array(0);
  #varintLow = 0;
  #varintHigh = 0;

  constructor(name: string, highestField: number, repeatedFields: readonly number[] = []) {
    this.#name = name;
    this.#low = new Uint32Array(highestField + 1);
    this.#high = new Uint32Array(highestField + 1);
    this.#start = new Int32Array(highestField + 1);
    this.#end = new Int32Array(highestField + 1);
    this.#repeated = Array.from(this.#low, (_, field) => (repeatedFields.includes(field) ? [] : null));
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  low(field: number): number {
    return this.#low[field] ?? 0;
  }

  high(field: number): number {
    return this.#high[field] ?? 0;
  }

  /** An integer; inexact above 2^53. */
  number(field: number): number {
    return this.high(field) * 4_294_967_296 + this.low(field);
  }

  start(field: number): number {
    return this.#start[field] ?? 0;
  }

  end(field: number): number {
    return this.#end[field] ?? 0;
  }

  isEmpty(field: number): boolean {
    return this.start(field) === this.end(field);
  }

  text(field: number): string {
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length).toString(
      'utf8',
      this.start(field),
      this.end(field),
    );
  }

  ranges(field: number): readonly number[] {
    return this.#repeated[field] ?? [];
  }

  /** Reads the message from `start` to `end` of `bytes`. Throws REQUEST_INVALID if it is cut short or garbled. */
  parse(bytes: Uint8Array, start: number, end: number): void {
    this.#clear();
    this.#bytes = bytes;
    let offset = start;
    while (offset < end) {
      // Nearly all tags are one byte: fields below 16.
      let tag = bytes[offset] ?? 0;
      offset += 1;
      if (tag > 127) {
        offset = this.#varint(offset - 1, end);
        tag = this.#varintLow;
      }
      const field = tag >>> 3;
      if (field === 0) throw this.#invalid('has a field without number');
      switch (tag & 7) {
        case varint:
          offset = this.#varint(offset, end);
          if (field < this.#low.length) {
            this.#low[field] = this.#varintLow;
            this.#high[field] = this.#varintHigh;
          }
          break;
        case delimited:
          offset = this.#range(field, offset, end);
          break;
        case fixed64:
          offset += 8;
          break;
        case fixed32:
          offset += 4;
          break;
        default:
          throw this.#invalid('has a field of unknown kind');
      }
      if (offset > end) throw this.#invalid('is cut short');
    }
  }

  /** A loop is faster than `fill` for so few. */
  #clear(): void {
    for (let field = 0; field < this.#low.length; field += 1) {
      this.#low[field] = 0;
      this.#high[field] = 0;
      this.#start[field] = 0;
      this.#end[field] = 0;
      const ranges = this.#repeated[field];
      if (ranges !== null && ranges !== undefined && ranges.length > 0) ranges.length = 0;
    }
  }

  #range(field: number, lengthOffset: number, end: number): number {
    const start = this.#varint(lengthOffset, end);
    const length = this.#varintLow;
    if (this.#varintHigh !== 0 || length > end - start) throw this.#invalid('is cut short');
    this.#repeated[field]?.push(start, start + length);
    if (field < this.#start.length) {
      this.#start[field] = start;
      this.#end[field] = start + length;
    }
    return start + length;
  }

  /** Reads the integer at `offset` into `#varintLow` and `#varintHigh`; gives the offset behind it. */
  #varint(offset: number, end: number): number {
    const bytes = this.#bytes;
    let low = 0;
    let high = 0;
    let index = offset;
    for (let shift = 0; shift < 70; shift += 7) {
      if (index >= end) throw this.#invalid('is cut short');
      const byte = bytes[index] ?? 0;
      const part = byte & 127;
      index += 1;
      if (shift < 28) {
        low |= part << shift;
      } else if (shift === 28) {
        low |= part << 28;
        high = part >>> 4;
      } else {
        // 63 - 32 = 31: of the tenth byte only the lowest bit belongs to 64 bits.
        high |= part << (shift - 32);
      }
      if (byte < 128) {
        this.#varintLow = low >>> 0;
        this.#varintHigh = high >>> 0;
        return index;
      }
    }
    throw this.#invalid('has a number that is none');
  }

  #invalid(what: string): AggregatorError {
    return new AggregatorError('REQUEST_INVALID', `A ${this.#name} ${what}`);
  }
}
