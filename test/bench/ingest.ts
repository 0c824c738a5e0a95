import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AggregatorProcess } from '../e2e/aggregator.js';
import { figure, type Benchmark, type Figure } from './benchmark.js';

/*
 * Durable ingest as agents do it: an aggregator in its own process on an empty data directory, a client process
 * that encodes and sends numbered batches with a window of unacknowledged ones, and the clock stopped at the
 * last acknowledgement. The client's work is on the same cores, and in the figure.
 */

const runs = 5;

interface Run {
  readonly rows: number;
  readonly seconds: number;
}

/** Runs the client in a process of its own; it prints rows and seconds. */
async function client(kind: 'behaviours' | 'vpc', address: string, run: number): Promise<Run> {
  const program = fileURLToPath(new URL('./ingest-client.js', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [program, kind, address, String(run)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const [rows = 0, seconds = Number.NaN] = output.trim().split(' ').map(Number);
  if (code !== 0) throw new Error(`the client ended with ${String(code)}`);
  return { rows, seconds };
}

async function measure(kind: 'behaviours' | 'vpc'): Promise<readonly number[]> {
  const directory = await mkdtemp(join(tmpdir(), 'panorama-bench-'));
  const aggregator = new AggregatorProcess(directory);
  try {
    await aggregator.start();
    await client(kind, aggregator.address, 0);
    const rates: number[] = [];
    for (let run = 1; run <= runs; run += 1) {
      const { rows, seconds } = await client(kind, aggregator.address, run);
      rates.push(Math.round(rows / seconds));
    }
    return rates;
  } finally {
    await aggregator.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

export const benchmark: Benchmark = {
  name: 'ingest',
  run: async (): Promise<readonly Figure[]> => [
    figure('gRPC ingest, durable acknowledgements', 'behaviours/s', await measure('behaviours'), {
      bound: 'at least',
      value: 60_000,
    }),
    figure('VPC flow log import, durable', 'lines/s', await measure('vpc'), { bound: 'at least', value: 250_000 }),
  ],
};
