import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CLOSED } from '../../../agent/decode/event.js';
import { defaultReadNoise } from '../../../agent/config/noise.js';
import { explainRecording } from '../../../agent/learn.js';
import type { ExplainedProgram } from '../../../agent/learn/explanation.js';
import { explanationJson } from '../../../agent/learn/json.js';
import { explanationText } from '../../../agent/learn/text.js';
import { root } from '../../support/files.js';
import { replayedLines } from '../../support/replayed.js';

function recording(quirk: string): string {
  return join(root, 'test/fixtures/recordings', `${quirk}.rec`);
}

function explained(quirk: string): readonly ExplainedProgram[] {
  return explainRecording(recording(quirk), {
    noise: { reads: defaultReadNoise, writes: [] },
    settleMilliseconds: 1000,
  });
}

/** Facts of the one program called `comm`: outcome, rule, object without its directory and inode. */
function factsOf(quirk: string, comm: string): readonly string[] {
  const program = explained(quirk).find((each) => each.comm === comm);
  assert.ok(program, `${quirk} has no ${comm}`);
  return program.facts
    .filter(({ outcome }) => outcome !== 'noise')
    .map(({ outcome, rule, object, details }) => {
      const names = object.replaceAll(/\/[^ ]*\//g, '').replaceAll(/:\d+/g, '');
      return `${names} (${details.join(', ')}): ${rule}, ${outcome}`;
    });
}

describe('a recording is explained', () => {
  test('each fact of a file that is edited in place names the rule that took it', () => {
    const facts = factsOf('sed-in-place', 'sed');
    assert.equal(facts.length, 3);
    assert.match(facts[0] ?? '', /^text \(read 21, size 21.*\): replacement, no line$/);
    assert.match(facts[1] ?? '', /^text \(written 21, .*created.*, was \S+\/sed\w{6}\): write, line$/);
    assert.match(facts[2] ?? '', /^sed\w{6} -> text \(rename, replaced inode \d+\): replacement, no line$/);
  });

  test('a connection that a helper made is shown with its owner, and says whom it serves', () => {
    const ssh = explained('scp-upload').find(({ comm }) => comm === 'ssh');
    const scp = explained('scp-upload').find(({ comm }) => comm === 'scp');
    const connection = ssh?.facts.find(({ kind }) => kind === 'connection');
    assert.equal(connection?.outcome, 'line');
    assert.equal(connection.rule, 'connections');
    assert.equal(connection.reason, `for ${scp?.pid ?? 0} scp`);
    assert.deepEqual(
      scp?.lines.map(({ rule }) => rule),
      ['connections', 'connections', 'read'],
    );
  });

  for (const quirk of ['p3-commands', 'scp-download', 'vim-edits-existing-file', 'shell-script-redirections']) {
    test(`${quirk}: the lines are those that the agent writes`, () => {
      const lines = explained(quirk).flatMap((program) => program.lines.map(({ line }) => line));
      assert.deepEqual([...lines].sort(), [...replayedLines(recording(quirk))].sort());
    });
  }

  test('every fact in a line is taken by a rule that reported one', () => {
    for (const { facts, lines } of explained('p3-commands')) {
      const reporting = new Set(lines.map(({ rule }) => rule));
      for (const { outcome, rule, object } of facts) if (outcome === 'line') assert.ok(reporting.has(rule), object);
    }
  });
});

const program: ExplainedProgram = {
  pid: 300,
  ppid: 200,
  user: 'ann',
  loginuid: 1000,
  comm: 'odd name',
  exe: '/usr/bin/odd',
  commandLine: 'odd a\nb',
  script: '',
  stdin: { ...CLOSED, kind: 'pipe', inode: 77 },
  stdout: CLOSED,
  forked: false,
  running: true,
  facts: [
    {
      kind: 'file',
      time: 1,
      object: '/lib/c:1',
      details: ['read 5'],
      outcome: 'noise',
      rule: 'read',
      reason: '/lib/',
    },
    {
      kind: 'file',
      time: 2,
      object: '/lib/d:2',
      details: ['read 5'],
      outcome: 'noise',
      rule: 'read',
      reason: '/lib/',
    },
    { kind: 'name', time: 3, object: '/w/x:3', details: ['link'], outcome: 'left over', rule: '', reason: '' },
    { kind: 'file', time: 4, object: '/w/longer:4', details: ['read 5'], outcome: 'line', rule: 'read', reason: '' },
  ],
  lines: [{ rule: 'read', line: '200 300 ann odd\\040name read /w/longer:4' }],
};

describe('for people', () => {
  test('aligned; what no rule took stands out; noise is summed up by the entry that names it', () => {
    assert.equal(
      explanationText([program], { all: false, colour: false }),
      `300 odd\\040name (user ann, started by 200, still running)
  command  odd a\\012b
  program  /usr/bin/odd
  stdin    pipe 77
  stdout   closed
  facts    /w/x:3       link    LEFT OVER
           /w/longer:4  read 5  read
  noise    /lib/ (2)
  lines    200 300 ann odd\\040name read /w/longer:4  read

1 program, 4 facts: 1 in 1 line, 0 taken without a line of their own, 2 noise, 1 left over
`,
    );
  });

  test('--all lists noise too', () => {
    assert.match(explanationText([program], { all: true, colour: false }), /\/lib\/d:2 {5}read 5 {2}noise: \/lib\/\n/);
  });

  test('colour where it is asked for only', () => {
    assert.ok(explanationText([program], { all: false, colour: true }).includes('\x1b[31mLEFT OVER\x1b[0m'));
    assert.ok(!explanationText([program], { all: true, colour: false }).includes('\x1b'));
  });

  test('nothing at all', () => {
    assert.equal(explanationText([], { all: false, colour: false }), 'no program ran\n');
  });
});

test('for tools: one JSON object', () => {
  const value: unknown = JSON.parse(
    explanationJson([{ ...program, stdin: { ...CLOSED, kind: 'pipe', inode: 2n ** 60n } }], 3),
  );
  assert.ok(typeof value === 'object' && value !== null && 'exit_code' in value && 'counts' in value);
  assert.equal(value.exit_code, 3);
  assert.deepEqual(value.counts, { line: 1, 'no line': 0, noise: 2, 'left over': 1 });
  assert.match(JSON.stringify(value), /"stdin":\{"kind":"pipe","inode":"1152921504606846976"\}/);
});
