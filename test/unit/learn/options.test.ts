import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AgentError } from '../../../agent/errors.js';
import { learnOptions } from '../../../agent/learn/options.js';

describe('panorama learn is told', () => {
  test('the command after --, with options of its own', () => {
    const options = learnOptions(['--json', '--settle', '50', '--', 'ls', '--all', '--', '-x']);
    assert.deepEqual(options.command, ['ls', '--all', '--', '-x']);
    assert.equal(options.json, true);
    assert.equal(options.all, false);
    assert.equal(options.configuration.settleMilliseconds, 50);
  });

  test('never to send anything, nor to write a log', () => {
    assert.equal(learnOptions(['--', 'ls']).configuration.aggregator, undefined);
  });

  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /a command is missing/],
    [['--'], /a command is missing/],
    [['ls', '-l'], /Unknown option|after --/],
    [['ls'], /the command goes after --: panorama learn -- ls/],
    [['--replay', 'f', '--', 'ls'], /neither a command/],
    [['--replay', 'f', '--record', 'g'], /neither a command nor --record/],
    [['--settle', 'soon', '--', 'ls'], /--settle must be an integer, not "soon"/],
    [['--settle', '60001', '--', 'ls'], /--settle must be an? integer from 0 to 60000/],
    [['--frob', '--', 'ls'], /--frob/],
  ];
  for (const [argv, reason] of wrong) {
    test(`wrongly: ${argv.join(' ')}`, () => {
      assert.throws(
        () => learnOptions(argv),
        (error) => error instanceof AgentError && error.code === 'USAGE' && reason.test(error.message),
      );
    });
  }
});
