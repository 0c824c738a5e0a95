import type { Counter, Metrics } from '../../metrics.js';
import { batchHeader, BatchEncoder } from './encoder.js';

/** A batch that is complete but for its number. */
interface Sealed {
  readonly body: Uint8Array;
  readonly records: number;
}

/** A batch that was given its number when it was first sent, and may have to be sent again. */
interface Numbered {
  readonly number: number;
  readonly message: Buffer;
  readonly records: number;
}

export interface OutboxLimits {
  /** A batch is closed when it has this many bytes. */
  readonly batchBytes: number;
  /** Batches sent and not yet acknowledged. */
  readonly window: number;
  /** All that waits; beyond it the oldest batch that was never sent is dropped. */
  readonly totalBytes: number;
}

/**
 * What is on its way to the aggregator: records gathering in a batch, batches waiting, batches sent and not yet
 * acknowledged. Numbers are given at the first sending, so that dropping what was never sent leaves no gap in them.
 * A disk spool takes the place of the waiting batches one day.
 */
export class Outbox {
  readonly gathering = new BatchEncoder();
  readonly #waiting: Sealed[] = [];
  #sent: Numbered[] = [];
  /** Index into #sent of the next to go out, after a reconnection also of those to go out again. */
  #next = 0;
  #lastNumber = 0;
  #bytes = 0;
  readonly #dropped: Counter;
  readonly #delivered: Counter;

  constructor(
    private readonly hostId: string,
    private readonly bootId: string,
    private readonly limits: OutboxLimits,
    metrics: Metrics,
  ) {
    this.#dropped = metrics.counter(
      'stream_records_dropped',
      'Behaviours and connections dropped because the aggregator did not take them for too long.',
    );
    this.#delivered = metrics.counter(
      'stream_records_delivered',
      'Behaviours and connections that the aggregator has stored.',
    );
  }

  get dropped(): number {
    return this.#dropped.value;
  }

  /** Not acknowledged yet. */
  get records(): number {
    const count = (total: number, { records }: { readonly records: number }): number => total + records;
    return this.#sent.reduce(count, this.#waiting.reduce(count, this.gathering.records));
  }

  get empty(): boolean {
    return this.#sent.length === 0 && this.#waiting.length === 0 && this.gathering.records === 0;
  }

  get gatheredEnough(): boolean {
    return this.gathering.bytes >= this.limits.batchBytes;
  }

  /** Closes the batch that gathers; drops the oldest ones where there is no room for it. */
  seal(): void {
    const { records } = this.gathering;
    if (records === 0) return;
    const body = this.gathering.take();
    this.#waiting.push({ body, records });
    this.#bytes += body.length;
    while (this.#bytes > this.limits.totalBytes) {
      const oldest = this.#waiting.shift();
      if (oldest === undefined) break;
      this.#bytes -= oldest.body.length;
      this.#dropped.value += oldest.records;
    }
  }

  /** Whether `take` has something. */
  get ready(): boolean {
    return this.#next < this.#sent.length || (this.#waiting.length > 0 && this.#sent.length < this.limits.window);
  }

  /** Whether a batch closed now could go out. */
  get roomInWindow(): boolean {
    return this.#sent.length < this.limits.window;
  }

  /** The next message to send; undefined: none, or the window is full. */
  take(): Buffer | undefined {
    if (this.#next === this.#sent.length) this.#number();
    const batch = this.#sent[this.#next];
    if (batch === undefined) return undefined;
    this.#next += 1;
    return batch.message;
  }

  /** Forgets every batch up to `number`, which the aggregator has stored. */
  acknowledge(number: number): void {
    const kept = this.#sent.findIndex((batch) => batch.number > number);
    const stored = this.#sent.splice(0, kept === -1 ? this.#sent.length : kept);
    for (const { message, records } of stored) {
      this.#bytes -= message.length;
      this.#delivered.value += records;
    }
    this.#next = Math.max(0, this.#next - stored.length);
  }

  /** On a new connection: what is not stored goes out again, oldest first. Returns how many batches. */
  resume(acknowledged: number): number {
    this.acknowledge(acknowledged);
    this.#next = 0;
    return this.#sent.length;
  }

  #number(): void {
    if (this.#sent.length >= this.limits.window) return;
    const batch = this.#waiting.shift();
    if (batch === undefined) return;
    this.#lastNumber += 1;
    const header = batchHeader(this.hostId, this.bootId, this.#lastNumber);
    const message = Buffer.concat([header, batch.body]);
    this.#bytes += header.length;
    this.#sent.push({ number: this.#lastNumber, message, records: batch.records });
  }
}
