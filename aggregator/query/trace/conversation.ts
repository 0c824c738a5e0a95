import type { FileBehaviour } from './decode.js';
import type { TraceReader } from './load.js';
import type { End, FlowSight, Session } from './model.js';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A connection as a whole: its ends as far as agents reported them, and what the network saw. */
export interface Conversation {
  /** Equal for the same connection, whichever of its ends led to it. */
  readonly key: string;
  readonly start: number;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly clientEnd: End | null;
  readonly serverEnd: End | null;
  /** null: not correlated yet. */
  readonly session: Session | null;
  readonly flows: readonly FlowSight[];
  readonly bytesToServer: number;
  readonly bytesToClient: number;
  /** Behaviours with files of the processes at each end. */
  readonly clientFiles: readonly FileBehaviour[];
  readonly serverFiles: readonly FileBehaviour[];
}

/** Everything about the connection that one of its ends belongs to. */
export async function conversationOfEnd(reader: TraceReader, end: End): Promise<Conversation> {
  const session = await reader.sessionOfEnd(end);
  const other = session === null ? await reader.mirrorOf(end) : await otherEnd(reader, end, session);
  const [clientEnd, serverEnd] = end.outbound ? [end, other] : [other, end];
  const local = { address: end.localAddress, port: end.localPort };
  const remote = { address: end.remoteAddress, port: end.remotePort };
  const lasted = [end, other].filter((one) => one !== null);
  const start = Math.min(...lasted.map((one) => one.start));
  const closed = Math.max(...lasted.map((one) => one.end));
  return {
    key: [clientEnd, serverEnd]
      .map((one) => (one === null ? '' : `${one.hostId}/${one.connectionId}/${one.start}`))
      .join(' '),
    start,
    client: end.outbound ? local : remote,
    server: end.outbound ? remote : local,
    clientEnd,
    serverEnd,
    session,
    flows: await reader.flows(end.communityId, start, closed === 0 ? Date.now() * 1000 : closed),
    bytesToServer: Math.max(clientEnd?.bytesSent ?? 0, serverEnd?.bytesReceived ?? 0),
    bytesToClient: Math.max(clientEnd?.bytesReceived ?? 0, serverEnd?.bytesSent ?? 0),
    clientFiles: clientEnd === null ? [] : await reader.behavioursOfEnd(clientEnd),
    serverFiles: serverEnd === null ? [] : await reader.behavioursOfEnd(serverEnd),
  };
}

async function otherEnd(reader: TraceReader, end: End, session: Session): Promise<End | null> {
  const [host, connectionId] = end.outbound
    ? [session.serverHost, session.serverConnectionId]
    : [session.clientHost, session.clientConnectionId];
  return connectionId === 0 ? null : reader.endOf(end.communityId, host, connectionId);
}

/** A connection that only flow records tell of. */
export async function conversationOfSession(reader: TraceReader, session: Session): Promise<Conversation> {
  return {
    key: `${session.communityId} ${session.start}`,
    start: session.start,
    client: { address: session.clientAddress, port: session.clientPort },
    server: { address: session.serverAddress, port: session.serverPort },
    clientEnd: null,
    serverEnd: null,
    session,
    flows: await reader.flows(session.communityId, session.start, session.end),
    bytesToServer: session.bytesToServer,
    bytesToClient: session.bytesToClient,
    clientFiles: [],
    serverFiles: [],
  };
}
