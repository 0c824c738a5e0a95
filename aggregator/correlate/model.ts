/* What correlation works on. Times are microseconds since the Unix epoch. */

export interface ProcessSight {
  readonly pid: number;
  readonly startTime: number;
  readonly user: string;
  readonly comm: string;
}

/** One end of a connection, as the agent of its host reported it last. */
export interface ConnectionEnd {
  readonly communityId: string;
  readonly host: string;
  readonly hostId: string;
  readonly networkNamespace: string;
  readonly connectionId: number;
  readonly outbound: boolean;
  readonly protocol: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly start: number;
  /** 0 while open. */
  readonly end: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly smoothedRtt: number;
  readonly retransmits: number;
  /** The program that the connection served. */
  readonly process: ProcessSight;
}

/** What a flow log says of one direction in one capture window; `start` and `end` are whole seconds. */
export interface FlowRecord {
  readonly communityId: string;
  readonly start: number;
  readonly end: number;
  readonly interfaceId: string;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly destinationAddress: string;
  readonly destinationPort: number;
  readonly protocol: number;
  readonly packets: number;
  readonly bytes: number;
  readonly action: string;
}

/** A connection with what is known of its two ends; at least one of them is known. */
export interface Conversation {
  readonly client: ConnectionEnd | null;
  readonly server: ConnectionEnd | null;
  /** Earliest start of the ends. */
  readonly start: number;
  /** Latest end; null while it is open. */
  readonly end: number | null;
  /** Until when traffic can be its own: `end`, or the start of the next connection with the tuple, or Infinity. */
  readonly until: number;
}

/** Times that are allowed to differ, and how far back a connection is looked for. */
export interface Tolerances {
  /** Between the clocks of two hosts, or of a host and the network. */
  readonly clockSlack: number;
  /** A connection that lasts longer loses the flow records beyond. */
  readonly longestConnection: number;
  /** Longest capture window of a flow log. */
  readonly longestWindow: number;
  /** Within this time after the end of a window its record is delivered. */
  readonly delivery: number;
}

const second = 1_000_000;
const minute = 60 * second;
export const hour = 60 * minute;

export const defaultTolerances: Tolerances = {
  clockSlack: 5 * second,
  longestConnection: 24 * hour,
  longestWindow: 10 * minute,
  delivery: 15 * minute,
};
