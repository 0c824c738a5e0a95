import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { AgentProcess } from '../support/agent-process.js';
import { root } from '../support/files.js';
import { temporaryDirectory } from '../support/temporary.js';
import { until } from '../support/until.js';

/* The agent as a process on the running kernel: what an operator sees of it. */

async function started(context: TestContext, flags: readonly string[] = [], configuration = ''): Promise<AgentProcess> {
  const agent = new AgentProcess(flags, configuration);
  context.after(async () => {
    await agent.dispose();
  });
  await agent.start();
  return agent;
}

function bash(directory: string, script: string): number {
  const { pid, status, stderr } = spawnSync('bash', ['--norc', '-c', script], { cwd: directory, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return pid;
}

/** Texts of the lines with `part`, as soon as there are `count`. */
async function textsWith(agent: AgentProcess, part: string, count: number): Promise<readonly string[]> {
  const texts = (): readonly string[] =>
    agent
      .lines()
      .map(({ text }) => text)
      .filter((text) => text.includes(part));
  await until(`${count} lines with ${part}`, () => texts().length >= count);
  return texts();
}

function inode(path: string): number {
  return statSync(path).ino;
}

test('names that would break a line are escaped in octal, byte for byte', async (context) => {
  const agent = await started(context);
  const directory = temporaryDirectory(context);
  // A newline with a whole forged line after it, a space, a backslash, bytes that are no UTF-8, and UTF-8.
  bash(directory, `touch $'new\\nline' 'a space' 'back\\slash' $'\\xff\\xfe' 'gr\u00fc\u00df'`);
  const texts = await textsWith(agent, directory, 5);
  const names = texts.map((text) => text.replace(/^touch create .*\//, '').replace(/:\d+$/, ''));
  assert.deepEqual(
    [...names].sort(),
    ['a\\040space', 'back\\134slash', 'gr\u00fc\u00df', 'new\\012line', '\\377\\376'].sort(),
  );
});

test('a path of nearly 4 KB is told whole', async (context) => {
  const agent = await started(context);
  const directory = temporaryDirectory(context);
  const part = 'd'.repeat(200);
  const depth = Math.floor((4000 - directory.length) / 201);
  bash(directory, `for i in $(seq ${depth}); do mkdir ${part}; cd ${part}; done; echo content > leaf`);
  const texts = await textsWith(agent, '/leaf:', 1);
  const path = `${directory}${`/${part}`.repeat(depth)}/leaf`;
  assert.ok(path.length > 3700);
  assert.ok(
    texts.some((text) => text.startsWith(`bash create ${path}:`)),
    texts.join('\n'),
  );
});

test('redirections of a script go to the program that wrote', async (context) => {
  const agent = await started(context);
  const directory = temporaryDirectory(context);
  const [a, b, c] = ['a', 'b', 'c'].map((name) => join(directory, name));
  const pid = bash(directory, 'seq 100 > a; (seq 10; echo last) > b; echo more >> a; : > c; wc -l < a');
  const texts = await textsWith(agent, `${directory}/`, 6);
  assert.deepEqual([...texts].sort(), [
    `bash create ${c}:${inode(String(c))}`,
    `bash write ${a}:${inode(String(a))}`,
    `bash write ${b}:${inode(String(b))}`,
    `seq create ${a}:${inode(String(a))}`,
    `seq create ${b}:${inode(String(b))}`,
    `wc read ${a}:${inode(String(a))}`,
  ]);
  assert.ok(agent.linesBelow(pid).length >= 6);
});

test('a line is written while the process that it tells of goes on', async (context) => {
  const agent = await started(context, [], 'settle_milliseconds: 200\n');
  const directory = temporaryDirectory(context);
  const file = join(directory, 'a');
  // This process goes on; its file is closed.
  writeFileSync(file, 'content');
  const texts = await textsWith(agent, directory, 2);
  assert.ok(texts.includes(`node create ${file}:${inode(file)}`), texts.join('\n'));
});

test('paths: name prints names alone', async (context) => {
  const agent = await started(context, [], 'paths: name\n');
  const directory = temporaryDirectory(context);
  bash(directory, 'touch only-its-name');
  const file = join(directory, 'only-its-name');
  assert.deepEqual(await textsWith(agent, 'only-its-name', 1), [`touch create only-its-name:${inode(file)}`]);
});

test('SIGTERM detaches every probe and leaves with 0', async (context) => {
  const agent = await started(context);
  const programs = (): number =>
    (execFileSync('bpftool', ['prog', 'show'], { encoding: 'utf8' }).match(/name close_enter/g) ?? []).length;
  const attached = programs();
  assert.ok(attached > 0);
  assert.equal(await agent.stop(), 0);
  await until('the kernel has freed the programs', () => programs() === attached - 1);
});

test('SIGTERM writes what had not settled', async (context) => {
  const agent = await started(context, [], 'settle_milliseconds: 60000\n');
  const directory = temporaryDirectory(context);
  const file = join(directory, 'a');
  writeFileSync(file, 'content');
  const number = inode(file);
  // The record is in the ring when the line of a later process is in the log.
  bash(directory, 'touch later');
  await textsWith(agent, '/later:', 1);
  assert.equal(await agent.stop(), 0);
  const texts = agent.lines().map(({ text }) => text);
  assert.ok(texts.includes(`node create ${file}:${number}`), texts.join('\n'));
});

test('SIGHUP goes on in a new file after rotation', async (context) => {
  const agent = await started(context);
  const directory = temporaryDirectory(context);
  bash(directory, 'touch before');
  await textsWith(agent, '/before:', 1);
  renameSync(agent.log, `${agent.log}.1`);
  process.kill(agent.pid, 'SIGHUP');
  await until('the log is there again', () => existsSync(agent.log));
  bash(directory, 'touch after');
  await textsWith(agent, '/after:', 1);
  assert.ok(!readFileSync(`${agent.log}.1`, 'utf8').includes('/after:'));
});

test('the agent says nothing of itself', async (context) => {
  const agent = await started(context);
  const directory = temporaryDirectory(context);
  bash(directory, 'touch a');
  await textsWith(agent, directory, 1);
  assert.deepEqual(
    agent.lines().filter(({ pid, ppid }) => pid === agent.pid || ppid === agent.pid),
    [],
  );
});

test('another program of the same name is no part of it', async (context) => {
  const agent = await started(context);
  const directory = temporaryDirectory(context);
  copyFileSync('/usr/bin/touch', join(directory, 'panorama'));
  bash(directory, 'chmod +x panorama; ./panorama a');
  assert.deepEqual(await textsWith(agent, 'create', 1), [
    `panorama create ${join(directory, 'a')}:${inode(join(directory, 'a'))}`,
  ]);
});

test('a recording replayed gives the same lines', async (context) => {
  const directory = temporaryDirectory(context);
  const recording = join(directory, 'recording');
  const agent = await started(context, ['--record', recording]);
  mkdirSync(join(directory, 'w'));
  bash(join(directory, 'w'), 'seq 1000 > a; cp a b; gzip a; gunzip a.gz; zip -q z a b; mkdir d; mv b d; rm -r d');
  await textsWith(agent, `rm rmdir ${join(directory, 'w/d')}:`, 1);
  assert.equal(await agent.stop(), 0);
  const log = join(directory, 'replayed.log');
  const replay = spawnSync(
    process.execPath,
    [join(root, 'dist/cli/main.js'), 'agent', '--replay', recording, '--log', log],
    {
      encoding: 'utf8',
    },
  );
  assert.equal(replay.status, 0, replay.stderr);
  assert.equal(readFileSync(log, 'utf8'), readFileSync(agent.log, 'utf8'));
});

test('records that find no room are counted and told as a gap', async (context) => {
  const agent = await started(context, [], 'ring_bytes: 262144\n');
  const directory = temporaryDirectory(context);
  // The agent stands still while the ring fills up.
  process.kill(agent.pid, 'SIGSTOP');
  try {
    bash(directory, 'for i in $(seq 2000); do : > f$i; done');
  } finally {
    process.kill(agent.pid, 'SIGCONT');
  }
  await textsWith(agent, ' gap ', 1);
  const [gap = ''] = await textsWith(agent, ' gap ', 1);
  const lost = Number(/ (\d+) file/.exec(gap)?.[1]);
  assert.ok(lost > 0, gap);
  rmSync(directory, { recursive: true, force: true });
});

test('a missing log directory is one sentence and exit 1', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(root, 'dist/cli/main.js'), 'agent', '--log', '/nonexistent/panorama/behaviour.log'],
    { encoding: 'utf8' },
  );
  assert.equal(status, 1);
  assert.match(stderr, /^panorama agent: .*\/nonexistent\/panorama.*\n$/);
});

test('without root it says what to do, and leaves with 1', () => {
  const { status, stderr } = spawnSync(
    'setpriv',
    [
      '--reuid',
      '65534',
      '--clear-groups',
      process.execPath,
      join(root, 'dist/cli/main.js'),
      'agent',
      '--log',
      '/tmp/nobody.log',
    ],
    { encoding: 'utf8' },
  );
  rmSync('/tmp/nobody.log', { force: true });
  assert.equal(status, 1);
  assert.match(stderr, /must run as root/);
});
