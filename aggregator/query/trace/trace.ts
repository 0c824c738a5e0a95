import { panorama } from '#proto';
import type { TraceRequest, TraceResponse } from '../../../proto/service.js';
import type { QueryLimits, Store } from '../../store/store.js';
import { requestedRange, type TimeRange } from '../request.js';
import { conversationOfEnd, conversationOfSession, type Conversation } from './conversation.js';
import { fileHop, localHops, processHop, transferHops, type Hop } from './hops.js';
import { TraceReader } from './load.js';
import type { End, FileSight } from './model.js';
import { parseSubject, type Subject } from './subject.js';
import { transfersOf, type Transfer } from './transfers.js';
import type { FileBehaviour } from './decode.js';

const defaultPaths = 20;
const mostPaths = 1000;
/** A path is often seen several times on its way: read, sent, received, copied. */
const behavioursPerPath = 10;

interface Path {
  readonly time: number;
  readonly hops: readonly Hop[];
}

/** The ways of the data that a path or an endpoint had part in, latest first. Throws REQUEST_INVALID. */
export async function answerTrace(
  request: TraceRequest,
  store: Store,
  limits: Partial<QueryLimits>,
): Promise<TraceResponse> {
  const subject = parseSubject(request.subject ?? '');
  const range = requestedRange(request.since, request.until);
  const wanted =
    request.limit === undefined || request.limit === null || request.limit === 0 ? defaultPaths : request.limit;
  const limit = Math.min(wanted, mostPaths);
  const reader = new TraceReader(store, limits);
  const paths =
    subject.kind === 'path'
      ? await pathsOfFile(reader, subject.path, range, limit)
      : await pathsOfEndpoint(reader, subject, range, limit);
  const ordered = withoutParts(paths).sort((a, b) => b.time - a.time);
  return { paths: ordered.slice(0, limit).map(({ hops }) => ({ hops: [...hops] })) };
}

async function pathsOfEndpoint(
  reader: TraceReader,
  subject: Subject & { readonly kind: 'endpoint' },
  range: TimeRange,
  limit: number,
): Promise<readonly Path[]> {
  const paths: Path[] = [];
  const seen = new Set<string>();
  // Both ends of a connection may be found.
  for (const end of await reader.endsOfEndpoint(subject, range, limit * 2)) {
    const conversation = await conversationOfEnd(reader, end);
    if (seen.has(conversation.key)) continue;
    seen.add(conversation.key);
    for (const transfer of transfersOf(conversation)) paths.push(await transferPath(reader, conversation, transfer));
    if (paths.length >= limit) break;
  }
  for (const session of await reader.unclaimedSessions(subject, range, Math.max(1, limit - paths.length))) {
    const conversation = await conversationOfSession(reader, session);
    for (const transfer of transfersOf(conversation)) paths.push(await transferPath(reader, conversation, transfer));
  }
  return paths;
}

async function pathsOfFile(
  reader: TraceReader,
  path: string,
  range: TimeRange,
  limit: number,
): Promise<readonly Path[]> {
  const paths: Path[] = [];
  const seen = new Set<string>();
  const conversations = new Map<string, Conversation>();
  for (const behaviour of await reader.behavioursOfPath(path, range, limit * behavioursPerPath)) {
    for (const file of [...behaviour.sources, ...behaviour.destinations].filter((sight) => endsIn(sight.path, path))) {
      const overNetwork = isOneSided(behaviour) ? await networkPaths(reader, file, conversations, seen) : [];
      paths.push(...overNetwork);
      // What went over a connection at this moment is told by that path; else the behaviour stands for itself.
      if (overNetwork.length === 0 && !seen.has(fileKey(file))) paths.push(await localPath(reader, behaviour));
    }
    if (paths.length >= limit * 2) break;
  }
  return paths;
}

/** `seen` has the files that a path was made of already, so that their other behaviours do not repeat it. */
async function networkPaths(
  reader: TraceReader,
  file: FileSight,
  conversations: Map<string, Conversation>,
  seen: Set<string>,
): Promise<readonly Path[]> {
  const paths: Path[] = [];
  for (const end of await reader.endsOfFile(file)) {
    const conversation = await cachedConversation(reader, end, conversations);
    for (const transfer of transfersOf(conversation)) {
      const files = [transfer.source?.file, transfer.destination?.file].filter((one) => one !== undefined);
      if (!files.some((one) => fileKey(one) === fileKey(file))) continue;
      const key = files.map(fileKey).join(' ');
      if (seen.has(key)) continue;
      seen.add(key);
      for (const one of files) seen.add(fileKey(one));
      paths.push(await transferPath(reader, conversation, transfer));
    }
  }
  return paths;
}

async function cachedConversation(
  reader: TraceReader,
  end: End,
  known: Map<string, Conversation>,
): Promise<Conversation> {
  const key = `${end.hostId}/${end.connectionId}/${end.start}`;
  const found = known.get(key) ?? (await conversationOfEnd(reader, end));
  known.set(key, found);
  return found;
}

/** With the copy that the file was made by, and the copy that was made of what arrived. */
async function transferPath(reader: TraceReader, conversation: Conversation, transfer: Transfer): Promise<Path> {
  const before = transfer.source === null ? [] : await hopsBefore(reader, transfer.source.file);
  const after = transfer.destination === null ? [] : await hopsAfter(reader, transfer.destination.file);
  const time = transfer.source?.file.time ?? transfer.destination?.file.time ?? conversation.start;
  return { time, hops: [...follow(before, transferHops(conversation, transfer)), ...after] };
}

async function localPath(reader: TraceReader, behaviour: FileBehaviour): Promise<Path> {
  const { sources, destinations } = behaviour;
  const before = sources.length === 1 && sources[0] !== undefined ? await hopsBefore(reader, sources[0]) : [];
  const after =
    destinations.length === 1 && destinations[0] !== undefined ? await hopsAfter(reader, destinations[0]) : [];
  const time = sources[0]?.time ?? destinations[0]?.time ?? 0;
  return { time, hops: [...follow(before, localHops(sources, destinations)), ...after] };
}

/** The first hop of a path begins it; after others it is what the process before it made. */
function follow(before: readonly Hop[], hops: readonly Hop[]): readonly Hop[] {
  const [first, ...others] = hops;
  const reason = before.at(-1)?.reason ?? '';
  return first === undefined || before.length === 0 ? hops : [...before, { ...first, reason }, ...others];
}

async function hopsBefore(reader: TraceReader, file: FileSight): Promise<readonly Hop[]> {
  const behaviour = await reader.neighbour(file, 'before');
  const source = behaviour?.sources[0];
  if (source === undefined || isSameBehaviour(source, file)) return [];
  return localHops([source], []).slice(0, 2);
}

async function hopsAfter(reader: TraceReader, file: FileSight): Promise<readonly Hop[]> {
  const behaviour = await reader.neighbour(file, 'after');
  const source = behaviour?.sources[0];
  const destinations = behaviour?.destinations ?? [];
  if (source === undefined || isSameBehaviour(source, file)) return [];
  const did = { confidence: 1, reason: source.operation };
  return [processHop(source, did), ...destinations.slice(0, 1).map((next) => fileHop(next, did))];
}

/** A copy is found from its own result, too. */
function isSameBehaviour(one: FileSight, other: FileSight): boolean {
  return one.time === other.time && one.process.pid === other.process.pid && one.operation === other.operation;
}

function isOneSided(behaviour: FileBehaviour): boolean {
  return behaviour.sources.length === 0 || behaviour.destinations.length === 0;
}

function endsIn(path: string, wanted: string): boolean {
  return path === wanted || (!wanted.startsWith('/') && path.endsWith(`/${wanted}`));
}

function fileKey(file: FileSight): string {
  return `${file.hostId} ${file.time} ${file.process.pid} ${file.operation} ${file.path}`;
}

/** A copy that is part of a longer path is not told twice. */
function withoutParts(paths: readonly Path[]): Path[] {
  const keyed = paths
    .map((path) => ({ path, key: `|${path.hops.map(hopKey).join('|')}|` }))
    .sort((a, b) => b.path.hops.length - a.path.hops.length);
  const kept: typeof keyed = [];
  for (const candidate of keyed) if (!kept.some(({ key }) => key.includes(candidate.key))) kept.push(candidate);
  return kept.map(({ path }) => path);
}

function hopKey({ kind, host, time, text }: Hop): string {
  // A file is at its place in a path by what was done with it; when it was seen there differs.
  const moment = kind === panorama.v1.HopKind.HOP_KIND_FILE ? '' : String(time ?? 0);
  return `${panorama.v1.HopKind[kind ?? 0]} ${host ?? ''} ${moment} ${text ?? ''}`;
}
