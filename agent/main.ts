import { setPriority } from 'node:os';
import { pino, type Logger } from 'pino';
import type { Behaviour, Connection, Sink } from './behaviour/behaviour.js';
import { agentConfiguration, agentUsage, type AgentConfiguration } from './config.js';
import { AgentError } from './errors.js';
import { Fold } from './fold/fold.js';
import { scaled } from './fold/limits.js';
import { hostRecord } from './host.js';
import { LiveAgent } from './live.js';
import { Metrics } from './metrics.js';
import type { Process } from './process/process.js';
import { selfProcess } from './process/self.js';
import { replay } from './replay.js';
import { LineFormatter } from './sinks/line.js';
import { LineSink } from './sinks/line-sink.js';
import { LogFile } from './sinks/log-file.js';
import type { Report } from './sinks/report.js';
import { spoolOptions } from './sinks/spool/options.js';
import { WithoutExec } from './sinks/without-exec.js';
import { StreamSink } from './sinks/stream.js';
import { Terminal } from './sinks/terminal.js';

/** `panorama agent`: exit code 0 after SIGTERM, SIGINT or the end of a replay, 1 for what went wrong, 2 for wrong usage. */
export async function runAgent(argv: readonly string[]): Promise<number> {
  try {
    await new Agent(agentConfiguration(argv)).run();
    return 0;
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    process.stderr.write(`panorama agent: ${error.message}\n`);
    if (error.code !== 'USAGE') return 1;
    process.stderr.write(`${agentUsage}\n`);
    return 2;
  }
}

class Agent {
  private readonly metrics = new Metrics();
  private readonly self: Process = selfProcess();
  private readonly logger: Logger;
  private readonly report: Report;

  constructor(private readonly configuration: AgentConfiguration) {
    this.logger = pino(
      { name: 'agent', level: configuration.debug ? 'debug' : 'info' },
      pino.destination({ fd: 2, sync: true }),
    );
    this.report = (sentence) => {
      this.logger.warn(sentence);
    };
  }

  async run(): Promise<void> {
    const { configuration, metrics, report } = this;
    const formatter = new LineFormatter(configuration.paths);
    const log = new LogFile(configuration.log, metrics, report);
    const terminal = configuration.debug ? new Terminal(process.stdout, metrics) : undefined;
    // The programs that describe the host run before the probes are there.
    const stream = await this.stream(formatter);
    const { limits, execLines } = configuration;
    const writers = [log, ...(terminal ? [terminal] : [])];
    const lines = new Sinks(writers.map((writer) => new LineSink(formatter, writer)));
    const folds = [new Fold('log', limits, lines, metrics)];
    const sinks: Sink[] = folds.map((fold) => (execLines ? fold : new WithoutExec(fold)));
    if (stream) {
      const fold = new Fold('stream', scaled(limits, configuration.aggregatorFactor), stream, metrics);
      folds.push(fold);
      sinks.push(fold);
    }
    const sink = new Sinks(sinks);

    log.start();
    terminal?.start();
    try {
      if (configuration.replay === undefined) await this.live(sink, folds, log, stream);
      else {
        stream?.start();
        replay(configuration.replay, sink, this.self, metrics, {
          settle: configuration.settleMilliseconds * 1000,
          noise: configuration.noise,
          folds,
        });
      }
    } finally {
      await stream?.stop();
      terminal?.flush();
      await log.stop();
      this.logger.debug(metrics.snapshot(), 'counters');
    }
  }

  private async live(sink: Sink, folds: readonly Fold[], log: LogFile, stream: StreamSink | undefined): Promise<void> {
    const agent = new LiveAgent(this.configuration, sink, this.self, this.metrics, this.report, folds);
    const stopped = stopSignal();
    agent.start();
    this.prefer();
    stream?.start();
    const reopen = (): void => void log.reopen();
    process.on('SIGHUP', reopen);
    for (const { name, section, attached, detail } of agent.probes) {
      if (!attached) this.logger.debug({ name, section, detail }, 'optional probe not attached');
    }
    process.stderr.write('ready\n');
    await stopped;
    process.off('SIGHUP', reopen);
    await agent.stop();
  }

  /** A container may have every capability that capture needs, and not this one. */
  private prefer(): void {
    const { priority } = this.configuration;
    try {
      setPriority(priority);
    } catch (error) {
      this.logger.warn(
        { err: error },
        `the nice value cannot be set to ${priority}: on a busy host records may be lost`,
      );
    }
  }

  private async stream(formatter: LineFormatter): Promise<StreamSink | undefined> {
    const { aggregator } = this.configuration;
    if (aggregator === undefined) return undefined;
    const host = await hostRecord();
    return new StreamSink({
      aggregator,
      host,
      agent: this.self,
      formatter,
      spool: spoolOptions(this.configuration),
      metrics: this.metrics,
      report: this.report,
    });
  }
}

/** Every behaviour and connection to every sink. */
class Sinks implements Sink {
  constructor(private readonly sinks: readonly Sink[]) {}

  behaviour(behaviour: Behaviour): void {
    for (const sink of this.sinks) sink.behaviour(behaviour);
  }

  connection(connection: Connection): void {
    for (const sink of this.sinks) sink.connection(connection);
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        resolve();
      });
    }
  });
}
