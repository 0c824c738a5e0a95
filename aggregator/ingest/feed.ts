import type { Metrics } from '../metrics.js';
import type { Row } from '../schema/row.js';
import type { Table } from '../schema/table.js';
import type { Touch } from './touched.js';

/** Called with rows right after they were stored. Must not keep the event loop busy, nor change the rows. */
export type FeedListener = (rows: readonly Row[]) => void;

/** Called with the stretches of event time in which rows were just stored. */
export type TouchListener = (touches: readonly Touch[]) => void;

/** Rows as they are stored, for those who want to see them at once (`panorama tail`). Keeps nothing. */
export class Feed {
  readonly #listeners = new Map<string, Set<FeedListener>>();

  readonly #watchers = new Map<string, Set<TouchListener>>();

  constructor(readonly metrics: Metrics) {}

  /** For who needs to know when there is something new, and not what: costs nothing per row. */
  watch(table: Table, listener: TouchListener): void {
    const watchers = this.#watchers.get(table.name) ?? new Set();
    watchers.add(listener);
    this.#watchers.set(table.name, watchers);
  }

  unwatch(table: Table, listener: TouchListener): void {
    this.#watchers.get(table.name)?.delete(listener);
  }

  touch(table: Table, touches: readonly Touch[]): void {
    for (const listener of this.#watchers.get(table.name) ?? []) this.#call(() => listener(touches));
  }

  subscribe(table: Table, listener: FeedListener): void {
    const listeners = this.#listeners.get(table.name) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(table.name, listeners);
  }

  unsubscribe(table: Table, listener: FeedListener): void {
    const listeners = this.#listeners.get(table.name);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(table.name);
  }

  /** Whether anyone listens: rows need not be kept for publishing otherwise. */
  wants(table: Table): boolean {
    return this.#listeners.has(table.name);
  }

  /** A listener that throws is counted and does not stop the others, nor the ingest. */
  publish(table: Table, rows: readonly Row[]): void {
    if (rows.length === 0) return;
    for (const listener of this.#listeners.get(table.name) ?? []) this.#call(() => listener(rows));
  }

  #call(listener: () => void): void {
    try {
      listener();
    } catch {
      this.metrics.add('feed_listener_errors');
    }
  }
}
