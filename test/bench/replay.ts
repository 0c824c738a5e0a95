import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sink } from '../../agent/behaviour/behaviour.js';
import { RecordedContentSource } from '../../agent/behaviour/content.js';
import { RecordedInodeSource } from '../../agent/behaviour/inode.js';
import { defaultReadNoise, defaultWriteNoise } from '../../agent/config/noise.js';
import { layoutHash } from '../../agent/kernel/generated/layout.js';
import { Metrics } from '../../agent/metrics.js';
import { Pipeline } from '../../agent/pipeline.js';
import { Clock } from '../../agent/process/clock.js';
import { hostRoot, noContainerFiles } from '../../agent/process/isolation.js';
import { FixedUserNames } from '../../agent/process/users.js';
import { Recording } from '../../agent/recording/reader.js';
import { LineFormatter } from '../../agent/sinks/line.js';
import { AgentProcess } from '../support/agent-process.js';
import { figure, type Benchmark, type Figure } from './benchmark.js';

/*
 * Raw records through decoding, state machine and line formatting on one core. The records are
 * real: an agent records a workload of common commands first, which is then replayed many times.
 */

const samples = 9;
const repeats = 40;

const workload = `
set -e
for round in $(seq 25); do
  mkdir d; seq 500 > d/a; cp d/a d/b; cat d/a d/b > d/c; mv d/c d/e; gzip d/a; gunzip d/a.gz
  split -l 100 d/b d/x; zip -q d/z.zip d/a d/b; ls -l d > /dev/null; grep -c 9 d/* > /dev/null; sed -i s/1/2/ d/e
  find / -maxdepth 2 -name '*.conf' -exec head -c 10 {} + > /dev/null 2>&1 || true
  rm -r d
done`;

interface Frame {
  readonly bytes: Buffer;
  readonly offset: number;
  readonly length: number;
}

async function record(directory: string): Promise<Recording> {
  const file = join(directory, 'workload.rec');
  const agent = new AgentProcess(['--record', file]);
  try {
    await agent.start();
    const { status, stderr } = spawnSync('bash', ['--norc', '-c', workload], { cwd: directory, encoding: 'utf8' });
    if (status !== 0) throw new Error(`the workload failed: ${stderr}`);
  } finally {
    await agent.dispose();
  }
  return Recording.open(file, layoutHash);
}

function framesOf(recording: Recording): readonly Frame[] {
  const frames: Frame[] = [];
  recording.visit({
    record: (bytes, offset, length) => frames.push({ bytes, offset, length }),
    observation: () => undefined,
  });
  return frames;
}

/** Records per second of one pass; every line is composed, as for the log file. */
function replay(frames: readonly Frame[]): number {
  const formatter = new LineFormatter('absolute');
  let characters = 0;
  const sink: Sink = {
    behaviour: (behaviour) => {
      if (behaviour.kind !== 'exec') characters += formatter.format(behaviour).length;
    },
    connection: () => undefined,
  };
  const pipeline = new Pipeline({
    clock: new Clock(),
    users: new FixedUserNames(new Map([[0, 'root']])),
    content: new RecordedContentSource(),
    inodes: new RecordedInodeSource(),
    containers: noContainerFiles,
    own: { mountNamespace: 0, rootInode: hostRoot.inode, rootDevice: hostRoot.device },
    sink,
    metrics: new Metrics(),
    settle: 1_000_000,
    noise: { reads: defaultReadNoise, writes: defaultWriteNoise },
    intercept: () => false,
    askForOpenFiles: () => undefined,
  });
  const start = performance.now();
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const { bytes, offset, length } of frames) pipeline.record(bytes, offset, length);
  }
  pipeline.engine.finish();
  const seconds = (performance.now() - start) / 1000;
  if (characters === 0) throw new Error('the replay gave no line');
  return Math.round((frames.length * repeats) / seconds);
}

async function run(): Promise<readonly Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'panorama-replay-'));
  try {
    const frames = framesOf(await record(directory));
    replay(frames);
    const rates = Array.from({ length: samples }, () => replay(frames));
    return [figure('decode, state machine and lines', 'records/s', rates, { bound: 'at least', value: 500_000 })];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export const benchmark: Benchmark = { name: 'replay', run };
