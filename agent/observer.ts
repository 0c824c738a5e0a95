import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { KernelEvent } from './decode/event.js';

/**
 * An aggregator on the agent's own host is part of the observer: its writes are our lines, and
 * reporting them would make new ones for ever. It is known by what it does, not by its name:
 * it accepted the connection that the agent itself made.
 */
export class Observer {
  private readonly port: number;

  /** `found` is called with the tgid of the process that accepted our stream. */
  constructor(
    aggregator: string | undefined,
    private readonly found: (tgid: number) => void,
  ) {
    this.port = aggregator === undefined ? 0 : Number(aggregator.slice(aggregator.lastIndexOf(':') + 1));
  }

  /** True for an event that is the observer's own. */
  intercept(event: KernelEvent): boolean {
    if (event.kind !== 'accept' || event.tuple.localPort !== this.port) return false;
    if (!ownPorts(this.port).has(event.tuple.remotePort)) return false;
    this.found(event.actor.tgid);
    return true;
  }
}

/** Local ports of our own TCP connections to `remotePort`. */
function ownPorts(remotePort: number): ReadonlySet<number> {
  const inodes = ownSocketInodes();
  const ports = new Set<number>();
  for (const file of ['/proc/self/net/tcp', '/proc/self/net/tcp6']) {
    for (const { local, remote, inode } of parseSockets(readOrEmpty(file))) {
      if (remote === remotePort && inodes.has(inode)) ports.add(local);
    }
  }
  return ports;
}

function ownSocketInodes(): ReadonlySet<string> {
  const inodes = new Set<string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch {
      // The descriptor of the directory itself is gone by now.
    }
  }
  return inodes;
}

interface SocketLine {
  readonly local: number;
  readonly remote: number;
  readonly inode: string;
}

/** Lines of /proc/net/tcp: `sl local_address rem_address st … inode`, ports in hexadecimal. */
export function parseSockets(text: string): readonly SocketLine[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      const [, local = '', remote = ''] = fields;
      const inode = fields[9];
      if (inode === undefined) return [];
      return [{ local: hexadecimalPort(local), remote: hexadecimalPort(remote), inode }];
    });
}

function hexadecimalPort(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
