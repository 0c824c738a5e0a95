import type { Feed } from '../ingest/feed.js';
import type { Row } from '../schema/row.js';
import { tables } from '../schema/tables.js';
import type { StoreLog } from '../store/engine-client.js';
import type { Statement, Store } from '../store/store.js';
import { awaitingIds, changedHours, changedIds, correlationLimits, lastComputed } from './load.js';
import { loadSurroundings } from './load-surroundings.js';
import { defaultTolerances, hour, type Tolerances } from './model.js';
import { recompute } from './recompute.js';
import { TouchedHours, type Touch } from '../ingest/touched.js';

export interface CorrelatorOptions {
  readonly store: Store;
  readonly feed: Feed;
  readonly log: StoreLog;
  readonly tolerances?: Partial<Tolerances>;
  /** The wall clock in microseconds since the Unix epoch, the system's by default. */
  readonly now?: () => number;
}

/** From a new row to the start of the next run, in milliseconds: rows that come together are joined together. */
const debounce = 300;
/** A run that takes long is followed by a pause of as many times its length: ingest and queries come first. */
const restFactor = 2;
const awaitedInterval = 30_000;
/** Community IDs that are computed together: bounds the memory and the length of a statement. */
const idsTogether = 4000;
/** Sessions that await a record are looked at again in groups, every so often, in microseconds. */
const awaitedGrain = 5 * 60_000_000;
/** Runs that a crash cut short are done again when what they had not reached came in less than this before, in microseconds. */
const catchUp = 15 * 60_000_000;

/**
 * Keeps `sessions` equal to what connections and flows say. Which rows changed comes from the feed; what they
 * mean is computed from the store alone, so computing again is harmless and late data corrects earlier joins.
 */
export class Correlator {
  readonly #touched = new TouchedHours();
  /** Hour of sessions that await a flow record, and when to look at them again. */
  readonly #awaited = new Map<number, number>();
  readonly #tolerances: Tolerances;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | null = null;
  #awaitedTimer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #started = false;
  #caughtUp = false;
  #lastTook = 0;

  constructor(readonly options: CorrelatorOptions) {
    this.#tolerances = { ...defaultTolerances, ...options.tolerances };
    this.#now = options.now ?? (() => Date.now() * 1000);
  }

  /** Begins to follow the feed; what arrived while no correlator ran is found in the store. */
  start(): void {
    this.#started = true;
    this.options.feed.subscribe(tables.connections, this.#onRows);
    this.options.feed.watch(tables.flows, this.#onTouches);
    this.#awaitedTimer = setInterval(() => this.#schedule(), awaitedInterval);
    this.#awaitedTimer.unref();
    this.#schedule();
  }

  /** Resolves when the run at work is done. */
  async stop(): Promise<void> {
    this.#started = false;
    this.options.feed.unsubscribe(tables.connections, this.#onRows);
    this.options.feed.unwatch(tables.flows, this.#onTouches);
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#awaitedTimer !== null) clearInterval(this.#awaitedTimer);
    this.#timer = null;
    this.#awaitedTimer = null;
    await this.#running;
  }

  /** Computes all that changed up to now. Rejects with an AggregatorError; what was not reached is kept for the next run. */
  runOnce(): Promise<void> {
    const run = this.#running.then(() => this.#run());
    this.#running = run.catch(() => undefined);
    return run;
  }

  readonly #onRows = (rows: readonly Row[]): void => {
    this.#touched.addRows(rows);
    if (!this.#touched.isEmpty) this.#schedule();
  };

  readonly #onTouches = (touches: readonly Touch[]): void => {
    for (const touch of touches) this.#touched.add(touch);
    if (!this.#touched.isEmpty) this.#schedule();
  };

  #schedule(): void {
    if (!this.#started || this.#timer !== null) return;
    this.#timer = setTimeout(() => this.#scheduledRun(), Math.max(debounce, this.#lastTook * restFactor));
    this.#timer.unref();
  }

  #scheduledRun(): void {
    const begun = Date.now();
    this.runOnce()
      .catch((error: unknown) => {
        this.options.log.error({ error: String(error) }, 'correlation failed, and will be tried again');
      })
      .finally(() => {
        this.#lastTook = Date.now() - begun;
        this.#timer = null;
        if (!this.#touched.isEmpty) this.#schedule();
      });
  }

  async #run(): Promise<void> {
    if (!this.#caughtUp) {
      await this.#findMissed();
      this.#caughtUp = true;
    }
    const touches = this.#touched.take();
    const awaited = this.#takeAwaited();
    try {
      while (touches.length > 0) {
        const [touch] = touches;
        if (touch !== undefined) await this.#compute(touch, changedIds(touch, touch.received));
        touches.shift();
      }
      while (awaited.length > 0) {
        const [touch] = awaited;
        if (touch !== undefined) await this.#compute(touch, awaitingIds(touch));
        awaited.shift();
      }
    } catch (error) {
      for (const touch of touches) this.#touched.add(touch);
      for (const touch of awaited) this.#awaited.set(Math.floor(touch.from / hour), 0);
      throw error;
    }
  }

  async #findMissed(): Promise<void> {
    const { store } = this.options;
    const [last] = await store.query(lastComputed(), correlationLimits);
    const since = Math.max(0, Number(last?.[0] ?? 0) - catchUp);
    for (const [from, to, received] of await store.query(changedHours(since), correlationLimits)) {
      this.#touched.add({ from: Number(from), to: Number(to), received: Number(received) });
    }
    // Sessions of the last hours may still await their flow records.
    const now = this.#now();
    const wait = this.#tolerances.longestWindow + this.#tolerances.delivery;
    for (let time = now - wait - hour; time < now + hour; time += hour) this.#await(time, now);
  }

  async #compute(touch: Touch, ids: Statement): Promise<void> {
    const { store } = this.options;
    const now = this.#now();
    const surroundings = await loadSurroundings(store, touch, now);
    let group: string[] = [];
    const flush = async (): Promise<void> => {
      if (group.length === 0) return;
      const { changes, judgeAgain } = await recompute(store, group, touch, surroundings, this.#tolerances);
      group = [];
      this.options.feed.publish(tables.sessions, changes);
      for (const { start, at } of judgeAgain) this.#await(start, at);
    };
    for await (const rows of store.stream(ids, correlationLimits)) {
      for (const [id] of rows) {
        if (id !== undefined) group.push(id);
        if (group.length >= idsTogether) await flush();
      }
    }
    await flush();
  }

  #await(start: number, at: number): void {
    const key = Math.floor(start / hour);
    const rounded = Math.ceil(at / awaitedGrain) * awaitedGrain;
    this.#awaited.set(key, Math.min(this.#awaited.get(key) ?? Infinity, rounded));
  }

  /** The hours whose time has come. */
  #takeAwaited(): Touch[] {
    const now = this.#now();
    const due = [...this.#awaited].filter(([, at]) => at <= now).map(([key]) => key);
    for (const key of due) this.#awaited.delete(key);
    return due.map((key) => ({ from: key * hour, to: (key + 1) * hour - 1, received: 0 }));
  }
}
