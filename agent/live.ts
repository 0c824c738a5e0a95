import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { AgentConfiguration } from './config.js';
import { FileContentSource } from './behaviour/content.js';
import { FileSystemInodeSource } from './behaviour/inode.js';
import type { Sink } from './behaviour/behaviour.js';
import type { RuleTrace } from './behaviour/trace.js';
import type { KernelEvent } from './decode/event.js';
import type { Fold } from './fold/fold.js';
import { Capture, type Stock } from './kernel/capture.js';
import { bootTime, wallClockOffset } from './kernel/libc.js';
import { layoutHash, socketFact, socketRecord } from './kernel/generated/layout.js';
import type { ProbeState } from './kernel/probes.js';
import { EventDecoder } from './decode/decode.js';
import { RecordReader } from './decode/reader.js';
import type { RecordConsumer } from './kernel/ring.js';
import { LossWatch } from './losses.js';
import type { Metrics } from './metrics.js';
import { Observer } from './observer.js';
import { Pipeline } from './pipeline.js';
import { Clock } from './process/clock.js';
import type { Process } from './process/process.js';
import { RunningContainerFiles } from './process/container-files.js';
import { ownRoot } from './process/snapshot-isolation.js';
import { snapshotOf, snapshotProcesses, type ProcessSnapshot } from './process/snapshot.js';
import { PasswdUserNames } from './process/users.js';
import type { Report } from './sinks/report.js';
import { RecordingWriter } from './recording/writer.js';
import { DatagramSweep } from './sweep.js';

/** Compiled files are in dist/agent, the object stays where its sources are. */
export const objectFile = fileURLToPath(new URL('../../bpf/agent.bpf.o', import.meta.url));

const HOUSEKEEPING = 1000;
const SWEEP = 5000;
/** An idle host is polled this many times less often: waking up is the whole cost of an idle agent. */
const IDLE_FACTOR = 4;
/** Polls without a record after which the host counts as idle. */
const IDLE_AFTER = 50;

/** Looks over the engine's shoulder (`panorama learn`). */
export interface Study extends RuleTrace {
  /** Every event, before the engine handles it. */
  event(event: KernelEvent): void;
}

/** The agent on the running kernel: ring → pipeline → sinks, until it is stopped. */
export class LiveAgent {
  private readonly own = ownRoot();
  private readonly capture: Capture;
  private readonly clock = new Clock();
  private readonly users = new PasswdUserNames();
  private readonly recorder: RecordingWriter | undefined;
  private readonly pipeline: Pipeline;
  private readonly observer: Observer;
  private readonly losses: LossWatch;
  private readonly sweep: DatagramSweep;
  private pollTimer: NodeJS.Timeout | undefined;
  private housekeepingTimer: NodeJS.Timeout | undefined;
  private sweepTimer: NodeJS.Timeout | undefined;
  private snapshotTimer: NodeJS.Timeout | undefined;
  private emptyPolls = 0;

  constructor(
    private readonly configuration: AgentConfiguration,
    sink: Sink,
    private readonly self: Process,
    metrics: Metrics,
    report: Report,
    folds: readonly Fold[] = [],
    study?: Study,
  ) {
    const late = metrics.counter(
      'compat_late',
      'Times that 32-bit programs began before their system calls were hooked: what they did until then is not known.',
    );
    this.capture = new Capture({
      objectFile,
      ringSize: configuration.ringBytes,
      ignoredReadPrefixes: configuration.noise.reads,
      compat: configuration.compat,
      late: () => {
        late.value++;
      },
      debug: configuration.debug,
    });
    this.recorder = configuration.record === undefined ? undefined : new RecordingWriter(configuration.record, report);
    this.observer = new Observer(configuration.aggregator, (tgid) => {
      for (const member of [tgid, ...this.pipeline.processes.descendants(tgid)]) {
        this.capture.exclude(member);
        this.pipeline.engine.forget(member);
      }
    });
    const inside = (process: Process): Iterable<number> => this.pipeline.processes.tgidsInside(process);
    this.pipeline = new Pipeline({
      clock: this.clock,
      users: this.users,
      content: new FileContentSource(inside, ({ device, inode }, content) => {
        this.recorder?.observation({ kind: 'content', device, inode: String(inode), content });
      }),
      inodes: new FileSystemInodeSource(
        inside,
        (root, path, inode) => {
          this.recorder?.observation({ kind: 'inode', root, path, inode: String(inode) });
        },
        (root, path, target) => {
          this.recorder?.observation({ kind: 'target', root, path, target });
        },
      ),
      containers: new RunningContainerFiles({
        hostPath: (root, path) => this.recorder?.observation({ kind: 'host-path', root, path }),
        user: (root, uid, name) => this.recorder?.observation({ kind: 'container-user', root, uid, name }),
      }),
      own: this.own,
      sink,
      folds,
      metrics,
      settle: configuration.settleMilliseconds * 1000,
      noise: configuration.noise,
      trace: study,
      intercept: (event) => {
        study?.event(event);
        return this.observer.intercept(event);
      },
      askForOpenFiles: (tgid) => {
        this.capture.visitFiles(this.take, tgid);
      },
    });
    this.losses = new LossWatch((offset) => this.capture.counter(offset));
    this.sweep = new DatagramSweep(this.pipeline.connections);
  }

  /** Resolved when every probe is attached; throws AgentError. */
  start(): void {
    this.clock.offset = wallClockOffset();
    let stock: Stock;
    try {
      stock = this.capture.start();
    } catch (error) {
      void this.capture.stop();
      throw error;
    }
    const processes = stock.processes.length > 0 ? processesOf(stock) : snapshotProcesses();
    for (const snapshot of processes) this.pipeline.processes.addSnapshot(snapshot);
    this.recorder?.start({
      layout: layoutHash,
      clockOffset: this.clock.offset,
      kernel: release(),
      users: Object.fromEntries(this.users.all()),
      processes,
      own: this.own,
    });
    for (const record of listenersFirst(stock.sockets)) this.take(record, 0, record.length);
    this.pipeline.connections.stockTaken();
    this.recorder?.observation({ kind: 'stock' });
    this.poll();
    this.housekeepingTimer = setInterval(() => {
      this.housekeep();
    }, HOUSEKEEPING);
    this.sweepTimer = setInterval(() => {
      this.sweep.run(this.capture.map('datagrams'));
    }, SWEEP);
    const { snapshotMilliseconds } = this.configuration;
    if (snapshotMilliseconds === 0) return;
    this.snapshotTimer = setInterval(() => {
      this.snapshot();
    }, snapshotMilliseconds);
  }

  get probes(): readonly ProbeState[] {
    return this.capture.probes;
  }

  /** Detaches, reads what is left in the ring, and explains it. */
  async stop(): Promise<void> {
    clearTimeout(this.pollTimer);
    clearInterval(this.housekeepingTimer);
    clearInterval(this.sweepTimer);
    clearInterval(this.snapshotTimer);
    if (!this.capture.isRunning) return;
    await this.capture.detach();
    while (this.drain() > 0);
    this.sweep.run(this.capture.map('datagrams'));
    this.pipeline.finish();
    this.housekeep();
    this.recorder?.stop();
    await this.capture.stop();
  }

  private poll(): void {
    const records = this.drain();
    this.emptyPolls = records > 0 ? 0 : this.emptyPolls + 1;
    this.tick();
    const { pollMilliseconds } = this.configuration;
    const idle = this.emptyPolls > IDLE_AFTER;
    this.pollTimer = setTimeout(
      () => {
        this.poll();
      },
      idle ? pollMilliseconds * IDLE_FACTOR : pollMilliseconds,
    );
  }

  private drain(): number {
    return this.capture.ring.poll(this.take);
  }

  private readonly take: RecordConsumer = (bytes, offset, length) => {
    this.pipeline.record(bytes, offset, length);
    // After: what the pipeline had to look up for it is in the recording already.
    this.recorder?.record(bytes, offset, length);
  };

  /** Files that are kept open: what was moved through them since the last time. */
  private snapshot(): void {
    // What was closed before comes first.
    while (this.drain() > 0);
    if (!this.capture.visitFiles(this.take)) return;
    const time = bootTime();
    this.pipeline.engine.visited(time);
    this.recorder?.observation({ kind: 'visited', time });
  }

  private tick(): void {
    const time = bootTime();
    this.capture.look(time);
    if (!this.pipeline.isWaiting(time)) return;
    this.pipeline.tick(time);
    this.recorder?.observation({ kind: 'tick', time });
  }

  private housekeep(): void {
    const offset = wallClockOffset();
    // Less is the noise of measuring it.
    if (Math.abs(offset - this.clock.offset) > 1000) {
      this.clock.offset = offset;
      this.recorder?.observation({ kind: 'clock', offset });
    }
    const text = this.losses.check();
    if (text === '') return;
    const time = bootTime();
    this.pipeline.gap(time, text, this.self);
    this.recorder?.observation({ kind: 'gap', time, text });
  }
}

function processesOf(stock: Stock): readonly ProcessSnapshot[] {
  const reader = new RecordReader();
  const decoder = new EventDecoder();
  return stock.processes.map((record) => {
    reader.open(record, 0, record.length);
    return snapshotOf(decoder.decodeProcess(reader));
  });
}

function listenersFirst(sockets: readonly Buffer[]): readonly Buffer[] {
  const listens = (record: Buffer): boolean =>
    (record.readUInt32LE(socketRecord.facts) & socketFact.SOCKET_LISTENING) !== 0;
  return [...sockets.filter(listens), ...sockets.filter((record) => !listens(record))];
}
