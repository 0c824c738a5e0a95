import { Session } from 'chdb';
import type { EngineLimits } from './protocol.js';

/**
 * For every session. The engine's own logs and profilers are for servers: here they would fill the disk.
 * A batch may span any number of days, that is partitions. One insert is one block is one part per
 * partition, so that it is stored as a whole. Skip indexes are made when parts are merged: a part fresh from
 * an insert is small enough to be read whole, and making them costs a third of the insert.
 */
const sessionSettings = [
  'log_queries = 0',
  'log_processors_profiles = 0',
  'query_profiler_real_time_period_ns = 0',
  'query_profiler_cpu_time_period_ns = 0',
  'max_partitions_per_insert_block = 0',
  'min_insert_block_size_rows = 1000000000',
  'min_insert_block_size_bytes = 1000000000',
  'materialize_skip_indexes_on_insert = 0',
].join(', ');

/** One connection and the limits that were last set on it: settings stay with a session. */
export class PooledSession {
  #limits = '';

  constructor(readonly connection: Session) {}

  async limit(limits: EngineLimits): Promise<void> {
    const wanted =
      `max_execution_time = ${limits.seconds}, max_memory_usage = ${limits.memoryBytes}, ` +
      `max_result_bytes = ${limits.resultBytes}`;
    if (wanted === this.#limits) return;
    await this.connection.queryAsync(`SET ${this.#limits === '' ? `${sessionSettings}, ` : ''}${wanted}`);
    this.#limits = wanted;
  }

  /** A failed query stays in the engine, with its memory, until the session runs another one. */
  async settle(): Promise<void> {
    await this.connection.queryAsync('SELECT 1', { format: 'TSV' }).catch(() => undefined);
  }
}

/** Sessions on one database, opened when first needed; who finds none free waits in line. */
export class SessionPool {
  readonly #free: PooledSession[] = [];
  readonly #all: PooledSession[] = [];
  readonly #waiting: ((session: PooledSession) => void)[] = [];

  constructor(
    readonly directory: string,
    readonly size: number,
  ) {}

  async acquire(): Promise<PooledSession> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#all.length < this.size) {
      const session = new PooledSession(new Session(this.directory));
      this.#all.push(session);
      return session;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(session: PooledSession): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(session);
    else next(session);
  }

  close(): void {
    for (const session of this.#all) session.connection.close();
  }
}
