import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { compileFilter } from '../../../aggregator/query/filter/filter.js';
import { conditionPredicate } from '../../../aggregator/query/filter/predicate.js';
import { conditionSql } from '../../../aggregator/query/filter/sql.js';
import type { Row, RowValue } from '../../../aggregator/schema/row.js';
import { RowWriter } from '../../../aggregator/schema/row-writer.js';
import type { Column, Table } from '../../../aggregator/schema/table.js';
import { tables } from '../../../aggregator/schema/tables.js';
import { temporaryStore, type TemporaryStore } from '../store/temporary-store.js';

/* The same filter as SQL in the real engine and as a predicate: they must select the same rows. */

/** Not long ago: the store drops what is older than it is to be kept. */
const milliseconds = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 2 * 86_400_000;
const firstTime = milliseconds * 1000;
const [yesterday, today] = [-86_400_000, 0].map((offset) => new Date(milliseconds + offset).toISOString().slice(0, 10));
const minute = 60_000_000;

/** Few characters, so that random filters hit random rows; all that has a meaning in SQL, LIKE, RE2 or TSV. */
const characters = [
  'a',
  'b',
  'B',
  'ä',
  'Ä',
  '\u{1f600}',
  '/',
  '.',
  '%',
  '_',
  '\\',
  "'",
  '"',
  '\n',
  '\t',
  '\0',
  ' ',
  '-',
  '{',
  '(',
  '*',
  '1',
];
const text = fc.string({ unit: fc.constantFrom(...characters), maxLength: 6 });
const address = fc.constantFrom(
  '',
  '10.0.0.1',
  '10.0.0.2',
  '10.1.2.3',
  '192.168.0.1',
  '2001:db8::1',
  '2001:db8::ff',
  'fe80::1',
  '255.255.255.255',
);
const small = fc.constantFrom(0, 1, 2, 22, 255);

function columnValue(column: Column): fc.Arbitrary<RowValue> {
  switch (column.type) {
    case 'text':
    case 'word':
      return text;
    case 'text[]':
      return fc.array(text, { maxLength: 3 });
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return small;
    case 'uint64':
      return fc.oneof(small, fc.constantFrom(2 ** 53 - 1, 2n ** 53n + 1n, 2n ** 64n - 1n));
    case 'uint64[]':
      return fc.array(fc.oneof(small, fc.constant(2n ** 64n - 1n)), { maxLength: 3 });
    case 'double':
      return fc.constantFrom(0, 0.25, 0.5, 0.9, 1);
    case 'time':
      return fc.integer({ min: -3, max: 5 }).map((minutes) => firstTime + minutes * minute + 123_456);
    case 'address':
      return address;
  }
}

/** Rows numbered from 0 in `number`, a column that no filter here asks for. */
function randomRows(table: Table, number: string, count: number): readonly Row[] {
  const row = fc.record(Object.fromEntries(table.columns.map((column) => [column.name, columnValue(column)])));
  return fc.sample(row, { numRuns: count, seed: 7 }).map((made, index) => ({
    ...made,
    [number]: index,
    // Rows with equal keys would replace each other.
    ...(table.version === undefined ? {} : { session_id: `${String(made['session_id'])}${index}` }),
  }));
}

const escapeWord = (value: string): string => (value === '' ? '""' : value.replace(/[^\w.]/gu, '\\$&'));
const quote = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;
const pattern = fc
  .array(
    fc.oneof(
      text.map((value) => (value === '' ? '' : escapeWord(value))),
      fc.constantFrom('*', '?'),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join('') || '*');
const regex = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      '.',
      '.*',
      'ä',
      '(?i)B',
      '(?i:ä)',
      '^',
      '$',
      '\\b',
      '\\B',
      '[a-b]',
      '[^a]',
      '\\d',
      '\\s',
      '\\S+',
      '\\W',
      '(a|b|)',
      'a{0,2}',
      '(?:ab)+?',
      '\\x{1f600}',
      '[[:alpha:]]',
      '\\n',
      "'",
      '\\\\',
      '(?-s).',
      '{',
      '%',
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => `/${parts.join('')}/`);

const textValue = fc.oneof(text.map(escapeWord), text.map(quote), pattern, regex);
const integer = fc.oneof(
  small.map(String),
  fc.tuple(small, small).map(([low, high]) => `${low}..${high}`),
  fc.constantFrom('..22', '2..', '18446744073709551615', '9007199254740993'),
);
const networks = fc.constantFrom(
  '10.0.0.0/8',
  '10.0.0.1',
  '0.0.0.0/0',
  '::/0',
  '2001:db8::/120',
  '10.0.0.1..10.1.0.0',
  '2001:db8::1..',
  'fe80::1',
  '10.0.0.3/30',
);
const times = fc.constantFrom(
  `${today}`,
  `${yesterday}`,
  `${today}T00:01`,
  `${today}T00:02:00`,
  `${today}T00:02:00.123456`,
  `${yesterday}..${today}T00:01`,
  `${today}T01:02:00.123456+01:00`,
);
const order = fc.constantFrom('>', '>=', '<', '<=');
const noRange = (value: string): boolean => !value.includes('..');

function fieldTerm(column: Column): fc.Arbitrary<string> {
  const names = fc.constantFrom(column.name, ...(column.groups ?? []).filter((group) => group !== 'word'));
  const equality = fc.constantFrom(':', '=', '!=');
  const term = (values: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.oneof(
      fc.tuple(names, equality, values).map((parts) => parts.join('')),
      fc.tuple(names, order, values.filter(noRange)).map((parts) => parts.join('')),
    );
  switch (column.type) {
    case 'text':
    case 'word':
    case 'text[]':
      return fc.tuple(names, equality, textValue).map((parts) => parts.join(''));
    case 'uint8':
      return term(small.map(String));
    case 'uint16':
    case 'uint32':
      return term(integer.filter((value) => value.length < 9));
    case 'uint64':
    case 'uint64[]':
      return term(integer);
    case 'double':
      return term(fc.constantFrom('0', '0.5', '0.25..0.9', '1'));
    case 'time':
      return term(times);
    case 'address':
      return term(networks);
  }
}

function randomFilter(table: Table, number: string): fc.Arbitrary<string> {
  const columns = table.columns.filter((column) => column.name !== number);
  const { filter } = fc.letrec<{ filter: string }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.oneof(fc.constantFrom(...columns).chain(fieldTerm), textValue, networks.filter(noRange)),
      tie('filter').map((operand) => `NOT (${operand})`),
      fc
        .tuple(tie('filter'), fc.constantFrom('AND', 'OR', ''), tie('filter'))
        .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    ),
  }));
  return filter;
}

describe('SQL and predicate of a filter', () => {
  let temporary: TemporaryStore;
  before(async () => {
    temporary = await temporaryStore();
  });
  after(() => temporary.remove());

  const cases: readonly (readonly [table: Table, number: string])[] = [
    [tables.behaviours, 'connection_id'],
    [tables.sessions, 'flow_packets'],
    [tables.flows, 'packets'],
  ];
  for (const [table, number] of cases) {
    test(`select the same ${table.name}`, async () => {
      const rows = randomRows(table, number, 150);
      const writer = new RowWriter(table);
      for (const row of rows) writer.append(row);
      await temporary.store.insertBytes(table, writer.bytes, writer.rowCount);
      await fc.assert(
        fc.asyncProperty(randomFilter(table, number), async (filter) => {
          const condition = compileFilter(filter, table);
          const { sql, parameters } = conditionSql(condition, table);
          const found = await temporary.store.query({
            sql: `SELECT ${number} FROM ${table.name} WHERE ${sql} ORDER BY ${number}`,
            parameters,
          });
          const predicate = conditionPredicate(condition);
          const passed = rows.flatMap((row, index) => (predicate(row) ? [String(index)] : []));
          assert.deepEqual(found.flat(), passed);
        }),
        { numRuns: 250 },
      );
    });
  }

  test('meet the rows they are meant to', async () => {
    const count = async (filter: string, table: Table): Promise<number> => {
      const { sql, parameters } = conditionSql(compileFilter(filter, table), table);
      const found = await temporary.store.query({ sql: `SELECT count() FROM ${table.name} WHERE ${sql}`, parameters });
      return Number(found[0]?.[0]);
    };
    const all = await count('', tables.behaviours);
    assert.equal(all, 150);
    const inTen = await count('address:10.0.0.0/8', tables.behaviours);
    assert.ok(inTen > 0 && inTen < all);
    assert.equal(await count('NOT address:10.0.0.0/8', tables.behaviours), all - inTen);
    assert.ok((await count('path:ab', tables.behaviours)) > 0);
    assert.ok((await count('operation:/^a.*b$/', tables.behaviours)) >= 0);
  });
});
