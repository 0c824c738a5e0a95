import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readAddress, writeAddress } from '../../../aggregator/schema/address.js';

function stored(text: string): string | null {
  const bytes = new Uint8Array(20).fill(0xaa);
  return writeAddress(text, bytes, 2) ? Buffer.from(bytes.subarray(2, 18)).toString('hex') : null;
}

function shown(text: string): string {
  const bytes = new Uint8Array(16);
  assert.ok(writeAddress(text, bytes, 0), text);
  return readAddress(bytes, 0);
}

describe('addresses as stored', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', '00000000000000000000000000000000'],
    ['::', '00000000000000000000000000000000'],
    ['0.0.0.0', '00000000000000000000ffff00000000'],
    ['255.255.255.255', '00000000000000000000ffffffffffff'],
    ['172.17.0.2', '00000000000000000000ffffac110002'],
    ['::ffff:172.17.0.2', '00000000000000000000ffffac110002'],
    ['::1', '00000000000000000000000000000001'],
    ['2001:db8::8:800:200c:417a', '20010db80000000000080800200c417a'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
    ['FE80::ABCD', 'fe80000000000000000000000000abcd'],
  ];
  for (const [text, expected] of cases) test(`'${text}'`, () => assert.equal(stored(text), expected));

  for (const text of [
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    'a.b.c.d',
    ' 1.2.3.4',
    '1.2.3.4 ',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    'fe80::1%eth0',
    'g::',
    '-',
    'localhost',
    '1.2.3.4\0',
  ]) {
    test(`${JSON.stringify(text)} is no address`, () => assert.equal(stored(text), null));
  }
});

describe('addresses as shown', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', ''],
    ['::', ''],
    ['::1', '::1'],
    ['172.17.0.2', '172.17.0.2'],
    ['2001:0DB8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['fe80::', 'fe80::'],
  ];
  for (const [text, expected] of cases) test(`'${text}' as '${expected}'`, () => assert.equal(shown(text), expected));

  test('every IPv4 address is shown as it was given', () => {
    fc.assert(fc.property(fc.ipV4(), (address) => assert.equal(shown(address), address)));
  });

  test('what is shown is an address again and stores as the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const text = readAddress(bytes, 0);
        assert.ok(text === '' || isIP(text) !== 0, text);
        assert.equal(stored(text), Buffer.from(bytes).toString('hex'));
      }),
    );
  });

  test('any text is either an address to Node as well, or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4Extended()), (text) => {
        if (text === '') return;
        assert.equal(stored(text) !== null, isIP(text) !== 0 && !text.includes('%'));
      }),
    );
  });
});
