import { setTimeout as delay } from 'node:timers/promises';
import { toNumber } from '../../proto/integer.js';
import { IngestClient, type Acknowledgement, type Host } from '../../proto/service.js';
import type { Behaviour, Connection, Sink } from '../behaviour/behaviour.js';
import type { Metrics } from '../metrics.js';
import type { Process } from '../process/process.js';
import type { LineFormatter } from './line.js';
import { messageOf, type Report } from './report.js';
import { Backoff } from './stream/backoff.js';
import type { SpoolOptions } from './spool/spool.js';
import { Outbox, type OutboxLimits } from './stream/outbox.js';

const batchMilliseconds = 200;
const registerMilliseconds = 5000;
const stopMilliseconds = 3000;
/** For the aggregator to end its side too. */
const endMilliseconds = 500;
const defaultLimits: OutboxLimits = { batchBytes: 256 * 1024, window: 32, memoryBytes: 8 * 1024 * 1024 };

export interface StreamOptions {
  /** HOST:PORT */
  readonly aggregator: string;
  /** Whom to register; numbers of batches count per (hostId, bootId). Its time is set anew each time. */
  readonly host: Host & { readonly hostId: string; readonly bootId: string };
  /** The agent, in whose name a gap is told. */
  readonly agent: Process;
  readonly formatter: LineFormatter;
  readonly metrics: Metrics;
  readonly report: Report;
  readonly spool: SpoolOptions;
  readonly limits?: Partial<OutboxLimits>;
  /** Milliseconds between attempts: of the first, and at most. */
  readonly backoff?: { readonly first: number; readonly longest: number };
}

type EncodedStream = ReturnType<IngestClient['encodedStream']>;

/**
 * Sends behaviours and connections to the aggregator in numbered batches, and keeps each on disk until it is
 * acknowledged: acknowledged is stored. What does not fit there is dropped oldest first, counted, and told as a gap
 * when the aggregator is back (X5).
 */
export class StreamSink implements Sink {
  readonly #outbox: Outbox;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  /** Set while batches may be written. */
  #stream: EncodedStream | undefined;
  #connecting = false;
  #blocked = false;
  #timer: NodeJS.Timeout | undefined;
  #down = false;
  #droppedTold = 0;
  #settled: (() => void) | undefined;

  constructor(private readonly options: StreamOptions) {
    const { host, spool, metrics, report, limits, backoff } = options;
    this.#outbox = new Outbox(host, spool, { ...defaultLimits, ...limits }, metrics, report);
    this.#backoff = new Backoff(backoff?.first ?? 500, backoff?.longest ?? 30_000);
  }

  /** Returns at once; connects, and connects again, in the background. Throws SPOOL_UNUSABLE. */
  start(): void {
    this.#outbox.start();
    this.#running = this.#run();
  }

  behaviour(behaviour: Behaviour): void {
    this.#outbox.gathering.behaviour(behaviour, this.options.formatter.body(behaviour));
    this.#added();
  }

  connection(connection: Connection): void {
    this.#outbox.gathering.connection(connection);
    this.#added();
  }

  /** Waits at most 3 s for what is on its way to be acknowledged; says what could not be delivered. */
  async stop(): Promise<void> {
    if (this.#running === undefined) return;
    clearTimeout(this.#timer);
    this.#outbox.seal();
    this.#pump();
    // Known to be down: waiting would only delay the end.
    if (!this.#outbox.empty && (this.#stream !== undefined || this.#connecting)) {
      await this.#overWithin(new Promise<void>((resolve) => (this.#settled = resolve)), stopMilliseconds);
    }
    this.#stopping.abort();
    this.#stream?.end();
    if (!(await this.#overWithin(this.#running, endMilliseconds))) this.#stream?.cancel();
    const { records } = this.#outbox;
    if (records > 0) {
      const { aggregator, spool, report } = this.options;
      report(`${records} records were not delivered to the aggregator ${aggregator}: they wait in ${spool.directory}`);
    }
    this.#outbox.stop();
  }

  async #overWithin(over: Promise<void>, milliseconds: number): Promise<boolean> {
    const timer = new AbortController();
    const late = delay(milliseconds, false, { signal: timer.signal }).catch(() => false);
    const result = await Promise.race([over.then(() => true), late]);
    timer.abort();
    return result;
  }

  #added(): void {
    if (this.#outbox.gatheredEnough) {
      this.#outbox.seal();
      this.#pump();
    } else if (this.#timer === undefined) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#outbox.seal();
        this.#pump();
      }, batchMilliseconds);
    }
  }

  /** Writes what may be written: as long as the stream takes it and the window is open. */
  #pump(): void {
    const stream = this.#stream;
    if (stream === undefined || this.#blocked) return;
    for (let message = this.#outbox.take(); message !== undefined; message = this.#outbox.take()) {
      if (!stream.write(message)) {
        this.#blocked = true;
        return;
      }
    }
  }

  async #run(): Promise<void> {
    while (!this.#isStopping()) {
      let reason = 'it closed the stream';
      try {
        await this.#session();
      } catch (error) {
        reason = messageOf(error);
      }
      this.#settled?.();
      if (this.#isStopping()) return;
      this.#isDown(reason);
      await delay(this.#backoff.next(), undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** From connecting to the end of the last stream: one for each earlier run that left something, then ours. */
  async #session(): Promise<void> {
    const { aggregator } = this.options;
    // Its own connection each time: the shared pool of grpc-js would hand out one that still waits after its last failure.
    const client = new IngestClient(aggregator, { 'grpc.use_local_subchannel_pool': 1 });
    this.#connecting = true;
    try {
      let delivered = true;
      while (delivered && !this.#isStopping()) delivered = await this.#deliver(client);
    } finally {
      this.#connecting = false;
      this.#stream = undefined;
      client.close();
    }
  }

  /** Registers as the run whose batches are next, and sends them. True: that was an earlier run, and all of it is delivered. */
  async #deliver(client: IngestClient): Promise<boolean> {
    const run = this.#outbox.select();
    const deadline = Date.now() + registerMilliseconds;
    const host = { ...this.options.host, ...run, time: Date.now() * 1000 };
    const { acknowledged } = await client.register(host, { deadline });
    const again = this.#outbox.resume(toNumber(acknowledged));
    this.#isUp(again);
    if (this.#outbox.isOver) return true;
    const stream = client.encodedStream();
    const ended = this.#listen(stream);
    this.#stream = stream;
    this.#connecting = false;
    this.#blocked = false;
    this.#pump();
    await ended;
    this.#stream = undefined;
    return this.#outbox.isOver;
  }

  /** Settles when the stream is over. */
  #listen(stream: EncodedStream): Promise<void> {
    stream.on('data', ({ number }: Acknowledgement) => {
      this.#backoff.reset();
      this.#outbox.acknowledge(toNumber(number));
      this.#pump();
      if (this.#outbox.isOver) stream.end();
      if (this.#outbox.empty) this.#settled?.();
    });
    stream.on('drain', () => {
      this.#blocked = false;
      this.#pump();
    });
    return new Promise((resolve, reject) => {
      stream.on('error', reject);
      stream.on('end', resolve);
    });
  }

  #isDown(reason: string): void {
    if (this.#down) return;
    this.#down = true;
    const { aggregator, report } = this.options;
    report(
      `the aggregator ${aggregator} cannot be reached (${reason}): logging goes on here, records for it are kept on disk`,
    );
  }

  #isUp(resent: number): void {
    const { aggregator, agent, report } = this.options;
    const lost = this.#outbox.dropped - this.#droppedTold;
    if (this.#down)
      report(`the aggregator ${aggregator} is back: ${resent} batches are sent again, ${lost} records were dropped`);
    this.#down = false;
    if (lost === 0) return;
    this.#droppedTold = this.#outbox.dropped;
    const text = `${lost} records dropped on this host while the aggregator did not take them`;
    this.behaviour({ kind: 'gap', operation: 'gap', time: Date.now() * 1000, process: agent, count: 1, text });
  }
}
