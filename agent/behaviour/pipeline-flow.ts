import type { ProcessTable } from '../process/table.js';
import type { TrackedProcess } from '../process/tracked.js';
import { principalOf } from './attribution.js';
import type { ConnectionTable } from './connections.js';
import type { ContentSource } from './content.js';
import { bytesTaken, type FileFact } from './facts.js';
import type { OpenConnection } from './open-connection.js';
import type { Passage, StreamTable } from './streams.js';
import { COMPRESSION } from './transfer.js';

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
/** Of one pipeline: many rings in each other have many ways around. */
const MOST_VISITS = 4096;
/** A program that is no decompressor gives at most this many times what it read: a dump of bytes in words. */
const EXPANSION = 8;
/** And what it fills its blocks up with: tar gives 10,240 bytes at least. */
const PADDING = 16_384;

const NOTHING: Inflow = { files: new Set(), session: undefined, stages: [] };

/**
 * Where data flows in a group of processes that pipes join. A stage passes on what it read from files
 * and what came to it; one that holds a connection passes on what comes over that, and what comes to
 * it leaves over that.
 */
export class PipelineFlow {
  private readonly known = new Map<TrackedProcess, Inflow>();
  /** From the process that was asked for up to the one that is looked at. */
  private readonly way = new Set<TrackedProcess>();
  /** The place on the way that a ring led back to. */
  private ringFrom = Infinity;
  private visits = 0;

  constructor(
    private readonly processes: ProcessTable,
    private readonly streams: StreamTable,
    private readonly connections: ConnectionTable,
    private readonly sources: ReadonlyMap<TrackedProcess, readonly FileFact[]>,
    private readonly content: ContentSource,
  ) {}

  into(tracked: TrackedProcess): Inflow {
    const known = this.known.get(tracked);
    if (known) return known;
    // Processes may be joined in a ring: a coprocess and its shell.
    if (this.way.has(tracked)) {
      this.ringFrom = Math.min(this.ringFrom, [...this.way].indexOf(tracked));
      return NOTHING;
    }
    if (this.visits++ > MOST_VISITS) return NOTHING;
    this.way.add(tracked);
    const depth = this.way.size - 1;
    const ringBefore = this.ringFrom;
    this.ringFrom = Infinity;
    const flows = [...this.streams.writersTo(tracked)].map(([writer, passage]) => this.from(writer, tracked, passage));
    const inflow: Inflow = {
      files: new Set(flows.flatMap(({ files }) => [...files])),
      session: flows.find(({ session }) => session !== undefined)?.session,
      stages: [...new Set(flows.flatMap(({ stages }) => stages))],
    };
    this.way.delete(tracked);
    // Within a ring it holds for this way around only.
    if (this.ringFrom >= depth) this.known.set(tracked, inflow);
    this.ringFrom = Math.min(ringBefore, this.ringFrom >= depth ? Infinity : this.ringFrom);
    return inflow;
  }

  /** The connection that what comes to a stage leaves over. */
  leavingOver(tracked: TrackedProcess): OpenConnection | undefined {
    return this.connectionOf(tracked, 'sent', this.givenTo(tracked));
  }

  /** Bytes that came to it through its pipes; undefined: not known. */
  givenTo(tracked: TrackedProcess): number | undefined {
    const passages = [...this.streams.writersTo(tracked).values()];
    return passages.reduce<number | undefined>(
      (sum, { given }) => (sum === undefined || given === undefined ? undefined : sum + given),
      0,
    );
  }

  /** What a stage read itself, unless it gave so much that this can only have been its settings. */
  private ownOf(writer: TrackedProcess, { given = 0 }: Passage): readonly FileFact[] {
    const own = this.sources.get(writer) ?? [];
    const read = own.reduce((sum, file) => sum + bytesTaken(file), 0);
    if (given <= EXPANSION * read + PADDING) return own;
    return own.some((file) => this.content.contentOf(file) === 'archive') ? own : [];
  }

  private isLent(helper: TrackedProcess, program: TrackedProcess): boolean {
    return this.connections.heldBy(helper).some(({ process }) => process.tgid === program.process.tgid);
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

  /**
   * Did the program that the process runs start the other, or what started it? It may have more to do than this one
   * pipe. What a shell forked before it became that program (`tee >(gzip)`) is beside it.
   */
  isAbove(tracked: TrackedProcess, other: TrackedProcess): boolean {
    return this.begunBelow(tracked, other) !== undefined;
  }

  /** When the program started the other, or what started it (`sh -c gzip` of tar): the pipe is as old. */
  private begunBelow(tracked: TrackedProcess, other: TrackedProcess): number | undefined {
    let below: TrackedProcess | undefined;
    for (const ancestor of this.processes.lineage(other)) {
      if (below && ancestor === tracked) return below.start >= tracked.programStart ? below.start : undefined;
      below = ancestor;
    }
    return undefined;
  }

  private from(writer: TrackedProcess, reader: TrackedProcess, passage: Passage): Inflow {
    const begun = this.begunBelow(writer, reader);
    // One of them has its connection from the other, a helper: what it moves is its own (P2).
    if (this.isLent(reader, writer) || this.isLent(writer, reader)) return NOTHING;
    const own = this.ownOf(writer, passage);
    const passedOn = begun === undefined ? own : passedOnBy(own, passage, begun);
    const connection = this.connectionOf(writer, 'received', passage.given);
    if (connection && !(begun !== undefined && passedOn.length > 0)) {
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

/**
 * Of what a program read that started the reader, and has more to do: what it can have given to this one. Where that
 * got as much as all of it, or more (the headers of an archive), it got all; but of what was read before there was a
 * reader, only what it got to the byte.
 */
function passedOnBy(
  own: readonly FileFact[],
  { given = Infinity, taken = Infinity }: Passage,
  begun: number,
): readonly FileFact[] {
  const moved = Math.min(given, taken);
  const unused = own.filter((file) => !file.consumed || file.shown);
  for (const some of [unused, unused.filter(({ time }) => time >= begun)]) {
    const read = some.reduce((sum, file) => sum + bytesTaken(file), 0);
    if (moved === read || (moved > read && moved !== Infinity && some.every(({ time }) => time >= begun))) return some;
  }
  return unused.filter((file) => file.shown || bytesTaken(file) === moved);
}
