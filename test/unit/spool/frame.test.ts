import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeFrame, decodeSegment, encodeFrame, encodeHeader, type Frame } from '../../../agent/sinks/spool/frame.js';

const header = { hostId: 'a host', bootId: 'boot/1' };

function frame(number: number, body: string): Frame {
  return { number, records: 3, body: Buffer.from(body) };
}

function segment(...frames: readonly Frame[]): Buffer {
  return Buffer.concat([encodeHeader(header), ...frames.map(encodeFrame)]);
}

function numbers(bytes: Buffer): readonly number[] {
  return decodeSegment(bytes)?.frames.map(({ number }) => number) ?? [];
}

describe('a segment of the spool', () => {
  test('comes back as it was written', () => {
    const frames = [frame(7, 'seven'), frame(8, '')];
    const bytes = segment(...frames);
    const decoded = decodeSegment(bytes);
    assert.deepEqual(decoded?.header, header);
    assert.equal(decoded.damaged, 0);
    assert.deepEqual(
      decoded.frames.map(({ at }) => decodeFrame(bytes, at)),
      frames,
    );
  });

  test('that a crash cut off holds the frames before', () => {
    const bytes = segment(frame(1, 'one'), frame(2, 'two'));
    const cut = decodeSegment(bytes.subarray(0, -1));
    assert.deepEqual([cut?.frames.length, cut?.damaged], [1, 26]);
  });

  test('with a bad sector holds the frames before and after', () => {
    const first = segment(frame(1, 'one'));
    const bytes = Buffer.concat([first, encodeFrame(frame(2, 'two')), encodeFrame(frame(3, 'three'))]);
    bytes.fill(0, first.length + 5, first.length + 20);
    assert.deepEqual(numbers(bytes), [1, 3]);
  });

  test('with a length that lies costs that frame alone', () => {
    const first = segment(frame(1, 'one'));
    const bytes = Buffer.concat([first, encodeFrame(frame(2, 'two')), encodeFrame(frame(3, 'three'))]);
    bytes.writeUInt32LE(0xffff_ffff, first.length + 8);
    assert.deepEqual(numbers(bytes), [1, 3]);
  });

  test('without its header is nobody’s', () => {
    const bytes = segment(frame(1, 'one'));
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    assert.equal(decodeSegment(bytes), undefined);
  });

  test('of any bytes never throws, and never yields what was not written', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 5 });
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 6 }), flips, fc.nat(), (bodies, changes, cut) => {
        const whole = segment(...bodies.map((body, index) => frame(index + 1, body)));
        const bytes = whole.subarray(0, cut % 3 === 0 ? cut % (whole.length + 1) : whole.length);
        for (const [at, change] of changes) {
          if (bytes.length > 0) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ change;
        }
        for (const { at, number } of decodeSegment(bytes)?.frames ?? []) {
          assert.equal(decodeFrame(bytes, at)?.body.toString(), bodies[number - 1]);
        }
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        decodeSegment(Buffer.concat([encodeHeader(header), bytes]));
        decodeSegment(Buffer.from(bytes));
      }),
    );
  });
});
