import { LRUCache } from 'lru-cache';
import type { Actor, ExecEvent, ExitEvent, ForkEvent, IsolationEvent } from '../decode/event.js';
import type { Counter } from '../metrics.js';
import type { Clock } from './clock.js';
import {
  containerUid,
  Isolations,
  unknownIsolation,
  type ContainerFiles,
  type Isolation,
  type OwnRoot,
} from './isolation.js';
import type { Process, ProcessImage } from './process.js';
import type { ProcessSnapshot } from './snapshot.js';
import { NOTHING, trackedProcess, type TrackedProcess } from './tracked.js';
import { accountFrom, countable, noteInput, passed } from './transferred.js';
import type { UserNames } from './users.js';

const UNSET = 0xffff_ffff;
/** Beyond, who did nothing for longest is forgotten as if it had ended: the record of its end may have been lost. */
const MOST_RUNNING = 65_536;
/** Processes that ended are remembered for their children's sake. */
const ENDED_CAPACITY = 16_384;
/** /proc tells a start time in clock ticks, the kernel in nanoseconds. */
const SNAPSHOT_PRECISION = 20_000;

/** `#!/usr/bin/env bash`: the interpreter is another program, which in its turn starts the one that gets the script. */
function stillInterpreted({ script }: ProcessImage, commandLine: string): string {
  return script !== '' && ` ${commandLine} `.includes(` ${script} `) ? script : '';
}

/** Who runs, who started whom, as whom: from fork, exec and exit, and /proc for what ran before. */
export class ProcessTable {
  private readonly running = new LRUCache<number, TrackedProcess>({
    max: MOST_RUNNING,
    dispose: (tracked, tgid, reason) => {
      if (reason !== 'evict') return;
      this.endedProcesses.set(tgid, tracked);
      this.evicted.value++;
    },
  });
  private readonly endedProcesses = new LRUCache<number, TrackedProcess>({ max: ENDED_CAPACITY });

  private readonly isolations: Isolations;

  constructor(
    private readonly users: UserNames,
    private readonly clock: Clock,
    own: OwnRoot,
    private readonly containerFiles: ContainerFiles,
    private readonly evicted: Counter,
  ) {
    this.isolations = new Isolations(own, containerFiles);
  }

  get size(): number {
    return this.running.size;
  }

  addSnapshot(snapshot: ProcessSnapshot): void {
    const { comm, exe, commandLine } = snapshot;
    const image = { comm, exe, commandLine, script: snapshot.script };
    const isolation = this.isolations.of(snapshot.isolation, unknownIsolation);
    const process = this.makeProcess(snapshot, snapshot.start, image, isolation);
    const { approximate, stdin, stdout, transferred } = snapshot;
    const accounted = accountFrom(transferred, !approximate);
    this.running.set(snapshot.tgid, trackedProcess(process, snapshot.start, { approximate, stdin, stdout, accounted }));
  }

  fork(event: ForkEvent): TrackedProcess {
    const parent = this.of(event.actor);
    const process = {
      ...parent.process,
      tgid: event.childTgid,
      ppid: event.actor.tgid,
      startTime: this.clock.wall(event.childStart),
      containerPid: event.childContainerTgid,
    };
    const child = trackedProcess(process, event.childStart, {
      stdin: parent.stdin,
      stdout: parent.stdout,
      accounted: accountFrom(NOTHING, true),
      forked: true,
      programStart: parent.programStart,
      parentTransferred: event.transferred,
      parentReaped: { ...parent.reaped },
    });
    this.running.set(event.childTgid, child);
    return child;
  }

  exec(event: ExecEvent): TrackedProcess {
    const tracked = this.of(event.actor);
    const { comm, uid, tgid } = event.actor;
    // Who started it, also when a daemon execs after its parent is gone and init has taken it.
    const { ppid } = tracked.process;
    const { exe, commandLine, script, loginuid, sessionId, containerTgid } = event;
    tracked.process = this.makeProcess(
      { tgid, ppid, uid, loginuid, sessionId, containerPid: containerTgid },
      tracked.start,
      { comm, exe, commandLine, script: script === '' ? stillInterpreted(tracked.process.image, commandLine) : script },
      this.isolations.of(event.isolation, tracked.process.isolation),
    );
    tracked.stdin = event.stdin;
    tracked.stdout = event.stdout;
    tracked.forked = false;
    tracked.tookInput = undefined;
    tracked.programStart = event.actor.time;
    Object.assign(tracked.reaped, { read: 0, written: 0 });
    Object.assign(tracked.accounted, accountFrom(countable(event.transferred), true));
    return tracked;
  }

  /** It moved into a container, out of one, or to another root directory. */
  isolate(event: IsolationEvent): TrackedProcess {
    const tracked = this.of(event.actor);
    const { process } = tracked;
    const isolation = this.isolations.of(event.isolation, process.isolation);
    tracked.process = {
      ...process,
      containerPid: event.containerTgid,
      isolation,
      ...this.containerUserOf(isolation, process.uid, process.tgid, process.ppid),
    };
    return tracked;
  }

  exit(event: ExitEvent): TrackedProcess {
    const tracked = this.of(event.actor);
    tracked.ended = true;
    tracked.passed = passed(tracked, event.transferred);
    noteInput(tracked, event.stdin);
    const parent = this.running.get(event.actor.ppid);
    if (parent) {
      const { read, written } = countable(event.transferred);
      parent.reaped.read += read;
      parent.reaped.written += written;
    }
    this.running.delete(event.actor.tgid);
    this.endedProcesses.set(event.actor.tgid, tracked);
    return tracked;
  }

  /** The process of a record; made from the record itself where its fork and exec were not seen. */
  of(actor: Actor): TrackedProcess {
    const known = this.find(actor);
    if (known) {
      this.update(known, actor);
      return known;
    }
    const parent = this.byTgid(actor.ppid)?.process;
    const { loginuid = UNSET, sessionId = UNSET, isolation = unknownIsolation } = parent ?? {};
    const process = this.makeProcess(
      { ...actor, loginuid, sessionId, containerPid: parent?.containerPid === parent?.tgid ? actor.tgid : 0 },
      actor.start,
      { comm: actor.comm, exe: '', commandLine: '', script: '' },
      isolation,
    );
    const tracked = trackedProcess(process, actor.start, {});
    this.running.set(actor.tgid, tracked);
    return tracked;
  }

  /** The process as it was before this record, if it is known. */
  find(actor: Actor): TrackedProcess | undefined {
    const known = this.running.get(actor.tgid) ?? this.endedProcesses.get(actor.tgid);
    return known && this.isSame(known, actor) ? known : undefined;
  }

  byTgid(tgid: number): TrackedProcess | undefined {
    return this.running.get(tgid) ?? this.endedProcesses.get(tgid);
  }

  parentOf({ ppid }: Process): Process | undefined {
    return this.byTgid(ppid)?.process;
  }

  /** Who started it. A process that started later only has the same pid. */
  starterOf({ process: { ppid }, start, approximate }: TrackedProcess): TrackedProcess | undefined {
    if (ppid === 0) return undefined;
    const parent = this.running.get(ppid);
    const precision = approximate || parent?.approximate === true ? SNAPSHOT_PRECISION : 0;
    return parent && parent.start <= start + precision ? parent : this.endedProcesses.get(ppid);
  }

  /** All that run, parents before their children. */
  byStart(): readonly TrackedProcess[] {
    return [...this.running.values()].sort((left, right) => left.start - right.start);
  }

  /** The process, its parent, and so on; bounded, since a table built from lost records might hold a ring. */
  *lineage(tracked: TrackedProcess): Generator<TrackedProcess> {
    let current: TrackedProcess | undefined = tracked;
    for (let depth = 0; current !== undefined && depth < 32; depth++) {
      yield current;
      current = this.starterOf(current);
    }
  }

  /** Processes that see the same files as this one and are likely to run: it itself and those that started it. */
  *tgidsInside(process: Process): Generator<number> {
    const { key } = process.isolation.root;
    yield process.tgid;
    let ppid = process.ppid;
    for (let depth = 0; depth < 32 && ppid !== 0; depth++) {
      const parent = this.running.get(ppid)?.process;
      if (parent?.isolation.root.key !== key) return;
      yield parent.tgid;
      ppid = parent.ppid;
    }
  }

  private containerUserOf(
    isolation: Isolation,
    uid: number,
    tgid: number,
    ppid: number,
  ): Pick<Process, 'containerUid' | 'containerUser'> {
    const inside = containerUid(isolation, uid);
    const { root } = isolation;
    // The agent's own list of users is that of every process with its root directory.
    const name = root.isOther ? this.containerFiles.userName(root, inside, [tgid, ppid]) : '';
    return { containerUid: inside, containerUser: name };
  }

  /** All descendants that run now. */
  descendants(tgid: number): readonly number[] {
    const found = [tgid];
    for (const parent of found) {
      for (const [child, tracked] of this.running) {
        if (tracked.process.ppid === parent && !found.includes(child)) found.push(child);
      }
    }
    return found.slice(1);
  }

  /** A process may take another user id (su, a daemon that drops its rights) and call itself anything (prctl). */
  private update(known: TrackedProcess, { uid, comm }: Actor): void {
    const { process } = known;
    if (process.uid !== uid) {
      known.process = {
        ...process,
        uid,
        user: this.users.nameOf(uid),
        ...this.containerUserOf(process.isolation, uid, process.tgid, process.ppid),
      };
    }
    if (process.image.comm !== comm) known.process = { ...known.process, image: { ...process.image, comm } };
  }

  private isSame(known: TrackedProcess, actor: Actor): boolean {
    if (known.start === actor.start) return true;
    if (!known.approximate || Math.abs(known.start - actor.start) > SNAPSHOT_PRECISION) return false;
    known.start = actor.start;
    known.approximate = false;
    known.process = { ...known.process, startTime: this.clock.wall(actor.start) };
    return true;
  }

  private makeProcess(
    identity: Pick<Process, 'tgid' | 'ppid' | 'uid' | 'loginuid' | 'sessionId' | 'containerPid'>,
    start: number,
    image: ProcessImage,
    isolation: Isolation,
  ): Process {
    const { tgid, ppid, uid, loginuid, sessionId, containerPid } = identity;
    return {
      tgid,
      ppid,
      startTime: this.clock.wall(start),
      uid,
      user: this.users.nameOf(uid),
      loginuid,
      sessionId,
      containerPid,
      ...this.containerUserOf(isolation, uid, tgid, ppid),
      isolation,
      image,
    };
  }
}
