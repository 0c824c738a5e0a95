import { panorama } from '#proto';
import { endpointText, isLoopback } from '../../correlate/address.js';
import type { Conversation, Endpoint } from './conversation.js';
import type { End, FileSight, FlowSight, ProcessIdentity } from './model.js';
import type { CarriedFile, Transfer } from './transfers.js';

export type Hop = panorama.v1.TraceHop.$Properties;

const { HopKind } = panorama.v1;

/** How sure a link is, and why. */
interface Link {
  readonly confidence: number;
  readonly reason: string;
}

const beginning: Link = { confidence: 1, reason: '' };

export function fileHop(file: FileSight, link: Link): Hop {
  const inode = file.inode === '0' ? '' : `:${file.inode}`;
  return { kind: HopKind.HOP_KIND_FILE, host: file.host, time: file.time, text: `${file.path}${inode}`, ...link };
}

/** The process of a behaviour. */
export function processHop({ host, time, process, pipeline }: FileSight, link: Link): Hop {
  const through = pipeline.length > 1 ? `, ${pipeline.join(' | ')}` : '';
  return { kind: HopKind.HOP_KIND_PROCESS, host, time, text: `${processText(process)}${through}`, ...link };
}

/** The process that a connection served. */
function servedHop({ host, start, process }: End, link: Link): Hop {
  return { kind: HopKind.HOP_KIND_PROCESS, host, time: start, text: processText(process), ...link };
}

function processText({ comm, pid, user }: ProcessIdentity): string {
  return `${comm} (pid ${pid}) of ${user}`;
}

/** What one behaviour says by itself: read, or made from another file. */
export function localHops(sources: readonly FileSight[], destinations: readonly FileSight[]): readonly Hop[] {
  const [first] = [...sources, ...destinations];
  if (first === undefined) return [];
  const did = { confidence: 1, reason: first.operation };
  return [
    ...sources.map((file) => fileHop(file, beginning)),
    processHop(first, sources.length === 0 ? beginning : did),
    ...destinations.map((file) => fileHop(file, did)),
  ];
}

/** The way of the data over a connection, from the end that sent it to the end that received it. */
export function transferHops(conversation: Conversation, transfer: Transfer): readonly Hop[] {
  const { toServer } = transfer;
  const [sender, receiver] = toServer
    ? [conversation.clientEnd, conversation.serverEnd]
    : [conversation.serverEnd, conversation.clientEnd];
  const [from, to] = toServer ? [conversation.client, conversation.server] : [conversation.server, conversation.client];
  return [
    ...senderHops(conversation, sender, from, transfer.source),
    ...networkHops(conversation, from),
    ...receiverHops(conversation, receiver, to, transfer),
  ];
}

function senderHops(
  conversation: Conversation,
  end: End | null,
  at: Endpoint,
  source: CarriedFile | null,
): readonly Hop[] {
  if (end === null) return [unknownEnd(conversation, at, 'process')];
  const file = source?.file;
  const link =
    source === null
      ? { confidence: 1, reason: 'holds the connection' }
      : { confidence: source.confidence, reason: source.reason };
  return [
    ...(file === undefined ? [] : [fileHop(file, beginning)]),
    file === undefined ? servedHop(end, beginning) : processHop(file, { confidence: 1, reason: file.operation }),
    connectionHop(conversation, end, link),
  ];
}

function receiverHops(conversation: Conversation, end: End | null, at: Endpoint, transfer: Transfer): readonly Hop[] {
  if (end === null) return [unknownEnd(conversation, at, 'process')];
  const { session } = conversation;
  const joined =
    session === null
      ? { confidence: 0.9, reason: 'mirrored tuple and about the same time; not correlated yet' }
      : { confidence: session.confidence, reason: session.reason };
  const { destination, match } = transfer;
  const file = destination?.file;
  const hops = [
    connectionHop(conversation, end, joined),
    destination === null
      ? servedHop(end, { confidence: 1, reason: 'holds the connection' })
      : processHop(destination.file, { confidence: destination.confidence, reason: destination.reason }),
  ];
  if (file !== undefined) return [...hops, fileHop(file, match ?? { confidence: 1, reason: file.operation })];
  if (transfer.source === null) return hops;
  return [
    ...hops,
    {
      kind: HopKind.HOP_KIND_FILE,
      host: end.host,
      time: 0,
      text: 'no file',
      confidence: 0,
      reason: 'the process wrote no file that this could be',
    },
  ];
}

function connectionHop(conversation: Conversation, end: End, link: Link): Hop {
  const { client, server } = conversation;
  const held = end.owner.pid === end.process.pid ? '' : `, held by ${processText(end.owner)}`;
  const bytes = `sent ${end.bytesSent} bytes, received ${end.bytesReceived}`;
  return {
    kind: HopKind.HOP_KIND_CONNECTION,
    host: end.host,
    time: end.start,
    text: `${endpoint(client)} -> ${endpoint(server)}, ${bytes}${held}`,
    ...link,
  };
}

function endpoint({ address, port }: Endpoint): string {
  return endpointText(address, port);
}

/** Data flows from `from`: records of that direction, else those of the answers, else why there are none. */
function networkHops(conversation: Conversation, from: Endpoint): readonly Hop[] {
  const along = conversation.flows.filter(
    (flow) => flow.sourceAddress === from.address && flow.sourcePort === from.port,
  );
  if (along.length > 0) return along.map((flow) => flowHop(flow, 'same tuple, overlapping windows'));
  if (conversation.flows.length > 0)
    return conversation.flows.map((flow) =>
      flowHop(flow, 'same tuple, overlapping windows; only the other direction was recorded'),
    );
  return [
    {
      kind: HopKind.HOP_KIND_FLOW,
      host: '',
      time: 0,
      text: 'no flow record',
      confidence: 0,
      reason: whyNoFlow(conversation),
    },
  ];
}

function flowHop(flow: FlowSight, reason: string): Hop {
  const source = endpointText(flow.sourceAddress, flow.sourcePort);
  const destination = endpointText(flow.destinationAddress, flow.destinationPort);
  const records = flow.records === 1 ? '1 record' : `${flow.records} records`;
  return {
    kind: HopKind.HOP_KIND_FLOW,
    host: flow.interfaceId,
    time: flow.start,
    text: `${source} -> ${destination}, ${records}, ${flow.packets} packets, ${flow.bytes} bytes, ${[...flow.actions].sort().join(' and ')}`,
    confidence: 1,
    reason,
  };
}

/** The part of the session's reason that is about flow records. */
function whyNoFlow({ session, client }: Conversation): string {
  if (isLoopback(client.address)) return 'loopback: no flow log sees it';
  const parts = session?.reason.split('; ') ?? [];
  return parts.find((part) => part.includes('flow record') || part.includes('SKIPDATA')) ?? 'none was imported yet';
}

function unknownEnd({ session }: Conversation, at: Endpoint, what: string): Hop {
  const parts = session?.reason.split(/; |, |: /) ?? [];
  const reason =
    parts.find((part) => part.includes(at.address)) ?? `no agent reported this connection from ${at.address}`;
  return {
    kind: HopKind.HOP_KIND_PROCESS,
    host: '',
    time: 0,
    text: `unknown ${what} at ${endpoint(at)}`,
    confidence: 0,
    reason: shortened(reason, at.address),
  };
}

/** `no agent known with the server address 10.0.0.9` is `no agent on 10.0.0.9` when the address is all that matters. */
function shortened(reason: string, address: string): string {
  return reason.startsWith('no agent known') ? `no agent on ${address}` : reason;
}
