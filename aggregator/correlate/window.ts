import type { Span } from './load.js';
import { hour, type ConnectionEnd, type Tolerances } from './model.js';

/** Which rows a recomputation needs, and which sessions it decides about. */
export interface RecomputedWindow {
  /** Sessions that start here are computed, and those stored here and not computed are superseded; `to` excluded. */
  readonly decided: Span;
  /** Start times of the flow records that can belong to them. */
  readonly flows: Span;
}

/**
 * Start times of the connections that can have to do with a touched stretch of time. Twice the longest
 * back: one that lasted into it, and those before that one, which claim the records of their own time.
 */
export function connectionSpan(touched: Span, tolerances: Tolerances): Span {
  const reach = tolerances.longestConnection;
  return { from: Math.max(0, touched.from - 2 * reach), to: touched.to + reach };
}

/**
 * For one Community ID. Whole hours, because flow records without a connection make a session per hour. Reaches back to the start
 * of every connection that lasted into the touched time, and on to the end of those that started in it:
 * so each session that is decided about is decided with all that belongs to it.
 */
export function recomputedWindow(
  touched: Span,
  connections: readonly ConnectionEnd[],
  tolerances: Tolerances,
): RecomputedWindow {
  const slack = tolerances.clockSlack;
  const lasting = connections.filter(
    ({ start, end }) =>
      start <= touched.to + slack && (end === 0 ? start + tolerances.longestConnection : end) >= touched.from - slack,
  );
  const from = floorHour(Math.min(touched.from, ...lasting.map(({ start }) => start)));
  const to = floorHour(touched.to) + hour;
  const lastEnd = connections
    .filter(({ start }) => start >= from && start < to)
    .reduce((latest, { start, end }) => Math.max(latest, end === 0 ? start + tolerances.longestConnection : end), to);
  return {
    decided: { from, to },
    flows: {
      from: Math.max(0, from - tolerances.longestWindow - slack),
      to: lastEnd + tolerances.longestWindow + slack,
    },
  };
}

/** Smallest span around all of them. */
export function hull(spans: readonly Span[]): Span {
  return spans.reduce((all, span) => ({ from: Math.min(all.from, span.from), to: Math.max(all.to, span.to) }), {
    from: Number.MAX_SAFE_INTEGER,
    to: 0,
  });
}

function floorHour(time: number): number {
  return Math.floor(time / hour) * hour;
}
