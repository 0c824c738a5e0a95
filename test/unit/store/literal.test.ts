import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { render } from '../../../aggregator/store/literal.js';
import type { Parameter } from '../../../aggregator/store/store.js';
import { temporaryStore, type TemporaryStore } from './temporary-store.js';

function rendered(type: string, value: Parameter): string {
  return render({ sql: `{v:${type}}`, parameters: { v: value } });
}

describe('parameters in statements', () => {
  const cases: readonly (readonly [string, Parameter, string])[] = [
    ['String', 'plain', "'plain'"],
    ['String', "it's", "'it\\'s'"],
    ['String', '\\', "'\\\\'"],
    ['String', 'a\0b\nc', "'a\\x00b\\x0ac'"],
    ['String', '{v:String}', "'{v:String}'"],
    ['String', '\ud800', "'\uFFFD'"],
    ['UInt64', 18446744073709551615n, "CAST((18446744073709551615), 'UInt64')"],
    ['UInt64', '42', "CAST((42), 'UInt64')"],
    ['Int64', -1, "CAST((-1), 'Int64')"],
    ['Float64', 1e21, "CAST((1e+21), 'Float64')"],
    ['Bool', true, 'true'],
    ['IPv6', '::1', "CAST('::1', 'IPv6')"],
    ['Array(String)', ['a', "'"], "CAST(['a', '\\''], 'Array(String)')"],
    ['Array(UInt64)', [], "CAST([], 'Array(UInt64)')"],
  ];
  for (const [type, value, expected] of cases) {
    test(`${JSON.stringify(String(value))} as ${type}`, () => assert.equal(rendered(type, value), expected));
  }

  const refused: readonly (readonly [string, Parameter])[] = [
    ['UInt8', 256],
    ['UInt8', -1],
    ['Int8', 128],
    ['UInt64', 18446744073709551616n],
    ['UInt64', 1.5],
    ['UInt64', 2 ** 60],
    ['UInt64', '1; DROP TABLE behaviours'],
    ['Float64', Number.NaN],
    ['Float64', '1) OR (1'],
    ['String', 1],
    ['Bool', 'true'],
    ['Identifier', 'behaviours'],
    ["String') OR ('1' = '1", 'x'],
    ['Array(Identifier)', ['x']],
    ['Array(String)', 'x'],
    ['String', ['x']],
  ];
  for (const [type, value] of refused) {
    test(`${JSON.stringify(String(value))} as ${type} is refused`, () => {
      assert.throws(() => rendered(type, value), { code: 'STATEMENT_INVALID' });
    });
  }

  test('a missing or superfluous parameter is refused', () => {
    assert.throws(() => render({ sql: 'SELECT {a:String}', parameters: {} }), { code: 'STATEMENT_INVALID' });
    assert.throws(() => render({ sql: 'SELECT 1', parameters: { a: 'x' } }), { code: 'STATEMENT_INVALID' });
    assert.throws(() => render({ sql: 'SELECT {toString:String}', parameters: {} }), { code: 'STATEMENT_INVALID' });
  });

  test('braces in quoted text, quoted names and comments are left alone', () => {
    const sql = "SELECT '{a:b}', 'it\\'s {a:b}', `{c:d}`, \"{e:f}\" /* {g:h} */ -- {i:j}";
    assert.equal(render({ sql, parameters: {} }), sql);
  });
});

describe('parameters as the engine reads them', () => {
  let temporary: TemporaryStore;
  before(async () => {
    temporary = await temporaryStore([]);
  });
  after(() => temporary.remove());

  const echo = async (type: string, value: Parameter): Promise<string> => {
    const [[text = ''] = []] = await temporary.store.query({ sql: `SELECT {v:${type}}`, parameters: { v: value } });
    return text;
  };

  test('any text comes back as it was', async () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({
        unit: fc.constantFrom("'", '\\', '`', '"', '{', '}', ':', '-', '/', '*', ';', '\0', '\n', '\r', '😀', 'x', '0'),
      }),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => assert.equal(await echo('String', text), text)),
      { numRuns: 300 },
    );
  });

  test('any list of texts comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' })), async (list) => {
        assert.deepEqual(JSON.parse(await echo('Array(String)', list)), list);
      }),
      { numRuns: 100 },
    );
  });

  test('any 64-bit integer comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), async (value) => {
        assert.equal(await echo('UInt64', value), String(value));
      }),
      { numRuns: 50 },
    );
    assert.equal(await echo('Int64', -(1n << 63n)), '-9223372036854775808');
  });

  test('times are microseconds, addresses text', async () => {
    assert.equal(await echo("DateTime64(6, 'UTC')", 1_680_454_347_271_656), '1680454347271656');
    assert.equal(await echo('IPv6', '172.17.0.2'), '172.17.0.2');
    assert.equal(await echo('IPv6', '2001:db8::1'), '2001:db8::1');
  });
});
