import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AgentProcess } from '../support/agent-process.js';
import { compileProgram } from '../support/compile.js';
import { until } from '../support/until.js';

/* 32-bit programs, for which the tracepoints of single system calls do not fire. */

const supported = process.arch === 'x64';
const top = mkdtempSync(join(tmpdir(), 'panorama-compat-'));

/** The same sources as 64-bit programs, and as 32-bit ones. */
function compiled(name: string, bits: 32 | 64): string {
  const directory = join(top, String(bits));
  mkdirSync(directory, { recursive: true });
  return compileProgram(name, directory, bits === 32 ? ['-m32', '-D_FILE_OFFSET_BITS=64'] : []);
}

let directories = 0;

function workPlace(): string {
  directories += 1;
  const directory = join(top, `w${directories}`);
  mkdirSync(directory);
  const text = Array.from({ length: 3000 }, (_, index) => `${index}\n`).join('');
  for (const name of ['in', 'there', 'cut', 'gone']) writeFileSync(join(directory, name), text);
  return directory;
}

function inode(path: string): number {
  return statSync(path).ino;
}

/** What is told of `directory` by `comm`, once all that came before is in the log. */
async function told(agent: AgentProcess, directory: string, comm: string): Promise<readonly string[]> {
  const marker = join(workPlace(), 'done');
  execFileSync('touch', [marker]);
  await until('what came before is in the log', () => agent.lines().some(({ text }) => text.includes(`${marker}:`)));
  return agent
    .lines()
    .flatMap(({ text }) => (text.startsWith(`${comm} `) && text.includes(`${directory}/`) ? [text] : []));
}

/** Lines of `names`, whose files have these inodes. */
function linesOfNames(directory: string, of: { readonly d: string; readonly gone: number }): readonly string[] {
  const at = (name: string): string => `${directory}/${name}:${inode(join(directory, name))}`;
  return [
    `names mkdir ${directory}/d:${of.d}`,
    `names create ${at('b')}`,
    `names link ${at('there')} -> ${at('c')}`,
    `names symlink ${at('there')} -> ${directory}/l:`,
    `names chmod ${at('there')} mode=0600`,
    `names chown ${at('there')} owner=12:34`,
    `names truncate ${at('cut')} size=3`,
    `names remove ${directory}/gone:${of.gone}`,
    `names rmdir ${directory}/d:${of.d}`,
  ];
}

function hooked(): boolean {
  const text = execFileSync('bpftool', ['-j', 'link', 'show'], { encoding: 'utf8' });
  return text.includes('"tp_name":"sys_enter"');
}

describe('a 32-bit program', { skip: supported ? false : 'x86-64 only', concurrency: false }, () => {
  const agent = new AgentProcess([], 'compat: always\n');
  let server: Server;
  let port = 0;

  before(async () => {
    server = createServer((socket) => socket.resume().on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
    await agent.start();
  });
  after(async () => {
    server.close();
    assert.equal(await agent.stop(), 0);
    await agent.dispose();
  });

  const ways = [
    'openat2',
    'creat',
    'pread',
    'vectors',
    'copy_file_range',
    'sendfile',
    'splice',
    'vmsplice',
    'mappings',
  ];
  for (const way of [...ways, 'lseek', 'dup2', 'tmpfile']) {
    test(`copies by ${way}`, async () => {
      const directory = workPlace();
      execFileSync(compiled('calls', 32), [way, 'in', 'out'], { cwd: directory, stdio: 'ignore' });
      assert.deepEqual(readFileSync(join(directory, 'out')), readFileSync(join(directory, 'in')));
      const [source, target] = [join(directory, 'in'), join(directory, 'out')];
      assert.deepEqual(await told(agent, directory, 'calls'), [
        `calls copy ${source}:${inode(source)} -> ${target}:${inode(target)}`,
      ]);
    });
  }

  for (const bits of [32, 64] as const) {
    test(`of ${bits} bits, all hooks there: each name and attribute is told once`, async () => {
      const directory = workPlace();
      const gone = inode(join(directory, 'gone'));
      execFileSync(compiled('names', bits), [String(port)], { cwd: directory, stdio: 'ignore' });
      const lines = await told(agent, directory, 'names');
      const d = /mkdir \S+:(\d+)$/.exec(lines[0] ?? '')?.[1] ?? '';
      const expected = linesOfNames(directory, { d, gone });
      assert.equal(lines.length, expected.length, lines.join('\n'));
      for (const [index, line] of expected.entries())
        assert.ok(lines[index]?.startsWith(line), `${lines[index]}, not ${line}`);
      const connections = agent.lines().filter(({ text }) => text === `names connect 127.0.0.1:${port}`);
      assert.equal(connections.length, bits === 32 ? 1 : 2);
    });
  }
});

describe('the hooks of 32-bit programs', { skip: supported ? false : 'x86-64 only', concurrency: false }, () => {
  const agent = new AgentProcess();

  before(() => agent.start());
  after(async () => {
    assert.equal(await agent.stop(), 0);
    await agent.dispose();
    rmSync(top, { recursive: true, force: true });
  });

  test('are not there where there is no such program, come with one, and see what it does from then on', async () => {
    assert.equal(hooked(), false);
    const directory = workPlace();
    const gone = inode(join(directory, 'gone'));
    const child = spawn(compiled('names', 32), ['0', 'go'], { cwd: directory, stdio: 'ignore' });
    await until('they come', hooked);
    writeFileSync(join(directory, 'go'), '');
    await new Promise((resolve) => child.once('close', resolve));
    const lines = await told(agent, directory, 'names');
    const d = /mkdir \S+:(\d+)$/.exec(lines[0] ?? '')?.[1] ?? '';
    const expected = linesOfNames(directory, { d, gone });
    assert.equal(lines.length, expected.length, lines.join('\n'));
    for (const [index, line] of expected.entries())
      assert.ok(lines[index]?.startsWith(line), `${lines[index]}, not ${line}`);
  });
});
