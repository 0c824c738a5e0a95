import { EventDecoder } from '../../agent/decode/decode.js';
import type { KernelEvent } from '../../agent/decode/event.js';
import { RecordReader } from '../../agent/decode/reader.js';
import { layoutHash } from '../../agent/kernel/generated/layout.js';
import type { Observation } from '../../agent/recording/format.js';
import { Recording } from '../../agent/recording/reader.js';
import { RecordingWriter } from '../../agent/recording/writer.js';

/*
 * Cuts a recording down to some processes and their descendants: a busy machine records everybody
 * else as well, which neither a fixture nor a bug report should hold.
 *
 *     node dist/test/tools/trim-recording.js FROM TO PID [PID …]
 */

export interface Selection {
  /** Roots: these processes and all below them. */
  readonly tgids: readonly number[];
  /** And whoever accepts connections at this address, with all below it. */
  readonly acceptsOn?: string;
}

/** Ticks closer than this change nothing; microseconds. */
const TICK = 50_000;

/** The selected processes with all their descendants. */
export function trimRecording(from: string, to: string, selection: Selection): ReadonlySet<number> {
  const recording = Recording.open(from, layoutHash);
  const family = new Family(selection);
  // A listener is known by its first accept only; what it did before belongs to it as well.
  forEachEvent(recording, (event) => family.lookForListener(event));
  const { header } = recording;
  const writer = new RecordingWriter(to, (sentence) => {
    throw new Error(sentence);
  });
  const used = usersOf(recording, family.copy());
  writer.start({
    ...header,
    // A distribution's own suffix says where it was made, and nothing about the records.
    kernel: /^[\d.]+/.exec(header.kernel)?.[0] ?? '',
    users: Object.fromEntries(Object.entries(header.users).filter(([uid]) => used.has(Number(uid)))),
    processes: header.processes.filter(({ tgid }) => family.isRoot(tgid)),
  });
  copyFrames(recording, writer, family);
  writer.stop();
  return family.everyone;
}

/** Who belongs to the selection, as far as the recording was followed. */
class Family {
  readonly everyone: Set<number>;
  private readonly alive: Set<number>;
  private readonly roots: Set<number>;
  private readonly sockets = new Set<number>();

  constructor(private readonly selection: Selection) {
    this.roots = new Set(selection.tgids);
    this.alive = new Set();
    this.everyone = new Set(selection.tgids);
  }

  copy(): Family {
    const copy = new Family(this.selection);
    for (const root of this.roots) copy.addRoot(root);
    return copy;
  }

  isRoot(tgid: number): boolean {
    return this.roots.has(tgid);
  }

  lookForListener(event: KernelEvent): void {
    if (event.kind === 'accept' && event.tuple.localAddress === this.selection.acceptsOn)
      this.addRoot(event.actor.tgid);
  }

  private addRoot(tgid: number): void {
    this.roots.add(tgid);
    this.everyone.add(tgid);
  }

  /** Does this event belong to them? Events must come in their order. */
  follow(event: KernelEvent): boolean {
    if (event.kind === 'established') return this.sockets.has(event.socket);
    const { tgid } = event.actor;
    const member = this.alive.has(tgid) || this.roots.has(tgid);
    if (event.kind === 'fork') {
      const child = member || this.roots.has(event.childTgid);
      if (child) {
        this.alive.add(event.childTgid);
        this.everyone.add(event.childTgid);
      }
      return child;
    }
    if (member && event.kind === 'connect') this.sockets.add(event.socket);
    if (event.kind === 'exit') {
      this.alive.delete(tgid);
      this.roots.delete(tgid);
    }
    return member;
  }
}

function forEachEvent(recording: Recording, visit: (event: KernelEvent) => void): void {
  const decoder = new EventDecoder();
  const reader = new RecordReader();
  recording.visit({
    record: (bytes, offset, length) => {
      reader.open(bytes, offset, length);
      visit(decoder.decode(reader));
    },
    observation: () => undefined,
  });
}

function usersOf(recording: Recording, family: Family): ReadonlySet<number> {
  const users = new Set<number>();
  forEachEvent(recording, (event) => {
    if (family.follow(event)) users.add(event.actor.uid);
  });
  return users;
}

function copyFrames(recording: Recording, writer: RecordingWriter, family: Family): void {
  const decoder = new EventDecoder();
  const reader = new RecordReader();
  const files = new Set<string>();
  // What was looked up stands before the record or tick that made the agent look.
  let lookedUp: Observation[] = [];
  let begun = false;
  let lastTick = 0;
  recording.visit({
    record: (bytes, offset, length) => {
      reader.open(bytes, offset, length);
      const event = decoder.decode(reader);
      if (family.follow(event)) {
        begun = true;
        if (event.kind === 'file') files.add(`${event.device}:${event.inode}`);
        for (const observation of lookedUp) writer.observation(observation);
        writer.record(bytes, offset, length);
      }
      lookedUp = [];
    },
    observation: (observation) => {
      switch (observation.kind) {
        case 'gap':
          throw new Error(`records were lost while it was made, record it again: ${observation.text}`);
        case 'clock':
        case 'stock':
          writer.observation(observation);
          return;
        case 'visited':
          if (begun) writer.observation(observation);
          return;
        case 'tick': {
          const known = lookedUp.filter(
            (entry) => entry.kind === 'content' && files.has(`${entry.device}:${entry.inode}`),
          );
          lookedUp = [];
          if (!begun || (known.length === 0 && observation.time - lastTick < TICK)) return;
          for (const entry of known) writer.observation(entry);
          writer.observation(observation);
          lastTick = observation.time;
          return;
        }
        default:
          lookedUp.push(observation);
      }
    },
  });
  for (const entry of lookedUp) {
    if (entry.kind === 'content' && files.has(`${entry.device}:${entry.inode}`)) writer.observation(entry);
  }
}

const [, program, from, to, ...pids] = process.argv;
if (program?.endsWith('trim-recording.js') === true) {
  if (from === undefined || to === undefined || pids.length === 0) {
    console.error('usage: trim-recording FROM TO PID [PID …]');
    process.exitCode = 2;
  } else {
    const kept = trimRecording(from, to, { tgids: pids.map(Number) });
    console.log(`${to}: ${kept.size} processes`);
  }
}
