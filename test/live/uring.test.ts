import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  closeSync,
  lstatSync,
  openSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FileEvent } from '../../agent/decode/event.js';
import { AgentProcess } from '../support/agent-process.js';
import { fileEvents } from '../support/file-events.js';
import { compileProgram } from '../support/program.js';
import { until } from '../support/until.js';

/*
 * What a program does through io_uring alone has the lines that the same would have by system calls: whoever does
 * the work, its own thread, a worker of the kernel (-a), or the kernel's thread that submits (-s); and where the
 * program asks not to be told of success (-k).
 */

const top = mkdtempSync(join(tmpdir(), 'panorama-uring-'));
const recording = join(top, 'recording');
const agent = new AgentProcess(['--record', recording], 'settle_milliseconds: 100\n');
let program = '';

before(async () => {
  program = compileProgram(top, 'uring', ['-luring']);
  await agent.start();
});

after(async () => {
  await agent.dispose();
  rmSync(top, { recursive: true, force: true });
});

interface Run {
  readonly pid: number;
  /** File with what it prints. */
  readonly output: string;
  readonly done: Promise<void>;
}

/** Its output goes to a file: a program that talks to its parent through a pipe is a helper, and lends it its connections. */
function start(directory: string, args: readonly string[]): Run {
  const output = join(directory, `output-${args.join('-').replaceAll('/', '_')}`);
  const descriptor = openSync(output, 'w');
  const child = spawn(program, args, { cwd: directory, stdio: ['ignore', descriptor, descriptor] });
  closeSync(descriptor);
  const done = new Promise<void>((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`uring ${args.join(' ')}: ${readFileSync(output, 'utf8')}`));
    });
  });
  return { pid: child.pid ?? 0, output, done };
}

/** Everything the process did but print, as soon as something that was done after it is told. */
async function textsOf({ pid, output }: Run): Promise<readonly string[]> {
  const marker = mkdtempSync(join(top, 'marker-'));
  const touch = spawn('touch', [join(marker, 'done')]);
  await new Promise((resolve) => touch.once('close', resolve));
  await until('the marker is told', () => agent.lines().some(({ text }) => text.includes(`${marker}/done:`)));
  return agent
    .lines()
    .filter((line) => line.pid === pid && !line.text.includes(output))
    .map(({ text }) => text);
}

function named(path: string): string {
  return `${path}:${lstatSync(path).ino}`;
}

const content = 'a line of a file that is copied\n'.repeat(700);

interface Case {
  readonly mode: string;
  readonly args: readonly string[];
  /** Lines without `uring `: {a} is path and inode of the file a after the command, {-a} before it. */
  readonly expected: readonly string[];
}

const cases: readonly Case[] = [
  { mode: 'view', args: ['a'], expected: ['read {a}'] },
  { mode: 'create', args: ['new', '10000'], expected: ['create {new}'] },
  { mode: 'copy', args: ['a', 'b'], expected: ['copy {a} -> {b}'] },
  { mode: 'copy-position', args: ['a', 'b'], expected: ['copy {a} -> {b}'] },
  { mode: 'copy-vectors', args: ['a', 'b'], expected: ['copy {a} -> {b}'] },
  { mode: 'copy-fixed', args: ['a', 'b'], expected: ['copy {a} -> {b}'] },
  { mode: 'copy-fixed-left', args: ['a', 'b'], expected: ['copy {a} -> {b}'] },
  { mode: 'copy-spliced', args: ['a', 'b'], expected: ['copy {a} -> {b}'] },
  { mode: 'create-linked', args: ['new', '4000'], expected: ['create {new}'] },
  { mode: 'append-linked', args: ['a', '100'], expected: ['write {a}'] },
  { mode: 'unlink', args: ['a'], expected: ['remove {-a}'] },
  { mode: 'unlink', args: ['symbolic'], expected: ['remove {-symbolic}'] },
  { mode: 'rmdir', args: ['directory'], expected: ['rmdir {-directory}'] },
  { mode: 'mkdir', args: ['made'], expected: ['mkdir {made}'] },
  { mode: 'rename', args: ['a', 'b'], expected: ['rename {-a} -> {b}'] },
];

function prepared(): string {
  const directory = mkdtempSync(join(top, 'case-'));
  writeFileSync(join(directory, 'a'), content);
  mkdirSync(join(directory, 'directory'));
  symlinkSync('a', join(directory, 'symbolic'));
  return directory;
}

function expectedLines(directory: string, expected: readonly string[], before: ReadonlyMap<string, string>): string[] {
  return expected.map(
    (line) =>
      `uring ${line.replaceAll(/\{(-?)(\w+)\}/g, (_, earlier: string, name: string) =>
        earlier === '-' ? (before.get(name) ?? name) : named(join(directory, name)),
      )}`,
  );
}

for (const { flag, who } of [
  { flag: '', who: "by the program's own thread" },
  { flag: '-a', who: 'by a worker thread of the kernel' },
  { flag: '-s', who: 'submitted by a thread of the kernel' },
]) {
  describe(who, () => {
    for (const { mode, args, expected } of cases) {
      test(`${mode} ${args.join(' ')}`, async () => {
        const directory = prepared();
        const earlier = new Map(
          ['a', 'directory', 'symbolic'].map((name): [string, string] => [name, named(join(directory, name))]),
        );
        const run = start(directory, [flag, mode, ...args].filter(Boolean));
        await run.done;
        const texts = await textsOf(run);
        assert.deepEqual(texts, expectedLines(directory, expected, earlier));
      });
    }

    for (const mode of ['receive', 'receive-multishot']) {
      test(`connect and send; ${mode}`, async () => {
        const directory = prepared();
        const receiver = start(directory, [flag, mode, 'received'].filter(Boolean));
        await until('the receiver listens', () => readFileSync(receiver.output, 'utf8').includes('\n'));
        const port = readFileSync(receiver.output, 'utf8').trim();
        const sender = start(directory, [flag, 'send', port, 'thirteen char'].filter(Boolean));
        await Promise.all([receiver.done, sender.done]);
        assert.equal(readFileSync(join(directory, 'received'), 'utf8'), 'thirteen char');
        const received = await textsOf(receiver);
        const sent = await textsOf(sender);
        const [by = ''] = sent;
        const local = by.replace('uring connect-by ', '');
        assert.match(local, /^127\.0\.0\.1:\d+$/);
        assert.deepEqual(sent, [`uring connect-by ${local}`, `uring connect 127.0.0.1:${port}`]);
        assert.deepEqual(received, [
          `uring accept-by ${local}`,
          `uring accept 127.0.0.1:${port}`,
          `uring create ${named(join(directory, 'received'))}`,
        ]);
      });
    }
  });
}

describe('success that nobody is told of', () => {
  for (const { mode, args, expected } of cases.filter(({ mode }) => ['rename', 'mkdir'].includes(mode))) {
    test(`${mode} ${args.join(' ')}`, async () => {
      const directory = prepared();
      const earlier = new Map([['a', named(join(directory, 'a'))]]);
      const run = start(directory, ['-k', mode, ...args]);
      await run.done;
      assert.deepEqual(await textsOf(run), expectedLines(directory, expected, earlier));
    });
  }
});

test('a failed request has no line', async () => {
  const directory = prepared();
  const run = start(directory, ['rename', 'nothing', 'b']);
  await assert.rejects(run.done, /No such file/);
  assert.deepEqual(await textsOf(run), []);
});

test('bytes are exact, whether the position moves or not', async () => {
  const directory = prepared();
  const modes = ['copy', 'copy-position', 'copy-vectors', 'copy-fixed', 'copy-fixed-left', 'copy-spliced'];
  for (const flag of ['', '-a', '-s']) {
    for (const mode of modes) {
      await start(directory, [flag, mode, 'a', `${mode}${flag}`].filter(Boolean)).done;
    }
    await start(directory, [flag, 'create-linked', `linked${flag}`, '3000'].filter(Boolean)).done;
    await start(directory, [flag, 'append-linked', `linked${flag}`, '77'].filter(Boolean)).done;
  }
  const last = start(directory, ['view', 'a']);
  await last.done;
  await textsOf(last);
  assert.equal(await agent.stop(), 0);
  const ours = (name: string): readonly FileEvent[] =>
    fileEvents(recording, join(directory, name)).filter(({ actor }) => actor.comm === 'uring');
  assert.deepEqual(
    ours('a').map(({ bytesRead }) => bytesRead),
    Array.from({ length: 3 * modes.length + 1 }, () => content.length),
  );
  for (const flag of ['', '-a', '-s']) {
    for (const mode of modes) {
      const written = ours(`${mode}${flag}`).map(({ bytesWritten }) => bytesWritten);
      assert.deepEqual(written, [content.length], `${mode} ${flag}`);
    }
    const linked = ours(`linked${flag}`).map(({ bytesWritten }) => bytesWritten);
    assert.deepEqual(linked, [3000, 77], flag);
  }
});
