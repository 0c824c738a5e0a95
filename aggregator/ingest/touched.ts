import type { Row } from '../schema/row.js';

/** Microseconds. */
const hour = 3_600_000_000;

/** A stretch of start times in which something new arrived. */
export interface Touch {
  readonly from: number;
  readonly to: number;
  /** When the first of it was received; rows received earlier have been dealt with. */
  readonly received: number;
}

/** Which hours of event time have new rows. Holds one entry for an hour, however many rows arrive. */
export class TouchedHours {
  readonly #hours = new Map<number, Touch>();

  get isEmpty(): boolean {
    return this.#hours.size === 0;
  }

  /** Rows of `connections` or `flows`. */
  addRows(rows: readonly Row[]): void {
    for (const row of rows) this.addRow(row);
  }

  addRow(row: Row): void {
    const start = row['start_time'];
    const received = row['received_time'];
    if (typeof start !== 'number' || typeof received !== 'number' || row['community_id'] === '') return;
    const end = row['end_time'];
    const to = typeof end === 'number' ? Math.max(start, Math.min(end, start + hour)) : start;
    // Flow records come by the hundred thousand from the same few minutes.
    const known = this.#hours.get(Math.floor(start / hour));
    if (known !== undefined && start >= known.from && to <= known.to && received >= known.received) return;
    this.add({ from: start, to, received });
  }

  add(touch: Touch): void {
    const key = Math.floor(touch.from / hour);
    const known = this.#hours.get(key);
    this.#hours.set(
      key,
      known === undefined
        ? touch
        : {
            from: Math.min(known.from, touch.from),
            to: Math.max(known.to, touch.to),
            received: Math.min(known.received, touch.received),
          },
    );
  }

  /** All of it, in order of time; nothing is left. */
  take(): Touch[] {
    const touches = [...this.#hours.values()].sort((a, b) => a.from - b.from);
    this.#hours.clear();
    return touches;
  }
}
