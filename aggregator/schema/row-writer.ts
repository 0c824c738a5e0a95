import { writeAddress } from './address.js';
import { RowBinaryBuffer } from './row-binary.js';
import { misfit, type Row, type RowValue } from './row.js';
import type { Column, Table } from './table.js';

const maximumUint64 = (1n << 64n) - 1n;
const integerLimits = { uint8: 0xff, uint16: 0xffff, uint32: 0xffff_ffff } as const;

type ColumnWriter = (value: RowValue | undefined) => void;

/** Encodes rows of one table as RowBinary: all columns, in their declared order. */
export class RowWriter {
  readonly buffer = new RowBinaryBuffer();
  readonly #names: readonly string[];
  readonly #writers: readonly ColumnWriter[];

  constructor(readonly table: Table) {
    this.#names = table.columns.map((column) => column.name);
    this.#writers = table.columns.map((column) => this.#writer(column));
  }

  get rowCount(): number {
    return this.buffer.rowCount;
  }

  get byteLength(): number {
    return this.buffer.byteLength;
  }

  /** What was appended since the last reset; valid until the next `append`. */
  get bytes(): Uint8Array {
    return this.buffer.bytes;
  }

  reset(): void {
    this.buffer.reset();
  }

  /** Throws ROW_INVALID if the row does not fit the table; nothing of it is written then. */
  append(row: Row): void {
    const mark = this.buffer.mark();
    try {
      for (let index = 0; index < this.#names.length; index += 1) this.#writers[index]?.(row[this.#names[index] ?? '']);
      this.buffer.endRow();
    } catch (error) {
      this.buffer.rollback(mark);
      throw error;
    }
  }

  #writer(column: Column): ColumnWriter {
    const { buffer } = this;
    switch (column.type) {
      case 'text':
      case 'word':
        return (value) => this.#text(column, value);
      case 'uint8':
        return (value) => buffer.uint8(this.#integer(column, value, integerLimits.uint8));
      case 'uint16':
        return (value) => buffer.uint16(this.#integer(column, value, integerLimits.uint16));
      case 'uint32':
        return (value) => buffer.uint32(this.#integer(column, value, integerLimits.uint32));
      case 'uint64':
        return (value) => this.#uint64(column, value);
      case 'time':
        return (value) => buffer.uint53(this.#integer(column, value, Number.MAX_SAFE_INTEGER));
      case 'double':
        return (value) => {
          if (typeof value !== 'number') throw this.#misfit(column, value, 'a number');
          buffer.double(value);
        };
      case 'address':
        return (value) => {
          const isAddress =
            typeof value === 'string' && buffer.sixteen((target, offset) => writeAddress(value, target, offset));
          if (!isAddress) throw this.#misfit(column, value, 'an IP address');
        };
      case 'text[]':
        return (value) => {
          for (const item of this.#list(column, value)) this.#text(column, item);
        };
      case 'uint64[]':
        return (value) => {
          for (const item of this.#list(column, value)) this.#uint64(column, item);
        };
    }
  }

  #text(column: Column, value: RowValue | undefined): void {
    if (typeof value === 'string') this.buffer.text(value);
    else if (value instanceof Uint8Array) this.buffer.bytesText(value, 0, value.length);
    else throw this.#misfit(column, value, 'text');
  }

  #integer(column: Column, value: RowValue | undefined, highest: number): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= highest) return value;
    throw this.#misfit(column, value, `an integer from 0 to ${highest}`);
  }

  #uint64(column: Column, value: RowValue | undefined): void {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) this.buffer.uint53(value);
    else if (typeof value === 'bigint' && value >= 0n && value <= maximumUint64) this.buffer.uint64(value);
    else throw this.#misfit(column, value, 'an integer from 0 to 2^64-1');
  }

  #list(column: Column, value: RowValue | undefined): readonly (string | number | bigint)[] {
    if (!Array.isArray(value)) throw this.#misfit(column, value, 'a list');
    const items: readonly (string | number | bigint)[] = value;
    this.buffer.length(items.length);
    return items;
  }

  #misfit(column: Column, value: RowValue | undefined, wanted: string): Error {
    return misfit(this.table.name, column.name, value, wanted);
  }
}
