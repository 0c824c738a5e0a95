import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentProcess } from '../support/agent-process.js';
import { figure, type Benchmark, type Figure } from './benchmark.js';

/* What an agent costs on a host where nothing happens: processor time and resident memory. */

const windows = 5;
const windowSeconds = 4;
/** USER_HZ. */
const ticksPerSecond = 100;

/** utime and stime of /proc/PID/stat, in seconds. */
function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function residentMegabytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

async function run(): Promise<readonly Figure[]> {
  const agent = new AgentProcess();
  try {
    await agent.start();
    // Start-up work, and what it leaves for the garbage collector, is over by then.
    await delay(5000);
    const shares: number[] = [];
    const megabytes: number[] = [];
    for (let window = 0; window < windows; window++) {
      const before = processorSeconds(agent.pid);
      await delay(windowSeconds * 1000);
      shares.push(((processorSeconds(agent.pid) - before) / windowSeconds) * 100);
      megabytes.push(residentMegabytes(agent.pid));
    }
    return [
      figure('processor, of one core', '%', shares, { bound: 'at most', value: 0.5 }),
      figure('resident memory', 'MB', megabytes, { bound: 'at most', value: 110 }),
    ];
  } finally {
    await agent.dispose();
  }
}

export const benchmark: Benchmark = { name: 'idle', run };
