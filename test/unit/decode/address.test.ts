import assert from 'node:assert/strict';
import { isIPv6, SocketAddress } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatAddress } from '../../../agent/decode/address.js';

describe('addresses are written as RFC 5952 wants them', () => {
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ['172.17.0.2', [0, 0, 0, 0, 0, 0xffff, 0xac11, 2]],
    ['0.0.0.0', [0, 0, 0, 0, 0, 0xffff, 0, 0]],
    ['255.255.255.255', [0, 0, 0, 0, 0, 0xffff, 0xffff, 0xffff]],
    ['::', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['::1', [0, 0, 0, 0, 0, 0, 0, 1]],
    ['1::', [1, 0, 0, 0, 0, 0, 0, 0]],
    // Section 4.1: no leading zeros. Section 4.3: lower case.
    ['2001:db8:abcd:ef01:2345:6789:abcd:ef01', [0x2001, 0xdb8, 0xabcd, 0xef01, 0x2345, 0x6789, 0xabcd, 0xef01]],
    // Section 4.2.2: one group alone is not shortened.
    ['2001:db8:0:1:1:1:1:1', [0x2001, 0xdb8, 0, 1, 1, 1, 1, 1]],
    // Section 4.2.3: the longest run; of equal ones the first.
    ['2001:0:0:1::1', [0x2001, 0, 0, 1, 0, 0, 0, 1]],
    ['2001:db8::1:0:0:1', [0x2001, 0xdb8, 0, 0, 1, 0, 0, 1]],
    ['fe80::1:0:0:1', [0xfe80, 0, 0, 0, 1, 0, 0, 1]],
    // Not mapped: IPv4-compatible addresses are IPv6.
    ['::ac11:2', [0, 0, 0, 0, 0, 0, 0xac11, 2]],
  ];
  for (const [text, groups] of cases) {
    test(text, () => {
      assert.equal(formatAddress(groups), text);
    });
  }

  test('any address reads back as itself, and as others write it', () => {
    const group = fc.oneof(fc.constant(0), fc.nat({ max: 0xffff }));
    // The platform writes the first 96 bits zero in the old mixed notation.
    const groups = fc
      .array(group, { minLength: 8, maxLength: 8 })
      .filter((list) => list.slice(0, 5).some((value) => value !== 0));
    fc.assert(
      fc.property(groups, (list) => {
        const text = formatAddress(list);
        assert.ok(isIPv6(text), text);
        const whole = list.map((value) => value.toString(16)).join(':');
        assert.equal(text, new SocketAddress({ address: whole, family: 'ipv6' }).address);
      }),
      { numRuns: 1000 },
    );
  });
});
