import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AgentProcess, type LogLine } from '../support/agent-process.js';
import { compileProgram } from '../support/compile.js';
import { until } from '../support/until.js';

/*
 * Threads, ways to become another process, ends, and changes of who someone is: with test/programs/processes.c, which
 * does nothing else, on the running kernel.
 */

const agent = new AgentProcess();
const top = mkdtempSync(join(tmpdir(), 'panorama-processes-'));
const someone = 54_321;
let program = '';

before(async () => {
  program = compileProgram('processes', top, ['-pthread']);
  chmodSync(top, 0o755);
  await agent.start();
});

after(async () => {
  assert.equal(await agent.stop(), 0);
  await agent.dispose();
  rmSync(top, { recursive: true, force: true });
});

let directories = 0;

/** A new directory that everybody may write to, with a file to copy. */
function workPlace(): string {
  directories += 1;
  const directory = join(top, String(directories));
  mkdirSync(directory);
  chmodSync(directory, 0o777);
  writeFileSync(join(directory, 'in'), 'text\n'.repeat(300));
  return directory;
}

function start(directory: string, command: readonly string[]): ChildProcess {
  const [path = '', ...args] = command;
  return spawn(path, args, { cwd: directory, stdio: 'ignore' });
}

async function run(directory: string, command: readonly string[]): Promise<number> {
  const child = start(directory, command);
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0, command.join(' '));
  return child.pid ?? 0;
}

/** Everything that was done before is in the log when the line of this is. */
async function settle(): Promise<void> {
  const marker = workPlace();
  await run(marker, ['touch', 'done']);
  await until('the marker is in the log', () => agent.lines().some(({ text }) => text.includes(`${marker}/done:`)));
}

/** `{a}`: absolute path and inode of the file a of the directory. */
function resolved(pattern: string, directory: string): string {
  return pattern.replaceAll(/\{(.+?)\}/g, (_, name: string) => {
    const path = join(directory, name);
    return `${path}:${statSync(path).ino}`;
  });
}

function about(directory: string): readonly LogLine[] {
  return agent.lines().filter(({ text }) => text.includes(`${directory}/`));
}

interface Case {
  readonly name: string;
  /** Arguments of the program; the first one is the quirk. */
  readonly quirk: readonly string[];
  readonly expected: readonly string[];
  /** Do the lines name the process that was started (not a child of it)? */
  readonly itself?: boolean;
}

const cases: readonly Case[] = [
  {
    name: 'what threads do is done by their process, under its name and pid',
    quirk: ['threads', 'a', 'b'],
    expected: ['root processes create {a}', 'root processes create {b}'],
    itself: true,
  },
  {
    name: 'read by one thread and written by another: one copy',
    quirk: ['threads-copy', 'in', 'a'],
    expected: ['root processes copy {in} -> {a}'],
    itself: true,
  },
  {
    name: 'a leader that ends before its threads',
    quirk: ['leader-exits', 'in', 'a'],
    expected: ['root processes copy {in} -> {a}'],
    itself: true,
  },
  {
    name: 'a program started by a thread that is not the leader takes the pid of the process',
    quirk: ['thread-exec', 'cp', 'in', 'a'],
    expected: ['root cp copy {in} -> {a}'],
    itself: true,
  },
  {
    name: 'a thread that ends the process leaves its files open',
    quirk: ['thread-exits', 'a'],
    expected: ['root processes create {a}'],
    itself: true,
  },
  { name: 'vfork', quirk: ['vfork-exec', 'cp', 'in', 'a'], expected: ['root cp copy {in} -> {a}'] },
  { name: 'posix_spawn', quirk: ['spawn', 'cp', 'in', 'a'], expected: ['root cp copy {in} -> {a}'] },
  {
    name: 'a child that shares the working directory moves its parent',
    quirk: ['clone-fs', '..', 'a'],
    expected: ['root processes create {../a}'],
    itself: true,
  },
  { name: 'killed while a file is open', quirk: ['killed', 'a'], expected: ['root processes create {a}'] },
  { name: 'aborted while a file is open', quirk: ['aborted', 'a'], expected: ['root processes create {a}'] },
  { name: 'stopped, and traced', quirk: ['traced', 'in', 'a'], expected: ['root processes copy {in} -> {a}'] },
  {
    name: 'one that calls itself something else is shown so',
    quirk: ['renames-itself', '[kworker/0:1]', 'a'],
    expected: ['root [kworker/0:1] create {a}'],
    itself: true,
  },
  {
    name: 'one that drops its rights acts as somebody else from then on',
    quirk: ['drops-rights', String(someone), 'a', 'b'],
    expected: ['root processes create {a}', `${someone} processes create {b}`],
    itself: true,
  },
];

describe('each process is who it is', { concurrency: false }, () => {
  for (const { name, quirk, expected, itself = false } of cases) {
    test(name, async () => {
      const directory = workPlace();
      const pid = await run(directory, [program, ...quirk]);
      await settle();
      const lines = agent.lines().filter((line) => line.pid === pid || line.ppid === pid);
      assert.deepEqual(
        lines.map(({ user, text }) => `${user} ${text}`).sort(),
        expected.map((pattern) => resolved(pattern, directory)).sort(),
      );
      for (const line of lines) assert.equal(line.pid === pid, itself, line.text);
    });
  }

  for (const quirk of ['double-fork', 'subreaper']) {
    test(`${quirk}: a process that init or another took is still below who started it`, async () => {
      const directory = workPlace();
      const pid = await run(directory, [program, quirk, 'a']);
      await until('it is made', () => existsSync(join(directory, 'a')));
      await settle();
      const [line, ...others] = about(directory);
      assert.equal(others.length, 0);
      assert.equal(line?.text, resolved('processes create {a}', directory));
      // The one in between is gone, and did nothing that makes a line.
      assert.ok(line.ppid !== 1 && line.ppid !== pid && line.ppid !== process.pid, String(line.ppid));
    });
  }

  test('a set-user-id program acts for who started it', async () => {
    const directory = workPlace();
    const cat = join(directory, 'cat');
    copyFileSync('/bin/cat', cat);
    chmodSync(cat, 0o4755);
    chmodSync(join(directory, 'in'), 0o600);
    await run(directory, ['setpriv', `--reuid=${someone}`, `--regid=${someone}`, '--clear-groups', './cat', 'in']);
    await settle();
    assert.deepEqual(
      about(directory).map(({ user, text }) => `${user} ${text}`),
      [resolved(`${someone} cat read {in}`, directory)],
    );
  });

  test('a pid that is used again is another process', async () => {
    const directory = workPlace();
    // In a pid namespace of its own the next pid can be chosen without disturbing anybody.
    const script = `
      for i in 1 2 3; do
        echo 100 > /proc/sys/kernel/ns_last_pid
        cp in out$i & echo $! >> pids; wait
      done`;
    await run(directory, ['unshare', '-pf', '--mount-proc', 'bash', '-c', script]);
    await settle();
    assert.equal(readFileSync(join(directory, 'pids'), 'utf8'), '101\n101\n101\n');
    const copies = about(directory).filter(({ text }) => text.startsWith('cp '));
    assert.deepEqual(
      copies.map(({ text }) => text).sort(),
      [1, 2, 3].map((number) => resolved(`cp copy {in} -> {out${number}}`, directory)),
    );
    assert.equal(new Set(copies.map(({ ppid }) => ppid)).size, 1);
  });
});

describe('a daemon', () => {
  test('that lives on, busy with other files, has the line of what it closed within seconds', async () => {
    const directory = workPlace();
    const daemon = start(directory, [program, 'daemon', 'a', 'busy']);
    try {
      await until('it is busy', () => existsSync(join(directory, 'busy.2')));
      const closed = Date.now();
      await until('its line is there', () =>
        about(directory).some(({ text }) => text === resolved('processes create {a}', directory)),
      );
      assert.ok(daemon.exitCode === null, 'it runs');
      // The bound is five settle times for one that never rests; the rest is a loaded machine.
      assert.ok(Date.now() - closed < 9_000);
    } finally {
      daemon.kill();
    }
  });

  test('that ran before the agent has its name, user and parent', async () => {
    const directory = workPlace();
    // First: a shell that finds nothing to read from does not wait.
    assert.equal(spawnSync('mkfifo', [join(directory, 'go')]).status, 0);
    const early = start(directory, [
      'setpriv',
      `--reuid=${someone}`,
      '--clear-groups',
      'sh',
      '-c',
      'read line < go; echo x > made; exec sleep 0',
    ]);
    const late = new AgentProcess();
    try {
      await late.start();
      assert.equal(early.exitCode, null, 'it waits');
      writeFileSync(join(directory, 'go'), 'go\n');
      await until('its line is there', () => late.lines().some(({ text }) => text.includes(`${directory}/made:`)));
      const line = late.lines().find(({ text }) => text.includes(`${directory}/made:`));
      assert.deepEqual(
        [line?.pid, line?.ppid, line?.user, line?.text],
        [early.pid, process.pid, String(someone), resolved('sh create {made}', directory)],
      );
    } finally {
      early.kill();
      await late.dispose();
    }
  });
});
