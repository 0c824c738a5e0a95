import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { regexMatcher } from '../../../aggregator/query/filter/regex/match.js';
import { RegexError } from '../../../aggregator/query/filter/regex/cursor.js';
import { RegexTooLarge } from '../../../aggregator/query/filter/regex/compile.js';
import { parseRegex } from '../../../aggregator/query/filter/regex/parse.js';
import { printRegex } from '../../../aggregator/query/filter/regex/print.js';

const cases: readonly (readonly [source: string, matching: readonly string[], other: readonly string[]])[] = [
  ['abc', ['abc', 'xabcx'], ['ab', 'ABC']],
  ['^abc$', ['abc'], ['abcd', 'xabc', 'abc\n']],
  ['(?i)straße', ['STRAßE', 'straße'], ['strasse']],
  ['a.c', ['abc', 'a\nc', 'a\u{1f600}c'], ['ac']],
  ['(?-s)a.c', ['abc'], ['a\nc']],
  ['a*b+c?', ['b', 'aabbc'], ['ac']],
  ['^a{2,3}$', ['aa', 'aaa'], ['a', 'aaaa']],
  ['^(?:ab|cd){2}$', ['abcd', 'cdcd'], ['ab', 'abcdab']],
  ['x{,2}', ['x{,2}'], ['xx']],
  ['[^a-c]', ['d'], ['abc', '']],
  ['[]a]', [']', 'a'], ['b']],
  ['[a-]', ['-', 'a'], ['b']],
  ['\\bssh\\b', ['ssh', 'an ssh key'], ['sshd']],
  // RE2 goes by bytes, and between those of one character is no boundary.
  ['\\B', ['ab', 'aäb', '', '-'], ['a', 'a-b']],
  ['a\\B.', ['ab'], ['aä', 'a-']],
  ['^\\w+\\s\\d{1,3}$', ['a 1', 'port 443'], ['port 4430', 'pört 1', 'a\u00a01']],
  ['[[:digit:][:upper:]]+$', ['A1'], ['a']],
  ['(?P<name>a)|(?<other>b)', ['a', 'b'], ['c']],
  ['', ['', 'a'], []],
];

describe('regular expressions of filters', () => {
  for (const [source, matching, other] of cases) {
    test(`/${source}/`, () => {
      const matches = regexMatcher(parseRegex(source));
      for (const text of matching) assert.ok(matches(text), `should match ${JSON.stringify(text)}`);
      for (const text of other) assert.ok(!matches(text), `should not match ${JSON.stringify(text)}`);
    });
  }

  test('no pattern makes matching slow: nested repetition takes linear time', () => {
    const matches = regexMatcher(parseRegex('^(((a+)+)+)+$'));
    assert.equal(matches(`${'a'.repeat(50_000)}!`), false);
  });

  test('what is printed for the engine means the same', () => {
    const piece = fc.constantFrom(
      'a',
      '.',
      '(?i)b',
      'ab|c',
      '(',
      ')',
      '(?:',
      '[',
      ']',
      '^',
      '-',
      '*',
      '+?',
      '{2}',
      '{1,}',
      '\\d',
      '\\',
      'S',
      '$',
      '|',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'B', 'S', '1', '-', '\n') })),
        (pieces, texts) => {
          try {
            const regex = parseRegex(pieces.join(''));
            const direct = regexMatcher(regex);
            const printed = regexMatcher(parseRegex(printRegex(regex)));
            for (const text of texts) assert.equal(printed(text), direct(text));
          } catch (error) {
            if (!(error instanceof RegexError) && !(error instanceof RegexTooLarge)) throw error;
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
