import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LineSplitter } from '../../../aggregator/formats/lines.js';

const limit = 8;

function split(chunks: readonly Buffer[]): readonly string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter(limit, (bytes, start, end, number, tooLong) => {
    lines.push(`${number}${tooLong ? '!' : ''} ${bytes.toString('latin1', start, end)}`);
  });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

describe('lines of a source', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    ['a', ['1 a']],
    ['a\n', ['1 a']],
    ['a\r\nb\r\n', ['1 a', '2 b']],
    ['a\n\nb', ['1 a', '2 ', '3 b']],
    ['\n', ['1 ']],
    ['a\rb\n', ['1 a\rb']],
    ['12345678\n', ['1 12345678']],
    ['12345678\r\n', ['1 12345678']],
    ['123456789\nb', ['1! 12345678', '2 b']],
    ['1234567890abcdef', ['1! 12345678']],
    ['1234567890abcdef\nb\n', ['1! 12345678', '2 b']],
  ];
  for (const [text, expected] of cases) {
    test(JSON.stringify(text), () => assert.deepEqual(split([Buffer.from(text)]), expected));
  }

  test('are the same however the bytes are cut into chunks', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r'), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(60), { maxLength: 8 }), (source, cuts) => {
        const bytes = Buffer.from(source);
        const bounds = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
        assert.deepEqual(split(chunks), split([bytes]));
      }),
      { numRuns: 2000 },
    );
  });

  test('are counted anew for each source', () => {
    const numbers: number[] = [];
    const splitter = new LineSplitter(limit, (_bytes, _start, _end, number) => numbers.push(number));
    splitter.push(Buffer.from('a\nb'));
    splitter.end();
    splitter.push(Buffer.from('c\n'));
    splitter.end();
    assert.deepEqual(numbers, [1, 2, 1]);
  });
});
