/** A stretch of time in which an interface lost flow records (log-status SKIPDATA). */
export interface LostRecords {
  readonly interfaceId: string;
  readonly start: number;
  readonly end: number;
}

/** What is known beside the connections and records themselves; it explains what is missing. */
export interface Surroundings {
  /** Microseconds since the Unix epoch. */
  readonly now: number;
  /** Names of the hosts that registered with an address. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
  /** Records lost by the interface of an address. */
  readonly lost: ReadonlyMap<string, readonly LostRecords[]>;
}

export const nothingKnown: Surroundings = { now: 0, hosts: new Map(), lost: new Map() };
