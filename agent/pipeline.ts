import type { Behaviour, Sink } from './behaviour/behaviour.js';
import { ConnectionTable } from './behaviour/connections.js';
import { ConnectionReporter } from './behaviour/open-connection.js';
import type { ContentSource } from './behaviour/content.js';
import { BehaviourEngine, type EngineOptions } from './behaviour/engine.js';
import { PathCache, type InodeSource } from './behaviour/inode.js';
import type { Fold } from './fold/fold.js';
import type { KernelEvent } from './decode/event.js';
import { EventDecoder } from './decode/decode.js';
import { RecordReader } from './decode/reader.js';
import { AgentError } from './errors.js';
import type { Counter, Metrics } from './metrics.js';
import type { Clock } from './process/clock.js';
import type { ContainerFiles, OwnRoot } from './process/isolation.js';
import type { Process } from './process/process.js';
import { ProcessTable } from './process/table.js';
import type { UserNames } from './process/users.js';

export interface PipelineParts extends EngineOptions {
  readonly clock: Clock;
  readonly users: UserNames;
  readonly content: ContentSource;
  readonly inodes: InodeSource;
  readonly containers: ContainerFiles;
  readonly own: OwnRoot;
  readonly sink: Sink;
  /** Stages on the way to the sink that want to know of time and of processes. */
  readonly folds?: readonly Fold[];
  readonly metrics: Metrics;
  /** Sees every event first; true: it is not for the engine. */
  readonly intercept: (event: KernelEvent) => boolean;
  /** Has the kernel tell of the open files of one process; the records come through `record`. */
  readonly askForOpenFiles: (tgid: number) => void;
}

/** Records in, behaviours out: the same for the kernel's ring and for a recording. */
export class Pipeline {
  readonly processes: ProcessTable;
  readonly connections: ConnectionTable;
  readonly engine: BehaviourEngine;
  private readonly reader = new RecordReader();
  private readonly decoder = new EventDecoder();
  private readonly folds: readonly Fold[];
  private readonly received: Counter;
  private readonly invalid: Counter;

  constructor(private readonly parts: PipelineParts) {
    const { clock, users, content, inodes, containers, own, sink, metrics, settle } = parts;
    const processesEvicted = metrics.counter(
      'processes_evicted',
      'Running processes beyond the most that are remembered: taken for ended.',
    );
    const connectionsEvicted = metrics.counter(
      'connections_evicted',
      'Open connections beyond the most that are remembered: their end will not be told.',
    );
    const reporter = new ConnectionReporter(clock, sink);
    this.processes = new ProcessTable(users, clock, own, containers, processesEvicted);
    this.connections = new ConnectionTable(this.processes, clock, reporter, settle, connectionsEvicted);
    const streamsForgotten = metrics.counter(
      'streams_forgotten',
      'Pipes and socket pairs beyond the most that are remembered: their processes were told apart.',
    );
    this.engine = new BehaviourEngine(
      { ...parts, streamsForgotten },
      this.processes,
      this.connections,
      new PathCache(inodes),
      content,
      clock,
      sink,
      parts.askForOpenFiles,
    );
    this.folds = parts.folds ?? [];
    for (const fold of this.folds) fold.start(this.processes);
    this.received = metrics.counter('records_received', 'Records that the kernel side sent.');
    this.invalid = metrics.counter('records_invalid', 'Records that were garbled or truncated, and left out.');
  }

  /** Takes one raw record; a garbled one is counted and harms no other. */
  record(bytes: Buffer, offset: number, length: number): void {
    this.received.value++;
    try {
      this.reader.open(bytes, offset, length);
      const event = this.decoder.decode(this.reader);
      if (this.parts.intercept(event)) return;
      this.engine.handle(event);
      if (event.kind !== 'exit') return;
      for (const fold of this.folds) fold.exited(event.actor.tgid);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      this.invalid.value++;
    }
  }

  /** Is there anything that only time will decide? `time` is CLOCK_BOOTTIME microseconds. */
  isWaiting(time: number): boolean {
    return this.engine.isWaiting || this.folds.some((fold) => fold.isDue(this.parts.clock.wall(time)));
  }

  tick(time: number): void {
    this.engine.tick(time);
    for (const fold of this.folds) fold.tick(this.parts.clock.wall(time));
  }

  /** Explains and writes everything that is left. */
  finish(): void {
    this.engine.finish();
    for (const fold of this.folds) fold.finish();
  }

  gap(time: number, text: string, process: Process): void {
    const behaviour: Behaviour = {
      kind: 'gap',
      operation: 'gap',
      time: this.parts.clock.wall(time),
      process,
      count: 1,
      text,
    };
    this.parts.sink.behaviour(behaviour);
  }
}
