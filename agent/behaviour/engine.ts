// long: one state machine, whose parts share their state
import type { ExitEvent, FileEvent, KernelEvent, NameEvent } from '../decode/event.js';
import type { Clock } from '../process/clock.js';
import type { Counter } from '../metrics.js';
import type { ProcessTable } from '../process/table.js';
import type { TrackedProcess } from '../process/tracked.js';
import type { FileBehaviour, Sink } from './behaviour.js';
import type { ConnectionTable } from './connections.js';
import type { ContentSource } from './content.js';
import { FactIndex } from './fact-index.js';
import { Facts, isDestination, isSource, type FileFact } from './facts.js';
import { Attribution } from './attribution.js';
import { sourcesOf, type Evaluation } from './evaluation.js';
import type { OpenConnection } from './open-connection.js';
import { PipelineFlow } from './pipeline-flow.js';
import { Session } from './session.js';
import { StreamTable } from './streams.js';
import { TransferAccount } from './transfer.js';
import type { PathCache } from './inode.js';
import { MadePaths } from './made.js';
import { isLookedUp, namesOf } from './named.js';
import type { RuleContext } from './rule.js';
import { prefixMatcher, type NoiseSettings } from './noise.js';
import { rulesOf, type RegisteredRule } from './rules/index.js';
import { explainPipeline } from './rules/pipeline.js';
import { isInProgress, settledUntil } from './settled.js';
import { runTraced, type RuleTrace } from './trace.js';

export interface EngineOptions {
  /** A behaviour of a process that goes on is told this long after its files were closed; microseconds. */
  readonly settle: number;
  readonly noise: NoiseSettings;
  /** Is told which rule explained what. */
  readonly trace?: RuleTrace | undefined;
}

export interface EngineParts extends EngineOptions {
  /** Pipes and socket pairs that were forgotten because there were too many. */
  readonly streamsForgotten: Counter;
}

const preparations = rulesOf('preparation');
const transformations = rulesOf('transformation');
const remainders = rulesOf('remainder');

/** Stages of a pipeline that are never quiet are looked at after this many times the settle time. */
const LONGEST_HOLD = 5;
/** A process with this many unexplained facts is looked at right away: memory is bounded. */
const MOST_FACTS = 4096;
/** The latest facts of a busy process that may be halves of something. */
const UNDECIDED = 16;
/** Paths remembered per process beyond its facts, for the swap file that an editor removes an hour later. */
const MOST_HANDLED = 64;

/**
 * The state machine: collects the facts of each process, and when the process ends or rests,
 * lets the rules explain them. One behaviour is worth many events.
 */
export class BehaviourEngine {
  private readonly pending = new Map<TrackedProcess, Facts>();
  private readonly handled = new WeakMap<TrackedProcess, Set<string>>();
  private readonly made = new MadePaths<TrackedProcess>();
  private readonly isNoise: (path: string) => boolean;
  private readonly isNoiseWritten: (path: string) => boolean;
  private readonly streams: StreamTable;

  constructor(
    private readonly options: EngineParts,
    private readonly processes: ProcessTable,
    private readonly connections: ConnectionTable,
    private readonly paths: PathCache,
    private readonly content: ContentSource,
    private readonly clock: Clock,
    private readonly sink: Sink,
    /** Has the kernel tell which files the process with this tgid has open, and moved; they come through `handle`. */
    private readonly askForOpenFiles: (tgid: number) => void,
  ) {
    this.isNoise = prefixMatcher(options.noise.reads);
    this.isNoiseWritten = prefixMatcher(options.noise.writes);
    this.streams = new StreamTable(
      processes,
      (tracked, fd) =>
        (fd === 0 ? connections.sessionAtStdin(tracked) : connections.sessionAtStdout(tracked)) !== undefined,
      options.streamsForgotten,
    );
  }

  /** Anything that only time will decide? */
  get isWaiting(): boolean {
    return this.pending.size > 0 || this.connections.isWaiting;
  }

  handle(event: KernelEvent): void {
    switch (event.kind) {
      case 'fork': {
        const parent = this.processes.of(event.actor);
        const child = this.processes.fork(event);
        this.connections.fork(parent, child, event.actor.time);
        this.streams.fork(child);
        return;
      }
      case 'exec': {
        // Another program begins: what the one before it did is complete. The record has the new one's name already.
        const before = this.processes.find(event.actor);
        if (before) this.explain([before]);
        const tracked = this.processes.exec(event);
        const { process } = tracked;
        this.connections.exec(tracked);
        this.streams.exec(tracked);
        this.sink.behaviour({
          kind: 'exec',
          operation: 'exec',
          time: this.clock.wall(event.actor.time),
          process,
          count: 1,
        });
        return;
      }
      case 'isolation':
        this.processes.isolate(event);
        return;
      case 'exit': {
        this.exit(event);
        return;
      }
      case 'stream': {
        const tracked = this.processes.of(event.actor);
        this.streams.leave(event, tracked);
        if (event.closed) return;
        if (event.fd === 0) tracked.stdin = event.descriptor;
        else tracked.stdout = event.descriptor;
        this.connections.redirect(tracked);
        this.streams.redirect(tracked, event.fd);
        return;
      }
      case 'file':
        this.file(event);
        return;
      case 'name':
        this.name(event);
        return;
      case 'connect':
        this.connections.connect(event);
        return;
      case 'established':
        this.connections.established(event);
        return;
      case 'accept':
        this.connections.accept(event);
        return;
      case 'socket-release':
        this.connections.release(event);
        return;
      case 'open-socket':
        this.connections.found(event);
        return;
      case 'socket-close':
        this.connections.close(event);
        return;
      case 'datagram':
        this.connections.datagram(event);
    }
  }

  /** Tells what has had its time; `time` is CLOCK_BOOTTIME microseconds. */
  tick(time: number): void {
    for (const [tracked, facts] of this.pending) this.settle(tracked, facts, time);
    this.connections.tick(time);
  }

  /** The open files of all processes were told of: those that are open still are due after the settle time. */
  visited(time: number): void {
    for (const facts of this.pending.values()) {
      if (facts.visitedTime === 0 && facts.hasOpen) facts.visitedTime = time;
    }
  }

  private settle(tracked: TrackedProcess, facts: Facts, time: number): void {
    const { settle } = this.options;
    const due = time - settle;
    const areOpenDue = facts.visitedTime > 0 && facts.visitedTime <= due;
    const isOverDue = facts.firstOver > 0 && facts.firstOver <= due;
    if (!areOpenDue && !isOverDue) return;
    if (facts.heldTime > due) return;
    if (this.streams.isJoined(tracked)) {
      this.settleJoined(tracked, facts, time);
      return;
    }
    this.askForOpenFiles(tracked.process.tgid);
    const handled = this.handled.get(tracked);
    if (isInProgress(facts, time, settle, (path) => handled?.has(path) ?? false)) facts.heldTime = time;
    else this.explain([tracked], areOpenDue ? undefined : settledUntil(facts, due, time));
  }

  /** What one stage did belongs to what the others do: all are told of together, when this one is quiet. */
  private settleJoined(tracked: TrackedProcess, facts: Facts, time: number): void {
    const { settle } = this.options;
    const isQuiet = time - facts.lastTime >= settle;
    const isLong = time - facts.since >= LONGEST_HOLD * settle;
    if (isQuiet && (isLong || !this.isFilling(tracked))) this.evaluate(tracked);
    else if (isLong) this.evaluateBusy(tracked, facts);
  }

  /** Explains everything that is left. */
  finish(): void {
    for (const tracked of [...this.pending.keys()]) this.evaluate(tracked);
    this.connections.tick(Infinity);
  }

  /** Drops what a process did so far: it turned out to be part of the observer. */
  forget(tgid: number): void {
    for (const tracked of this.pending.keys()) {
      if (tracked.process.tgid === tgid) this.pending.delete(tracked);
    }
  }

  /** The stages of a pipeline end one after the other: with the last one the whole is known. */
  private exit(event: ExitEvent): void {
    const tracked = this.processes.exit(event);
    this.streams.exit(event, tracked);
    const members = this.streams.isJoined(tracked) ? this.streams.members(tracked) : [tracked];
    if (members.every(({ ended }) => ended) && !this.streams.isOpenEnded(members)) this.explain(members);
  }

  /** Does another stage go on, and write to a file that nobody has heard of yet? It is worth waiting for. */
  private isFilling(tracked: TrackedProcess): boolean {
    return this.streams.members(tracked).some(({ ended, stdout }) => !ended && stdout.kind === 'file');
  }

  private file(event: FileEvent): void {
    const tracked = this.processes.of(event.actor);
    this.paths.sawFile(event, tracked.process);
    const account = new TransferAccount(tracked, event);
    if (account.isNothing) return;
    this.factsOf(tracked).addFile(event, tracked.process, account);
    this.bound(tracked);
  }

  private name(event: NameEvent): void {
    const tracked = this.processes.of(event.actor);
    this.factsOf(tracked).addName(event, this.paths.resolve(event, tracked.process), tracked.process);
    this.bound(tracked);
  }

  private factsOf(tracked: TrackedProcess): Facts {
    let facts = this.pending.get(tracked);
    if (!facts) {
      facts = new Facts();
      this.pending.set(tracked, facts);
    }
    return facts;
  }

  private bound(tracked: TrackedProcess): void {
    const facts = this.pending.get(tracked);
    if (facts && facts.length >= MOST_FACTS) this.evaluateBusy(tracked, facts);
  }

  /** A process may be in the middle of something: `cp` closes the new file first and the old one a moment later. */
  private evaluateBusy(tracked: TrackedProcess, facts: Facts): void {
    facts.undecidedFrom = facts.end - UNDECIDED;
    this.evaluate(tracked);
    const next = facts.takeAside();
    if (next) this.pending.set(tracked, next);
  }

  /** Explains what a process did, together with all that it is joined to. */
  private evaluate(tracked: TrackedProcess): void {
    this.explain(this.streams.isJoined(tracked) ? this.streams.members(tracked) : [tracked]);
  }

  /** What they did up to `until`; without it everything, also what was moved through files that are open. */
  private explain(members: readonly TrackedProcess[], until?: number): void {
    const evaluations = new Map<TrackedProcess, Evaluation>();
    for (const member of members) {
      const facts = this.takePending(member, until);
      if (facts) evaluations.set(member, this.begin(member, facts));
    }
    if (evaluations.size > 0) this.apply(members, evaluations);
    for (const member of members) if (member.ended) this.streams.remove(member);
  }

  private takePending(tracked: TrackedProcess, until: number | undefined): Facts | undefined {
    const pending = this.pending.get(tracked);
    if (!pending || until === undefined) {
      this.pending.delete(tracked);
      return pending;
    }
    const { over, rest } = pending.splitAt(until);
    if (rest.isEmpty) this.pending.delete(tracked);
    else this.pending.set(tracked, rest);
    return over;
  }

  private apply(members: readonly TrackedProcess[], evaluations: ReadonlyMap<TrackedProcess, Evaluation>): void {
    const all = [...evaluations.values()];
    if (members.length > 1) for (const evaluation of all) this.giveShared(evaluation, evaluations);
    for (const evaluation of all) this.run(preparations, evaluation);
    const sources = new Map(all.map((evaluation) => [evaluation.tracked, sourcesOf(evaluation)]));
    if (members.length > 1) for (const evaluation of all) this.leaveNoise(evaluation);
    for (const evaluation of all) this.run(transformations, evaluation);
    const behaviours = members.length > 1 ? this.join(members, evaluations, sources) : [];
    for (const evaluation of all) {
      const { tracked, facts, steps } = evaluation;
      this.run(remainders, evaluation);
      this.options.trace?.explained(tracked, facts, steps);
      this.remember(tracked, facts);
      behaviours.push(...evaluation.behaviours);
    }
    behaviours.sort((left, right) => left.time - right.time);
    for (const behaviour of behaviours) this.sink.behaviour(behaviour);
  }

  /**
   * A child that unpacks for its parent holds the parent's stdout, and ends first: what the parent wrote to that
   * until then is reported for the child. But what the child made went through the pipe (busybox zcat).
   */
  private giveShared({ tracked, facts }: Evaluation, evaluations: ReadonlyMap<TrackedProcess, Evaluation>): void {
    for (const writer of this.streams.writersTo(tracked).keys()) {
      const given = writer.forked ? evaluations.get(writer) : undefined;
      for (const file of given?.facts.files ?? []) {
        const { stdout } = tracked;
        const isStdout = stdout.kind === 'file' && stdout.inode === file.inode && stdout.device === file.device;
        if (isStdout && isDestination(file)) facts.takeOver(file, tracked.process);
      }
    }
  }

  /** What every program reads is not what it made a file of when something came to it through a pipe. */
  private leaveNoise({ tracked, facts, context }: Evaluation): void {
    if (!this.streams.hasInput(tracked)) return;
    for (const file of facts.files) {
      if (isSource(file) && !file.shown && context.isNoise(file.path)) file.consumed = true;
    }
  }

  private run(rules: readonly RegisteredRule[], { context, behaviours, steps }: Evaluation): void {
    if (this.options.trace) steps.push(...runTraced(rules, context, behaviours));
    else for (const rule of rules) rule.explain(context);
  }

  /** What several processes did together. */
  private join(
    members: readonly TrackedProcess[],
    evaluations: ReadonlyMap<TrackedProcess, Evaluation>,
    sources: ReadonlyMap<TrackedProcess, readonly FileFact[]>,
  ): FileBehaviour[] {
    const { processes, streams, connections } = this;
    const behaviours: FileBehaviour[] = [];
    const left = [...evaluations.values()].map(
      ({ facts, steps }) => [steps, facts.files.filter(({ consumed }) => !consumed)] as const,
    );
    const flow = new PipelineFlow(processes, streams, connections, sources, this.content);
    explainPipeline({
      flow,
      connections,
      members,
      evaluations,
      wall: (time) => this.clock.wall(time),
      add: (behaviour) => behaviours.push(behaviour),
    });
    for (const evaluation of evaluations.values()) leaveTaken(evaluation, evaluations, flow);
    for (const [steps, files] of left) {
      const consumed = files.filter((file) => file.consumed);
      if (consumed.length > 0) steps.push({ rule: 'pipeline', consumed, moved: [], behaviours });
    }
    return behaviours;
  }

  private begin(tracked: TrackedProcess, facts: Facts): Evaluation {
    const session = new Session(this.connections, tracked, facts, this.isNoise);
    const attribution = new Attribution(this.connections.connectionsOf(tracked), facts);
    const connectionOf = (fact: FileFact): OpenConnection | undefined =>
      session.isPart ? session.connectionOf(fact) : attribution.connectionOf(fact);
    const handledBefore = this.handled.get(tracked);
    const isNamed = namesOf(tracked.process.image.commandLine);
    const behaviours: FileBehaviour[] = [];
    const index = new FactIndex(facts.files, facts.names);
    const context: RuleContext = {
      facts,
      index,
      content: this.content,
      inSession: session.incoming !== undefined,
      // What a stage before it wrote to it may be what it received as well: then it is no matter of this process alone.
      cameOver: (file) => !this.streams.hasInput(tracked) && connectionOf(file) !== undefined,
      script: tracked.process.image.script,
      isNoise: (path) => this.isNoise(path) && (!isNamed(path) || isLookedUp(path, index)),
      isNoiseWritten: (path) => this.isNoiseWritten(path) && !isNamed(path),
      handledBefore: (path) => handledBefore?.has(path) ?? false,
      madeBefore: (path) => this.made.has(tracked, path),
      report: (operation, fact, sources, destinations, attribute) => {
        const { time, process } = fact;
        const connection = 'sent' in fact ? connectionOf(fact) : undefined;
        if (connection !== undefined && session.isPart && 'sent' in fact) {
          this.connections.offer(connection, process, fact.bytesRead + fact.bytesWritten, time);
        }
        behaviours.push({
          kind: 'file',
          operation,
          time: this.clock.wall(time),
          process,
          count: 1,
          sources,
          destinations,
          ...(attribute && { attribute }),
          connectionId: connection?.connectionId ?? 0,
        });
      },
    };
    return { tracked, facts, index, context, behaviours, steps: [] };
  }

  private remember(tracked: TrackedProcess, facts: Facts): void {
    if (tracked.ended) return;
    this.made.remember(tracked, facts);
    if (facts.files.length === 0) return;
    const handled = this.handled.get(tracked) ?? new Set();
    for (const { path } of facts.files) {
      handled.delete(path);
      handled.add(path);
    }
    for (const path of handled) {
      if (handled.size <= MOST_HANDLED) break;
      handled.delete(path);
    }
    this.handled.set(tracked, handled);
  }
}

/** A program may look at a file itself before it has a helper read it: tar at its archive, to see what unpacks that. */
function leaveTaken(
  { tracked, behaviours }: Evaluation,
  evaluations: ReadonlyMap<TrackedProcess, Evaluation>,
  flow: PipelineFlow,
): void {
  const taken = new Set(
    behaviours
      .filter(({ destinations }) => destinations.length > 0)
      .flatMap(({ sources }) => sources.map(({ device, inode }) => `${device}:${inode}`)),
  );
  if (taken.size === 0) return;
  for (const stage of flow.into(tracked).stages) {
    for (const file of evaluations.get(stage)?.facts.files ?? []) {
      if (isSource(file) && taken.has(`${file.device}:${file.inode}`)) file.consumed = true;
    }
  }
}
