import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { root } from '../support/files.js';
import { temporaryDirectory } from '../support/temporary.js';

/* `panorama learn` on the running kernel, as a rule's author calls it. */

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `input`: what the command finds on its stdin. */
async function learn(directory: string, args: readonly string[], input = ''): Promise<Outcome> {
  const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'learn', ...args], { cwd: directory });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

function prepared(context: TestContext): string {
  const directory = temporaryDirectory(context);
  writeFileSync(join(directory, 'a'), 'text\n'.repeat(100));
  return directory;
}

describe('panorama learn -- CMD…', () => {
  test('shows each fact with the rule that took it, and the line', async (context) => {
    const directory = prepared(context);
    const { code, stdout, stderr } = await learn(directory, ['--', 'cp', 'a', 'b']);
    assert.equal(code, 0, stderr);
    const source = `${directory}/a:${statSync(join(directory, 'a')).ino}`;
    const target = `${directory}/b:${statSync(join(directory, 'b')).ino}`;
    const lines = stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, '  '));
    assert.ok(
      lines.some((line) => line.endsWith(`${source}  read 500, size 500  copy`)),
      stdout,
    );
    assert.ok(
      lines.some((line) => line.includes(`${target}  written 500, size 500, created`)),
      stdout,
    );
    assert.match(stdout, new RegExp(` root cp copy ${source} -> ${target}  copy\n`));
    assert.match(stdout, /^ {2}command {2}cp a b$/m);
    assert.match(stdout, /^1 program, \d+ facts: 2 in 1 line, .* 0 left over$/m);
    assert.ok(!stdout.includes('\x1b'));
  });

  test('shows what its descendants did, and only theirs', async (context) => {
    const directory = prepared(context);
    const { stdout } = await learn(directory, ['--', 'sh', '-c', 'cat a | gzip > c.gz; (cp a b)']);
    const names = [...stdout.matchAll(/^\d+ (\S+) \(user/gm)].map(([, name]) => name).sort();
    assert.deepEqual(names, ['cat', 'cp', 'gzip', 'sh']);
  });

  const codes: readonly (readonly [string, readonly string[], number])[] = [
    ['its own code', ['sh', '-c', 'exit 7'], 7],
    ['128 and the signal', ['sh', '-c', 'kill -TERM $$'], 143],
    ['127 where there is no such command', ['./no-such-command'], 127],
  ];
  for (const [name, command, expected] of codes) {
    test(`ends with the code of the command: ${name}`, async (context) => {
      const { code, stdout } = await learn(temporaryDirectory(context), ['--settle', '100', '--', ...command]);
      assert.equal(code, expected);
      assert.match(stdout, expected === 127 ? /^no program ran$/m : /^1 program, /m);
    });
  }

  test('leaves stdin and stdout to the command, and the report can go elsewhere', async (context) => {
    const directory = temporaryDirectory(context);
    const { stdout } = await learn(directory, ['--report', 'report', '--', 'tr', 'a-z', 'A-Z'], 'hello\n');
    assert.equal(stdout, 'HELLO\n');
    assert.match(readFileSync(join(directory, 'report'), 'utf8'), /^ {2}stdin {4}(pipe|socket) \d+$/m);
  });

  test('--json', async (context) => {
    const directory = prepared(context);
    const { stdout } = await learn(directory, ['--json', '--', 'rm', 'a']);
    const value: unknown = JSON.parse(stdout);
    assert.ok(typeof value === 'object' && value !== null && 'programs' in value && 'exit_code' in value);
    assert.equal(value.exit_code, 0);
    assert.match(JSON.stringify(value.programs), /"rule":"remove","line":"\d+ \d+ root rm remove [^"]*\/a:\d+"/);
  });

  const identities: readonly (readonly [string, string, readonly string[], RegExp])[] = [
    [
      'a script by its path, beside the interpreter that runs it',
      '#!/usr/bin/env bash\n. /dev/null\n',
      ['./go'],
      /"comm":"bash","exe":"[^"]*\/bash","script":".\/go"/,
    ],
    [
      'whoever logged in, also when somebody else acts',
      '#!/bin/sh\necho 54321 > /proc/self/loginuid\nexec setpriv --reuid=65534 --clear-groups cat /dev/null\n',
      ['./go'],
      /"user":"nobody","loginuid":54321,"comm":"cat"/,
    ],
  ];
  for (const [name, script, command, expected] of identities) {
    test(`knows ${name}`, async (context) => {
      const directory = temporaryDirectory(context);
      writeFileSync(join(directory, 'go'), script, { mode: 0o755 });
      const { stdout, stderr } = await learn(directory, ['--json', '--', ...command]);
      const value: unknown = JSON.parse(stdout);
      assert.match(JSON.stringify(value), expected, stderr);
    });
  }

  test('does not wait for a daemon for ever, and says that it runs', async (context) => {
    const directory = prepared(context);
    const script = 'setsid sleep 20 > /dev/null 2>&1 & echo $! > pid; cp a b';
    const started = Date.now();
    const { code, stdout } = await learn(directory, ['--settle', '200', '--', 'sh', '-c', script]);
    process.kill(Number(readFileSync(join(directory, 'pid'), 'utf8')));
    assert.equal(code, 0);
    assert.match(stdout, /^\d+ sleep \(user root, started by \d+, still running\)$/m);
    assert.match(stdout, /cp copy/);
    assert.ok(Date.now() - started < 15_000);
  });

  test('what was recorded is explained again in the same way', async (context) => {
    const directory = prepared(context);
    const live = await learn(directory, ['--record', 'it.rec', '--', 'mv', 'a', 'b']);
    const again = await learn(directory, ['--replay', 'it.rec']);
    assert.equal(again.code, 0, again.stderr);
    const block = live.stdout.slice(0, live.stdout.indexOf('\n\n'));
    assert.match(block, /mv rename/);
    assert.ok(again.stdout.includes(block), `${again.stdout} has no ${block}`);
  });

  test('without root it says so, and does not run the command', async (context) => {
    const directory = temporaryDirectory(context);
    const child = spawn('setpriv', [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      process.execPath,
      join(root, 'dist/cli/main.js'),
      'learn',
      '--',
      'touch',
      join(directory, 'made'),
    ]);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 125, stderr);
    assert.match(stderr, /root/);
    assert.ok(!existsSync(join(directory, 'made')));
  });
});
