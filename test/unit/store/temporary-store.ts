import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Table } from '../../../aggregator/schema/table.js';
import { allTables } from '../../../aggregator/schema/tables.js';
import { EmbeddedStore } from '../../../aggregator/store/embedded.js';
import type { StoreLog } from '../../../aggregator/store/engine-client.js';

export const silentLog: StoreLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface TemporaryStore {
  readonly store: EmbeddedStore;
  readonly directory: string;
  /** Stops the store and removes its directory. */
  readonly remove: () => Promise<void>;
}

/** A real store in a directory of its own. */
export async function temporaryStore(tables: readonly Table[] = allTables): Promise<TemporaryStore> {
  const directory = await mkdtemp(join(tmpdir(), 'panorama-store-'));
  const store = new EmbeddedStore({ dataDirectory: directory, tables, log: silentLog });
  await store.start();
  return {
    store,
    directory,
    remove: async () => {
      await store.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
