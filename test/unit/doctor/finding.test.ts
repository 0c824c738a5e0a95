import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exitCodeOf, formatFinding, type Finding } from '../../../agent/doctor/finding.js';

function finding(state: Finding['state']): Finding {
  return { check: 'load', state, text: 'what it means' };
}

describe('a finding of the doctor is one line', () => {
  const lines: readonly (readonly [Finding['state'], string])[] = [
    ['ok', 'ok                load          what it means'],
    ['failed', 'FAILED            load          what it means'],
    ['missing', 'optional-missing  load          what it means'],
    ['skipped', 'not tried         load          what it means'],
  ];
  for (const [state, line] of lines) {
    test(state, () => {
      assert.equal(formatFinding(finding(state)), line);
    });
  }
});

describe('the exit code of the doctor', () => {
  const codes: readonly (readonly [string, readonly Finding['state'][], number])[] = [
    ['is 0 when all is there', ['ok', 'ok'], 0],
    ['is 0 when only something optional is missing', ['ok', 'missing'], 0],
    ['is 1 when something failed', ['ok', 'failed', 'ok'], 1],
    ['is 1 when something could not be tried', ['ok', 'skipped'], 1],
  ];
  for (const [name, states, code] of codes) {
    test(name, () => {
      assert.equal(exitCodeOf(states.map(finding)), code);
    });
  }
});
