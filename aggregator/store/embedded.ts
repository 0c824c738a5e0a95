import { mkdir, realpath, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AggregatorError } from '../errors.js';
import type { Table } from '../schema/table.js';
import { addColumns, createTable, insertFile } from './ddl.js';
import { EngineClient, type StoreLog } from './engine-client.js';
import { InsertFiles } from './insert-files.js';
import { render } from './literal.js';
import { lockDirectory } from './lock.js';
import type { EngineLimits } from './protocol.js';
import { decodeRows } from './result.js';
import type { QueryLimits, ResultRow, Statement, Store } from './store.js';

export interface EmbeddedStoreOptions {
  readonly dataDirectory: string;
  readonly tables: readonly Table[];
  readonly log: StoreLog;
  readonly defaultLimits?: QueryLimits;
  /** Where memory is a file system. */
  readonly memoryDirectory?: string;
}

const defaultLimits: QueryLimits = { seconds: 60, memoryBytes: 2 * 1024 ** 3 };
const wholeResultBytes = 256 * 1024 ** 2;
/** Inserts and maintenance are ours and bounded by what they are given. */
const noLimits: EngineLimits = { seconds: 0, memoryBytes: 0, resultBytes: 0 };
/** The path ends up inside a quoted literal of the engine's SQL, and in its `file()` patterns. */
const plainPath = /^[\w/.,:@+ -]+$/;

/** The embedded engine as a Store: its tables are created at start, its data directory is ours alone. */
export class EmbeddedStore implements Store {
  #lock: FileHandle | null = null;
  #engine: EngineClient | null = null;
  #files: InsertFiles | null = null;

  constructor(readonly options: EmbeddedStoreOptions) {}

  /** Times the engine died and was started again. */
  get deaths(): number {
    return this.#engine?.deaths ?? 0;
  }

  /** Process id of the engine, null while there is none. */
  get engineProcessId(): number | null {
    return this.#engine?.processId ?? null;
  }

  async start(): Promise<void> {
    const directory = await this.#openDirectory();
    this.#lock = await lockDirectory(directory);
    try {
      this.#files = new InsertFiles(directory, this.options.memoryDirectory ?? '/dev/shm');
      await this.#files.start();
      this.#engine = new EngineClient({
        directory: join(directory, 'database'),
        lockDescriptor: this.#lock.fd,
        log: this.options.log,
      });
      await this.#engine.start();
      for (const table of this.options.tables) await this.#prepare(table);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#engine?.stop();
    await this.#files?.stop();
    await this.#lock?.close();
    this.#engine = null;
    this.#files = null;
    this.#lock = null;
  }

  async command(statement: Statement): Promise<void> {
    await this.#running().run('write', render(statement), noLimits);
  }

  /** `rows` must stay as it is until this settles. */
  async insertBytes(table: Table, rows: Uint8Array, rowCount: number): Promise<void> {
    if (rowCount === 0) return;
    const engine = this.#running();
    const files = this.#files;
    if (files === null) throw notRunning();
    await files.with(rows, async (path) => {
      await engine.run('write', insertFile(table, path), noLimits);
    });
  }

  async query(statement: Statement, limits: Partial<QueryLimits> = {}): Promise<readonly ResultRow[]> {
    const block = await this.#running().run('read', render(statement), this.#limits(limits, wholeResultBytes));
    return [...decodeRows(block)].flat();
  }

  async *stream(
    statement: Statement,
    limits: Partial<QueryLimits> = {},
    signal?: AbortSignal,
  ): AsyncGenerator<readonly ResultRow[], void, undefined> {
    for await (const block of this.#running().stream(render(statement), this.#limits(limits, 0), signal)) {
      yield* decodeRows(block);
    }
  }

  #limits(limits: Partial<QueryLimits>, resultBytes: number): EngineLimits {
    const base = this.options.defaultLimits ?? defaultLimits;
    return {
      seconds: limits.seconds ?? base.seconds,
      memoryBytes: limits.memoryBytes ?? base.memoryBytes,
      resultBytes,
    };
  }

  #running(): EngineClient {
    if (this.#engine === null) throw notRunning();
    return this.#engine;
  }

  async #openDirectory(): Promise<string> {
    const wanted = this.options.dataDirectory;
    try {
      await mkdir(wanted, { recursive: true, mode: 0o700 });
      const directory = await realpath(wanted);
      if (!plainPath.test(directory)) {
        throw new AggregatorError(
          'DATA_DIRECTORY',
          `The data directory ${directory} has characters that are not supported`,
        );
      }
      return directory;
    } catch (error) {
      if (error instanceof AggregatorError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new AggregatorError('DATA_DIRECTORY', `The data directory ${wanted} cannot be used: ${reason}`, {
        cause: error,
      });
    }
  }

  async #prepare(table: Table): Promise<void> {
    await this.command({ sql: createTable(table), parameters: {} });
    const existing = await this.query({
      sql: 'SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}',
      parameters: { table: table.name },
    });
    const statement = addColumns(table, new Set(existing.flat()));
    if (statement === null) return;
    this.options.log.info({ table: table.name }, 'adding columns that this version declares');
    await this.command({ sql: statement, parameters: {} });
  }
}

function notRunning(): AggregatorError {
  return new AggregatorError('STORE_UNAVAILABLE', 'The database is not open');
}
