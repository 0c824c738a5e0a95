import { writeAddress } from './address.js';
import { misfit, type Row, type RowValue } from './row.js';
import type { ColumnType, Table } from './table.js';

const initialBytes = 64 * 1024;
/** Up to here a character loop is faster than crossing into the native encoder. */
const shortText = 48;
const two32 = 4_294_967_296;
const maximumUint64 = (1n << 64n) - 1n;

export interface Mark {
  readonly offset: number;
  readonly rows: number;
}

const integerLimits = { uint8: 0xff, uint16: 0xffff, uint32: 0xffff_ffff } as const;

/**
 * Encodes rows of one table as ClickHouse RowBinary (all columns, in their declared order)
 * into one growing buffer that is used again after `reset`. Allocates nothing per row.
 */
export class RowWriter {
  #buffer = Buffer.allocUnsafeSlow(initialBytes);
  #offset = 0;
  #rows = 0;
  readonly #names: readonly string[];
  readonly #types: readonly ColumnType[];

  constructor(readonly table: Table) {
    this.#names = table.columns.map((column) => column.name);
    this.#types = table.columns.map((column) => column.type);
  }

  get rowCount(): number {
    return this.#rows;
  }

  get byteLength(): number {
    return this.#offset;
  }

  /** What was written since the last reset; valid until the next `append` or `reset`. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#offset);
  }

  reset(): void {
    this.#offset = 0;
    this.#rows = 0;
  }

  /** Where the next row goes, to return to with `rollback`. */
  mark(): Mark {
    return { offset: this.#offset, rows: this.#rows };
  }

  /** Forgets every row appended since `mark`. */
  rollback(mark: Mark): void {
    this.#offset = mark.offset;
    this.#rows = mark.rows;
  }

  /** Throws ROW_INVALID if the row does not fit the table; nothing of it is written then. */
  append(row: Row): void {
    const start = this.#offset;
    try {
      for (let index = 0; index < this.#names.length; index += 1) {
        const name = this.#names[index] ?? '';
        this.#write(this.#types[index] ?? 'text', name, row[name]);
      }
    } catch (error) {
      this.#offset = start;
      throw error;
    }
    this.#rows += 1;
  }

  #write(type: ColumnType, name: string, value: RowValue | undefined): void {
    switch (type) {
      case 'text':
      case 'word':
        this.#text(name, value);
        return;
      case 'uint8':
      case 'uint16':
      case 'uint32':
        this.#integer(type, name, value);
        return;
      case 'uint64':
        this.#uint64(name, value);
        return;
      case 'time':
        if (typeof value !== 'number') throw misfit(this.table.name, name, value, 'microseconds since the epoch');
        this.#uint64(name, value);
        return;
      case 'double':
        if (typeof value !== 'number') throw misfit(this.table.name, name, value, 'a number');
        this.#reserve(8);
        this.#offset = this.#buffer.writeDoubleLE(value, this.#offset);
        return;
      case 'address':
        this.#reserve(16);
        if (typeof value !== 'string' || !writeAddress(value, this.#buffer, this.#offset)) {
          throw misfit(this.table.name, name, value, 'an IP address');
        }
        this.#offset += 16;
        return;
      case 'text[]':
        for (const item of this.#array(name, value)) this.#text(name, item);
        return;
      case 'uint64[]':
        for (const item of this.#array(name, value)) this.#uint64(name, item);
        return;
      default:
        throw misfit(this.table.name, name, value, `a type that is not known: ${String(type satisfies never)}`);
    }
  }

  #text(name: string, value: RowValue | undefined): void {
    if (typeof value === 'string') {
      if (!this.#ascii(value)) this.#utf8(value);
    } else if (value instanceof Uint8Array) {
      this.#reserve(value.length + 10);
      this.#length(value.length);
      this.#buffer.set(value, this.#offset);
      this.#offset += value.length;
    } else {
      throw misfit(this.table.name, name, value, 'text');
    }
  }

  /** False, with nothing written, unless the text is short and ASCII. */
  #ascii(text: string): boolean {
    const length = text.length;
    if (length > shortText) return false;
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

  /** Lone surrogates become U+FFFD, as everywhere in Node. */
  #utf8(text: string): void {
    const length = Buffer.byteLength(text);
    this.#reserve(length + 10);
    this.#length(length);
    this.#offset += this.#buffer.write(text, this.#offset, length, 'utf8');
  }

  #integer(type: keyof typeof integerLimits, name: string, value: RowValue | undefined): void {
    const limit = integerLimits[type];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > limit) {
      throw misfit(this.table.name, name, value, `an integer from 0 to ${limit}`);
    }
    this.#reserve(4);
    this.#buffer[this.#offset] = value & 255;
    if (type === 'uint8') {
      this.#offset += 1;
      return;
    }
    this.#buffer[this.#offset + 1] = (value >>> 8) & 255;
    if (type === 'uint16') {
      this.#offset += 2;
      return;
    }
    this.#buffer[this.#offset + 2] = (value >>> 16) & 255;
    this.#buffer[this.#offset + 3] = value >>> 24;
    this.#offset += 4;
  }

  #uint64(name: string, value: RowValue | undefined): void {
    this.#reserve(8);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
      this.#buffer.writeUInt32LE(value % two32, this.#offset);
      this.#buffer.writeUInt32LE(Math.floor(value / two32), this.#offset + 4);
    } else if (typeof value === 'bigint' && value >= 0n && value <= maximumUint64) {
      this.#buffer.writeBigUInt64LE(value, this.#offset);
    } else {
      throw misfit(this.table.name, name, value, 'an integer from 0 to 2^64-1');
    }
    this.#offset += 8;
  }

  #array(name: string, value: RowValue | undefined): readonly (string | number | bigint)[] {
    if (!Array.isArray(value)) throw misfit(this.table.name, name, value, 'a list');
    const items: readonly (string | number | bigint)[] = value;
    this.#reserve(10);
    this.#length(items.length);
    return items;
  }

  /** LEB128, as ClickHouse counts characters and items. */
  #length(length: number): void {
    let rest = length;
    while (rest > 127) {
      this.#buffer[this.#offset] = (rest & 127) | 128;
      this.#offset += 1;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#offset] = rest;
    this.#offset += 1;
  }

  #reserve(bytes: number): void {
    const needed = this.#offset + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#offset);
    this.#buffer = grown;
  }
}
