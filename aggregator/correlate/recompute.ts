import type { Row } from '../schema/row.js';
import type { Store } from '../store/store.js';
import { loadConnections, loadFlows, type Span } from './load.js';
import type { Tolerances } from './model.js';
import { loadSessions, sessionChanges, storeSessions } from './stored-sessions.js';
import type { Surroundings } from './surroundings.js';
import { tupleSessions } from './tuple.js';
import { connectionSpan, hull, recomputedWindow } from './window.js';

export interface Recomputed {
  /** Rows that were stored: new, changed and superseded sessions. */
  readonly changes: readonly Row[];
  /** When a session that awaits its flow record is worth another look. */
  readonly judgeAgain: readonly { readonly start: number; readonly at: number }[];
}

/** Computes the sessions of some Community IDs around a stretch of time again and stores what changed. */
export async function recompute(
  store: Store,
  ids: readonly string[],
  touched: Span,
  surroundings: Surroundings,
  tolerances: Tolerances,
): Promise<Recomputed> {
  const connections = groupById(await loadConnections(store, ids, connectionSpan(touched, tolerances)));
  const windows = new Map(ids.map((id) => [id, recomputedWindow(touched, connections.get(id) ?? [], tolerances)]));
  const all = [...windows.values()];
  const flows = groupById(await loadFlows(store, ids, hull(all.map((window) => window.flows))));
  const stored = groupById(await loadSessions(store, ids, hull(all.map((window) => window.decided))));

  const changes: Row[] = [];
  const judgeAgain: { start: number; at: number }[] = [];
  for (const [id, { decided }] of windows) {
    const isDecided = (start: number): boolean => start >= decided.from && start < decided.to;
    const computed: Row[] = [];
    for (const { row, judgeAgainAt } of tupleSessions(
      id,
      connections.get(id) ?? [],
      flows.get(id) ?? [],
      surroundings,
      tolerances,
    )) {
      const start = Number(row['start_time']);
      if (!isDecided(start)) continue;
      computed.push(row);
      if (judgeAgainAt !== null) judgeAgain.push({ start, at: judgeAgainAt });
    }
    const before = (stored.get(id) ?? []).filter((session) => isDecided(session.start));
    changes.push(...sessionChanges(computed, before, surroundings.now));
  }
  await storeSessions(store, changes);
  return { changes, judgeAgain };
}

function groupById<T extends { readonly communityId: string }>(items: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.communityId);
    if (group === undefined) groups.set(item.communityId, [item]);
    else group.push(item);
  }
  return groups;
}
