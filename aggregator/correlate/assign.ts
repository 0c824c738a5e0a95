import { hour, type Conversation, type FlowRecord, type Tolerances } from './model.js';

const second = 1_000_000;

/** A conversation with the flow records that are its own. */
export interface Observed {
  readonly conversation: Conversation;
  readonly records: readonly FlowRecord[];
  /** Other conversations of the tuple fell into a window of its records. */
  readonly shared: boolean;
  /** A record that covers it was given to another conversation of the tuple. */
  readonly covered: boolean;
}

/** Records that belong to no connection of an agent, an hour of them together. */
export interface Unclaimed {
  /** Start of the hour. */
  readonly bucket: number;
  readonly records: readonly FlowRecord[];
}

export interface Assignment {
  readonly observed: readonly Observed[];
  readonly unclaimed: readonly Unclaimed[];
}

/** Gives each flow record of one Community ID to the conversation that it overlaps most; each record counts once. */
export function assignRecords(
  conversations: readonly Conversation[],
  records: readonly FlowRecord[],
  tolerances: Tolerances,
): Assignment {
  const own = conversations.map(() => new Array<FlowRecord>());
  const shared = conversations.map(() => false);
  const covered = conversations.map(() => false);
  const buckets = new Map<number, FlowRecord[]>();

  for (const record of distinct(records)) {
    const claims = claimsOn(record, conversations, tolerances);
    const [best] = claims;
    if (best === undefined) {
      const bucket = Math.floor(record.start / hour) * hour;
      const others = buckets.get(bucket);
      if (others === undefined) buckets.set(bucket, [record]);
      else others.push(record);
      continue;
    }
    own[best.index]?.push(record);
    for (const other of claims.slice(1)) {
      if (other.overlap <= 0) continue;
      covered[other.index] = true;
      shared[best.index] = true;
    }
  }
  return {
    observed: conversations.map((conversation, index) => ({
      conversation,
      records: own[index] ?? [],
      shared: shared[index] ?? false,
      covered: covered[index] ?? false,
    })),
    unclaimed: [...buckets].map(([bucket, members]) => ({ bucket, records: members })),
  };
}

interface Claim {
  readonly index: number;
  /** Time that both cover; negative: they only meet within the slack of the clocks. */
  readonly overlap: number;
}

/** Longest overlap first. */
function claimsOn(
  record: FlowRecord,
  conversations: readonly Conversation[],
  tolerances: Tolerances,
): readonly Claim[] {
  // The end is a whole second too: all of that second belongs to the window.
  const windowEnd = record.end + second;
  return conversations
    .map(({ start, until }, index) => ({ index, overlap: Math.min(until, windowEnd) - Math.max(start, record.start) }))
    .filter(({ overlap }) => overlap >= -tolerances.clockSlack)
    .sort((a, b) => b.overlap - a.overlap);
}

/** A file of records that is imported twice must not count twice. */
function distinct(records: readonly FlowRecord[]): readonly FlowRecord[] {
  const seen = new Set<string>();
  return records.filter((record) => {
    const { interfaceId, start, end, sourceAddress, sourcePort, packets, bytes, action } = record;
    const key = [interfaceId, start, end, sourceAddress, sourcePort, packets, bytes, action].join(' ');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
