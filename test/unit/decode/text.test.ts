import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeText } from '../../../agent/decode/text.js';

function decode(bytes: readonly number[] | Buffer): string {
  const buffer = Buffer.from(bytes);
  return decodeText(buffer, 0, buffer.length);
}

/** The way back, as Python's os.fsencode: every text names exactly one row of bytes. */
function encode(text: string): Buffer {
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(character));
  }
  return Buffer.concat(parts);
}

describe('names are bytes: what is no UTF-8 keeps its value as a lone surrogate', () => {
  const cases: readonly (readonly [string, readonly number[] | Buffer, string])[] = [
    ['nothing', [], ''],
    ['ASCII', Buffer.from('a b\n\\'), 'a b\n\\'],
    ['two, three and four bytes', Buffer.from('é€😀'), 'é€😀'],
    ['a replacement character that is really there', Buffer.from('�'), '�'],
    ['Latin-1', [0x63, 0x61, 0x66, 0xe9], 'caf\udce9'],
    ['a continuation without a start', [0x80, 0x61], '\udc80a'],
    ['a start without its continuation', [0xe2, 0x82, 0x61], '\udce2\udc82a'],
    ['cut off at the end', [0x61, 0xf0, 0x9f, 0x98], 'a\udcf0\udc9f\udc98'],
    ['an overlong slash (RFC 3629 section 10)', [0xc0, 0xaf], '\udcc0\udcaf'],
    ['an overlong slash in three bytes', [0xe0, 0x80, 0xaf], '\udce0\udc80\udcaf'],
    ['a UTF-16 surrogate', [0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
    ['bytes that UTF-8 never has', [0xfe, 0xff], '\udcfe\udcff'],
    ['good and bad beside each other', [0xc3, 0xa9, 0xff, 0xc3, 0xa9], 'é\udcffé'],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
  ];
  for (const [name, bytes, text] of cases) {
    test(name, () => {
      assert.equal(decode(bytes), text);
    });
  }

  test('distinct names stay distinct: the bytes can be had back', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      // Mostly valid, with damage.
      fc.tuple(fc.string({ unit: 'grapheme' }), fc.nat(), fc.nat({ max: 255 })).map(([text, at, byte]) => {
        const damaged = Uint8Array.from(Buffer.from(text));
        if (damaged.length > 0) damaged[at % damaged.length] = byte;
        return damaged;
      }),
    );
    fc.assert(
      fc.property(bytes, (name) => {
        assert.deepEqual(encode(decode(Buffer.from(name))), Buffer.from(name));
      }),
      { numRuns: 3000 },
    );
  });
});
