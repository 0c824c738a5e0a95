import { endpointText, isLoopback } from './address.js';
import type { Observed } from './assign.js';
import { durationText } from './duration.js';
import type { ConnectionEnd, Conversation, FlowRecord, Tolerances } from './model.js';
import type { Surroundings } from './surroundings.js';

/** One thing that was found, and by how much it makes the join less certain. */
interface Finding {
  readonly factor: number;
  readonly text: string;
}

/** X2: how sure a session is, and why, in words. */
export interface Judgement {
  readonly confidence: number;
  readonly reason: string;
  /** A flow record may still come: worth judging again at this time; null: nothing is awaited. */
  readonly judgeAgainAt: number | null;
}

const second = 1_000_000;

/** Judges a conversation that an agent reported. The factors are explained in docs/correlation.md. */
export function judgeConversation(observed: Observed, surroundings: Surroundings, tolerances: Tolerances): Judgement {
  const { conversation } = observed;
  const findings = [endsFinding(conversation, surroundings, tolerances)];
  const missing = observed.records.length === 0 ? missingRecords(observed, surroundings, tolerances) : null;
  findings.push(...(missing?.findings ?? recordFindings(observed)));
  if (conversation.end === null) findings.push({ factor: 1, text: 'still open' });
  return judgement(findings, missing?.judgeAgainAt ?? null);
}

/** Judges an hour of flow records that no agent's connection explains. */
export function judgeUnclaimed(
  records: readonly FlowRecord[],
  client: string,
  server: string,
  guessed: boolean,
  surroundings: Surroundings,
): Judgement {
  const rejected = records.every((record) => record.action === 'REJECT');
  const findings: Finding[] = [
    {
      factor: 0.3,
      text: `flow records only: ${absence(client, 'client', surroundings)}, ${absence(server, 'server', surroundings)}`,
    },
    ...actionFindings(records),
  ];
  if (rejected) findings.push({ factor: 1, text: 'no connection came about' });
  if (guessed) findings.push({ factor: 0.9, text: 'which end is the client is guessed' });
  return judgement(findings, null);
}

function judgement(findings: readonly Finding[], judgeAgainAt: number | null): Judgement {
  const confidence = findings.reduce((product, { factor }) => product * factor, 1);
  return {
    confidence: Math.round(confidence * 100) / 100,
    reason: findings.map(({ text }) => text).join('; '),
    judgeAgainAt,
  };
}

function endsFinding({ client, server }: Conversation, surroundings: Surroundings, tolerances: Tolerances): Finding {
  if (client !== null && server !== null) return pairFinding(client, server, tolerances);
  if (client !== null) return { factor: 0.7, text: oneEnd(client, 'client', 'server', surroundings) };
  if (server !== null) return { factor: 0.7, text: oneEnd(server, 'server', 'client', surroundings) };
  return { factor: 0, text: 'no end' };
}

function pairFinding(client: ConnectionEnd, server: ConnectionEnd, tolerances: Tolerances): Finding {
  const apart = Math.abs(client.start - server.start);
  const where = client.hostId === server.hostId ? `both ends are on ${client.host}` : 'both ends report the tuple';
  const text = `${where}, starts ${durationText(apart)} apart`;
  if (apart <= second) return { factor: 1, text };
  if (apart <= tolerances.clockSlack) return { factor: 0.95, text };
  return { factor: 0.8, text: `${text}: one end saw it late, or the clocks differ` };
}

function oneEnd(known: ConnectionEnd, role: string, missing: string, surroundings: Surroundings): string {
  const address = known.remoteAddress;
  if (isLoopback(address)) return `only the ${role} on ${known.host} reports it`;
  return `only the ${role} on ${known.host} reports it: ${absence(address, missing, surroundings)}`;
}

/** Why an end is missing. A translated address (NAT) matches nothing that the other end reports. */
function absence(address: string, role: string, { hosts }: Surroundings): string {
  const [host] = hosts.get(address) ?? [];
  if (host !== undefined) return `${host} has the ${role} address ${address} but reported no such connection`;
  return `no agent known with the ${role} address ${address} (or it is a translated one, NAT)`;
}

function recordFindings({ conversation, records, shared }: Observed): readonly Finding[] {
  const [known] = [conversation.client, conversation.server].filter((end) => end !== null);
  const sources = new Set(records.map((record) => endpointText(record.sourceAddress, record.sourcePort)));
  const count = records.length === 1 ? '1 flow record' : `${records.length} flow records`;
  const findings: Finding[] = [];
  if (sources.size > 1) {
    findings.push({ factor: 1, text: `${count}, both directions` });
  } else {
    const server = known === undefined ? '' : serverEndpoint(known);
    findings.push({ factor: 0.95, text: `${count}, only ${sources.has(server) ? 'from' : 'to'} the server` });
  }
  if (shared) findings.push({ factor: 0.8, text: 'its windows hold other connections of the tuple too' });
  findings.push(...actionFindings(records));
  return findings;
}

function serverEndpoint(end: ConnectionEnd): string {
  return end.outbound ? endpointText(end.remoteAddress, end.remotePort) : endpointText(end.localAddress, end.localPort);
}

/** T5: ACCEPT one way and REJECT the other is a stateless rule that drops the answers. */
function actionFindings(records: readonly FlowRecord[]): readonly Finding[] {
  const rejecting = records.filter((record) => record.action === 'REJECT');
  const [first] = rejecting;
  if (first === undefined) return [];
  if (rejecting.length === records.length) return [{ factor: 1, text: 'rejected by the network' }];
  const from = new Set(rejecting.map((record) => record.sourceAddress));
  const accepted = records.some((record) => record.action === 'ACCEPT' && !from.has(record.sourceAddress));
  return [
    {
      factor: 1,
      text: accepted
        ? `accepted one way, rejected from ${first.sourceAddress}: a stateless rule drops the answers`
        : 'partly rejected by the network',
    },
  ];
}

interface MissingRecords {
  readonly findings: readonly Finding[];
  readonly judgeAgainAt: number | null;
}

function missingRecords(observed: Observed, surroundings: Surroundings, tolerances: Tolerances): MissingRecords {
  const { client, server } = observed.conversation;
  const [known] = [client, server].filter((end) => end !== null);
  const found = (factor: number, text: string): MissingRecords => ({
    findings: [{ factor, text }],
    judgeAgainAt: null,
  });
  if (known === undefined) return found(1, 'no flow record');
  if (isLoopback(known.localAddress)) return found(1, 'loopback: no flow log sees it');
  if (observed.covered)
    return found(0.8, 'its flow record is counted for another connection of the tuple in the same window');
  if (client !== null && server !== null && client.hostId === server.hostId) {
    return found(1, `no flow record: it stays inside ${client.host}`);
  }

  const ended = observed.conversation.end ?? surroundings.now;
  const [lost] = [known.localAddress, known.remoteAddress].flatMap((address) =>
    (surroundings.lost.get(address) ?? []).filter(
      (gap) => gap.start <= ended && gap.end >= observed.conversation.start,
    ),
  );
  if (lost !== undefined) return found(0.9, `flow records were lost (SKIPDATA) on ${lost.interfaceId} meanwhile`);

  // The records of an open connection come in turn: the first of them is awaited.
  const awaited = observed.conversation.end ?? observed.conversation.start;
  const deadline = awaited + tolerances.longestWindow + tolerances.delivery;
  if (surroundings.now < deadline) {
    const minutes = Math.round(tolerances.delivery / (60 * second));
    return {
      findings: [{ factor: 0.9, text: `no flow record yet: they come up to ${minutes} minutes late` }],
      judgeAgainAt: deadline,
    };
  }
  return found(0.9, 'no flow record: no flow log that was imported covers it');
}
