import { setTimeout as delay } from 'node:timers/promises';
import { AggregatorError } from '../errors.js';
import type { Metrics } from '../metrics.js';
import type { Row } from '../schema/row.js';
import { RowWriter } from '../schema/row-writer.js';
import { tables } from '../schema/tables.js';
import type { StoreLog } from '../store/engine-client.js';
import type { Store } from '../store/store.js';
import type { CommitJournal } from './commit-journal.js';
import type { Feed } from './feed.js';
import { seenRow, type HostState } from './hosts.js';
import { gapRow, type Origin } from './rows.js';
import { BatchWriter, behaviourRows, connectionRows, type WireBatch } from './wire/batch.js';

export interface GroupCommitOptions {
  readonly store: Store;
  readonly journal: CommitJournal;
  readonly feed: Feed;
  readonly metrics: Metrics;
  readonly log: StoreLog;
  /** A group is stored when it is this old, in milliseconds, or large. */
  readonly interval: number;
  /** Streams are not read while more than this waits to be stored, in bytes of rows. */
  readonly pendingBytes: number;
}

/** Rows of a group that is stored without waiting for its time: larger ones gain nothing. */
const groupBytes = 16 * 1024 ** 2;
/** How often the hosts table hears that a host is alive, microseconds. */
const seenInterval = 60_000_000;
const retryDelays = [100, 500, 2_000, 5_000] as const;

/** Batches of any agents that are stored together. */
class Group {
  readonly behaviours = new RowWriter(tables.behaviours);
  readonly connections = new RowWriter(tables.connections);
  /** Rows kept for the feed, while anyone listens. */
  readonly published = { behaviours: new Array<Row>(), connections: new Array<Row>() };
  /** Highest batch number of each host. */
  readonly numbers = new Map<HostState, number>();
  batchCount = 0;
  openedAt = 0;
  receivedTime = 0;
  #resolve: () => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  stored = Promise.resolve();

  open(receivedTime: number): void {
    this.behaviours.reset();
    this.connections.reset();
    this.published.behaviours = [];
    this.published.connections = [];
    this.numbers.clear();
    this.batchCount = 0;
    this.openedAt = Date.now();
    this.receivedTime = receivedTime;
    this.stored = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever waits hears of it; nobody may be waiting.
    this.stored.catch(() => undefined);
  }

  get bytes(): number {
    return this.behaviours.byteLength + this.connections.byteLength;
  }

  resolve(): void {
    this.#resolve();
  }

  reject(error: Error): void {
    this.#reject(error);
  }
}

/**
 * Gathers the batches of all agents and stores them together every 100-200 ms: the engine syncs to disk
 * once per group and not once per batch. Two groups take turns: one fills while the other is stored.
 */
export class GroupCommit {
  #filling = new Group();
  #spare = new Group();
  #storing: Group | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastTime = 0;
  #stopping = false;
  #capacity: (() => void)[] = [];
  readonly #writer = new BatchWriter();

  constructor(readonly options: GroupCommitOptions) {}

  /**
   * Takes a batch of a host, whose number is above all taken before. `host.pending` then settles when it is on disk.
   * Throws REQUEST_INVALID or ROW_INVALID if it cannot be read or does not fit; nothing of it is taken then.
   */
  add(host: HostState, batch: WireBatch): void {
    if (this.#stopping) throw stopping();
    const origin = { host: String(host.registration['host']), hostId: host.hostId, receivedTime: this.#receivedTime() };
    const group = this.#filling;
    const behavioursMark = group.behaviours.buffer.mark();
    const connectionsMark = group.connections.buffer.mark();
    try {
      this.#writer.write(batch, origin, group.behaviours, group.connections);
      this.#noteGap(host, batch.number, origin, group);
    } catch (error) {
      group.behaviours.buffer.rollback(behavioursMark);
      group.connections.buffer.rollback(connectionsMark);
      throw error;
    }
    if (this.options.feed.wants(tables.behaviours)) group.published.behaviours.push(...behaviourRows(batch, origin));
    if (this.options.feed.wants(tables.connections)) group.published.connections.push(...connectionRows(batch, origin));
    group.numbers.set(host, batch.number);
    group.batchCount += 1;
    host.accepted = batch.number;
    host.pending = group.stored;
    this.#schedule();
  }

  /** Numbers that were passed over are evidence that is missing: counted, logged, and stored as a row. */
  #noteGap(host: HostState, number: number, origin: Origin, group: Group): void {
    const first = host.accepted + 1;
    if (number === first) return;
    group.behaviours.append(gapRow(origin, first, number - 1));
    this.options.metrics.add('batches_missing', number - first);
    this.options.log.warn(
      { host: origin.host, host_id: host.hostId, first, last: number - 1 },
      'batches of a host never arrived',
    );
  }

  /** Microseconds since the Unix epoch; never the same for two groups. */
  #receivedTime(): number {
    if (this.#filling.batchCount === 0) {
      this.#lastTime = Math.max(Date.now() * 1_000, this.#lastTime + 1);
      this.#filling.open(this.#lastTime);
    }
    return this.#filling.receivedTime;
  }

  /** Resolves when there is room for more: await it before reading on. */
  async capacity(): Promise<void> {
    while (this.#pendingBytes() > this.options.pendingBytes && !this.#stopping) {
      await new Promise<void>((resolve) => this.#capacity.push(resolve));
    }
  }

  /** Takes no more, stores what it has. */
  async stop(): Promise<void> {
    const groups = [this.#storing, this.#filling.batchCount > 0 ? this.#filling : null];
    const waiting = groups.flatMap((group) => group?.stored ?? []);
    this.#stopping = true;
    this.#schedule();
    this.#release();
    await Promise.allSettled(waiting);
  }

  #pendingBytes(): number {
    return this.#filling.bytes + (this.#storing?.bytes ?? 0);
  }

  #release(): void {
    const waiting = this.#capacity;
    this.#capacity = [];
    for (const resolve of waiting) resolve();
  }

  #schedule(): void {
    if (this.#storing !== null || this.#filling.batchCount === 0) return;
    const age = Date.now() - this.#filling.openedAt;
    const due = this.#stopping || age >= this.options.interval || this.#filling.bytes >= groupBytes;
    if (due) this.#begin();
    else this.#timer ??= setTimeout(() => this.#tick(), this.options.interval - age);
  }

  #tick(): void {
    this.#timer = null;
    this.#schedule();
  }

  #begin(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const group = this.#filling;
    this.#filling = this.#spare;
    this.#spare = group;
    this.#storing = group;
    void this.#store(group).finally(() => {
      this.#storing = null;
      group.behaviours.reset();
      group.connections.reset();
      group.batchCount = 0;
      this.#release();
      this.#schedule();
    });
  }

  /** Settles the group when it is stored; tries again until it is, or until there is no time left to. */
  async #store(group: Group): Promise<void> {
    const { metrics, feed, log } = this.options;
    for (let attempt = 0; ; attempt += 1) {
      try {
        if (attempt === 0 || (await this.options.journal.undo(group.receivedTime))) await this.#insert(group);
        break;
      } catch (error) {
        metrics.add('commits_retried');
        log.error(
          { err: error, attempt },
          'storing agents’ rows failed; trying again, nothing is acknowledged meanwhile',
        );
        if (this.#stopping && attempt > 0) {
          group.reject(stopping());
          return;
        }
        await delay(retryDelays[Math.min(attempt, retryDelays.length - 1)]);
      }
    }
    for (const [host, number] of group.numbers) host.stored = Math.max(host.stored, number);
    metrics.add('commits');
    metrics.add('batches_stored', group.batchCount);
    metrics.add('behaviours_stored', group.behaviours.rowCount);
    metrics.add('connections_stored', group.connections.rowCount);
    group.resolve();
    feed.publish(tables.behaviours, group.published.behaviours);
    feed.publish(tables.connections, group.published.connections);
  }

  async #insert(group: Group): Promise<void> {
    const { store, journal } = this.options;
    await journal.begin(group.receivedTime);
    const seen = new RowWriter(tables.hosts);
    for (const host of group.numbers.keys()) {
      if (group.receivedTime - host.seenTime > seenInterval) seen.append(seenRow(host, group.receivedTime));
    }
    await Promise.all(
      [group.behaviours, group.connections, seen].map((writer) =>
        store.insertBytes(writer.table, writer.bytes, writer.rowCount),
      ),
    );
    // Last: a group is stored when its numbers are.
    const batches = new RowWriter(tables.batches);
    for (const [host, number] of group.numbers) {
      batches.append({ host_id: host.hostId, boot_id: host.bootId, number, received_time: group.receivedTime });
    }
    await store.insertBytes(tables.batches, batches.bytes, batches.rowCount);
  }
}

function stopping(): AggregatorError {
  return new AggregatorError('STORE_UNAVAILABLE', 'The aggregator is shutting down; send this again when it is back');
}
