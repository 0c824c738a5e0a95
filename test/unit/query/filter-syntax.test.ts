import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AggregatorError } from '../../../aggregator/errors.js';
import { searchable } from '../../../aggregator/query/filter/fields.js';
import { compileFilter } from '../../../aggregator/query/filter/filter.js';
import { parseFilter } from '../../../aggregator/query/filter/parser.js';
import { printFilter } from '../../../aggregator/query/filter/print.js';
import type { Filter } from '../../../aggregator/query/filter/syntax.js';
import { tables } from '../../../aggregator/schema/tables.js';
import { anyFilter, withoutPlaces } from './arbitrary-filter.js';

const trees: readonly (readonly [filter: string, printed: string])[] = [
  ['', ''],
  ['   ', ''],
  ['user:bob', 'user:bob'],
  ['user=bob', 'user=bob'],
  ['user != bob', 'NOT user=bob'],
  ['bytes>1000', 'bytes>1000'],
  ['bytes >= 1000', 'bytes>=1000'],
  ['bytes:10..20', 'bytes:10..20'],
  ['bytes:10..', 'bytes:10..'],
  ['address:10.0.0.0/8', 'address:10.0.0.0\\/8'],
  ['address:2001:db8::/32', 'address:2001\\:db8\\:\\:\\/32'],
  ['2001:db8::1', '2001\\:db8\\:\\:1'],
  ['10.0.0.1:22', '10.0.0.1\\:22'],
  ['path:/etc/passwd', 'path:\\/etc\\/passwd'],
  ['path:/tmp/', 'path:/tmp/'],
  ['path:"/tmp/"', 'path:"/tmp/"'],
  ['path:/\\.txt$/', 'path:/\\.txt$/'],
  ['/a b\\/c/', '/a b\\/c/'],
  ['comm:ssh*', 'comm:ssh*'],
  ['comm:s?h**', 'comm:s?h*'],
  ['comm:a\\*b', 'comm:a\\*b'],
  ['"two words" one', '"two words" AND one'],
  ['"a \\"quote\\" and \\\\"', '"a \\"quote\\" and \\\\"'],
  ['a b', 'a AND b'],
  ['a AND b OR c', '(a AND b) OR c'],
  ['a (b OR c)', 'a AND (b OR c)'],
  ['NOT a', 'NOT a'],
  ['-a', 'NOT a'],
  ['-user:bob', 'NOT user:bob'],
  ['NOT NOT a', 'NOT NOT a'],
  ['a-b', 'a\\-b'],
  ['and or not', 'and AND or AND not'],
  ['\\AND', '\\AND'],
  ['user:(root OR bob)', 'user:root OR user:bob'],
  ['user!=(root OR bob)', 'NOT (user=root OR user=bob)'],
  ['port:(22 OR 1024..2048)', 'port:22 OR port:1024..2048'],
  ['user:(-root)', 'NOT user:root'],
  ['*', '*'],
];

describe('the syntax of filters', () => {
  for (const [filter, printed] of trees) {
    test(`${JSON.stringify(filter)} says ${JSON.stringify(printed)}`, () => {
      assert.equal(printFilter(parseFilter(filter)), printed);
    });
  }

  test('what is printed parses into the same tree', () => {
    fc.assert(
      fc.property(anyFilter(), (filter: Filter) => {
        assert.deepEqual(withoutPlaces(parseFilter(printFilter(filter))), withoutPlaces(filter));
      }),
      { numRuns: 1000 },
    );
  });
});

const errors: readonly (readonly [filter: string, message: string])[] = [
  ['bob usr:x', 'unknown field "usr" at column 5, did you mean "user"?\n  bob usr:x\n      ^'],
  ['http://x', 'unknown field "http" at column 1: a text with a colon needs quotes\n  http://x\n  ^'],
  ['action:x', 'unknown field "action" at column 1: behaviours have none, but flows and sessions do\n  action:x\n  ^'],
  ['a )', '")" without "(" at column 3\n  a )\n    ^'],
  ['(a', 'the parenthesis is not closed that opens at column 1\n  (a\n  ^'],
  ['a "b', 'the quote is not closed that opens at column 3\n  a "b\n    ^'],
  ['a AND', 'expected a value, not the end at column 6\n  a AND\n       ^'],
  ['OR a', 'expected a value, not OR at column 1\n  OR a\n  ^'],
  ['user:', '"user" needs a value at column 6\n  user:\n       ^'],
  ['user: bob', '"user" needs a value at column 6\n  user: bob\n       ^'],
  ['=x', '"=x" has no field before it at column 1\n  =x\n  ^'],
  ['user:(comm:x)', 'a list of user holds values only, not "comm:" at column 7\n  user:(comm:x)\n        ^'],
  ['bytes>(1 OR 2)', '">" takes one value, not a list, at column 7\n  bytes>(1 OR 2)\n        ^'],
  ['user>bob', '"user" is text and has no order at column 1: use ":" or "="\n  user>bob\n  ^'],
  [
    'bytes:many',
    '"bytes" takes an integer from 0 to 18446744073709551615, not "many" at column 7\n  bytes:many\n        ^',
  ],
  ['port:65536', '"port" takes an integer from 0 to 65535, not "65536" at column 6\n  port:65536\n       ^'],
  ['port:2*', '"port" takes an integer from 0 to 65535, not "2*" at column 6\n  port:2*\n       ^'],
  [
    'address:10.0.0',
    '"address" takes an address or a network as 10.0.0.0/8 or fd00::/8, not "10.0.0" at column 9\n  address:10.0.0\n          ^',
  ],
  [
    'time>yesterday',
    '"time" takes a time as 2026-01-31, 2026-01-31T23:59 or 2026-01-31T23:59:59.123456, in UTC, not "yesterday" at column 6\n  time>yesterday\n       ^',
  ],
  ['comm:/a(b/', 'bad regular expression: a group is not closed at column 8\n  comm:/a(b/\n         ^'],
  ['/(a)\\1/', 'bad regular expression: back-references are not supported at column 5\n  /(a)\\1/\n      ^'],
  [
    '/(?=a)/',
    'bad regular expression: look-around and other (?…) groups are not supported at column 2\n  /(?=a)/\n   ^',
  ],
  ['/(x{1000}){1000}/', 'the regular expression is too large at column 1\n  /(x{1000}){1000}/\n  ^'],
  [
    'näm\u0007 \u{1f600} usr:x',
    'unknown field "usr" at column 8, did you mean "user"?\n  näm  \u{1f600} usr:x\n         ^',
  ],
];

describe('a filter that is wrong', () => {
  for (const [filter, message] of errors) {
    test(`${JSON.stringify(filter)}: ${message.split('\n')[0] ?? ''}`, () => {
      assert.throws(() => compileFilter(filter, tables.behaviours), { code: 'FILTER_SYNTAX', message });
    });
  }

  test('too long, too deep, too many terms: an error, not an exhausted stack', () => {
    assert.throws(() => parseFilter('a'.repeat(10_001)), { message: /longer than 10000 characters/ });
    assert.throws(() => parseFilter('('.repeat(5000)), { message: /more than 50 levels of nesting/ });
    assert.throws(() => parseFilter('-'.repeat(5000) + 'a'), { message: /more than 50 levels of nesting/ });
    assert.throws(() => parseFilter('a '.repeat(501)), { message: /more than 500 terms/ });
  });

  test('throws nothing but FILTER_SYNTAX, whatever comes', () => {
    const pieces = fc.oneof(
      fc.constantFrom(
        'user:',
        'path:',
        'port',
        'address=',
        'time>',
        '(',
        ')',
        '"',
        '/',
        '\\',
        '-',
        ' ',
        'AND',
        'OR',
        'NOT',
        '..',
        '*',
        '[',
        '{',
        '1',
        '::',
        '(?',
      ),
      fc.string({ unit: 'binary' }),
    );
    const input = fc.oneof(
      fc.array(pieces).map((parts) => parts.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(input, fc.constantFrom(...searchable), (text, table) => {
        try {
          compileFilter(text, table);
        } catch (error) {
          assert.ok(error instanceof AggregatorError, String(error));
          assert.equal(error.code, 'FILTER_SYNTAX');
        }
      }),
      { numRuns: 5000 },
    );
  });
});
