import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decodeRows } from '../../../aggregator/store/result.js';
import { temporaryStore, type TemporaryStore } from './temporary-store.js';

describe('results as text', () => {
  let temporary: TemporaryStore;
  before(async () => {
    temporary = await temporaryStore([]);
  });
  after(() => temporary.remove());

  const cases: readonly (readonly [string, string])[] = [
    ["'a\\0b'", 'a\0b'],
    ["unhex('ff41')", '\uFFFDA'],
    ['toUInt8(255)', '255'],
    ['toInt8(-128)', '-128'],
    ['18446744073709551615', '18446744073709551615'],
    ['toInt64(-9223372036854775808)', '-9223372036854775808'],
    ['toFloat64(0.1)', '0.1'],
    ['true', 'true'],
    ["toNullable('x')", 'x'],
    ["CAST(NULL, 'Nullable(UInt8)')", ''],
    ["toLowCardinality('w')", 'w'],
    ["toIPv6('::ffff:10.0.0.1')", '10.0.0.1'],
    ["toIPv6('::')", ''],
    ["toIPv4('10.0.0.1')", '10.0.0.1'],
    ["toDateTime64('2023-04-02 16:52:27.271656', 6, 'UTC')", '1680454347271656'],
    ["toDateTime64('2023-04-02 16:52:27.271', 3, 'UTC')", '1680454347271000'],
    ["toDateTime('2023-04-02 16:52:27', 'UTC')", '1680454347000000'],
    ["toDate('1970-01-02')", '86400000000'],
    ["['a', '\"', 'é']", '["a","\\"","é"]'],
    ['[18446744073709551615]', '[18446744073709551615]'],
    ['[]', '[]'],
    ["[('a', toUInt8(1))]", '[["a",1]]'],
    ["CAST(('a', 1), 'Tuple(name String, size UInt8)')", '["a",1]'],
    ["toFixedString('abc', 3)", 'abc'],
  ];
  for (const [expression, expected] of cases) {
    test(expression, async () => {
      const rows = await temporary.store.query({ sql: `SELECT ${expression}`, parameters: {} });
      assert.deepEqual(rows, [[expected]]);
    });
  }

  test('no rows are no rows', async () => {
    assert.deepEqual(await temporary.store.query({ sql: 'SELECT 1 WHERE 0', parameters: {} }), []);
  });

  test('a type without a text form is refused with its name', async () => {
    await assert.rejects(temporary.store.query({ sql: 'SELECT toUInt256(1)', parameters: {} }), {
      code: 'STATEMENT_INVALID',
      message: /UInt256/,
    });
  });

  test('a block cut short is an error, not fewer rows', () => {
    const block = Buffer.from('\x01\x01a\x06UInt64' + '\x01'.repeat(11), 'latin1');
    assert.throws(() => [...decodeRows(block)], { code: 'STORE_FAILED' });
  });
});
