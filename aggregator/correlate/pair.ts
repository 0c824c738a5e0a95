import { isLoopback } from './address.js';
import type { ConnectionEnd, Conversation, Tolerances } from './model.js';

interface End {
  readonly connection: ConnectionEnd;
  /** Until when it can have lasted; Infinity: it is open. */
  readonly until: number;
}

interface Candidate {
  readonly client: number;
  readonly server: number;
  readonly sameHost: boolean;
  readonly apart: number;
}

/**
 * Joins the ends of the connections of one Community ID: those with mirrored tuples that existed
 * at the same time, the closest starts first. In order of start.
 */
export function pairEnds(connections: readonly ConnectionEnd[], tolerances: Tolerances): readonly Conversation[] {
  const clients = withEnds(connections.filter((connection) => connection.outbound));
  const servers = withEnds(connections.filter((connection) => !connection.outbound));
  const pairs = choose(candidates(clients, servers, tolerances.clockSlack));

  const taken = new Set(pairs.values());
  const joined = clients.map((client, index) => conversation(client, servers[pairs.get(index) ?? -1] ?? null));
  const alone = servers.filter((_, index) => !taken.has(index)).map((server) => conversation(null, server));
  return [...joined, ...alone].sort((a, b) => a.start - b.start);
}

/**
 * The close of a connection is not always seen (the agent stopped, its host lost power): a later connection
 * with the same tuple at the same place proves that the earlier one had ended.
 */
function withEnds(connections: readonly ConnectionEnd[]): readonly End[] {
  const ordered = [...connections].sort((a, b) => b.start - a.start);
  const nextStart = new Map<string, number>();
  const ends = ordered.map((connection) => {
    const place = `${connection.hostId} ${connection.networkNamespace} ${connection.localAddress} ${connection.localPort}`;
    const next = nextStart.get(place) ?? Infinity;
    nextStart.set(place, connection.start);
    return {
      connection,
      until: Math.min(connection.end === 0 ? Infinity : connection.end, Math.max(next, connection.start)),
    };
  });
  return ends.reverse();
}

function* candidates(clients: readonly End[], servers: readonly End[], slack: number): Generator<Candidate> {
  let first = 0;
  for (const [clientIndex, client] of clients.entries()) {
    const start = client.connection.start - slack;
    // What ended before this client started is of no use to the later ones either.
    while (first < servers.length && (servers[first]?.until ?? Infinity) + slack < client.connection.start) first += 1;
    for (let index = first; index < servers.length; index += 1) {
      const server = servers[index];
      if (server === undefined || server.connection.start > client.until + slack) break;
      if (server.until < start || !mirrored(client.connection, server.connection)) continue;
      yield {
        client: clientIndex,
        server: index,
        sameHost: client.connection.hostId === server.connection.hostId,
        apart: Math.abs(client.connection.start - server.connection.start),
      };
    }
  }
}

/** Client to server, each used once. Container networks have the same addresses on every host: one's own host comes first. */
function choose(found: Iterable<Candidate>): ReadonlyMap<number, number> {
  const ordered = [...found].sort((a, b) => Number(b.sameHost) - Number(a.sameHost) || a.apart - b.apart);
  const pairs = new Map<number, number>();
  const taken = new Set<number>();
  for (const { client, server } of ordered) {
    if (pairs.has(client) || taken.has(server)) continue;
    pairs.set(client, server);
    taken.add(server);
  }
  return pairs;
}

function mirrored(client: ConnectionEnd, server: ConnectionEnd): boolean {
  if (client.localAddress !== server.remoteAddress || client.localPort !== server.remotePort) return false;
  if (client.remoteAddress !== server.localAddress || client.remotePort !== server.localPort) return false;
  // 127.0.0.1 is another place on every host, and in every container.
  if (!isLoopback(client.localAddress)) return true;
  return client.hostId === server.hostId && client.networkNamespace === server.networkNamespace;
}

function conversation(client: End | null, server: End | null): Conversation {
  const ends = [client, server].filter((end) => end !== null);
  const closed = ends.map((end) => end.connection.end).filter((end) => end !== 0);
  return {
    client: client?.connection ?? null,
    server: server?.connection ?? null,
    start: Math.min(...ends.map((end) => end.connection.start)),
    end: closed.length === 0 ? null : Math.max(...closed),
    until: closed.length === 0 ? Math.min(...ends.map((end) => end.until)) : Math.max(...closed),
  };
}
