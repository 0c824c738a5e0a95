import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from '../support/files.js';
import { corpus } from './corpus/index.js';
import { difference, figuresOf, isGood, report } from './corpus/report.js';
import { runCorpus } from './corpus/runner.js';

/*
 * Every row of the corpus on the running kernel: precision and recall of the lines. Some lines that nobody asked for
 * are allowed, one that is missing is not.
 */

const mostUnexpectedPerCommand = 1 / 50;

describe('the corpus', { concurrency: false }, () => {
  test('names are unique', () => {
    const names = corpus.map(({ behaviour, name }) => `${behaviour}: ${name}`);
    assert.deepEqual(
      names.filter((name, at) => names.indexOf(name) !== at),
      [],
    );
  });

  test('each expected line comes, and hardly any other', async (context) => {
    const verdicts = await runCorpus(corpus);
    const text = report(verdicts);
    writeFileSync(join(root, 'dist/corpus-report.txt'), text);
    context.diagnostic(`\n${text}`);
    const failed = verdicts.filter(({ failure, missing }) => failure !== undefined || missing.length > 0);
    assert.equal(failed.length, 0, `lines are missing:\n${failed.map(difference).join('\n')}`);
    const { commands, unexpected } = figuresOf(verdicts);
    assert.ok(
      unexpected <= commands * mostUnexpectedPerCommand,
      `too many lines that nobody asked for:\n${verdicts
        .filter((verdict) => !isGood(verdict))
        .map(difference)
        .join('\n')}`,
    );
  });
});
