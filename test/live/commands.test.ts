import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AgentProcess } from '../support/agent-process.js';
import { until } from '../support/until.js';

/*
 * The commands of P3 with Debian's own binaries on the running kernel: what each line says is
 * compared, whole, with what really happened. Each case has a directory of its own.
 */

const agent = new AgentProcess();
const top = mkdtempSync(join(tmpdir(), 'panorama-commands-'));

before(async () => {
  await agent.start();
});

after(async () => {
  assert.equal(await agent.stop(), 0);
  await agent.dispose();
  rmSync(top, { recursive: true, force: true });
});

async function run(directory: string, command: readonly string[]): Promise<number> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd: directory,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], TERM: 'dumb' },
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0, `${command.join(' ')} failed`);
  return child.pid ?? 0;
}

/** Everything that was done before is in the log when the line of this is. */
async function settle(): Promise<void> {
  const marker = mkdtempSync(join(top, 'marker-'));
  await run(marker, ['touch', 'done']);
  await until('the marker is in the log', () => agent.lines().some(({ text }) => text.includes(`${marker}/done:`)));
}

interface Case {
  readonly name: string;
  /** Files that exist before, with their content. */
  readonly files?: Readonly<Record<string, string>>;
  readonly directories?: readonly string[];
  /** Run before, without looking at their lines. */
  readonly prepare?: readonly (readonly string[])[];
  readonly command: readonly string[];
  /** Lines without time, pids and user. `{a}` is the path and inode of a after the command, `{-a}` those before it. */
  readonly expected: readonly string[];
}

const text = 'a line of text that compresses well\n'.repeat(2000);
const noise = Array.from({ length: 4000 }, (_, index) => String((index * 7919) % 10007)).join(' ');

const cases: readonly Case[] = [
  { name: 'cat views a file', files: { a: text }, command: ['cat', 'a'], expected: ['cat read {a}'] },
  { name: 'touch makes a file', command: ['touch', 'a'], expected: ['touch create {a}'] },
  { name: 'rm removes a file', files: { a: text }, command: ['rm', 'a'], expected: ['rm remove {-a}'] },
  {
    name: 'rm -r removes a tree from the leaves',
    directories: ['d'],
    files: { 'd/a': text },
    command: ['rm', '-r', 'd'],
    expected: ['rm rmdir {-d}', 'rm remove {-d/a}'],
  },
  { name: 'cp copies a file', files: { a: text }, command: ['cp', 'a', 'b'], expected: ['cp copy {a} -> {b}'] },
  {
    name: 'cp over an existing file copies too',
    files: { a: text, b: 'old' },
    command: ['cp', 'a', 'b'],
    expected: ['cp copy {a} -> {b}'],
  },
  {
    name: 'cp of an empty file is a copy of no bytes',
    files: { a: '' },
    command: ['cp', 'a', 'b'],
    expected: ['cp copy {a} -> {b}'],
  },
  {
    name: 'cp of several files pairs each with its copy, also of equal size',
    files: { a: text, b: noise, c: text },
    directories: ['d'],
    command: ['cp', 'a', 'b', 'c', 'd'],
    expected: ['cp copy {a} -> {d/a}', 'cp copy {b} -> {d/b}', 'cp copy {c} -> {d/c}'],
  },
  {
    name: 'a copied cp under another name still copies',
    files: { a: text },
    prepare: [['cp', '/bin/cp', 'unknown']],
    command: ['./unknown', 'a', 'b'],
    expected: ['unknown copy {a} -> {b}'],
  },
  { name: 'mv renames', files: { a: text }, command: ['mv', 'a', 'b'], expected: ['mv rename {=a:b} -> {b}'] },
  {
    name: 'split cuts a file into pieces',
    files: { a: noise },
    command: ['split', '-b', '8000', 'a'],
    expected: ['split split {a} -> {xaa},{xab},{xac}'],
  },
  {
    name: 'gzip replaces a file by its compressed form',
    files: { a: text },
    command: ['gzip', 'a'],
    expected: ['gzip compress {-a} -> {a.gz}'],
  },
  {
    name: 'gzip -k keeps it',
    files: { a: text },
    command: ['gzip', '-k', 'a'],
    expected: ['gzip compress {a} -> {a.gz}'],
  },
  {
    name: 'gzip -d replaces the compressed form by the file',
    files: { a: text },
    prepare: [['gzip', 'a']],
    command: ['gzip', '-d', 'a.gz'],
    expected: ['gzip extract {-a.gz} -> {a}'],
  },
  {
    name: 'gunzip, a script, does the same',
    files: { a: text },
    prepare: [['gzip', 'a']],
    command: ['gunzip', 'a.gz'],
    expected: ['gzip extract {-a.gz} -> {a}'],
  },
  {
    name: 'zip makes an archive through a temporary file',
    files: { a: text, b: noise },
    command: ['zip', '-q', 'z.zip', 'a', 'b'],
    expected: ['zip compress {a},{b} -> {z.zip}'],
  },
  {
    name: 'unzip extracts an archive',
    files: { a: text },
    prepare: [
      ['zip', '-q', 'z.zip', 'a'],
      ['rm', 'a'],
    ],
    command: ['unzip', '-q', 'z.zip'],
    expected: ['unzip extract {z.zip} -> {a}'],
  },
  {
    name: 'unzip -o over an existing file extracts too',
    files: { a: text },
    prepare: [['zip', '-q', 'z.zip', 'a']],
    command: ['unzip', '-qo', 'z.zip'],
    expected: ['unzip extract {z.zip} -> {a}'],
  },
  { name: 'mkdir makes a directory', command: ['mkdir', 'd'], expected: ['mkdir mkdir {d}'] },
  {
    name: 'mkdir -p makes each that is missing',
    command: ['mkdir', '-p', 'd/e'],
    expected: ['mkdir mkdir {d}', 'mkdir mkdir {d/e}'],
  },
  { name: 'rmdir removes a directory', directories: ['d'], command: ['rmdir', 'd'], expected: ['rmdir rmdir {-d}'] },
  {
    name: 'vim makes a new file',
    command: ['vim', '-u', 'NONE', '-i', 'NONE', '-es', '-c', 'normal ihello', '-c', 'wq', 'a'],
    expected: ['vim create {a}'],
  },
  {
    name: 'vim writes an existing file, with swap and backup file',
    files: { a: 'one\n' },
    command: [
      'vim',
      '-u',
      'NONE',
      '-i',
      'NONE',
      '-es',
      '-c',
      'set writebackup',
      '-c',
      'normal ihello',
      '-c',
      'wq',
      'a',
    ],
    expected: ['vim write {a}'],
  },
  {
    name: 'vim only views',
    files: { a: 'one\n' },
    command: ['vim', '-u', 'NONE', '-i', 'NONE', '-es', '-c', 'q', 'a'],
    expected: ['vim read {a}'],
  },
];

describe('the commands of P3', { concurrency: false }, () => {
  for (const { name, files = {}, directories = [], prepare = [], command, expected } of cases) {
    test(name, async () => {
      const directory = mkdtempSync(join(top, 'case-'));
      for (const made of directories) mkdirSync(join(directory, made));
      for (const [file, content] of Object.entries(files)) writeFileSync(join(directory, file), content);
      for (const before of prepare) await run(directory, before);
      const inode = (path: string): string => `${join(directory, path)}:${statSync(join(directory, path)).ino}`;
      const early = expected.map((line) => line.replace(/\{-([^}]+)\}/g, (_, path: string) => inode(path)));
      const pid = await run(directory, command);
      await settle();
      const wanted = early.map((line) =>
        line
          .replace(/\{=([^:}]+):([^}]+)\}/g, (_, path: string, now: string) =>
            inode(now).replace(join(directory, now), join(directory, path)),
          )
          .replace(/\{([^}]+)\}/g, (_, path: string) => inode(path)),
      );
      const found = agent.lines().filter((line) => line.pid === pid && line.text.includes(directory));
      assert.deepEqual(found.map((line) => line.text).sort(), [...wanted].sort());
      for (const line of found) {
        assert.equal(line.ppid, process.pid);
        assert.equal(line.user, 'root');
      }
    });
  }
});
