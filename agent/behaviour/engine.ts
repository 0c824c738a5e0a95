import type { FileEvent, KernelEvent, NameEvent } from '../decode/event.js';
import type { Clock } from '../process/clock.js';
import type { ProcessTable, TrackedProcess } from '../process/table.js';
import type { FileBehaviour, Sink } from './behaviour.js';
import type { ConnectionTable } from './connections.js';
import type { ContentSource } from './content.js';
import { FactIndex } from './fact-index.js';
import { Facts } from './facts.js';
import { TransferAccount } from './transfer.js';
import type { PathCache } from './inode.js';
import { MadePaths } from './made.js';
import type { RuleContext } from './rule.js';
import { prefixMatcher } from './noise.js';
import { rules } from './rules/index.js';
import { runTraced, type RuleTrace } from './trace.js';

export interface EngineOptions {
  /** A process that goes on is looked at when it was quiet for this long; microseconds. */
  readonly settle: number;
  /** Entries ending in '/' stand for all files below, others for one file. */
  readonly ignoredReads: readonly string[];
  /** Is told which rule explained what. */
  readonly trace?: RuleTrace | undefined;
}

/** A process that never is quiet is looked at after this many times the settle time. */
const LONGEST_HOLD = 5;
/** A process with this many unexplained facts is looked at right away: memory is bounded. */
const MOST_FACTS = 4096;
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

  constructor(
    private readonly options: EngineOptions,
    private readonly processes: ProcessTable,
    private readonly connections: ConnectionTable,
    private readonly paths: PathCache,
    private readonly content: ContentSource,
    private readonly clock: Clock,
    private readonly sink: Sink,
  ) {
    this.isNoise = prefixMatcher(options.ignoredReads);
  }

  /** Anything that only time will decide? */
  get isWaiting(): boolean {
    return this.pending.size > 0 || this.connections.isWaiting;
  }

  handle(event: KernelEvent): void {
    switch (event.kind) {
      case 'fork': {
        const parent = this.processes.of(event.actor);
        this.connections.fork(parent, this.processes.fork(event), event.actor.time);
        return;
      }
      case 'exec': {
        // Another program begins: what the one before it did is complete. The record has the new one's name already.
        const before = this.processes.find(event.actor);
        if (before) this.evaluate(before);
        const tracked = this.processes.exec(event);
        const { process } = tracked;
        this.connections.exec(tracked);
        this.sink.behaviour({
          kind: 'exec',
          operation: 'exec',
          time: this.clock.wall(event.actor.time),
          process,
          count: 1,
        });
        return;
      }
      case 'exit': {
        const tracked = this.processes.exit(event);
        this.evaluate(tracked);
        this.connections.exit(tracked);
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
      case 'socket-close':
        this.connections.close(event);
        return;
      case 'datagram':
        this.connections.datagram(event);
    }
  }

  /** Looks at every process that has come to rest; `time` is CLOCK_BOOTTIME microseconds. */
  tick(time: number): void {
    const { settle } = this.options;
    for (const [tracked, facts] of this.pending) {
      if (time - facts.lastTime >= settle || time - facts.firstTime >= LONGEST_HOLD * settle) this.evaluate(tracked);
    }
    this.connections.tick(time);
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

  private file(event: FileEvent): void {
    const tracked = this.processes.of(event.actor);
    this.paths.sawFile(event);
    const account = new TransferAccount(tracked, event);
    if (account.isNothing) return;
    this.factsOf(tracked).addFile(event, tracked.process, account);
    this.bound(tracked);
  }

  private name(event: NameEvent): void {
    const tracked = this.processes.of(event.actor);
    this.factsOf(tracked).addName(event, this.paths.resolve(event), tracked.process);
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
    if ((this.pending.get(tracked)?.length ?? 0) >= MOST_FACTS) this.evaluate(tracked);
  }

  private evaluate(tracked: TrackedProcess): void {
    const facts = this.pending.get(tracked);
    if (!facts) return;
    this.pending.delete(tracked);
    const session = this.connections.sessionAtStdin(tracked);
    const connection = session ?? this.connections.acceptedBy(tracked) ?? this.connections.outboundOf(tracked.process);
    const sends = session === undefined || this.connections.hasSessionAtStdout(tracked, session);
    const handledBefore = this.handled.get(tracked);
    const behaviours: FileBehaviour[] = [];
    const context: RuleContext = {
      facts,
      index: new FactIndex(facts.files, facts.names),
      content: this.content,
      inSession: session !== undefined,
      script: tracked.process.image.script,
      isNoise: this.isNoise,
      handledBefore: (path) => handledBefore?.has(path) ?? false,
      madeBefore: (path) => this.made.has(tracked, path),
      report: (operation, fact, sources, destinations, attribute) => {
        const { time, process } = fact;
        const moved = connection !== undefined && 'sent' in fact && (fact.received || (sends && fact.sent));
        if (moved && connection === session) {
          this.connections.offer(session, process, fact.bytesRead + fact.bytesWritten, time);
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
          connectionId: moved ? connection.connectionId : 0,
        });
      },
    };
    const { trace } = this.options;
    if (trace) trace.explained(tracked, facts, runTraced(rules, context, behaviours));
    else for (const rule of rules) rule.explain(context);
    this.remember(tracked, facts);
    behaviours.sort((left, right) => left.time - right.time);
    for (const behaviour of behaviours) this.sink.behaviour(behaviour);
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
