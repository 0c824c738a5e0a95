import type { ProcessTable, TrackedProcess } from '../process/table.js';
import { principalOf } from './attribution.js';
import type { ConnectionTable } from './connections.js';
import type { FileFact } from './facts.js';
import type { OpenConnection } from './open-connection.js';
import type { StreamTable } from './streams.js';

/** What comes to a process through its pipes, and through whom. */
export interface Inflow {
  readonly files: ReadonlySet<FileFact>;
  /** The connection that it comes from. */
  readonly session: OpenConnection | undefined;
  /** Upstream first. */
  readonly stages: readonly TrackedProcess[];
}

/** What a protocol puts around what it carries: headers, a handshake. */
const OVERHEAD = 8192;
/** What a connection may carry more than it has bytes (ssh -C). */
const COMPRESSION = 20;

const NOTHING: Inflow = { files: new Set(), session: undefined, stages: [] };

/**
 * Where data flows in a group of processes that pipes join. A stage passes on what it read from files
 * and what came to it; one that holds a connection passes on what comes over that, and what comes to
 * it leaves over that.
 */
export class PipelineFlow {
  private readonly known = new Map<TrackedProcess, Inflow>();

  constructor(
    private readonly processes: ProcessTable,
    private readonly streams: StreamTable,
    private readonly connections: ConnectionTable,
    private readonly sources: ReadonlyMap<TrackedProcess, readonly FileFact[]>,
  ) {}

  into(tracked: TrackedProcess): Inflow {
    const known = this.known.get(tracked);
    if (known) return known;
    // Processes may be joined in a ring: a coprocess and its shell.
    this.known.set(tracked, NOTHING);
    const flows = [...this.streams.writersTo(tracked)].map(([writer, moved]) => this.from(writer, tracked, moved));
    const inflow: Inflow = {
      files: new Set(flows.flatMap(({ files }) => [...files])),
      session: flows.find(({ session }) => session !== undefined)?.session,
      stages: [...new Set(flows.flatMap(({ stages }) => stages))],
    };
    this.known.set(tracked, inflow);
    return inflow;
  }

  /** The connection that what comes to a stage leaves over. */
  leavingOver(tracked: TrackedProcess): OpenConnection | undefined {
    const moved = [...this.streams.writersTo(tracked).values()];
    const given = moved.reduce<number | undefined>(
      (sum, bytes) => (sum === undefined || bytes === undefined ? undefined : sum + bytes),
      0,
    );
    return this.connectionOf(tracked, 'sent', given);
  }

  /** The connection that a stage holds, where it is clear which, and where as much went over it as through the pipe. */
  private connectionOf(
    tracked: TrackedProcess,
    way: 'sent' | 'received',
    moved: number | undefined,
  ): OpenConnection | undefined {
    const held = this.connections.heldBy(tracked);
    const connection = principalOf(held);
    if (connection?.totals === undefined || moved === undefined) return held.length === 1 ? connection : undefined;
    const bytes = connection.totals[way];
    return bytes <= 2 * moved + OVERHEAD && moved <= COMPRESSION * bytes ? connection : undefined;
  }

  /** Did the process start the other, or what started it? It may have more to do than this one pipe. */
  isAbove(tracked: TrackedProcess, other: TrackedProcess): boolean {
    if (tracked === other) return false;
    for (const ancestor of this.processes.lineage(other)) if (ancestor === tracked) return true;
    return false;
  }

  /** `moved`: bytes that the writer gave to pipes. */
  private from(writer: TrackedProcess, reader: TrackedProcess, moved: number | undefined): Inflow {
    const isAbove = this.isAbove(writer, reader);
    // It has its connection from this helper: what it moves is its own (P2).
    const lent = this.connections.heldBy(reader).some(({ process }) => process.tgid === writer.process.tgid);
    if (isAbove && lent) return NOTHING;
    const own = this.sources.get(writer) ?? [];
    const passedOn = isAbove ? passedOnBy(own, moved) : own;
    const connection = this.connectionOf(writer, 'received', moved);
    if (connection && !(isAbove && passedOn.length > 0)) {
      return { files: new Set(), session: connection, stages: [writer] };
    }
    const { files, session, stages } = this.into(writer);
    const all = new Set([...files, ...passedOn]);
    return {
      files: all,
      session: session ?? (all.size === 0 ? this.connections.sessionAtStdin(writer) : undefined),
      stages: [...stages, writer],
    };
  }
}

/** Of what a program read that started the reader, and has more to do: what it can have given to this one. */
function passedOnBy(own: readonly FileFact[], moved: number | undefined): readonly FileFact[] {
  const read = own.reduce((sum, file) => sum + file.bytesRead, 0);
  if (moved !== undefined && 2 * moved >= read) return own;
  return own.filter((file) => file.sent || file.shown || file.bytesRead === moved);
}
