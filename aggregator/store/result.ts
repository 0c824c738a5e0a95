import { readAddress } from '../schema/address.js';
import { AggregatorError } from '../errors.js';
import type { ResultRow } from './store.js';

/*
 * Decodes RowBinaryWithNamesAndTypes into the text form of store.ts. The engine's own text formats
 * write neither times as microseconds nor lists as JSON, and need escapes undone.
 */

type Value = string | number | bigint | boolean | null | readonly Value[];
type Decoder = (reader: Reader) => Value;

const decoder = new TextDecoder('utf-8');

class Reader {
  #offset = 0;
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get ended(): boolean {
    return this.#offset >= this.bytes.length;
  }

  /** Moves over `length` bytes and gives where they start; throws STORE_FAILED past the end. */
  take(length: number): number {
    const start = this.#offset;
    if (length > this.bytes.length - start)
      throw new AggregatorError('STORE_FAILED', 'A result of the database ends inside a value');
    this.#offset = start + length;
    return start;
  }

  uint8 = (): number => this.#view.getUint8(this.take(1));
  uint16 = (): number => this.#view.getUint16(this.take(2), true);
  uint32 = (): number => this.#view.getUint32(this.take(4), true);
  uint64 = (): bigint => this.#view.getBigUint64(this.take(8), true);
  int8 = (): number => this.#view.getInt8(this.take(1));
  int16 = (): number => this.#view.getInt16(this.take(2), true);
  int32 = (): number => this.#view.getInt32(this.take(4), true);
  int64 = (): bigint => this.#view.getBigInt64(this.take(8), true);
  float32 = (): number => this.#view.getFloat32(this.take(4), true);
  float64 = (): number => this.#view.getFloat64(this.take(8), true);

  length(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.uint8();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  text(length = this.length()): string {
    const start = this.take(length);
    return decoder.decode(this.bytes.subarray(start, start + length));
  }
}

const microsecondsPerDay = 86_400_000_000n;

const simpleDecoders: Readonly<Record<string, Decoder>> = {
  String: (reader) => reader.text(),
  UInt8: (reader) => reader.uint8(),
  UInt16: (reader) => reader.uint16(),
  UInt32: (reader) => reader.uint32(),
  UInt64: (reader) => reader.uint64(),
  Int8: (reader) => reader.int8(),
  Int16: (reader) => reader.int16(),
  Int32: (reader) => reader.int32(),
  Int64: (reader) => reader.int64(),
  Float32: (reader) => reader.float32(),
  Float64: (reader) => reader.float64(),
  Bool: (reader) => reader.uint8() !== 0,
  IPv6: (reader) => readAddress(reader.bytes, reader.take(16)),
  IPv4: (reader) => {
    const start = reader.take(4);
    return [...reader.bytes.subarray(start, start + 4)].reverse().join('.');
  },
  DateTime: (reader) => BigInt(reader.uint32()) * 1_000_000n,
  Date: (reader) => BigInt(reader.uint16()) * microsecondsPerDay,
  Date32: (reader) => BigInt(reader.int32()) * microsecondsPerDay,
  Nothing: () => null,
};

function decoderOf(type: string): Decoder {
  const simple = simpleDecoders[type];
  if (simple !== undefined) return simple;
  const [, name = '', inner = ''] = /^(\w+)\((.*)\)$/s.exec(type) ?? [];
  switch (name) {
    case 'LowCardinality':
      return decoderOf(inner);
    case 'Nullable': {
      const item = decoderOf(inner);
      return (reader) => (reader.uint8() === 0 ? item(reader) : null);
    }
    case 'Array': {
      const item = decoderOf(inner);
      return (reader) => Array.from({ length: reader.length() }, () => item(reader));
    }
    case 'Tuple': {
      const items = splitTypes(inner).map(decoderOf);
      return (reader) => items.map((item) => item(reader));
    }
    case 'FixedString':
      return (reader) => reader.text(Number(inner));
    case 'DateTime':
      return simpleDecoders['DateTime'] ?? unsupported(type);
    case 'DateTime64':
      return dateTime64(Number.parseInt(inner, 10));
    case 'SimpleAggregateFunction':
      return decoderOf(splitTypes(inner).slice(1).join(', '));
    default:
      return unsupported(type);
  }
}

/** Any precision, as microseconds. */
function dateTime64(precision: number): Decoder {
  const up = 10n ** BigInt(Math.max(0, 6 - precision));
  const down = 10n ** BigInt(Math.max(0, precision - 6));
  return (reader) => (reader.int64() * up) / down;
}

/** `String, Array(Tuple(a UInt8, b String))` at its outer commas; names of tuple elements are dropped. */
function splitTypes(list: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < list.length; index += 1) {
    const character = list[index];
    if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (character === ',' && depth === 0) {
      parts.push(list.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(list.slice(start));
  return parts.map((part) => part.trim().replace(/^`?\w+`? (?=[A-Z])/, ''));
}

function unsupported(type: string): Decoder {
  throw new AggregatorError('STATEMENT_INVALID', `A query selects a column of type ${type}, which is not supported`);
}

/** Text of a value: NULL is empty, lists are JSON (integers above 2^53 as digits, as everywhere in JSON). */
function toText(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  return Array.isArray(value) ? toJson(value) : String(value);
}

function toJson(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (typeof value === 'number' && !Number.isFinite(value)) return 'null';
  return String(value);
}

/** The rows of one block, at most `group` at a time. Throws STORE_FAILED if the block is garbled. */
export function* decodeRows(block: Uint8Array, group = 1000): Generator<readonly ResultRow[]> {
  if (block.length === 0) return;
  const reader = new Reader(block);
  const count = reader.length();
  for (let index = 0; index < count; index += 1) reader.text();
  const decoders = Array.from({ length: count }, () => decoderOf(reader.text()));
  let rows: ResultRow[] = [];
  while (!reader.ended) {
    rows.push(decoders.map((decode) => toText(decode(reader))));
    if (rows.length === group) {
      yield rows;
      rows = [];
    }
  }
  if (rows.length > 0) yield rows;
}
