import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aggregatorAddress } from '../../../cli/client.js';
import { UsageError } from '../../../cli/errors.js';
import { outputForm, parseArguments, rowLimit, searchedTable, timeRange } from '../../../cli/input/options.js';
import { parseMoment } from '../../../cli/input/moment.js';

const now = Date.UTC(2026, 0, 31, 12) * 1000;
const local = (...parts: readonly [number, number, number, number, number, number]): number =>
  new Date(...parts).getTime() * 1000;

describe('moments', () => {
  const cases: readonly (readonly [text: string, first: number])[] = [
    ['now', now],
    ['30m', now - 30 * 60_000_000],
    ['1h', now - 3_600_000_000],
    ['2d', now - 2 * 86_400_000_000],
    ['1w', now - 7 * 86_400_000_000],
    ['45s', now - 45_000_000],
    ['2026-01-30', local(2026, 0, 30, 0, 0, 0)],
    ['2026-01-30 23:59', local(2026, 0, 30, 23, 59, 0)],
    ['2026-01-30 23:59:58', local(2026, 0, 30, 23, 59, 58)],
    ['2026-01-30T23:59:58.123456Z', Date.UTC(2026, 0, 30, 23, 59, 58) * 1000 + 123_456],
    ['2026-01-30T23:59:58.5+02:00', Date.UTC(2026, 0, 30, 21, 59, 58) * 1000 + 500_000],
  ];
  for (const [text, first] of cases) {
    test(text, () => {
      assert.equal(parseMoment(text, now)?.first, first);
    });
  }

  for (const text of [
    '',
    'yesterday',
    '1x',
    '-1h',
    '2026-02-30',
    '2026-01-30 24:00',
    '2026-01-30 10:60',
    '1.5h',
    '2026-13-01',
  ]) {
    test(`${JSON.stringify(text)} is none`, () => {
      assert.equal(parseMoment(text, now), undefined);
    });
  }

  test('--until a day means all of it', () => {
    const { until } = timeRange(undefined, '2026-01-30', now);
    assert.equal(until, local(2026, 0, 31, 0, 0, 0) - 1);
  });

  test('a range that is empty is a mistake', () => {
    assert.throws(() => timeRange('1h', '2h', now), new UsageError('--since is later than --until'));
  });
});

describe('options', () => {
  test('known ones and positionals', () => {
    const { positionals, values } = parseArguments(['user:bob', '--since', '1h', '-o', 'json'], ['since', 'output']);
    assert.deepEqual([...positionals], ['user:bob']);
    assert.deepEqual({ ...values }, { since: '1h', output: 'json' });
  });

  test('a filter that begins with - goes after --', () => {
    assert.deepEqual([...parseArguments(['--', '-user:bob'], []).positionals], ['-user:bob']);
    assert.throws(
      () => parseArguments(['-user:bob'], []),
      /^UsageError: there is no option -u; a filter that begins with - goes last, after --$/,
    );
  });

  const mistakes: readonly (readonly [what: string, parse: () => unknown, message: RegExp])[] = [
    ['-o xml', () => outputForm('xml'), /-o takes table, json, csv, not "xml"/],
    [
      '--from users',
      () => searchedTable('users'),
      /--from takes behaviours, connections, flows, sessions, not "users"/,
    ],
    ['--limit 0', () => rowLimit('0'), /--limit takes a number of rows from 1, not "0"/],
    ['--limit many', () => rowLimit('many'), /--limit/],
    ['--since', () => parseArguments(['--since'], ['since']), /argument missing/],
    ['--aggregator host', () => aggregatorAddress('host'), /--aggregator takes HOST:PORT, not "host"/],
    ['--aggregator host:0', () => aggregatorAddress('host:0'), /--aggregator takes HOST:PORT/],
  ];
  for (const [what, parse, message] of mistakes) {
    test(`${what} is a mistake`, () => {
      assert.throws(parse, (error) => error instanceof UsageError && message.test(error.message));
    });
  }

  test('HOST:PORT may be a name, IPv4 or IPv6', () => {
    for (const address of ['localhost:7443', '10.0.0.1:1', '[::1]:65535'])
      assert.equal(aggregatorAddress(address), address);
  });
});
