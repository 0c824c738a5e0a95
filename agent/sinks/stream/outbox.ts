import type { Counter, Metrics } from '../../metrics.js';
import type { Epoch } from '../spool/epoch.js';
import type { Frame, FramePlace, SegmentHeader } from '../spool/frame.js';
import { Spool, type SpoolOptions } from '../spool/spool.js';
import type { Report } from '../report.js';
import { batchHeader, BatchEncoder } from './encoder.js';

/** A batch of this run that need not be read back from the disk. */
interface Recent {
  readonly frame: Frame;
  spooled: boolean;
}

interface Sent {
  readonly number: number;
  readonly records: number;
}

export interface OutboxLimits {
  /** A batch is closed when it has this many bytes. */
  readonly batchBytes: number;
  /** Batches sent and not yet acknowledged. */
  readonly window: number;
  /** Of the newest batches, which are sent without reading them back. */
  readonly memoryBytes: number;
}

/**
 * What is on its way to the aggregator: records gathering in a batch, batches in the spool, batches sent and not
 * yet acknowledged. Batches that an earlier run left go first. A number that is missing at the aggregator is a
 * batch that was dropped here, or lost with the disk: it tells so itself (X5).
 */
export class Outbox {
  readonly gathering = new BatchEncoder();
  readonly #spool: Spool;
  /** Newest batches of this run, by number, oldest first. */
  readonly #recent = new Map<number, Recent>();
  #recentBytes = 0;
  #lastNumber = 0;
  #epoch: Epoch;
  /** Of the current epoch: the last number handed out, and the highest that is stored. */
  #cursor = 0;
  #acknowledged = 0;
  /** Handed out, on this connection or one before, and not stored. */
  #sent: Sent[] = [];
  readonly #dropped: Counter;
  readonly #delivered: Counter;

  constructor(
    identity: SegmentHeader,
    spool: SpoolOptions,
    private readonly limits: OutboxLimits,
    metrics: Metrics,
    report: Report,
  ) {
    this.#dropped = metrics.counter(
      'stream_records_dropped',
      'Behaviours and connections dropped because the aggregator did not take them for too long.',
    );
    this.#delivered = metrics.counter(
      'stream_records_delivered',
      'Behaviours and connections that the aggregator has stored.',
    );
    this.#spool = new Spool(spool, identity, metrics, report, (epoch, places) => {
      this.#lose(epoch, places);
    });
    this.#epoch = this.#spool.current;
  }

  start(): void {
    this.#spool.start();
    this.#epoch = this.#spool.current;
  }

  stop(): void {
    this.#spool.stop();
  }

  get dropped(): number {
    return this.#dropped.value;
  }

  /** Not delivered yet, those of earlier runs too. */
  get records(): number {
    let inMemory = this.gathering.records;
    for (const { frame, spooled } of this.#recent.values()) if (!spooled) inMemory += frame.records;
    return this.#spool.records + inMemory;
  }

  get empty(): boolean {
    return (
      this.#spool.isOwn(this.#spool.current) &&
      this.#sent.length === 0 &&
      this.gathering.records === 0 &&
      this.#cursor === this.#lastNumber
    );
  }

  get gatheredEnough(): boolean {
    return this.gathering.bytes >= this.limits.batchBytes;
  }

  /** Closes the batch that gathers, and keeps it. */
  seal(): void {
    const { records } = this.gathering;
    if (records === 0) return;
    this.#lastNumber += 1;
    const frame = { number: this.#lastNumber, records, body: Buffer.from(this.gathering.take()) };
    this.#recent.set(frame.number, { frame, spooled: this.#spool.append(frame) });
    this.#recentBytes += frame.body.length;
    for (const [number, { frame: oldest, spooled }] of this.#recent) {
      if (this.#recentBytes <= this.limits.memoryBytes) break;
      this.#forget(number);
      if (!spooled) this.#count(oldest);
    }
  }

  /** The next message to send; undefined: none, or the window is full. */
  take(): Buffer | undefined {
    const isNew = this.#cursor >= (this.#sent.at(-1)?.number ?? 0);
    if (isNew && this.#sent.length >= this.limits.window) return undefined;
    const frame = this.#next();
    if (!frame) return undefined;
    const { number, records, body } = frame;
    this.#cursor = number;
    if (isNew) this.#sent.push({ number, records });
    const { hostId, bootId } = this.#epoch.header;
    return Buffer.concat([batchHeader(hostId, bootId, number), body]);
  }

  /** Forgets every batch up to `number`, which the aggregator has stored. */
  acknowledge(number: number): void {
    const kept = this.#sent.findIndex((batch) => batch.number > number);
    const stored = this.#sent.splice(0, kept === -1 ? this.#sent.length : kept);
    for (const { records } of stored) this.#delivered.value += records;
    this.#acknowledged = Math.max(this.#acknowledged, number);
    this.#cursor = Math.max(this.#cursor, number);
    if (this.#isOwn) {
      for (const recent of this.#recent.keys()) {
        if (recent > number) break;
        this.#forget(recent);
      }
    }
    this.#spool.acknowledge(this.#epoch, number);
  }

  /** Whose batches go next: to be asked before each registration. */
  select(): SegmentHeader {
    const { current } = this.#spool;
    if (current !== this.#epoch) {
      this.#epoch = current;
      this.#cursor = 0;
      this.#acknowledged = 0;
      this.#sent = [];
    }
    return current.header;
  }

  /** On a new connection: what is not stored goes out again, oldest first. Returns how many batches. */
  resume(acknowledged: number): number {
    this.acknowledge(acknowledged);
    this.#cursor = this.#acknowledged;
    return this.#sent.length;
  }

  /** All of an earlier run is delivered: the next one's turn. */
  get isOver(): boolean {
    return !this.#isOwn && this.#next() === undefined && this.#sent.length === 0;
  }

  get #isOwn(): boolean {
    return this.#spool.isOwn(this.#epoch);
  }

  #next(): Frame | undefined {
    if (!this.#isOwn) return this.#epoch.after(this.#cursor);
    if (this.#cursor >= this.#lastNumber) return undefined;
    const following = this.#recent.get(this.#cursor + 1);
    if (following) return following.frame;
    const onDisk = this.#epoch.after(this.#cursor);
    for (const [number, { frame }] of this.#recent) {
      if (number > this.#cursor) return onDisk && onDisk.number < number ? onDisk : frame;
    }
    return onDisk;
  }

  /** Batches went with a segment of the spool; some may still be in memory. */
  #lose(epoch: Epoch, places: readonly FramePlace[]): void {
    const isOwn = this.#spool.isOwn(epoch);
    const acknowledged = epoch === this.#epoch ? this.#acknowledged : 0;
    for (const place of places) {
      if (place.number <= acknowledged) continue;
      const recent = isOwn ? this.#recent.get(place.number) : undefined;
      if (recent) {
        recent.spooled = false;
        continue;
      }
      this.#dropped.value += place.records;
      if (epoch === this.#epoch) this.#sent = this.#sent.filter(({ number }) => number !== place.number);
    }
  }

  #forget(number: number): void {
    this.#recentBytes -= this.#recent.get(number)?.frame.body.length ?? 0;
    this.#recent.delete(number);
  }

  #count({ number, records }: Frame): void {
    this.#dropped.value += records;
    if (this.#isOwn) this.#sent = this.#sent.filter((batch) => batch.number !== number);
  }
}
