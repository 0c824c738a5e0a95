import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { layoutHash, recordHeader, recordType } from '../../agent/kernel/generated/layout.js';
import { Recording } from '../../agent/recording/reader.js';
import { AgentProcess, type LogLine } from '../support/agent-process.js';
import { root } from '../support/files.js';
import { temporaryDirectory } from '../support/temporary.js';
import { until } from '../support/until.js';

/*
 * Loads as they are asked for: nothing is lost, and the lines add up to what was done. How fast the machine does it
 * is reported, not asserted; where loss is forced it is counted.
 */

const files = 50_000;
const execRate = 1600;
const execSeconds = 30;
const callSeconds = 5;
const patience = 120_000;

let program = '';
let nothing = '';

interface Load {
  readonly pid: number;
  readonly done: number;
  readonly seconds: number;
}

/** Compiles into a directory of its own. */
function compile(context: TestContext): string {
  const directory = temporaryDirectory(context);
  program = join(directory, 'load');
  nothing = join(directory, 'nothing');
  execFileSync('gcc', ['-O2', '-static', '-o', program, join(root, 'test/live/load.c')]);
  writeFileSync(join(directory, 'nothing.c'), 'int main(void) { return 0; }\n');
  execFileSync('gcc', ['-O2', '-static', '-o', nothing, join(directory, 'nothing.c')]);
  return directory;
}

async function run(command: readonly string[]): Promise<{ readonly pid: number; readonly output: string }> {
  const [name = '', ...args] = command;
  const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0, command.join(' '));
  return { pid: child.pid ?? 0, output };
}

async function load(context: TestContext, ...args: readonly string[]): Promise<Load> {
  const { pid, output } = await run([program, ...args]);
  const [done = NaN, seconds = NaN] = output.trim().split(' ').map(Number);
  context.diagnostic(`${args[0] ?? ''}: ${done} in ${seconds.toFixed(1)} s, ${Math.round(done / seconds)} per second`);
  return { pid, done, seconds };
}

/** What lines with this text tell of, all counts together. */
function told(lines: readonly LogLine[], wanted: RegExp): number {
  return lines
    .filter(({ text }) => wanted.test(text))
    .reduce((sum, { text }) => sum + Number(/ \(x(\d+)\)$/.exec(text)?.[1] ?? 1), 0);
}

function gaps(agent: AgentProcess): readonly string[] {
  return agent.lines().flatMap(({ text }) => (text.includes(' gap ') ? [text] : []));
}

function peakMegabytes(agent: AgentProcess): number {
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${agent.pid}/status`, 'utf8'))?.[1]) / 1024);
}

async function started(context: TestContext, configuration = '', flags: readonly string[] = []): Promise<AgentProcess> {
  const agent = new AgentProcess(flags, configuration);
  context.after(async () => {
    await agent.dispose();
  });
  await agent.start();
  return agent;
}

test(`a tree of ${files} files, copied and deleted: every file is told of, nothing is lost`, async (context) => {
  const directory = compile(context);
  const [source, target] = [join(directory, 'source'), join(directory, 'target')];
  mkdirSync(source);
  const agent = await started(context);
  const tree = await load(context, 'tree', source, String(files));
  const copy = await run(['cp', '-r', source, target]);
  const remove = await run(['rm', '-r', source, target]);
  const of = (pid: number): readonly LogLine[] => agent.lines().filter((line) => line.pid === pid);
  const all = [
    [tree.pid, /^load create /, files],
    [copy.pid, /^cp copy \S+ -> \S+/, files],
    [copy.pid, /^cp mkdir /, files / 100 + 1],
    [remove.pid, /^rm remove /, 2 * files],
    [remove.pid, /^rm rmdir /, 2 * (files / 100 + 1)],
  ] as const;
  const missing = (): readonly string[] =>
    all.flatMap(([pid, wanted, expected]) => {
      const count = told(of(pid), wanted);
      return count === expected ? [] : [`${wanted.source} ${count} of ${expected}`];
    });
  // What was lost will not come.
  await until(
    () => missing().join(', '),
    () => missing().length === 0 || gaps(agent).length > 0,
    patience,
  );
  context.diagnostic(
    `agent: ${peakMegabytes(agent)} MB at most; lines: ${of(tree.pid).length} + ${of(copy.pid).length} + ${of(remove.pid).length}`,
  );
  assert.deepEqual(gaps(agent), []);
  for (const { pid } of [tree, copy, remove]) assert.ok(of(pid).length <= 60, `${of(pid).length} lines`);
});

test(`${execRate} programs a second for ${execSeconds} s: every one is told of, nothing is lost`, async (context) => {
  compile(context);
  const agent = await started(context, 'exec_lines: true\n');
  const { pid, done } = await load(context, 'exec', nothing, String(execRate), String(execSeconds));
  // Written when the window of the family ends: at the latest when the agent does.
  assert.equal(await agent.stop(), 0);
  const lines = agent.lines().filter(({ text }) => text.startsWith(`nothing exec ${nothing}:0`));
  assert.ok(
    lines.every(({ ppid }) => ppid === pid),
    JSON.stringify(lines),
  );
  assert.equal(told(lines, /^nothing exec /), done);
  assert.ok(lines.length <= 20, `${lines.length} lines`);
  assert.deepEqual(gaps(agent), []);
});

test('hooked system calls, as many as two processors make: nothing is lost', async (context) => {
  const directory = compile(context);
  const agent = await started(context);
  await load(context, 'calls', String(callSeconds));
  const file = join(directory, 'file');
  writeFileSync(file, 'content');
  const { pid } = await load(context, 'reads', file, '500000');
  await until('the reads are told of', () => agent.lines().some((line) => line.pid === pid), patience);
  context.diagnostic(`agent: ${peakMegabytes(agent)} MB at most`);
  assert.deepEqual(gaps(agent), []);
});

test('a ring of 64 KB while the agent stands still: what is lost is counted and told', async (context) => {
  const directory = compile(context);
  const file = join(directory, 'file');
  writeFileSync(file, 'content');
  const recording = join(directory, 'recording');
  const agent = await started(context, 'ring_bytes: 65536\n', ['--record', recording]);
  const times = 5000;
  process.kill(agent.pid, 'SIGSTOP');
  const { pid } = await load(context, 'reads', file, String(times));
  process.kill(agent.pid, 'SIGCONT');
  await until('there is a gap', () => gaps(agent).length > 0, patience);
  assert.equal(await agent.stop(), 0);
  let received = 0;
  Recording.open(recording, layoutHash).visit({
    record: (bytes, offset) => {
      const type = bytes.readUInt16LE(offset + recordHeader.type);
      if (type === recordType.RECORD_FILE && bytes.readUInt32LE(offset + recordHeader.tgid) === pid) received += 1;
    },
    observation: () => undefined,
  });
  const lost = gaps(agent).reduce((sum, text) => sum + Number(/ (\d+) file/.exec(text)?.[1] ?? 0), 0);
  context.diagnostic(`${received} received, ${lost} lost`);
  assert.ok(received < times);
  // Other programs of this host lose records too, in the same counter.
  assert.ok(received + lost >= times, `${received} received and ${lost} lost are less than ${times}`);
});
