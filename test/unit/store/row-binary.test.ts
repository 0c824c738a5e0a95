import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Row } from '../../../aggregator/schema/row.js';
import { RowWriter } from '../../../aggregator/schema/row-writer.js';
import type { Table } from '../../../aggregator/schema/table.js';
import { temporaryStore, type TemporaryStore } from './temporary-store.js';

/** One column of every type. */
const everything: Table = {
  name: 'everything',
  text: 'One column of every type.',
  time: 'time',
  orderBy: ['number'],
  retentionDays: 3650,
  columns: [
    { name: 'number', type: 'uint32', text: '' },
    { name: 'text', type: 'text', text: '' },
    { name: 'word', type: 'word', text: '' },
    { name: 'uint8', type: 'uint8', text: '' },
    { name: 'uint16', type: 'uint16', text: '' },
    { name: 'uint32', type: 'uint32', text: '' },
    { name: 'uint64', type: 'uint64', text: '' },
    { name: 'double', type: 'double', text: '' },
    { name: 'time', type: 'time', text: '' },
    { name: 'address', type: 'address', text: '' },
    { name: 'texts', type: 'text[]', text: '' },
    { name: 'uint64s', type: 'uint64[]', text: '' },
  ],
};

const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\0', '😀', '\uFFFD', '\n', '\t', '\\', "'", 'é', 'a'), maxLength: 300 }),
);
const uint64 = fc.oneof(
  fc.maxSafeNat(),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.constantFrom<number | bigint>(0, 0xffff_ffff, 2 ** 32, Number.MAX_SAFE_INTEGER, (1n << 64n) - 1n),
);
const now = Date.now() * 1000;
const day = 86_400_000_000;

const rows = fc.record({
  text: hostileText,
  word: hostileText,
  uint8: fc.nat(255),
  uint16: fc.nat(65535),
  uint32: fc.oneof(fc.nat(), fc.constant(0xffff_ffff)),
  uint64,
  double: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(-0.5, 1e300)),
  // Rows older than the retention may be gone before they are read; and each day is a partition.
  time: fc.integer({ min: now - 3 * day, max: now + 3 * day }),
  address: fc.oneof(
    fc.ipV4(),
    fc.constantFrom('', '::1', '2001:db8::1', 'fe80::200:86ff:fe05:80da', '255.255.255.255', '0.0.0.0'),
  ),
  texts: fc.array(hostileText, { maxLength: 5 }),
  uint64s: fc.array(uint64, { maxLength: 5 }),
});

function asText(row: Row): readonly string[] {
  return everything.columns.map(({ name, type }) => {
    const value = row[name];
    if (type === 'text[]') return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map(String).join(',')}]`;
    return String(value);
  });
}

describe('RowBinary', () => {
  let temporary: TemporaryStore;
  before(async () => {
    temporary = await temporaryStore([everything]);
  });
  after(() => temporary.remove());

  test('what is written is read back equal, for every column type', async () => {
    const writer = new RowWriter(everything);
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 50 }), async (batch) => {
        const numbered = batch.map((row, number) => ({ ...row, number }));
        await temporary.store.command({ sql: 'TRUNCATE TABLE everything', parameters: {} });
        writer.reset();
        for (const row of numbered) writer.append(row);
        assert.equal(writer.rowCount, numbered.length);
        await temporary.store.insertBytes(everything, writer.bytes, writer.rowCount);
        const stored = await temporary.store.query({ sql: 'SELECT * FROM everything ORDER BY number', parameters: {} });
        assert.deepEqual(stored, numbered.map(asText));
      }),
      { numRuns: 30 },
    );
  });

  const sample: Row = {
    number: 0,
    text: '',
    word: '',
    uint8: 0,
    uint16: 0,
    uint32: 0,
    uint64: 0,
    double: 0,
    time: now,
    address: '',
    texts: [],
    uint64s: [],
  };

  test('bytes in a text column are stored as they are, valid UTF-8 or not', async () => {
    const writer = new RowWriter(everything);
    await temporary.store.command({ sql: 'TRUNCATE TABLE everything', parameters: {} });
    writer.append({ ...sample, text: Uint8Array.of(0xff, 0, 0x41) });
    await temporary.store.insertBytes(everything, writer.bytes, 1);
    const stored = await temporary.store.query({ sql: 'SELECT hex(text) FROM everything', parameters: {} });
    assert.deepEqual(stored, [['FF0041']]);
  });

  const misfits: readonly (readonly [string, Row])[] = [
    ['a missing value', {}],
    ['256 as uint8', { ...sample, uint8: 256 }],
    ['-1 as uint32', { ...sample, uint32: -1 }],
    ['2^53 as a number', { ...sample, uint64: 2 ** 53 }],
    ['2^64', { ...sample, uint64: 1n << 64n }],
    ['text as a number', { ...sample, uint64: '1' }],
    ['a time before 1970', { ...sample, time: -1 }],
    ['a host name as an address', { ...sample, address: 'localhost' }],
    ['a list as text', { ...sample, text: ['a'] }],
    ['text as a list', { ...sample, texts: 'a' }],
    ['a number in a list of texts', { ...sample, texts: [1] }],
  ];
  for (const [name, row] of misfits) {
    test(`${name} is refused and leaves nothing behind`, () => {
      const writer = new RowWriter(everything);
      writer.append(sample);
      const before = Buffer.from(writer.bytes);
      assert.throws(() => writer.append(row), { code: 'ROW_INVALID' });
      assert.deepEqual(Buffer.from(writer.bytes), before);
      assert.equal(writer.rowCount, 1);
    });
  }
});
