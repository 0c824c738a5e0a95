import type { TrackedProcess } from '../process/tracked.js';
import type { ConnectionTable } from './connections.js';
import { isDestination, isSource, type Facts, type FileFact } from './facts.js';
import type { OpenConnection } from './open-connection.js';
import { COMPRESSION } from './transfer.js';

/**
 * The session that a process below a server works for: what it reads from its stdin comes from the other side, what
 * it writes to its stdout goes there.
 */
export class Session {
  readonly incoming: OpenConnection | undefined;
  readonly outgoing: OpenConnection | undefined;

  constructor(connections: ConnectionTable, tracked: TrackedProcess, facts: Facts, isNoise: (path: string) => boolean) {
    const atStdin = connections.sessionAtStdin(tracked);
    // It is known only at the end that the other side was not listened to: a shell that was given a command.
    this.incoming = tracked.tookInput === false ? undefined : atStdin;
    if (!atStdin) this.outgoing = connections.sessionAtStdout(tracked);
    else if (connections.hasSessionAtStdout(tracked, atStdin)) this.outgoing = atStdin;
    const { passed } = tracked;
    if (!passed) return;
    // In the end, whatever was still waiting to be sent when a file was closed has gone, perhaps packed (rsync -z).
    if (this.incoming) {
      const written = facts.files.filter((file) => isDestination(file));
      if (COMPRESSION * passed.read >= sum(written, 'bytesWritten')) for (const file of written) file.received = true;
    }
    if (this.outgoing) {
      const read = facts.files.filter((file) => isSource(file) && !isNoise(file.path));
      if (COMPRESSION * passed.written >= sum(read, 'bytesRead')) for (const file of read) file.sent = true;
    }
  }

  get isPart(): boolean {
    return this.incoming !== undefined || this.outgoing !== undefined;
  }

  connectionOf(fact: FileFact): OpenConnection | undefined {
    return (fact.received ? this.incoming : undefined) ?? (fact.sent ? this.outgoing : undefined);
  }
}

function sum(files: readonly FileFact[], bytes: 'bytesRead' | 'bytesWritten'): number {
  return files.reduce((total, file) => total + file[bytes], 0);
}
