import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { agentConfiguration } from '../../agent/config.js';
import type { Behaviour } from '../../agent/behaviour/behaviour.js';
import { Fold } from '../../agent/fold/fold.js';
import { scaled } from '../../agent/fold/limits.js';
import { Metrics } from '../../agent/metrics.js';
import { replay } from '../../agent/replay.js';
import { LineFormatter } from '../../agent/sinks/line.js';
import { BatchEncoder } from '../../agent/sinks/stream/encoder.js';
import { AgentProcess, type LogLine } from '../support/agent-process.js';
import { processOf } from '../support/behaviours.js';
import { figure, type Benchmark, type Figure } from './benchmark.js';
import { CallCounter } from './volume/calls.js';
import { workloads, type Workload } from './volume/workloads.js';

/*
 * How much becomes of how much: system calls, records of the kernel side, behaviours, lines of the log, records and
 * bytes for an aggregator. Of one workload and its descendants; the host may do other things meanwhile.
 */

const idleSeconds = 60;
const idleScale = 600 / idleSeconds;

interface Flow {
  readonly records: number;
  readonly behaviours: number;
  readonly sent: number;
  readonly sentBytes: number;
}

/** Runs bash, counted from its first call on; resolves with its pid when it ends. */
async function run(script: string, directory: string, count: (pid: number) => void): Promise<number> {
  const child = spawn('bash', ['--norc', '-c', `read -r; ${script}`], {
    cwd: directory,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const pid = child.pid ?? 0;
  const ended = new Promise((resolve) => child.once('close', resolve));
  count(pid);
  child.stdin.end('\n');
  await ended;
  return pid;
}

/** What the recording has of a family. */
function flowOf(recording: string, pid: number, family: Set<number>): Flow {
  const { limits, aggregatorFactor, noise } = agentConfiguration([]);
  const metrics = new Metrics();
  const formatter = new LineFormatter('absolute');
  const encoder = new BatchEncoder();
  let records = 0;
  let behaviours = 0;
  const sent = {
    behaviour: (behaviour: Behaviour): void => {
      encoder.behaviour(behaviour, formatter.body(behaviour));
    },
    connection: encoder.connection.bind(encoder),
  };
  const fold = new Fold('sent', scaled(limits, aggregatorFactor), sent, metrics);
  const sink = {
    behaviour: (behaviour: Behaviour): void => {
      if (!family.has(behaviour.process.tgid)) return;
      behaviours += behaviour.kind === 'exec' ? 0 : behaviour.count;
      fold.behaviour(behaviour);
    },
    connection: (): void => undefined,
  };
  family.add(pid);
  replay(recording, sink, processOf(), metrics, {
    settle: 1_000_000,
    noise,
    folds: [fold],
    watch: (event) => {
      if (!('actor' in event) || !family.has(event.actor.tgid)) return;
      records += 1;
      if (event.kind === 'fork') family.add(event.childTgid);
    },
  });
  return { records, behaviours, sent: encoder.records, sentBytes: encoder.bytes };
}

function lost(lines: readonly LogLine[]): number {
  const counts = lines.flatMap(({ text }) => (/ gap (.*)$/.exec(text)?.[1] ?? '').match(/\d+/g) ?? []);
  return counts.reduce((sum, count) => sum + Number(count), 0);
}

async function measure(workload: Workload, top: string, index: number): Promise<Figure> {
  const directory = join(top, String(index));
  mkdirSync(directory);
  workload.prepare(directory);
  const recording = join(top, `${index}.recording`);
  const counter = new CallCounter(top);
  const agent = new AgentProcess(['--record', recording]);
  try {
    await agent.start();
    counter.start();
    const pid = await run(workload.script, directory, (started) => {
      counter.count(started);
    });
    const calls = counter.read();
    await agent.stop();
    const family = new Set<number>();
    const { records, behaviours, sent, sentBytes } = flowOf(recording, pid, family);
    const log = agent.lines();
    const lines = log.filter((line) => family.has(line.pid) || (line.pid === 0 && family.has(line.ppid)));
    const bytes = lines.reduce((sum, { time, text, user }) => sum + time.length + text.length + user.length + 14, 0);
    const parts = [
      `${calls} calls`,
      `${records} records`,
      `${behaviours} behaviours`,
      `${lines.length} lines (${kilobytes(bytes)})`,
      `${sent} sent (${kilobytes(sentBytes)})`,
      `${lost(log)} lost`,
    ];
    return figure(`${workload.name}: ${parts.join(' : ')}`, 'lines', [lines.length], {
      bound: 'at most',
      value: workload.most,
    });
  } finally {
    counter.stop();
    await agent.dispose();
    if (workload.tidy !== undefined) await run(workload.tidy, directory, () => undefined);
  }
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KB`;
}

/** The whole host, this bench aside: what it tells while nobody does anything. */
async function idle(): Promise<Figure> {
  const agent = new AgentProcess();
  try {
    await agent.start();
    await delay(idleSeconds * 1000);
    await agent.stop();
    const lines = agent.lines().filter(({ pid }) => pid !== process.pid);
    return figure(`10 minutes without work, from ${idleSeconds} s`, 'lines', [lines.length * idleScale], {
      bound: 'at most',
      value: 10,
    });
  } finally {
    await agent.dispose();
  }
}

export const benchmark: Benchmark = {
  name: 'volume',
  run: async (): Promise<readonly Figure[]> => {
    const top = mkdtempSync(join(tmpdir(), 'panorama-volume-'));
    const figures: Figure[] = [];
    try {
      for (const [index, workload] of workloads.entries()) figures.push(await measure(workload, top, index));
    } finally {
      rmSync(top, { recursive: true, force: true });
    }
    return [...figures, await idle()];
  },
};
