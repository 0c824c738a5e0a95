import type { Store } from '../store/store.js';
import { correlationLimits, type Span } from './load.js';
import { hour } from './model.js';
import type { LostRecords, Surroundings } from './surroundings.js';

/** What explains missing ends and records within a span. */
export async function loadSurroundings(store: Store, span: Span, now: number): Promise<Surroundings> {
  return { now, hosts: await loadHosts(store), lost: await loadLostRecords(store, span) };
}

async function loadHosts(store: Store): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await store.query(
    {
      sql: `SELECT arrayJoin(addresses) AS address, groupUniqArray(host)
        FROM (SELECT host, addresses FROM hosts ORDER BY last_seen_time DESC LIMIT 1 BY host_id) GROUP BY address`,
      parameters: {},
    },
    correlationLimits,
  );
  return new Map(rows.map(([address = '', hosts = '[]']) => [address, texts(hosts)]));
}

/** SKIPDATA names an interface only: its address is the one that most of its records have. */
async function loadLostRecords(store: Store, span: Span): Promise<ReadonlyMap<string, readonly LostRecords[]>> {
  const parameters = { from: span.from - hour, to: span.to + hour };
  const range = "start_time >= {from:DateTime64(6, 'UTC')} AND start_time <= {to:DateTime64(6, 'UTC')}";
  const gaps = await store.query(
    {
      sql: `SELECT DISTINCT interface_id, start_time, end_time FROM flows WHERE log_status = 'SKIPDATA' AND ${range} LIMIT 100000`,
      parameters,
    },
    correlationLimits,
  );
  if (gaps.length === 0) return new Map();
  const interfaces = [...new Set(gaps.map(([interfaceId = '']) => interfaceId))];
  const addresses = await store.query(
    {
      sql: `SELECT interface_id, arrayJoin([source_address, destination_address]) AS address, count() AS records
        FROM flows WHERE interface_id IN {interfaces:Array(String)} AND community_id != '' AND ${range}
        GROUP BY interface_id, address ORDER BY records DESC LIMIT 2 BY interface_id`,
      parameters: { ...parameters, interfaces },
    },
    correlationLimits,
  );
  const most = new Map<string, number>();
  const lost = new Map<string, LostRecords[]>();
  for (const [interfaceId = '', address = '', records] of addresses) {
    // With one peer only, both ends of its records are as frequent: then either may be the interface's.
    if (Number(records) < (most.get(interfaceId) ?? 0)) continue;
    most.set(interfaceId, Number(records));
    const own = gaps
      .filter((gap) => gap[0] === interfaceId)
      .map(([, start, end]) => ({ interfaceId, start: Number(start), end: Number(end) }));
    lost.set(address, [...(lost.get(address) ?? []), ...own]);
  }
  return lost;
}

/** A list of texts, as results of the store hold it. */
function texts(json: string): readonly string[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
