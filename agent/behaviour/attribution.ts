import { isDestination, isSource, type Facts, type FileFact } from './facts.js';
import type { OpenConnection } from './open-connection.js';

/** What a protocol puts around a file: headers, a handshake. */
const OVERHEAD = 8192;
/** Of a file that was read whole before the connection was made: less may be a configuration. */
const SMALLEST_READ_BEFORE = 1024;

interface Way {
  readonly bytes: 'bytesRead' | 'bytesWritten';
  readonly total: 'sent' | 'received';
}

const sending: Way = { bytes: 'bytesRead', total: 'sent' };
const receiving: Way = { bytes: 'bytesWritten', total: 'received' };

/**
 * Over which of its connections a process moved a file. With one, what it moved beside its files tells
 * (transfer.ts), or the bytes of the closed connection do: sockets that are read with recv() are not
 * counted with the process. With several only those bytes can tell, and only if one of them fits:
 * no answer is better than a wrong one.
 */
export class Attribution {
  private readonly read: number;
  private readonly written: number;

  constructor(
    private readonly connections: readonly OpenConnection[],
    facts: Facts,
  ) {
    this.read = sum(facts.files.filter(isSource), sending.bytes);
    this.written = sum(facts.files.filter(isDestination), receiving.bytes);
  }

  connectionOf(fact: FileFact): OpenConnection | undefined {
    const begun = this.connections.filter(
      (connection) => connection.begun <= fact.time || this.connections.length === 1,
    );
    const [only, ...others] = begun;
    if (only && others.length === 0 && (fact.received || fact.sent)) return only;
    const fitting = begun.filter((connection) => this.fits(connection, fact));
    return fitting.length === 1 ? fitting[0] : undefined;
  }

  private fits({ totals, begun }: OpenConnection, fact: FileFact): boolean {
    const way = isDestination(fact) ? receiving : sending;
    const bytes = fact[way.bytes];
    const moved = totals?.[way.total] ?? 0;
    if (bytes === 0 || bytes > moved) return false;
    const all = way === sending ? this.read : this.written;
    if (fact.time >= begun) return moved <= 2 * all + OVERHEAD;
    return bytes >= SMALLEST_READ_BEFORE && moved <= 1.25 * all + SMALLEST_READ_BEFORE;
  }
}

/** The one connection that a process is about, where it has several: that moved most by far. */
export function principalOf(connections: readonly OpenConnection[]): OpenConnection | undefined {
  if (connections.length <= 1) return connections[0];
  const weighed = connections
    .map((connection) => ({ connection, weight: weightOf(connection) }))
    .sort((left, right) => right.weight - left.weight);
  const [first, second] = weighed;
  return first && second && first.weight > 4 * second.weight ? first.connection : undefined;
}

function weightOf({ totals }: OpenConnection): number {
  return totals ? totals.sent + totals.received : Infinity;
}

function sum(files: readonly FileFact[], bytes: Way['bytes']): number {
  return files.reduce((total, file) => total + file[bytes], 0);
}
