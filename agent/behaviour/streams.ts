// long: one table of ends, whose parts share their state
import type { Descriptor, ExitEvent, StreamEvent, Transferred } from '../decode/event.js';
import type { Counter } from '../metrics.js';
import type { ProcessTable } from '../process/table.js';
import type { TrackedProcess } from '../process/tracked.js';
import { movedAlone, movedSince, noteInput, passed } from '../process/transferred.js';

/** One direction of a pipe, a FIFO or a socket pair, and who has had an end of it. */
export interface Channel {
  readonly key: string;
  readonly readers: Map<TrackedProcess, End>;
  readonly writers: Map<TrackedProcess, End>;
}

interface End {
  /** Of a pipe, when a program began with it as its stdin: tells at its end whether it read. undefined: not known. */
  readonly progress: number | undefined;
  /** It is known that the process moved something. */
  used: boolean;
  /** Bytes that it moved through anything but files, this end among them; undefined: not known yet. */
  moved: number | undefined;
  /** It closed a descriptor of the end, and may have another one: ssh duplicates its stdout first. */
  isOpen: boolean;
  /** Nobody saw it: it must be there, as a child of the process that never called exec has the other end. */
  presumed?: boolean;
}

/** What went from one process to another, as far as that is known: each moved that much through all that are no files. */
export interface Passage {
  readonly given: number | undefined;
  readonly taken: number | undefined;
}

interface Stage {
  readonly inputs: Set<Channel>;
  readonly outputs: Set<Channel>;
}

const STANDARD_ERROR = 2;
/** Channels that are remembered; beyond, the oldest is forgotten: its processes are then told apart. */
const MOST_CHANNELS = 8192;
/** Of one end of a channel: the output of a whole script may go to one pipe. */
const MOST_ENDS = 64;
/** Of one pipeline. */
const MOST_MEMBERS = 128;

/** Who is joined to whom by pipes and socket pairs. */
export class StreamTable {
  private readonly channels = new Map<string, Channel>();
  private readonly stages = new Map<TrackedProcess, Stage>();

  /** `isSession`: is this stdin or stdout a session with someone elsewhere? It joins nobody here (P2). */
  constructor(
    private readonly processes: ProcessTable,
    private readonly isSession: (tracked: TrackedProcess, fd: 0 | 1) => boolean,
    /** Channels that were forgotten because there were too many. */
    private readonly forgotten: Counter,
  ) {}

  /** A program starts with these as its stdin and stdout. What the one before it had is not its own. */
  exec(tracked: TrackedProcess): void {
    this.forgetPresumed(tracked);
    this.remove(tracked);
    this.attachStandard(tracked, tracked.stdin.progress);
  }

  /** A subshell goes on with the ends of its parent, whatever was read before. */
  fork(child: TrackedProcess): void {
    this.attachStandard(child, undefined);
  }

  /** The process let go of an end, or is about to have another one as stdin or stdout. */
  leave({ descriptor, transferred, fd, reads, writes, closed, exits }: StreamEvent, tracked: TrackedProcess): void {
    // Messages: whoever reads them is no part of what the program does.
    if (fd === STANDARD_ERROR) return;
    if (!closed) {
      if (fd === 0) this.detachUnused(tracked, inputOf(tracked.stdin), 'inputs');
      else this.detachUnused(tracked, outputOf(tracked.stdout), 'outputs');
      return;
    }
    // Inherited from a service manager or a job: nobody who was seen has the other end.
    if (exits && !this.channels.has(outputOf(descriptor))) return;
    if (reads) noteInput(tracked, descriptor);
    if (reads) this.released(inputOf(descriptor), tracked, transferred, 'read');
    if (writes && this.isOnlyWriter(descriptor, tracked)) this.attachWriter(descriptor, tracked);
    else if (writes) this.released(outputOf(descriptor), tracked, transferred, 'written');
  }

  /** It has another stdin (0) or stdout (1) now. */
  redirect(tracked: TrackedProcess, fd: number): void {
    if (fd === 0) this.attachInput(tracked, tracked.stdin.progress);
    else this.attachOutput(tracked);
    this.presumeParent(tracked, fd);
  }

  /** What it never moved a byte through had nothing to do with it: the stdin of a command in a `while read` loop. */
  exit(event: ExitEvent, tracked: TrackedProcess): void {
    const stage = this.stages.get(tracked);
    if (!stage) return;
    const { read, written } = passed(tracked, event.transferred);
    for (const channel of stage.inputs) {
      const end = channel.readers.get(tracked);
      if (!end) continue;
      if (end.isOpen) end.moved = read;
      if (!end.used && !hasRead(end, channel, event, read)) this.detach(tracked, channel, 'inputs');
    }
    for (const channel of stage.outputs) {
      const end = channel.writers.get(tracked);
      if (!end) continue;
      if (end.isOpen) end.moved = written;
      if (!end.used && written <= 0) this.detach(tracked, channel, 'outputs');
    }
  }

  /** Is there another process at the other end of anything that it has? */
  isJoined(tracked: TrackedProcess): boolean {
    const stage = this.stages.get(tracked);
    if (!stage) return false;
    for (const { writers } of stage.inputs) if (hasOther(writers, tracked)) return true;
    for (const { readers } of stage.outputs) if (hasOther(readers, tracked)) return true;
    return false;
  }

  /** Did any of them write to a pipe that nobody reads yet? A first stage may be done before the next one is begun. */
  isOpenEnded(members: readonly TrackedProcess[]): boolean {
    return members.some((member) => {
      for (const { readers } of this.stages.get(member)?.outputs ?? []) if (readers.size === 0) return true;
      return false;
    });
  }

  /** Is there a pipe that it reads? */
  hasInput(tracked: TrackedProcess): boolean {
    return this.writersTo(tracked).size > 0;
  }

  /** All that are joined to it, it itself first; bounded. */
  members(tracked: TrackedProcess): readonly TrackedProcess[] {
    const found = new Set([tracked]);
    for (const member of found) {
      const stage = this.stages.get(member);
      if (!stage) continue;
      for (const { writers } of stage.inputs) addAll(found, writers);
      for (const { readers } of stage.outputs) addAll(found, readers);
      // Two that write to one pipe are joined by who reads it, who is among its readers above; and the other way round.
    }
    return [...found];
  }

  /** Who writes to what it reads. */
  writersTo(tracked: TrackedProcess): ReadonlyMap<TrackedProcess, Passage> {
    const found = new Map<TrackedProcess, Passage>();
    for (const { writers, readers } of this.stages.get(tracked)?.inputs ?? []) {
      const taken = readers.get(tracked)?.moved;
      for (const [writer, { moved }] of writers) if (writer !== tracked) found.set(writer, { given: moved, taken });
    }
    return found;
  }

  /** Forgets what an ended process had, once that is explained. */
  remove(tracked: TrackedProcess): void {
    const stage = this.stages.get(tracked);
    if (!stage) return;
    for (const channel of [...stage.inputs]) this.detach(tracked, channel, 'inputs');
    for (const channel of [...stage.outputs]) this.detach(tracked, channel, 'outputs');
  }

  /**
   * A child that goes on with the program of its parent, with an end of a socket pair as its stdin or stdout: the
   * parent made the pair to talk to it, and may keep its own end in a descriptor that it never closes (rsync).
   */
  private presumeParent(child: TrackedProcess, fd: number): void {
    const parent = this.processes.starterOf(child);
    if (!child.forked || !parent || this.isSession(child, fd === 0 ? 0 : 1)) return;
    const { kind } = fd === 0 ? child.stdin : child.stdout;
    if (kind !== 'socket') return;
    const end: End = { progress: undefined, used: false, moved: undefined, isOpen: true, presumed: true };
    if (fd === 0) this.attach(parent, inputOf(child.stdin), 'outputs', end);
    else this.attach(parent, outputOf(child.stdout), 'inputs', end);
  }

  /** It runs another program: if its parent has the other ends, that will be seen. */
  private forgetPresumed(child: TrackedProcess): void {
    const stage = this.stages.get(child);
    const parent = this.processes.starterOf(child);
    if (!stage || !parent) return;
    for (const channel of stage.inputs)
      if (channel.writers.get(parent)?.presumed) this.detach(parent, channel, 'outputs');
    for (const channel of stage.outputs)
      if (channel.readers.get(parent)?.presumed) this.detach(parent, channel, 'inputs');
  }

  private attachStandard(tracked: TrackedProcess, progress: number | undefined): void {
    this.attachInput(tracked, progress);
    this.attachOutput(tracked);
  }

  private attachInput(tracked: TrackedProcess, progress: number | undefined): void {
    if (this.isSession(tracked, 0)) return;
    this.attach(tracked, inputOf(tracked.stdin), 'inputs', { progress, used: false, moved: undefined, isOpen: true });
  }

  private attachOutput(tracked: TrackedProcess): void {
    if (this.isSession(tracked, 1)) return;
    this.attach(tracked, outputOf(tracked.stdout), 'outputs', {
      progress: undefined,
      used: false,
      moved: undefined,
      isOpen: true,
    });
  }

  /**
   * The last descriptor of an end went away: its holder used it, or only made it for its children,
   * as shells do, who may be gone before the shell closes its own.
   */
  private released(key: string, tracked: TrackedProcess, transferred: Transferred, way: 'read' | 'written'): void {
    const side = way === 'read' ? 'inputs' : 'outputs';
    const isStandard = key === (way === 'read' ? inputOf(tracked.stdin) : outputOf(tracked.stdout));
    if (isStandard && this.isSession(tracked, way === 'read' ? 0 : 1)) return;
    const channel = this.channels.get(key);
    const moved = this.movedThrough(channel, tracked, transferred, way)[way];
    const isOpen = !channel || !this.childAt(channel, tracked);
    if (moved > 0) this.attach(tracked, key, side, { progress: undefined, used: true, moved, isOpen });
    else this.detachUnused(tracked, key, side);
  }

  /** At most; by a child at the same end of the pipe it was that who did, and the kernel may have added it to this one. */
  private movedThrough(
    channel: Channel | undefined,
    tracked: TrackedProcess,
    transferred: Transferred,
    way: 'read' | 'written',
  ): Transferred {
    const child = channel && this.childAt(channel, tracked);
    if (!child) return passed(tracked, transferred);
    const beside = way === 'read' ? channel.readers : channel.writers;
    const isShared = [...beside.keys()].some((member) => this.processes.starterOf(member) === tracked);
    return isShared ? movedAlone(child, tracked, transferred) : movedSince(child, transferred);
  }

  /**
   * Something was read from the pipe, and nobody else is known to have written to it. What its parent put into a file
   * that they share may be on the child's account, which then says that nothing is left for the pipe.
   */
  private isOnlyWriter(descriptor: Descriptor, tracked: TrackedProcess): boolean {
    if (!tracked.forked || descriptor.kind !== 'pipe' || descriptor.progress === 0) return false;
    const writers = this.channels.get(outputOf(descriptor))?.writers;
    return !writers || !hasOther(writers, tracked);
  }

  private attachWriter(descriptor: Descriptor, tracked: TrackedProcess): void {
    const end: End = { progress: undefined, used: true, moved: undefined, isOpen: false };
    this.attach(tracked, outputOf(descriptor), 'outputs', end);
  }

  private childAt({ readers, writers }: Channel, parent: TrackedProcess): TrackedProcess | undefined {
    for (const ends of [readers, writers]) {
      for (const member of ends.keys()) {
        if (this.processes.starterOf(member) === parent) return member;
      }
    }
    return undefined;
  }

  private attach(tracked: TrackedProcess, key: string, side: keyof Stage, end: End): void {
    if (key === '') return;
    let channel = this.channels.get(key);
    if (!channel) {
      channel = { key, readers: new Map(), writers: new Map() };
      this.channels.set(key, channel);
      this.bound();
    }
    const ends = endsOf(channel, side);
    const known = ends.get(tracked);
    if (known) {
      known.used ||= end.used;
      known.moved = end.moved ?? known.moved;
      known.isOpen = end.isOpen;
      return;
    }
    ends.set(tracked, end);
    if (ends.size > MOST_ENDS) this.detachEnded(channel, side);
    let stage = this.stages.get(tracked);
    if (!stage) {
      stage = { inputs: new Set(), outputs: new Set() };
      this.stages.set(tracked, stage);
    }
    stage[side].add(channel);
  }

  private bound(): void {
    if (this.channels.size <= MOST_CHANNELS) return;
    for (const channel of this.channels.values()) {
      for (const member of [...channel.readers.keys()]) this.detach(member, channel, 'inputs');
      for (const member of [...channel.writers.keys()]) this.detach(member, channel, 'outputs');
      this.channels.delete(channel.key);
      this.forgotten.value++;
      return;
    }
  }

  private detachEnded(channel: Channel, side: keyof Stage): void {
    for (const member of endsOf(channel, side).keys()) {
      if (!member.ended) continue;
      this.detach(member, channel, side);
      return;
    }
  }

  private detachUnused(tracked: TrackedProcess, key: string, side: keyof Stage): void {
    const channel = this.channels.get(key);
    if (channel && endsOf(channel, side).get(tracked)?.used === false) this.detach(tracked, channel, side);
  }

  private detach(tracked: TrackedProcess, channel: Channel, side: keyof Stage): void {
    endsOf(channel, side).delete(tracked);
    if (channel.readers.size === 0 && channel.writers.size === 0) this.channels.delete(channel.key);
    const stage = this.stages.get(tracked);
    if (!stage) return;
    stage[side].delete(channel);
    if (stage.inputs.size === 0 && stage.outputs.size === 0) this.stages.delete(tracked);
  }
}

function endsOf(channel: Channel, side: keyof Stage): Map<TrackedProcess, End> {
  return side === 'inputs' ? channel.readers : channel.writers;
}

/** Where data arrives names the direction: a pipe has one, a socket pair has two. '': not what joins processes. */
function inputOf({ kind, device, inode }: Descriptor): string {
  if (kind === 'pipe') return `${device}:${inode}`;
  return kind === 'socket' ? `socket:${inode}` : '';
}

function outputOf({ kind, device, inode, peer }: Descriptor): string {
  if (kind === 'pipe') return `${device}:${inode}`;
  return kind === 'socket' && peer !== 0 ? `socket:${peer}` : '';
}

function hasRead({ progress }: End, { key }: Channel, { stdin }: ExitEvent, read: number): boolean {
  if (inputOf(stdin) === key && stdin.kind === 'pipe' && progress !== undefined) return stdin.progress !== progress;
  return read > 0;
}

function hasOther(ends: ReadonlyMap<TrackedProcess, End>, tracked: TrackedProcess): boolean {
  return ends.size > 1 || (ends.size === 1 && !ends.has(tracked));
}

function addAll(found: Set<TrackedProcess>, ends: ReadonlyMap<TrackedProcess, End>): void {
  for (const member of ends.keys()) if (found.size < MOST_MEMBERS) found.add(member);
}
