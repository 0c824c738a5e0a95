import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentProcess } from '../../support/agent-process.js';
import { until } from '../../support/until.js';
import { Executor, type Execution } from './execute.js';
import { parentsInRecording } from './family.js';
import { judge, type Verdict } from './judge.js';
import type { Row } from './row.js';

/**
 * Exec lines for the rows that ask for them. Hundreds of commands within a minute are no host in normal use: folding
 * has tests of its own.
 */
const configuration = `exec_lines: true
limits:
  lines_per_directory: 1000000
  lines_per_process: 1000000
  processes_per_family: 1000000
  lines_per_second: 1000000
  burst_lines: 1000000
`;

/**
 * Runs all rows under one agent, and judges them when it has written everything. `keep`: path that the recording of
 * the run is left at.
 */
export async function runCorpus(rows: readonly Row[]): Promise<readonly Verdict[]> {
  const top = mkdtempSync(join(tmpdir(), 'panorama-corpus-'));
  const recording = join(top, 'recording');
  const agent = new AgentProcess(['--record', recording], configuration);
  const executor = new Executor(top);
  try {
    await agent.start();
    const executions: Execution[] = [];
    for (const row of rows) executions.push(await executor.execute(row, executions.length));
    await settled(agent, top);
    const code = await agent.stop();
    if (code !== 0) throw new Error(`the agent ended with ${code}: ${agent.stderr}`);
    const parents = parentsInRecording(recording);
    const log = agent.lines();
    return executions.map((execution) => judge(execution, log, parents));
  } finally {
    executor.close();
    await agent.dispose();
    rmSync(top, { recursive: true, force: true });
  }
}

/** When a process that goes on has its line for a file it made now, so has everything that was done before. */
async function settled(agent: AgentProcess, top: string): Promise<void> {
  const marker = join(top, 'settled');
  const child = spawn('bash', ['-c', 'echo > "$0"; read -r', marker], { stdio: ['pipe', 'ignore', 'ignore'] });
  try {
    await until(
      'the marker is in the log',
      () => agent.lines().some(({ text }) => text.includes(`${marker}:`)),
      30_000,
    );
  } finally {
    child.stdin.end();
  }
}
