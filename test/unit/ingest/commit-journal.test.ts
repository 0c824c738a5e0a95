import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { CommitJournal } from '../../../aggregator/ingest/commit-journal.js';
import { behaviourRow } from '../../../aggregator/ingest/rows.js';
import type { Row } from '../../../aggregator/schema/row.js';
import { RowWriter } from '../../../aggregator/schema/row-writer.js';
import type { Table } from '../../../aggregator/schema/table.js';
import { tables } from '../../../aggregator/schema/tables.js';
import { silentLog, temporaryStore, type TemporaryStore } from '../store/temporary-store.js';

describe('a group commit that was cut off', () => {
  const earlier = Date.now() * 1000;
  const cut = earlier + 1;
  let temporary: TemporaryStore;
  before(async () => {
    temporary = await temporaryStore();
  });
  after(() => temporary.remove());

  async function insert(table: Table, row: Row): Promise<void> {
    const writer = new RowWriter(table);
    writer.append(row);
    await temporary.store.insertBytes(table, writer.bytes, writer.rowCount);
  }
  const behaviour = (receivedTime: number): Promise<void> =>
    insert(tables.behaviours, behaviourRow({ time: earlier }, { host: 'a', hostId: 'a', receivedTime }));
  const numbers = (receivedTime: number): Promise<void> =>
    insert(tables.batches, { host_id: 'a', boot_id: 'b', number: 1, received_time: receivedTime });
  const received = async (): Promise<readonly (readonly string[])[]> =>
    temporary.store.query({ sql: 'SELECT received_time FROM behaviours ORDER BY received_time', parameters: {} });

  /** An aggregator that begins a commit and is gone. */
  async function beginAndDie(): Promise<void> {
    const journal = newJournal();
    await journal.start();
    await journal.begin(cut);
    await journal.stop();
  }
  const newJournal = (): CommitJournal => new CommitJournal(temporary.directory, temporary.store, silentLog);

  beforeEach(async () => {
    for (const table of ['behaviours', 'batches']) {
      await temporary.store.command({ sql: `TRUNCATE TABLE ${table}`, parameters: {} });
    }
    await behaviour(earlier);
    await numbers(earlier);
  });

  test('before its numbers were stored: the next start deletes its rows, and no others', async () => {
    await beginAndDie();
    await behaviour(cut);
    const journal = newJournal();
    await journal.start();
    await journal.stop();
    assert.deepEqual(await received(), [[String(earlier)]]);
  });

  test('after its numbers were stored: it stays', async () => {
    await beginAndDie();
    await behaviour(cut);
    await numbers(cut);
    const journal = newJournal();
    await journal.start();
    assert.equal(await journal.undo(cut), false);
    await journal.stop();
    assert.deepEqual(await received(), [[String(earlier)], [String(cut)]]);
  });

  test('before any of its rows: nothing is there to delete', async () => {
    await beginAndDie();
    const journal = newJournal();
    await journal.start();
    await journal.stop();
    assert.deepEqual(await received(), [[String(earlier)]]);
  });

  test('is known by its time, which is in the file', async () => {
    await beginAndDie();
    assert.equal(Number(await readFile(join(temporary.directory, 'commit'), 'latin1')), cut);
  });
});
