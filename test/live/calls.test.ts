import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AgentProcess } from '../support/agent-process.js';
import { compileProgram } from '../support/compile.js';
import { until } from '../support/until.js';

/* A copy is a copy, by whatever system calls the bytes get there (X3). */

const top = mkdtempSync(join(tmpdir(), 'panorama-calls-'));
const program = compileProgram('calls', top);
const agent = new AgentProcess();

const copied = ['calls copy {in} -> {out}'];
const ways: readonly (readonly [way: string, lines: readonly string[]])[] = [
  ['openat2', copied],
  ['creat', copied],
  ['pread', copied],
  ['vectors', copied],
  ['copy_file_range', copied],
  ['sendfile', copied],
  ['splice', copied],
  ['vmsplice', copied],
  ['mappings', copied],
  // Three times the same bytes: what ends up there is still all of the other file.
  ['lseek', copied],
  ['dup2', copied],
  ['tmpfile', copied],
  // A program that was read into memory and run from there: what it is run from has no name on disk.
  ['memfd', ['memfd:hidden copy {in} -> {out}']],
];

before(() => agent.start());

after(async () => {
  assert.equal(await agent.stop(), 0);
  await agent.dispose();
  rmSync(top, { recursive: true, force: true });
});

describe('a file is copied', { concurrency: false }, () => {
  for (const [way, lines] of ways) {
    test(`by ${way}`, async () => {
      const directory = join(top, way);
      mkdirSync(directory);
      const text = Array.from({ length: 3000 }, (_, index) => `${index}\n`).join('');
      writeFileSync(join(directory, 'in'), text);
      // No pipe: whoever shares one is told of together, when all are done.
      execFileSync(program, [way, 'in', 'out'], { cwd: directory, stdio: 'ignore' });
      assert.equal(readFileSync(join(directory, 'out'), 'utf8'), text);
      const expected = lines.map((line) =>
        line.replaceAll(/\{(.+?)\}/g, (_, name: string) => {
          const path = join(directory, name);
          return `${path}:${statSync(path).ino}`;
        }),
      );
      writeFileSync(join(directory, 'done'), '');
      const told = (): readonly string[] =>
        agent.lines().flatMap(({ text: line }) => (line.includes(`${directory}/`) ? [line] : []));
      await until('the marker is told of', () => told().some((line) => line.includes('/done:')));
      assert.deepEqual(
        told().filter((line) => !line.startsWith('node ')),
        expected,
      );
    });
  }
});
