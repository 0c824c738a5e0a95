import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { AgentError } from '../../../agent/errors.js';
import { root } from '../../support/files.js';
import { replayedLines } from '../../support/replayed.js';

/*
 * Recordings of the real agent on a real kernel, one per quirk and named after it, and the lines
 * that come of each, compared by hand with what was really done. Made by test/tools/record-fixtures.ts.
 */

const directory = join(root, 'test/fixtures/recordings');
const quirks = readdirSync(directory)
  .filter((name) => name.endsWith('.rec'))
  .map((name) => name.slice(0, -'.rec'.length));

function replayed(quirk: string): readonly string[] {
  try {
    return replayedLines(join(directory, `${quirk}.rec`));
  } catch (error) {
    if (!(error instanceof AgentError) || !error.message.includes('other record layouts')) throw error;
    throw new Error(
      `bpf/record.h has changed since ${quirk}.rec was recorded: record all fixtures anew on a live kernel, as root, with node dist/test/tools/record-fixtures.js, and compare their lines with what the scripts there do`,
      { cause: error },
    );
  }
}

describe('a recording gives the lines that were reviewed', () => {
  for (const quirk of quirks) {
    test(quirk, () => {
      const reviewed = readFileSync(join(directory, `${quirk}.lines`), 'utf8');
      assert.equal(
        replayed(quirk)
          .map((line) => `${line}\n`)
          .join(''),
        reviewed,
      );
    });
  }

  test('there are some, and each is small', () => {
    assert.ok(quirks.length > 10);
    for (const quirk of quirks) assert.ok(statSync(join(directory, `${quirk}.rec`)).size < 100_000, quirk);
  });
});
