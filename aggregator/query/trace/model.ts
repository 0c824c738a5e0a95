/* What a trace is made of. Times are microseconds since the Unix epoch. */

export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
  readonly user: string;
  readonly comm: string;
}

/** A file as one behaviour had to do with it. */
export interface FileSight {
  readonly host: string;
  readonly hostId: string;
  readonly time: number;
  readonly operation: string;
  readonly process: ProcessIdentity;
  readonly path: string;
  readonly inode: string;
  /** Moved by the behaviour. */
  readonly bytes: number;
  /** 0: the agent tied it to none. */
  readonly connectionId: number;
  /** Names of the processes that the data went through, first to last, where pipes joined several. */
  readonly pipeline: readonly string[];
  /** The behaviour took data from the file (true) or put data into it. */
  readonly read: boolean;
}

/** One end of a connection with its processes. */
export interface End {
  readonly communityId: string;
  readonly host: string;
  readonly hostId: string;
  readonly connectionId: number;
  readonly outbound: boolean;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly start: number;
  /** 0 while open. */
  readonly end: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** The program that the connection served. */
  readonly process: ProcessIdentity;
  /** The process that held the socket. */
  readonly owner: ProcessIdentity;
}

/** A session as correlation stored it. */
export interface Session {
  readonly communityId: string;
  readonly start: number;
  readonly end: number;
  readonly clientHost: string;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly clientConnectionId: number;
  readonly serverHost: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly serverConnectionId: number;
  readonly bytesToServer: number;
  readonly bytesToClient: number;
  readonly flowCount: number;
  readonly confidence: number;
  readonly reason: string;
}

/** Flow records of one interface in one direction, added up. */
export interface FlowSight {
  readonly interfaceId: string;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly destinationAddress: string;
  readonly destinationPort: number;
  readonly start: number;
  readonly records: number;
  readonly packets: number;
  readonly bytes: number;
  readonly actions: readonly string[];
}
