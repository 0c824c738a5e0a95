import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AggregatorError } from '../errors.js';
import { isResponse, type EngineLimits, type EngineRequest, type EngineResponse, type Lane } from './protocol.js';

export interface StoreLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface EngineOptions {
  /** Directory of the database. */
  readonly directory: string;
  /** Descriptor of the lock that the engine's process holds as well. */
  readonly lockDescriptor: number;
  readonly log: StoreLog;
}

interface Waiting {
  readonly resolve: (response: EngineResponse) => void;
  readonly reject: (error: AggregatorError) => void;
}

const startSeconds = 60;
const restartDelays = [100, 500, 2_000, 5_000] as const;
const stopMilliseconds = 4_000;
const stderrKept = 4_096;

/** ClickHouse error codes that are the asker's limits, not the engine's failure. */
const limitTexts: ReadonlyMap<number, string> = new Map([
  [159, 'took longer than it may; narrow its time range or its filter'],
  [160, 'would take longer than it may; narrow its time range or its filter'],
  [241, 'needs more memory than it may use; narrow its time range or its filter'],
  [396, 'has a larger result than it may; narrow it or set a limit'],
]);

/**
 * The engine's child process: starts it, asks it, starts it again when it dies. What was asked of an
 * engine that died fails with STORE_FAILED: whether an insert among it was stored is not known.
 */
export class EngineClient {
  #child: ChildProcess | null = null;
  #running: Promise<void> | null = null;
  #stopping = false;
  #stderr = '';
  #nextId = 1;
  #deaths = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(readonly options: EngineOptions) {}

  /** Times the engine died and was started again. */
  get deaths(): number {
    return this.#deaths;
  }

  /** Process id of the engine, for diagnostics; null while there is none. */
  get processId(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Rejects with STORE_UNAVAILABLE if the database cannot be opened. */
  async start(): Promise<void> {
    this.#running = this.#spawn();
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.send({ kind: 'close' } satisfies EngineRequest, () => undefined);
    await Promise.race([exited, delay(stopMilliseconds, undefined, { ref: false })]);
    // Everything acknowledged is on disk: an engine that still computes loses nothing by this.
    child.kill('SIGKILL');
    await exited;
  }

  /** Runs one statement and gives its whole result. */
  async run(lane: Lane, sql: string, limits: EngineLimits): Promise<Uint8Array> {
    await this.#ready();
    const id = this.#newId();
    const response = await this.#ask(id, { kind: 'run', id, lane, sql, limits });
    return response.kind === 'done' ? response.bytes : new Uint8Array(0);
  }

  /** Chunks of a result, fetched one at a time as the consumer asks for them. */
  async *stream(sql: string, limits: EngineLimits, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    if (isAborted(signal)) throw cancelled();
    await this.#ready();
    const id = this.#newId();
    const onAbort = (): void => {
      this.#send({ kind: 'cancel', id });
      this.#waiting.get(id)?.reject(cancelled());
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    let ended = false;
    try {
      let response = await this.#ask(id, { kind: 'stream', id, sql, limits });
      while (response.kind === 'chunk') {
        yield response.bytes;
        if (isAborted(signal)) throw cancelled();
        response = await this.#ask(id, { kind: 'pull', id });
      }
      ended = true;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      if (!ended) this.#send({ kind: 'cancel', id });
    }
  }

  #newId(): number {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  async #ready(): Promise<void> {
    if (this.#running === null || this.#stopping) throw unavailable('it is not running');
    await Promise.race([
      this.#running,
      delay(startSeconds * 1_000, undefined, { ref: false }).then(() => {
        throw unavailable(`it did not start within ${startSeconds} s`);
      }),
    ]);
  }

  #ask(id: number, request: EngineRequest): Promise<EngineResponse> {
    return new Promise<EngineResponse>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send(request);
    }).finally(() => this.#waiting.delete(id));
  }

  #send(request: EngineRequest): void {
    const child = this.#child;
    // Of a child that dies meanwhile the exit handler tells everyone who waits.
    if (child?.connected === true) child.send(request, () => undefined);
    else if ('id' in request) this.#waiting.get(request.id)?.reject(died());
  }

  #receive(response: EngineResponse): void {
    if (response.kind === 'ready') return;
    const waiting = this.#waiting.get(response.id);
    if (response.kind === 'failed') waiting?.reject(failed(response.code, response.message));
    else waiting?.resolve(response);
  }

  /** Resolves when the child serves; rejects if it exits before. */
  #spawn(): Promise<void> {
    this.#stderr = '';
    const child = fork(fileURLToPath(new URL('./engine-process.js', import.meta.url)), [this.options.directory], {
      serialization: 'advanced',
      execArgv: [],
      // Four long queries would starve the default pool of four threads, inserts included.
      env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', this.options.lockDescriptor],
    });
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrKept);
    });
    return new Promise((resolve, reject) => {
      let serving = false;
      child.on('message', (message: unknown) => {
        if (!isResponse(message)) return;
        if (message.kind === 'ready') {
          serving = true;
          resolve();
        } else {
          this.#receive(message);
        }
      });
      child.once('exit', (code, signal) => {
        this.#child = null;
        for (const waiting of this.#waiting.values()) waiting.reject(died());
        if (!serving) reject(unavailable(`it ended with ${signal ?? `code ${code}`}: ${this.#stderr.trim()}`));
        else if (!this.#stopping) this.#restart(code, signal);
      });
      child.once('error', (error) => reject(unavailable(error.message)));
    });
  }

  #restart(code: number | null, signal: NodeJS.Signals | null): void {
    this.#deaths += 1;
    this.options.log.error(
      { code, signal, deaths: this.#deaths, stderr: this.#stderr },
      'the database engine died; starting it again',
    );
    const running = this.#respawn();
    // Who waits for it hears of it; nobody may be waiting.
    running.catch(() => undefined);
    this.#running = running;
  }

  async #respawn(): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      await delay(restartDelays[Math.min(attempt, restartDelays.length - 1)]);
      if (this.#stopping) throw unavailable('it is stopping');
      try {
        await this.#spawn();
        this.options.log.info({ pid: this.processId }, 'the database engine runs again');
        return;
      } catch (error) {
        this.options.log.error({ err: error }, 'the database engine could not be started; trying again');
      }
    }
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function died(): AggregatorError {
  return new AggregatorError(
    'STORE_FAILED',
    'The database engine died while it worked on this; it is being started again',
  );
}

function cancelled(): AggregatorError {
  return new AggregatorError('QUERY_CANCELLED', 'The query was cancelled before its end');
}

function unavailable(reason: string): AggregatorError {
  return new AggregatorError('STORE_UNAVAILABLE', `The database engine is not available: ${reason}`);
}

function failed(code: number, message: string): AggregatorError {
  const limit = limitTexts.get(code);
  if (limit !== undefined) return new AggregatorError('QUERY_LIMIT', `The query ${limit}`, { cause: message });
  return new AggregatorError('STORE_FAILED', `The database refused a statement: ${message.split('\n', 1)[0]}`, {
    cause: message,
  });
}
