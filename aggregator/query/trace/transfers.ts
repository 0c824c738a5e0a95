import type { Conversation } from './conversation.js';
import type { FileBehaviour } from './decode.js';
import type { End, FileSight } from './model.js';

/** A file at one end of a connection, and how sure it is that it went over it. */
export interface CarriedFile {
  readonly file: FileSight;
  readonly confidence: number;
  readonly reason: string;
}

/** Data that went one way over a connection; a side without a file is null. */
export interface Transfer {
  readonly toServer: boolean;
  readonly source: CarriedFile | null;
  readonly destination: CarriedFile | null;
  /** Of the link between the two files, where there are both. */
  readonly match: { readonly confidence: number; readonly reason: string } | null;
}

/**
 * What went over a connection, by facts: a file that was read leaves over a connection that sent data, a file
 * that was written came over one that received data. Without any file: the way of most bytes.
 */
export function transfersOf(conversation: Conversation): readonly Transfer[] {
  const { clientEnd, serverEnd, clientFiles, serverFiles } = conversation;
  const toServer = oneWay(true, carried(clientEnd, clientFiles, true), carried(serverEnd, serverFiles, false));
  const toClient = oneWay(false, carried(serverEnd, serverFiles, true), carried(clientEnd, clientFiles, false));
  const transfers = [...toServer, ...toClient];
  if (transfers.length > 0) return transfers;
  return [
    {
      toServer: conversation.bytesToServer >= conversation.bytesToClient,
      source: null,
      destination: null,
      match: null,
    },
  ];
}

/** Files that were read and left, or that came and were written, at one end. */
function carried(end: End | null, behaviours: readonly FileBehaviour[], leaving: boolean): readonly CarriedFile[] {
  if (end === null) return [];
  const moved = leaving ? end.bytesSent : end.bytesReceived;
  const verb = leaving ? 'sent' : 'received';
  const files = behaviours
    .flatMap(({ sources, destinations }) => (leaving ? sources : destinations))
    .filter((file) => file.read === leaving && moved > 0);
  // Where a pipeline used the connection, what else its processes read or wrote are their settings (ssh).
  const piped = files.filter(
    ({ operation, connectionId }) =>
      connectionId === end.connectionId && operation === (leaving ? 'upload' : 'download'),
  );
  return (piped.length > 0 ? piped : files).map((file) => {
    if (file.connectionId === end.connectionId) {
      if (moved >= file.bytes)
        return {
          file,
          confidence: 1,
          reason: `the agent saw it go over the connection, which ${verb} ${moved} bytes`,
        };
      return {
        file,
        confidence: 0.8,
        reason: `the agent saw it go over the connection, which ${verb} only ${moved} bytes: compressed, or still going on`,
      };
    }
    return {
      file,
      confidence: 0.6,
      reason: `the process ${verb} ${moved} bytes at that time; the agent did not tie the file to the connection`,
    };
  });
}

interface Candidate {
  readonly source: number;
  readonly destination: number;
  readonly score: number;
  readonly apart: number;
}

function oneWay(
  toServer: boolean,
  sources: readonly CarriedFile[],
  destinations: readonly CarriedFile[],
): readonly Transfer[] {
  const pairs = bestPairs(sources, destinations);
  const matched = pairs.flatMap(({ source, destination, score }): Transfer[] => {
    const [from, to] = [sources[source], destinations[destination]];
    return from === undefined || to === undefined
      ? []
      : [{ toServer, source: from, destination: to, match: matchOf(score) }];
  });
  const usedSources = new Set(pairs.map(({ source }) => source));
  const usedDestinations = new Set(pairs.map(({ destination }) => destination));
  const together = pack(toServer, sources, destinations, usedSources, usedDestinations);
  // What the agent tied to the connection went over it, even where the other end is dark.
  const alone = (files: readonly CarriedFile[], used: ReadonlySet<number>): readonly CarriedFile[] =>
    files.filter(({ file }, index) => !used.has(index) && file.connectionId !== 0);
  return [
    ...matched,
    ...together,
    ...alone(sources, usedSources).map((source): Transfer => ({ toServer, source, destination: null, match: null })),
    ...alone(destinations, usedDestinations).map((destination): Transfer => ({
      toServer,
      source: null,
      destination,
      match: null,
    })),
  ];
}

/** Several files that went into one at the other end (an archive), or came out of one. */
function pack(
  toServer: boolean,
  sources: readonly CarriedFile[],
  destinations: readonly CarriedFile[],
  usedSources: Set<number>,
  usedDestinations: Set<number>,
): readonly Transfer[] {
  const from = tiedOf(sources);
  const to = tiedOf(destinations);
  const [one, several] = to.length === 1 ? [to, from] : [from, to];
  const isPacked = to.length === 1;
  if (one.length !== 1 || several.length < 2) return [];
  // By one behaviour: what went over the connection one after the other was no archive.
  if (new Set(several.map(({ file: { file } }) => behaviourOf(file))).size > 1) return [];
  // A name that is at both ends tells that it was the file itself.
  if (usedSources.size > 0 || usedDestinations.size > 0) return [];
  const match = {
    confidence: 0.5,
    reason: isPacked
      ? `one of ${several.length} files that went into the only one at the other end`
      : `one of ${several.length} files that came out of the only one at the other end`,
  };
  for (const { at } of from) usedSources.add(at);
  for (const { at } of to) usedDestinations.add(at);
  return from.flatMap((source) =>
    to.map((destination) => ({ toServer, source: source.file, destination: destination.file, match })),
  );
}

function tiedOf(files: readonly CarriedFile[]): readonly { readonly at: number; readonly file: CarriedFile }[] {
  return files.map((file, at) => ({ at, file })).filter(({ file }) => file.file.connectionId !== 0);
}

function behaviourOf({ time, process, operation }: FileSight): string {
  return `${time} ${process.pid} ${operation}`;
}

const sameName = 2;
const sameBytes = 1;

/** The pairs that have most in common, then those closest in time; each file once. */
function bestPairs(sources: readonly CarriedFile[], destinations: readonly CarriedFile[]): readonly Candidate[] {
  const only = sources.length === 1 && destinations.length === 1;
  const candidates: Candidate[] = [];
  sources.forEach(({ file: from }, source) => {
    destinations.forEach(({ file: to }, destination) => {
      const score =
        (baseName(from.path) === baseName(to.path) ? sameName : 0) +
        (from.bytes === to.bytes && from.bytes > 0 ? sameBytes : 0);
      const tied = from.connectionId !== 0 && to.connectionId !== 0;
      if (score === sameName + sameBytes || (tied && (score > 0 || only))) {
        candidates.push({ source, destination, score, apart: Math.abs(from.time - to.time) });
      }
    });
  });
  candidates.sort((a, b) => b.score - a.score || a.apart - b.apart);
  const [usedSources, usedDestinations] = [new Set<number>(), new Set<number>()];
  return candidates.filter(({ source, destination }) => {
    if (usedSources.has(source) || usedDestinations.has(destination)) return false;
    usedSources.add(source);
    usedDestinations.add(destination);
    return true;
  });
}

function matchOf(score: number): { readonly confidence: number; readonly reason: string } {
  switch (score) {
    case sameName + sameBytes:
      return { confidence: 1, reason: 'same name and as many bytes as were read at the other end' };
    case sameName:
      return { confidence: 0.9, reason: 'same name as the file read at the other end, another number of bytes' };
    case sameBytes:
      return { confidence: 0.8, reason: 'as many bytes as the file read at the other end, another name' };
    default:
      return { confidence: 0.5, reason: 'the only file at each end, with another name and size' };
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
