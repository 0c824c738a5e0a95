import { drainPending, Session } from 'chdb';
import { isRequest, type EngineLimits, type EngineRequest, type EngineResponse, type Lane } from './protocol.js';
import { SessionPool } from './session-pool.js';

/*
 * The embedded engine's own process: a crash or a hog in native code must not take gRPC down.
 * Arguments: the directory of the database. Everything else comes over IPC.
 */

const format = 'RowBinaryWithNamesAndTypes';

/**
 * A session runs one query at a time (a second one waits, measured), so each concurrent query has its own.
 * Sixteen libuv threads (set by the parent) serve them; more sessions than threads would only queue there.
 */
const laneSizes: Readonly<Record<Lane, number>> = { write: 4, read: 10 };

interface OpenStream {
  /** Fetches the next chunk and sends it. */
  readonly pull: () => Promise<void>;
  readonly cancel: () => void;
}

class Engine {
  readonly #lanes: Readonly<Record<Lane, SessionPool>>;
  readonly #streams = new Map<number, OpenStream>();
  /** Requests under way; false once they were cancelled: what a killed query still yields must not be trusted. */
  readonly #wanted = new Map<number, boolean>();
  #killer: Session | null = null;

  constructor(readonly directory: string) {
    this.#lanes = {
      write: new SessionPool(directory, laneSizes.write),
      read: new SessionPool(directory, laneSizes.read),
    };
  }

  /** Throws if the database cannot be opened; the engine's reason is on stderr. */
  open(): void {
    this.#killer = new Session(this.directory);
  }

  handle(request: EngineRequest): void {
    switch (request.kind) {
      case 'run':
        void this.#run(request.id, request.lane, request.sql, request.limits);
        return;
      case 'stream':
        void this.#stream(request.id, request.sql, request.limits);
        return;
      case 'pull':
        void this.#streams.get(request.id)?.pull();
        return;
      case 'cancel':
        this.#cancel(request.id);
        return;
      case 'close':
        void this.close().then(() => process.exit(0));
        return;
    }
  }

  async #run(id: number, lane: Lane, sql: string, limits: EngineLimits): Promise<void> {
    const pool = this.#lanes[lane];
    this.#wanted.set(id, true);
    const session = await pool.acquire();
    try {
      this.#check(id);
      await session.limit(limits);
      const result = await session.connection.queryAsync(mark(id, sql), { format });
      this.#check(id);
      send({ kind: 'done', id, bytes: result.bytes() });
    } catch (error) {
      send(failure(id, error));
      await session.settle();
    } finally {
      this.#wanted.delete(id);
      pool.release(session);
    }
  }

  async #stream(id: number, sql: string, limits: EngineLimits): Promise<void> {
    const pool = this.#lanes.read;
    this.#wanted.set(id, true);
    const session = await pool.acquire();
    let open = true;
    const finish = (): void => {
      if (!open) return;
      open = false;
      this.#wanted.delete(id);
      this.#streams.delete(id);
      pool.release(session);
    };
    const fail = async (error: unknown): Promise<void> => {
      send(failure(id, error));
      await session.settle();
      finish();
    };
    try {
      this.#check(id);
      await session.limit(limits);
      const chunks = session.connection.queryStream(mark(id, sql), { format });
      const iterator = chunks[Symbol.asyncIterator]();
      let busy = false;
      const pull = async (): Promise<void> => {
        busy = true;
        try {
          const next = await iterator.next();
          this.#check(id);
          if (next.done === true) {
            send({ kind: 'end', id });
            finish();
          } else {
            send({ kind: 'chunk', id, bytes: next.value.raw() });
          }
        } catch (error) {
          chunks.cancel();
          await fail(error);
        } finally {
          busy = false;
        }
      };
      const cancel = (): void => {
        // A fetch under way holds the session until it returns: killing the query ends it early.
        if (busy) {
          void this.#kill(id);
        } else {
          chunks.cancel();
          void session.settle().then(finish);
        }
      };
      this.#streams.set(id, { pull, cancel });
      await pull();
    } catch (error) {
      await fail(error);
    }
  }

  #check(id: number): void {
    if (this.#wanted.get(id) !== true) throw new Error('The query was cancelled');
  }

  #cancel(id: number): void {
    if (!this.#wanted.has(id)) return;
    this.#wanted.set(id, false);
    const stream = this.#streams.get(id);
    if (stream === undefined) void this.#kill(id);
    else stream.cancel();
  }

  /** ASYNC: the synchronous form of KILL QUERY never returns in this engine. */
  async #kill(id: number): Promise<void> {
    await this.#killer
      ?.queryAsync(`KILL QUERY WHERE startsWith(query, '${mark(id, '')}') ASYNC`, { format: 'TSV' })
      .catch(() => undefined);
  }

  /** Leaving the process with native work under way is a segmentation fault: close, then drain. */
  async close(): Promise<void> {
    for (const stream of this.#streams.values()) stream.cancel();
    this.#lanes.read.close();
    this.#lanes.write.close();
    this.#killer?.close();
    await drainPending();
  }
}

/** Names a query for KILL QUERY. */
function mark(id: number, sql: string): string {
  return `/* ${id} */ ${sql}`;
}

function failure(id: number, error: unknown): EngineResponse {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'failed', id, code: Number(/^Code: (\d+)\./.exec(message)?.[1] ?? 0), message };
}

function send(response: EngineResponse): void {
  if (process.connected) process.send?.(response);
}

const engine = new Engine(process.argv[2] ?? '');

process.on('message', (message: unknown) => {
  if (isRequest(message)) engine.handle(message);
});

// Ctrl-C and service managers signal the whole group; the aggregator decides when the engine stops.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

// The aggregator is gone: nothing that runs here can be told to anyone. What was acknowledged is on disk.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

engine.open();
send({ kind: 'ready' });
