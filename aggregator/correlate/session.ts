import { createHash } from 'node:crypto';
import type { Row } from '../schema/row.js';
import { isLoopback } from './address.js';
import type { Observed, Unclaimed } from './assign.js';
import { judgeConversation, judgeUnclaimed, type Judgement } from './judgement.js';
import type { ConnectionEnd, FlowRecord, Tolerances } from './model.js';
import type { Surroundings } from './surroundings.js';

/** A row of `sessions` but for `computed_time`. */
export interface SessionRow {
  readonly row: Row;
  readonly judgeAgainAt: number | null;
}

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

interface Ends {
  readonly client: Endpoint;
  readonly server: Endpoint;
}

/** The session of a conversation that an agent reported. */
export function conversationSession(
  communityId: string,
  observed: Observed,
  surroundings: Surroundings,
  tolerances: Tolerances,
): SessionRow {
  const { conversation, records } = observed;
  const { client, server } = conversation;
  const ends = conversationEnds(client, server);
  // What the ends count is payload; they may have been asked at different times: the later count is the higher one.
  const toServer = Math.max(client?.bytesSent ?? 0, server?.bytesReceived ?? 0);
  const toClient = Math.max(client?.bytesReceived ?? 0, server?.bytesSent ?? 0);
  // On loopback the same tuple is another connection on every host.
  const place = isLoopback(ends.client.address) ? ((client ?? server)?.hostId ?? '') : '';
  return sessionRow({
    id: sessionId(communityId, conversation.start, place),
    communityId,
    start: conversation.start,
    end: conversation.end ?? 0,
    protocol: (client ?? server)?.protocol ?? 0,
    ends,
    client,
    server,
    toServer,
    toClient,
    records,
    judgement: judgeConversation(observed, surroundings, tolerances),
  });
}

/** The session of an hour of flow records without any agent. Its id keeps when more records of the hour arrive. */
export function unclaimedSession(communityId: string, unclaimed: Unclaimed, surroundings: Surroundings): SessionRow {
  const { records, bucket } = unclaimed;
  const { ends, guessed } = guessEnds(records);
  return sessionRow({
    id: sessionId(communityId, bucket, 'flows'),
    communityId,
    start: Math.min(...records.map((record) => record.start)),
    end: Math.max(...records.map((record) => record.end)),
    protocol: records[0]?.protocol ?? 0,
    ends,
    client: null,
    server: null,
    toServer: observedBytes(records, ends.client),
    toClient: observedBytes(records, ends.server),
    records,
    judgement: judgeUnclaimed(records, ends.client.address, ends.server.address, guessed, surroundings),
  });
}

function sessionId(communityId: string, start: number, place: string): string {
  return createHash('sha256').update(`${communityId} ${start} ${place}`).digest('hex').slice(0, 32);
}

function conversationEnds(client: ConnectionEnd | null, server: ConnectionEnd | null): Ends {
  const [known, outbound] = client === null ? [server, false] : [client, true];
  const local = { address: known?.localAddress ?? '', port: known?.localPort ?? 0 };
  const remote = { address: known?.remoteAddress ?? '', port: known?.remotePort ?? 0 };
  return outbound ? { client: local, server: remote } : { client: remote, server: local };
}

const highestServicePort = 1023;
/** Where Linux begins to choose ports for clients. */
const lowestEphemeralPort = 32_768;

/** A port of a service on one side only tells the server; else whoever sent first is taken for the client. */
function guessEnds(records: readonly FlowRecord[]): { readonly ends: Ends; readonly guessed: boolean } {
  const first = records.reduce((earliest, record) => (record.start < earliest.start ? record : earliest));
  const source = { address: first.sourceAddress, port: first.sourcePort };
  const destination = { address: first.destinationAddress, port: first.destinationPort };
  const forward = { client: source, server: destination };
  const backward = { client: destination, server: source };
  if (isService(destination.port, source.port)) return { ends: forward, guessed: false };
  if (isService(source.port, destination.port)) return { ends: backward, guessed: false };
  return { ends: forward, guessed: true };
}

function isService(port: number, other: number): boolean {
  if (port === 0 || port >= other) return false;
  return port <= highestServicePort
    ? other > highestServicePort
    : port < lowestEphemeralPort && other >= lowestEphemeralPort;
}

/** Several interfaces on the way see the same bytes: the one that saw most counts. */
function observedBytes(records: readonly FlowRecord[], source: Endpoint): number {
  const perInterface = new Map<string, number>();
  for (const record of records) {
    if (record.sourceAddress !== source.address || record.sourcePort !== source.port) continue;
    perInterface.set(record.interfaceId, (perInterface.get(record.interfaceId) ?? 0) + record.bytes);
  }
  return Math.max(0, ...perInterface.values());
}

interface SessionParts {
  readonly id: string;
  readonly communityId: string;
  readonly start: number;
  readonly end: number;
  readonly protocol: number;
  readonly ends: Ends;
  readonly client: ConnectionEnd | null;
  readonly server: ConnectionEnd | null;
  readonly toServer: number;
  readonly toClient: number;
  readonly records: readonly FlowRecord[];
  readonly judgement: Judgement;
}

function sessionRow(parts: SessionParts): SessionRow {
  const { client, server, ends, records, judgement } = parts;
  const row: Row = {
    session_id: parts.id,
    start_time: parts.start,
    end_time: parts.end,
    community_id: parts.communityId,
    protocol: parts.protocol,
    ...sideRow('client_', client, ends.client),
    ...sideRow('server_', server, ends.server),
    bytes_to_server: parts.toServer,
    bytes_to_client: parts.toClient,
    smoothed_rtt: client?.smoothedRtt ?? server?.smoothedRtt ?? 0,
    retransmits: (client?.retransmits ?? 0) + (server?.retransmits ?? 0),
    flow_count: records.length,
    flow_packets: sum(records.map((record) => record.packets)),
    flow_bytes: sum(records.map((record) => record.bytes)),
    interfaces: [...new Set(records.map((record) => record.interfaceId))].sort(),
    action: actionOf(records),
    confidence: judgement.confidence,
    superseded: 0,
    reason: judgement.reason,
  };
  return { row, judgeAgainAt: judgement.judgeAgainAt };
}

function sideRow(prefix: string, end: ConnectionEnd | null, endpoint: Endpoint): Row {
  return {
    [`${prefix}host`]: end?.host ?? '',
    [`${prefix}address`]: endpoint.address,
    [`${prefix}port`]: endpoint.port,
    [`${prefix}pid`]: end?.process.pid ?? 0,
    [`${prefix}process_start_time`]: end?.process.startTime ?? 0,
    [`${prefix}user`]: end?.process.user ?? '',
    [`${prefix}comm`]: end?.process.comm ?? '',
    [`${prefix}connection_id`]: end?.connectionId ?? 0,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function actionOf(records: readonly FlowRecord[]): string {
  const actions = new Set(records.map((record) => record.action).filter((action) => action !== ''));
  return actions.size > 1 ? 'MIXED' : ([...actions][0] ?? '');
}
