import type { Metrics } from '../metrics.js';
import type { Row } from '../schema/row.js';
import type { Table } from '../schema/table.js';

/** Called with rows right after they were stored. Must not keep the event loop busy, nor change the rows. */
export type FeedListener = (rows: readonly Row[]) => void;

/** Rows as they are stored, for those who want to see them at once (`panorama tail`). Keeps nothing. */
export class Feed {
  readonly #listeners = new Map<string, Set<FeedListener>>();

  constructor(readonly metrics: Metrics) {}

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
    for (const listener of this.#listeners.get(table.name) ?? []) {
      try {
        listener(rows);
      } catch {
        this.metrics.add('feed_listener_errors');
      }
    }
  }
}
