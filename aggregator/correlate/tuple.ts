import { assignRecords } from './assign.js';
import type { ConnectionEnd, FlowRecord, Tolerances } from './model.js';
import { pairEnds } from './pair.js';
import { conversationSession, unclaimedSession, type SessionRow } from './session.js';
import type { Surroundings } from './surroundings.js';

/** The sessions that connections and flow records of one Community ID make. Pure: the same facts give the same rows. */
export function tupleSessions(
  communityId: string,
  connections: readonly ConnectionEnd[],
  records: readonly FlowRecord[],
  surroundings: Surroundings,
  tolerances: Tolerances,
): readonly SessionRow[] {
  const { observed, unclaimed } = assignRecords(pairEnds(connections, tolerances), records, tolerances);
  return [
    ...observed.map((one) => conversationSession(communityId, one, surroundings, tolerances)),
    ...unclaimed.map((one) => unclaimedSession(communityId, one, surroundings)),
  ];
}
