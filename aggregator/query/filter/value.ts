import { writeAddress } from '../../schema/address.js';
import type { ColumnType } from '../../schema/table.js';
import { parseTimestamp } from './timestamp.js';

/** The values that a text stands for; one value is first and last. */
export interface Interval {
  readonly first: number | bigint;
  readonly last: number | bigint;
}

/** What columns hold: texts are searched, the others have an order. */
export type ValueKind = 'text' | 'integer' | 'decimal' | 'time' | 'address';

export function valueKind(type: ColumnType): ValueKind {
  switch (type) {
    case 'text':
    case 'word':
    case 'text[]':
      return 'text';
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
    case 'uint64[]':
      return 'integer';
    case 'double':
      return 'decimal';
    case 'time':
      return 'time';
    case 'address':
      return 'address';
  }
}

/** The highest value of an integer column. */
export function highestInteger(type: ColumnType): bigint {
  const bits = { uint8: 8n, uint16: 16n, uint32: 32n } as const;
  return (1n << (type === 'uint8' || type === 'uint16' || type === 'uint32' ? bits[type] : 64n)) - 1n;
}

/** What a person is told to write. */
export function valueHelp(kind: ValueKind, type: ColumnType): string {
  switch (kind) {
    case 'integer':
      return `an integer from 0 to ${highestInteger(type)}`;
    case 'decimal':
      return 'a number';
    case 'time':
      return 'a time as 2026-01-31, 2026-01-31T23:59 or 2026-01-31T23:59:59.123456, in UTC';
    case 'address':
      return 'an address or a network as 10.0.0.0/8 or fd00::/8';
    case 'text':
      return 'text';
  }
}

/** undefined: the text is no value of this kind. */
export function parseInterval(text: string, kind: ValueKind, type: ColumnType): Interval | undefined {
  switch (kind) {
    case 'integer': {
      if (!/^\d{1,20}$/.test(text)) return undefined;
      const value = BigInt(text);
      return value > highestInteger(type) ? undefined : { first: value, last: value };
    }
    case 'decimal': {
      if (!/^-?\d+(?:\.\d+)?$/.test(text)) return undefined;
      const value = Number(text);
      return Number.isFinite(value) ? { first: value, last: value } : undefined;
    }
    case 'time':
      return parseTimestamp(text, 'utc');
    case 'address':
      return parseNetwork(text);
    case 'text':
      return undefined;
  }
}

const mappedBits = 96;
const allBits = (1n << 128n) - 1n;

/** `10.0.0.0/8` is `::ffff:10.0.0.0/104`. Bits beyond the prefix do not matter. */
export function parseNetwork(text: string): Interval | undefined {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const value = addressBits(address);
  if (value === undefined) return undefined;
  if (prefix === undefined) return { first: value, last: value };
  const length = Number(prefix) + (address.includes(':') ? 0 : mappedBits);
  if (length > 128) return undefined;
  const hostBits = allBits >> BigInt(length);
  return { first: value & ~hostBits, last: value | hostBits };
}

const scratch = Buffer.alloc(16);

/** An address as one number, IPv4 mapped into IPv6; undefined: it is no address. */
export function addressBits(address: string): bigint | undefined {
  if (address === '' || !writeAddress(address, scratch, 0)) return undefined;
  return (scratch.readBigUInt64BE(0) << 64n) | scratch.readBigUInt64BE(8);
}

/** The inverse of addressBits, as eight groups: what the engine reads as IPv6. */
export function addressText(bits: bigint): string {
  return (bits.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':');
}
