import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { RowWriter } from '../../../aggregator/schema/row-writer.js';
import { tables } from '../../../aggregator/schema/tables.js';
import { EmbeddedStore } from '../../../aggregator/store/embedded.js';
import { silentLog, temporaryStore, type TemporaryStore } from './temporary-store.js';

const none = {};
/** Minutes of work, unless it is stopped. */
const endless = 'SELECT max(sipHash64(number)) FROM numbers(100000000000)';

function rejectedLine(line: number): RowWriter {
  const writer = new RowWriter(tables.rejectedLines);
  writer.append({
    received_time: Date.now() * 1000,
    format: 'f',
    source: 's',
    line_number: line,
    reason: 'r',
    raw: 'x',
  });
  return writer;
}

async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `not within 20 s: ${what}`);
    await delay(20);
  }
}

describe('the embedded store', () => {
  let temporary: TemporaryStore;
  let store: EmbeddedStore;
  before(async () => {
    temporary = await temporaryStore();
    store = temporary.store;
  });
  after(() => temporary.remove());

  const count = async (sql: string): Promise<number> => Number((await store.query({ sql, parameters: none }))[0]?.[0]);

  test('streams a result in blocks, to its end', async () => {
    let rows = 0;
    let blocks = 0;
    for await (const block of store.stream({
      sql: 'SELECT number FROM numbers({n:UInt64})',
      parameters: { n: 200_000 },
    })) {
      rows += block.length;
      blocks += 1;
    }
    assert.equal(rows, 200_000);
    assert.ok(blocks > 10);
  });

  test('an error in the middle of a stream is an error, not its end', async () => {
    const statement = { sql: 'SELECT throwIf(number = 900000) FROM numbers(1000000)', parameters: none };
    await assert.rejects(
      async () => {
        for await (const block of store.stream(statement)) assert.ok(block.length > 0);
      },
      { code: 'STORE_FAILED' },
    );
  });

  test('a query past its time or memory fails with QUERY_LIMIT', async () => {
    await assert.rejects(store.query({ sql: endless, parameters: none }, { seconds: 1 }), { code: 'QUERY_LIMIT' });
    await assert.rejects(
      store.query(
        { sql: 'SELECT number, count() FROM numbers(50000000) GROUP BY number', parameters: none },
        { memoryBytes: 50_000_000 },
      ),
      { code: 'QUERY_LIMIT' },
    );
    // and the next query on that session has its own limits again
    assert.equal(await count('SELECT count() FROM numbers(10)'), 10);
  });

  test('an aborted stream fails and its query ends in the engine', async () => {
    const controller = new AbortController();
    const reading = (async () => {
      for await (const block of store.stream({ sql: endless, parameters: none }, {}, controller.signal))
        assert.ok(block);
    })();
    await eventually(async () => (await running()) === 1, 'the query runs');
    controller.abort();
    await assert.rejects(reading, { code: 'QUERY_CANCELLED' });
    await eventually(async () => (await running()) === 0, 'the query has ended');
  });

  const running = (): Promise<number> =>
    count(
      "SELECT count() FROM system.processes WHERE position(query, 'numbers(100000000000)') > 0 AND position(query, 'system.processes') = 0",
    );

  test('more streams that were left early than there are sessions do no harm', async () => {
    for (let index = 0; index < 30; index += 1) {
      for await (const block of store.stream({ sql: 'SELECT number FROM numbers(10000000)', parameters: none })) {
        assert.ok(block.length > 0);
        break;
      }
    }
    assert.equal(await count('SELECT 1'), 1);
  });

  test('a quick query with parameters does not wait for slow ones', async () => {
    const slow = Array.from({ length: 4 }, () =>
      store.query({ sql: endless, parameters: none }, { seconds: 3 }).catch(() => undefined),
    );
    let slowEnded = false;
    const all = Promise.all(slow).then(() => (slowEnded = true));
    const rows = await store.query({ sql: 'SELECT {a:String}', parameters: { a: 'quick' } });
    assert.deepEqual(rows, [['quick']]);
    assert.equal(slowEnded, false);
    await all;
  });

  test('an insert does not wait for queries, however many', async () => {
    const slow = Array.from({ length: 12 }, () =>
      store.query({ sql: endless, parameters: none }, { seconds: 2 }).catch(() => undefined),
    );
    let slowEnded = false;
    const all = Promise.all(slow).then(() => (slowEnded = true));
    const writer = rejectedLine(1);
    await store.insertBytes(tables.rejectedLines, writer.bytes, writer.rowCount);
    assert.equal(slowEnded, false);
    await all;
    assert.equal(await count('SELECT count() FROM rejected_lines'), 1);
  });

  test('bytes that are no rows are refused', async () => {
    await assert.rejects(store.insertBytes(tables.rejectedLines, Uint8Array.of(1, 2, 3), 1), { code: 'STORE_FAILED' });
  });

  test('an engine that dies fails what it worked on, and runs again with all that was stored', async () => {
    const before = await count('SELECT count() FROM rejected_lines');
    const lost = store.query({ sql: endless, parameters: none });
    await eventually(async () => (await running()) === 1, 'the query runs');
    const engine = store.engineProcessId;
    assert.ok(engine);
    process.kill(engine, 'SIGKILL');
    await assert.rejects(lost, { code: 'STORE_FAILED' });
    assert.equal(await count('SELECT count() FROM rejected_lines'), before);
    assert.equal(store.deaths, 1);
    assert.notEqual(store.engineProcessId, engine);
  });

  test('its data directory cannot be opened twice', async () => {
    const second = new EmbeddedStore({ dataDirectory: temporary.directory, tables: [], log: silentLog });
    await assert.rejects(second.start(), { code: 'DATA_DIRECTORY', message: /Another aggregator uses/ });
    assert.equal(await count('SELECT 1'), 1);
  });
});

describe('opening and closing', () => {
  test('what was stored is there after a restart', async () => {
    const temporary = await temporaryStore();
    const writer = rejectedLine(7);
    await temporary.store.insertBytes(tables.rejectedLines, writer.bytes, writer.rowCount);
    await temporary.store.stop();
    await temporary.store.start();
    const rows = await temporary.store.query({ sql: 'SELECT line_number FROM rejected_lines', parameters: none });
    assert.deepEqual(rows, [['7']]);
    await temporary.remove();
  });

  test('without memory file system, inserts go through the data directory and leave nothing behind', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'panorama-store-'));
    const store = new EmbeddedStore({
      dataDirectory: directory,
      tables: [tables.rejectedLines],
      log: silentLog,
      memoryDirectory: join(directory, 'missing'),
    });
    await store.start();
    const writer = rejectedLine(7);
    await store.insertBytes(tables.rejectedLines, writer.bytes, writer.rowCount);
    assert.deepEqual(await readdir(join(directory, 'inserts')), []);
    assert.deepEqual(await store.query({ sql: 'SELECT count() FROM rejected_lines', parameters: none }), [['1']]);
    await store.stop();
    await rm(directory, { recursive: true });
  });

  test('a data directory that is a file is one clear sentence', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'panorama-store-'));
    const file = join(directory, 'file');
    await writeFile(file, '');
    const store = new EmbeddedStore({ dataDirectory: file, tables: [], log: silentLog });
    await assert.rejects(store.start(), { code: 'DATA_DIRECTORY', message: /cannot be used/ });
    await rm(directory, { recursive: true });
  });

  test('a store that is not open says so', async () => {
    const store = new EmbeddedStore({ dataDirectory: '/nonexistent', tables: [], log: silentLog });
    await assert.rejects(store.query({ sql: 'SELECT 1', parameters: none }), { code: 'STORE_UNAVAILABLE' });
  });
});
