import { AggregatorError } from '../../aggregator/errors.js';
import { EmbeddedStore } from '../../aggregator/store/embedded.js';
import type { ResultRow } from '../../aggregator/store/store.js';
import { silentLog } from '../unit/store/temporary-store.js';
import { until } from '../support/until.js';

/** What is on disk in the data directory of an aggregator that has stopped or was killed. */
export async function onDisk(directory: string, sql: string): Promise<readonly ResultRow[]> {
  const store = new EmbeddedStore({ dataDirectory: directory, tables: [], log: silentLog });
  // The engine of a killed aggregator holds the lock for the moment it takes to notice.
  await until('the data directory is free', async () => {
    try {
      await store.start();
      return true;
    } catch (error) {
      if (error instanceof AggregatorError && error.code === 'DATA_DIRECTORY') return false;
      throw error;
    }
  });
  try {
    return await store.query({ sql, parameters: {} });
  } finally {
    await store.stop();
  }
}
