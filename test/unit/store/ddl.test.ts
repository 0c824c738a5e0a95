import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { allTables } from '../../../aggregator/schema/tables.js';
import { addColumns } from '../../../aggregator/store/ddl.js';
import { clickhouseTypes } from '../../../aggregator/schema/clickhouse.js';
import { temporaryStore, type TemporaryStore } from './temporary-store.js';

describe('tables as the engine has them', () => {
  let temporary: TemporaryStore;
  before(async () => {
    temporary = await temporaryStore();
  });
  after(() => temporary.remove());

  const ask = async (sql: string, table: string): Promise<readonly (readonly string[])[]> =>
    temporary.store.query({ sql, parameters: { table } });

  /** X5: power loss was measured with exactly these; one missing loses acknowledged rows or the whole database. */
  const required = {
    fsync_after_insert: 1,
    fsync_part_directory: 1,
    min_rows_to_fsync_after_merge: 1,
    min_compressed_bytes_to_fsync_after_merge: 1,
    old_parts_lifetime: 480,
    max_suspicious_broken_parts: 1_000_000,
    max_suspicious_broken_parts_bytes: 1_000_000_000_000,
    ttl_only_drop_parts: 1,
  };

  for (const table of allTables) {
    describe(table.name, () => {
      test('has every durability setting', async () => {
        const [[sql = ''] = []] = await ask(
          'SELECT create_table_query FROM system.tables WHERE name = {table:String}',
          table.name,
        );
        for (const [name, value] of Object.entries(required)) {
          assert.match(sql, new RegExp(`\\b${name} = ${value}\\b`));
        }
      });

      test('is cut by day and expires by the same time', async () => {
        const [[sql = '', partition = ''] = []] = await ask(
          'SELECT create_table_query, partition_key FROM system.tables WHERE name = {table:String}',
          table.name,
        );
        assert.equal(partition, `toYYYYMMDD(${table.time})`);
        assert.ok(sql.includes(`TTL ${table.time} + toIntervalDay(${table.retentionDays})`), sql);
      });

      test('has every column with its type and ZSTD(1)', async () => {
        const columns = await ask(
          'SELECT name, type, compression_codec FROM system.columns WHERE table = {table:String} ORDER BY position',
          table.name,
        );
        assert.deepEqual(
          columns.map(([name, type]) => [name, type]),
          table.columns.map((column) => [column.name, clickhouseTypes[column.type]]),
        );
        for (const [name, , codec] of columns) assert.match(codec ?? '', /ZSTD\(1\)/, name);
      });

      test('has its engine, sort key and indexes', async () => {
        const [[engine, key] = []] = await ask(
          'SELECT engine, sorting_key FROM system.tables WHERE name = {table:String}',
          table.name,
        );
        assert.equal(engine, table.version === undefined ? 'MergeTree' : 'ReplacingMergeTree');
        assert.equal(key?.replace(/^\((\w+)\)$/, '$1'), table.orderBy.join(', '));
        const indexes = await ask(
          'SELECT name FROM system.data_skipping_indices WHERE table = {table:String}',
          table.name,
        );
        assert.equal(indexes.length, (table.indexes?.length ?? 0) + 1);
      });
    });
  }

  test('there are no system logs that could fill the disk', async () => {
    await temporary.store.query({ sql: 'SELECT 1', parameters: {} });
    const logs = await temporary.store.query({
      sql: "SELECT name FROM system.tables WHERE database = 'system' AND endsWith(name, '_log')",
      parameters: {},
    });
    assert.deepEqual(logs, []);
  });
});

describe('a table of an older version', () => {
  test('gets the columns that it lacks, and no others', () => {
    const [table] = allTables;
    assert.ok(table);
    const names = table.columns.map((column) => column.name);
    assert.equal(addColumns(table, new Set(names)), null);
    const last = names.at(-1) ?? '';
    const statement = addColumns(table, new Set(names.slice(0, -1)));
    assert.match(
      statement ?? '',
      new RegExp(`^ALTER TABLE ${table.name} ADD COLUMN ${last} \\S+ CODEC\\(ZSTD\\(1\\)\\)$`),
    );
  });
});
