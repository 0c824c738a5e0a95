import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AgentProcess } from '../support/agent-process.js';
import { until } from '../support/until.js';

/*
 * Files whose descriptors are older than the agent, outlive their names, are kept open, passed on or shared: what was
 * moved through each is told once, of who moved it. The programs wait for a file, so that the order is sure.
 */

const top = mkdtempSync(join(tmpdir(), 'panorama-open-'));
const agent = new AgentProcess([], 'snapshot_milliseconds: 1000\n');
const early: { readonly directory: string; readonly child: ChildProcess }[] = [];
const python = '/usr/bin/python3';

/** Waits for the file NAME in its directory. */
const prelude = `
import os, socket, sys, time
def wait(name):
    while not os.path.exists(name): time.sleep(0.02)
`;

let directories = 0;

function workPlace(): string {
  directories += 1;
  const directory = join(top, String(directories));
  mkdirSync(directory);
  writeFileSync(join(directory, 'in'), 'a line of the file\\n'.repeat(500));
  return directory;
}

function start(directory: string, code: string): ChildProcess {
  // Its own code is no file that it reads.
  return spawn(python, ['-B', '-I', '-c', prelude + code], { cwd: directory, stdio: 'ignore' });
}

function go(directory: string, name: string): void {
  writeFileSync(join(directory, name), '');
}

/** `{a}`: path and inode of the file a. */
function resolved(pattern: string, directory: string): string {
  return pattern.replaceAll(/\{(.+?)\}/g, (_, name: string) => {
    const path = join(directory, name);
    return `${path}:${statSync(path).ino}`;
  });
}

/** Lines of a process about files in its directory. */
function linesOf({ pid }: ChildProcess, directory: string): readonly string[] {
  return agent
    .lines()
    .filter((line) => line.pid === pid && line.text.includes(`${directory}/`))
    .map(({ text }) => text);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null) await new Promise((resolve) => child.once('close', resolve));
  assert.equal(child.exitCode, 0);
}

/** Everything that was done before is in the log when this is. */
async function settle(): Promise<void> {
  const marker = join(workPlace(), 'done');
  const child = spawn('touch', [marker]);
  await ended(child);
  await until('the marker is in the log', () => agent.lines().some(({ text }) => text.includes(`${marker}:`)));
}

before(async () => {
  const directory = workPlace();
  const child = start(
    directory,
    `
f = open("in", "rb", 0); head = f.read(100)
g = open("out", "wb", 0); g.write(b"before the agent\\n")
open("ready", "w").close()
wait("go"); f.seek(0); data = f.read(); f.close()
h = open("copy", "wb"); h.write(data); h.close()
g.write(b"after\\n"); g.close()
`,
  );
  early.push({ directory, child });
  await until('the early program is ready', () => existsSync(join(directory, 'ready')));
  await agent.start();
});

after(async () => {
  for (const { child } of early) child.kill();
  assert.equal(await agent.stop(), 0);
  await agent.dispose();
  rmSync(top, { recursive: true, force: true });
});

describe('files that are open', { concurrency: false }, () => {
  test('since before the agent: what is moved from now on counts', async () => {
    const [{ directory, child } = assert.fail('it was started')] = early;
    go(directory, 'go');
    await ended(child);
    await settle();
    assert.deepEqual(
      linesOf(child, directory),
      ['python3 copy {in} -> {copy}', 'python3 write {out}'].map((line) => resolved(line, directory)),
    );
  });

  test('and stay so: a log that is never closed is told of as it grows', async () => {
    const directory = workPlace();
    const child = start(
      directory,
      'f = open("log", "wb", 0); f.write(b"1\\n"); wait("more"); f.write(b"2\\n"); wait("end")',
    );
    const lines = (): readonly string[] => linesOf(child, directory);
    await until('it is told while it is open', () => lines().length === 1);
    assert.deepEqual(lines(), [resolved('python3 create {log}', directory)]);
    go(directory, 'more');
    await until('it is told again', () => lines().length === 2);
    assert.equal(child.exitCode, null);
    go(directory, 'end');
    await ended(child);
    await settle();
    assert.deepEqual(
      lines(),
      ['python3 create {log}', 'python3 write {log}'].map((line) => resolved(line, directory)),
    );
  });

  test('and have no name any more: what was put into them is gone with it, what was read is told', async () => {
    const directory = workPlace();
    writeFileSync(join(directory, 'gone'), 'secret\n'.repeat(40));
    const inode = statSync(join(directory, 'gone')).ino;
    const child = start(
      directory,
      'f = open("gone", "rb"); os.unlink("gone"); data = f.read(); f.close(); g = open("kept", "wb"); g.write(data); g.close()',
    );
    await ended(child);
    await settle();
    assert.deepEqual(linesOf(child, directory), [
      resolved(`python3 rename ${directory}/gone:${inode} -> {kept}`, directory),
    ]);
  });

  const mappings: readonly (readonly [name: string, code: string])[] = [
    ['written before its last descriptor is closed', 'm[0:4] = b"ABCD"; m.close()'],
    ['written when there is no descriptor any more', 'close_all(); m[0:4] = b"ABCD"; m.close()'],
    ['that stands until the program ends', 'close_all(); m[0:4] = b"ABCD"; os._exit(0)'],
  ];
  for (const [name, code] of mappings) {
    test(`through a mapping ${name}`, async () => {
      const directory = workPlace();
      const child = start(
        directory,
        `
import mmap
def close_all():
    os.closerange(3, 10)
f = open("in", "r+b"); m = mmap.mmap(f.fileno(), 0); os.close(f.fileno())
${code}
`,
      );
      // Closing what is closed already is an error to Python, and nothing to us.
      await new Promise((resolve) => child.once('close', resolve));
      await settle();
      assert.deepEqual(linesOf(child, directory), [resolved('python3 write {in}', directory)]);
    });
  }

  test('through a mapping that nothing is put into: no line', async () => {
    const directory = workPlace();
    const child = start(
      directory,
      'import mmap; f = open("in", "r+b"); m = mmap.mmap(f.fileno(), 0); f.close(); m.close()',
    );
    await ended(child);
    await settle();
    assert.deepEqual(linesOf(child, directory), []);
  });

  test('by two who append in turn: each has its own bytes', async () => {
    const directory = workPlace();
    const code = (mine: string, other: string): string =>
      `f = open("log", "ab", 0)
for i in range(5):
    wait("${mine}" + str(i)); f.write(b"${mine}" * (10 if "${mine}" == "a" else 1000)); open("${other}" + str(i + ("${mine}" == "b")), "w").close()`;
    const first = start(directory, code('a', 'b'));
    const second = start(directory, code('b', 'a'));
    go(directory, 'a0');
    await Promise.all([ended(first), ended(second)]);
    await settle();
    for (const child of [first, second]) {
      const told = linesOf(child, directory).filter((line) => line.includes('/log:'));
      assert.equal(told.length, 1);
      assert.match(told[0] ?? '', /^python3 (?:create|write) /);
    }
    assert.equal(statSync(join(directory, 'log')).size, 5 * 1010);
  });

  test('and were passed over a socket: who read and wrote copied, not who opened', async () => {
    const directory = workPlace();
    const child = start(
      directory,
      `
a, b = socket.socketpair()
pid = os.fork()
if pid == 0:
    _, fds, _, _ = socket.recv_fds(b, 1, 2)
    os.write(fds[1], os.read(fds[0], 1 << 20))
    os._exit(0)
f = os.open("in", os.O_RDONLY); g = os.open("out", os.O_WRONLY | os.O_CREAT, 0o644)
socket.send_fds(a, [b"x"], [f, g]); os.waitpid(pid, 0); os.close(f); os.close(g)
`,
    );
    await ended(child);
    await settle();
    const told = agent.lines().filter(({ text }) => text.includes(`${directory}/`));
    assert.deepEqual(
      told.map(({ text }) => text),
      [resolved('python3 copy {in} -> {out}', directory)],
    );
  });
});
