import { rowValues } from '../query/rows.js';
import type { Row } from '../schema/row.js';
import { RowWriter } from '../schema/row-writer.js';
import { tables } from '../schema/tables.js';
import type { ResultRow, Store } from '../store/store.js';
import { correlationLimits, type Span } from './load.js';

const { sessions } = tables;
const names = sessions.columns.map((column) => column.name);
const place = {
  sessionId: names.indexOf('session_id'),
  communityId: names.indexOf('community_id'),
  start: names.indexOf('start_time'),
  computed: names.indexOf('computed_time'),
};

/** A session as it is stored, its values in the order of the table's columns. */
export interface StoredSession {
  readonly communityId: string;
  readonly sessionId: string;
  readonly start: number;
  readonly computed: number;
  readonly values: ResultRow;
}

export async function loadSessions(
  store: Store,
  ids: readonly string[],
  span: Span,
): Promise<readonly StoredSession[]> {
  const rows = await store.query(
    {
      // As FINAL does, but only among the rows that are asked for.
      sql: `SELECT * FROM (SELECT ${names.join(', ')} FROM sessions
        WHERE community_id IN {ids:Array(String)}
          AND start_time >= {from:DateTime64(6, 'UTC')} AND start_time < {to:DateTime64(6, 'UTC')}
        ORDER BY computed_time DESC LIMIT 1 BY toStartOfHour(start_time), session_id) WHERE superseded = 0`,
      parameters: { ids, ...span },
    },
    correlationLimits,
  );
  return rows.map((values) => ({
    communityId: values[place.communityId] ?? '',
    sessionId: values[place.sessionId] ?? '',
    start: Number(values[place.start]),
    computed: Number(values[place.computed]),
    values,
  }));
}

/**
 * The rows that make what is stored equal to what was computed: new and changed sessions, and a
 * superseded row for each stored one that is computed no more. Nothing when nothing changed, so
 * that computing again costs no write. A later `computed_time` wins, also after the clock was set back.
 */
export function sessionChanges(
  computed: readonly Row[],
  stored: readonly StoredSession[],
  now: number,
): readonly Row[] {
  const before = new Map(stored.map((session) => [rowKey(session.sessionId, session.start), session]));
  const changes: Row[] = [];
  for (const row of computed) {
    const key = rowKey(String(row['session_id']), Number(row['start_time']));
    const old = before.get(key);
    before.delete(key);
    const version = Math.max(now, (old?.computed ?? 0) + 1);
    const made: Row = { ...row, computed_time: version };
    if (old === undefined || !sameValues(rowValues(sessions, made), old.values)) changes.push(made);
  }
  for (const gone of before.values()) changes.push(supersededRow(gone, Math.max(now, gone.computed + 1)));
  return changes;
}

/** What the table is ordered by: rows that differ here do not replace each other. */
function rowKey(sessionId: string, start: number): string {
  return `${sessionId} ${Math.floor(start / 3_600_000_000)}`;
}

function sameValues(a: readonly string[], b: readonly string[]): boolean {
  return a.every((value, index) => index === place.computed || value === b[index]);
}

function supersededRow(session: StoredSession, computed: number): Row {
  const empty = Object.fromEntries(
    sessions.columns.map((column) => [column.name, column.type.endsWith('[]') ? [] : isText(column.type) ? '' : 0]),
  );
  return {
    ...empty,
    session_id: session.sessionId,
    start_time: session.start,
    end_time: session.start,
    community_id: session.communityId,
    computed_time: computed,
    superseded: 1,
    reason: 'later data made another session of it',
  };
}

function isText(type: string): boolean {
  return type === 'text' || type === 'word' || type === 'address';
}

export async function storeSessions(store: Store, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const writer = new RowWriter(sessions);
  for (const row of rows) writer.append(row);
  await store.insertBytes(sessions, writer.bytes, writer.rowCount);
}
