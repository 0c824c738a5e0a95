import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { panorama } from '#proto';
import { rules } from '../../../agent/behaviour/rules/index.js';
import { explainRecording } from '../../../agent/learn.js';
import { root } from '../../support/files.js';
import { replaceBetweenMarkers } from '../../support/markers.js';

/* UPDATE_DOCS=1 writes the table of rules that is tested here. */

const path = join(root, 'docs/behaviours.md');
const recordings = join(root, 'test/fixtures/recordings');

/** By rule: the recordings in which it takes a fact or reports a line, the one with the fewest facts first. */
function recordingsByRule(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, { readonly quirk: string; readonly facts: number }[]>();
  for (const file of readdirSync(recordings).filter((name) => name.endsWith('.rec'))) {
    const quirk = file.slice(0, -'.rec'.length);
    const options = { noise: { reads: [], writes: [] }, settleMilliseconds: 1000 };
    const programs = explainRecording(join(recordings, file), options);
    const facts = programs.reduce((sum, program) => sum + program.facts.length, 0);
    const acting = new Set(programs.flatMap((program) => [...program.facts, ...program.lines].map(({ rule }) => rule)));
    for (const rule of acting) found.set(rule, [...(found.get(rule) ?? []), { quirk, facts }]);
  }
  return new Map(
    [...found].map(([rule, quirks]) => [
      rule,
      quirks
        .sort((left, right) => left.facts - right.facts || (left.quirk < right.quirk ? -1 : 1))
        .map(({ quirk }) => quirk),
    ]),
  );
}

const shown = recordingsByRule();

describe('every rule acts in a recording of a real kernel', () => {
  for (const { name } of rules) {
    test(name, () => {
      assert.ok(
        shown.has(name),
        `no recording in test/fixtures/recordings shows the rule ${name} at work: add one to test/tools/record-fixtures.ts`,
      );
    });
  }
});

test('docs/behaviours.md lists the rules as they are registered, in order', () => {
  const rows = rules.map(({ name, text }) => {
    const quirks = (shown.get(name) ?? []).slice(0, 2).map((quirk) => `\`${quirk}\``);
    return `| \`${name}\` | ${text} | ${quirks.join(', ')} |`;
  });
  const table = ['| Rule | Takes, and makes of it | Shown by |', '| --- | --- | --- |', ...rows].join('\n');
  const document = readFileSync(path, 'utf8');
  const expected = replaceBetweenMarkers(document, 'rules', table);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, expected);
  else assert.ok(document === expected, 'out of date: UPDATE_DOCS=1 make test writes it anew');
});

test('docs/behaviours.md explains every operation, and no other, each with a line that has it', () => {
  const section =
    readFileSync(path, 'utf8')
      .split('\n## ')
      .find((part) => part.startsWith('Operations\n')) ?? '';
  const rows = [...section.matchAll(/^\| `([a-z-]+)` +\| (.+?) +\| `([^`]+)` +\|$/gm)];
  const declared = Object.keys(panorama.v1.Operation)
    .filter((name) => name.startsWith('OPERATION_') && name !== 'OPERATION_UNSPECIFIED')
    .map((name) => name.replace('OPERATION_', '').toLowerCase().replaceAll('_', '-'));
  assert.deepEqual(rows.map(([, operation]) => operation).sort(), declared.sort());
  for (const [, operation, , example = ''] of rows) assert.equal(example.split(' ')[1], operation);
});
