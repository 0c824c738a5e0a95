import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { rules } from '../../../agent/behaviour/rules/index.js';
import type { RuleStep } from '../../../agent/behaviour/trace.js';
import { root } from '../../support/files.js';
import { Scenario, type Actions } from '../../support/scenario.js';

/** Which rule took which paths, and how many lines it made of them. */
function explainedSteps(does: (process: Actions) => unknown, ignoredReads: readonly string[] = []): readonly string[] {
  const steps: RuleStep[] = [];
  const scenario = new Scenario(ignoredReads, { explained: (_tracked, _facts, more) => steps.push(...more) });
  does(scenario.program('any'));
  scenario.engine.finish();
  return steps.map(({ rule, consumed, moved, behaviours }) =>
    [
      rule,
      ...consumed.map(({ path }) => path),
      ...moved.map(({ fact, from }) => `${from}=>${fact.path}`),
      ...behaviours.map(({ operation }) => operation.toUpperCase()),
    ].join(' '),
  );
}

describe('a trace tells which rule took which facts', () => {
  test('a copy', () => {
    assert.deepEqual(
      explainedSteps((process) => process.reads('/w/a', 11, 100).makes('/w/b', 12, 100)),
      ['copy /w/a /w/b COPY'],
    );
  });

  test('a file renamed into its place, before it is a write', () => {
    assert.deepEqual(
      explainedSteps((process) => process.makes('/w/.a', 12, 100).renames('/w/.a', '/w/a', 12, 11)),
      ['replacement /w/.a /w/.a=>/w/a', 'write /w/a WRITE'],
    );
  });

  test('what is taken without a line: noise', () => {
    assert.deepEqual(
      explainedSteps((process) => process.reads('/lib/c', 11, 100), ['/lib/']),
      ['read /lib/c'],
    );
  });

  test('each fact has one taker', () => {
    const steps = explainedSteps((process) =>
      process.reads('/w/a', 11, 100).makes('/w/b', 12, 100).removes('/w/a', 11),
    );
    assert.deepEqual(steps, ['copy /w/a /w/b /w/a RENAME']);
  });
});

describe('the registry of rules', () => {
  test('each has a name of its own, and a text for people', () => {
    assert.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
    for (const { name, text } of rules) assert.match(`${name}: ${text}`, /^[a-z][a-z-]*: \S.{10,}[^.]$/);
  });

  test('has every rule that there is a file for', () => {
    const directory = join(root, 'agent/behaviour/rules');
    const registered = new Set(rules.map(({ explain }) => explain.name));
    for (const file of readdirSync(directory)) {
      const source = readFileSync(join(directory, file), 'utf8');
      for (const [, name = ''] of source.matchAll(/^export function (\w+)\([^)]*RuleContext\): void/gm))
        assert.ok(registered.has(name), `${name} of ${file}`);
    }
  });
});
