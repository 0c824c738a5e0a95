import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { root } from '../support/files.js';

interface Outcome {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

function doctor(...args: readonly string[]): Outcome {
  const command = [join(root, 'dist/cli/main.js'), 'doctor', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', timeout: 60_000 });
  return { code: status, lines: stdout.trimEnd().split('\n'), errors: stderr };
}

/** What the line of a check says, without the check and its columns of blanks. */
function states(lines: readonly string[], check: string): readonly string[] {
  return lines.flatMap((line) => {
    const [, state = '', name = ''] = /^(\S+(?: \S+)?) {2,}(\S+(?: \S+)?) {2,}/.exec(line) ?? [];
    return name === check ? [state] : [];
  });
}

describe('panorama doctor on this kernel', () => {
  let healthy: Outcome = { code: null, lines: [], errors: '' };
  before(() => {
    healthy = doctor();
  });

  test('every necessary check is ok, and the exit code 0', () => {
    assert.deepEqual({ code: healthy.code, errors: healthy.errors }, { code: 0, errors: '' });
    for (const check of ['root', 'kernel', 'BTF', 'libbpf', 'BPF object', 'load', 'ring', 'known event']) {
      assert.deepEqual(states(healthy.lines, check), ['ok'], check);
    }
  });

  test('each probe has its line, and one that is missing says what is lost', () => {
    const probes = healthy.lines.filter((line) => / {2}probe {2}/.test(line));
    assert.ok(probes.some((line) => line.includes('tp/syscalls/sys_enter_close')));
    for (const line of probes) {
      assert.match(line, /^(ok {14,}probe {2,}\S+|optional-missing {2}probe {2,}\S+ \(.+: .+\))$/);
    }
  });

  test('the kernel takes the iterators: without them what was there before the agent is half known', () => {
    const iterators = healthy.lines.filter((line) => line.includes(' iter/'));
    assert.equal(iterators.length, 3);
    for (const line of iterators) assert.match(line, /^ok /);
  });

  test('it leaves nothing behind', () => {
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith('panorama-doctor-')),
      [],
    );
  });

  test('an aggregator that is not there fails the check, and nothing else', () => {
    const { code, lines } = doctor('--aggregator', '127.0.0.1:1');
    assert.equal(code, 1);
    assert.deepEqual(states(lines, 'aggregator'), ['FAILED']);
    assert.deepEqual(states(lines, 'known event'), ['ok']);
  });

  test('wrong usage is explained on stderr, with exit code 2', () => {
    const { code, lines, errors } = doctor('--no-such-option');
    assert.deepEqual({ code, lines }, { code: 2, lines: [''] });
    assert.match(errors, /--no-such-option/);
    assert.match(errors, /usage: panorama doctor/);
  });
});
