import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Table } from '../schema/table.js';
import { tables } from '../schema/tables.js';
import type { StoreLog } from '../store/engine-client.js';
import type { Store } from '../store/store.js';

const width = 20;
const agentTables: readonly Table[] = [tables.behaviours, tables.connections];

/**
 * Makes a group commit all or nothing though it writes several tables. Before a group's rows go to the store
 * its received time, which no other group has, is on disk here; last of all the group's batch numbers go
 * to `batches`. A group whose time is here but not there was cut off in between: nobody was told that it is
 * stored, its agents send it again, and what there is of it is deleted first.
 */
export class CommitJournal {
  #file: FileHandle | null = null;

  constructor(
    readonly dataDirectory: string,
    readonly store: Store,
    readonly log: StoreLog,
  ) {}

  async start(): Promise<void> {
    const path = join(this.dataDirectory, 'commit');
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#file = file;
    await file.sync();
    const directory = await open(this.dataDirectory, 'r');
    await directory.sync();
    await directory.close();
    const text = (await file.read(Buffer.alloc(width), 0, width, 0)).buffer.toString('latin1');
    const time = /^\d{20}$/.test(text) ? Number(text) : 0;
    if (time > 0) await this.undo(time);
  }

  async stop(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  /** On disk when it resolves. */
  async begin(receivedTime: number): Promise<void> {
    await this.#file?.write(String(receivedTime).padStart(width, '0'), 0, 'latin1');
    await this.#file?.datasync();
  }

  /** Deletes what there is of a group that was cut off. False: it is stored as a whole, nothing was deleted. */
  async undo(receivedTime: number): Promise<boolean> {
    if ((await this.#count(tables.batches, receivedTime)) > 0) return false;
    for (const table of agentTables) {
      const rows = await this.#count(table, receivedTime);
      if (rows === 0) continue;
      this.log.warn(
        { table: table.name, rows },
        'deleting rows of a commit that was cut off; their agents send them again',
      );
      await this.store.command({
        sql: `ALTER TABLE ${table.name} DELETE WHERE received_time = {time:DateTime64(6, 'UTC')} SETTINGS mutations_sync = 1`,
        parameters: { time: receivedTime },
      });
    }
    return true;
  }

  async #count(table: Table, receivedTime: number): Promise<number> {
    const rows = await this.store.query({
      sql: `SELECT count() FROM ${table.name} WHERE received_time = {time:DateTime64(6, 'UTC')}`,
      parameters: { time: receivedTime },
    });
    return Number(rows[0]?.[0] ?? 0);
  }
}
