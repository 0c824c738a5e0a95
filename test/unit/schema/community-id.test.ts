import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { communityId } from '../../../aggregator/schema/community-id.js';

/** The published baseline, baseline/baseline_deflt.json of the specification: protocol, source, port, destination, port, id. */
const baseline = [
  [58, 'fe80::200:86ff:fe05:80da', 135, 'fe80::260:97ff:fe07:69ea', 136, '1:dGHyGvjMfljg6Bppwm3bg0LO8TY='],
  [58, 'fe80::260:97ff:fe07:69ea', 136, 'fe80::200:86ff:fe05:80da', 135, '1:dGHyGvjMfljg6Bppwm3bg0LO8TY='],
  [58, 'fe80::260:97ff:fe07:69ea', 135, 'fe80::200:86ff:fe05:80da', 136, '1:zavyT/cezQr1fmImYCwYnMXbgck='],
  [58, 'fe80::200:86ff:fe05:80da', 136, 'fe80::260:97ff:fe07:69ea', 135, '1:zavyT/cezQr1fmImYCwYnMXbgck='],
  [58, '3ffe:501:1800:2345::2', 3, '3ffe:507:0:1:200:86ff:fe05:80da', 0, '1:2ObVBgIn28oZvibYZhZMBgh7WdQ='],
  [58, '3ffe:501:410:0:2c0:dfff:fe47:33e', 1, '3ffe:507:0:1:200:86ff:fe05:80da', 4, '1:hLZd0XGWojozrvxqE0dWB1iM6R0='],
  [58, '3ffe:507:0:1:200:86ff:fe05:80da', 128, '3ffe:501:0:1001::2', 129, '1:+TW+HtLHvV1xnGhV1lv7XoJrqQg='],
  [58, '3ffe:501:0:1001::2', 129, '3ffe:507:0:1:200:86ff:fe05:80da', 128, '1:+TW+HtLHvV1xnGhV1lv7XoJrqQg='],
  [58, 'fe80::200:86ff:fe05:80da', 133, 'ff02::2', 134, '1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0='],
  [58, 'fe80::260:97ff:fe07:69ea', 134, 'ff02::1', 133, '1:pkvHqCL88/tg1k4cPigmZXUtL00='],
  [1, '192.168.0.89', 8, '192.168.0.1', 0, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
  [1, '192.168.0.1', 0, '192.168.0.89', 8, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
  [1, '10.0.0.1', 11, '10.0.0.2', 0, '1:YHxtAirCG//0OzkcVAukqKQN9xM='],
  [6, '2001:470:e5bf:dead:4957:2174:e82c:4887', 63943, '2607:f8b0:400c:c03::1a', 25, '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4='],
  [6, '2607:f8b0:400c:c03::1a', 25, '2001:470:e5bf:dead:4957:2174:e82c:4887', 63943, '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4='],
  [132, '192.168.170.8', 7, '192.168.170.56', 7, '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs='],
  [132, '192.168.170.56', 7, '192.168.170.8', 7, '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs='],
  [6, '128.232.110.120', 34855, '66.35.250.204', 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [6, '66.35.250.204', 80, '128.232.110.120', 34855, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [17, '192.168.1.52', 54585, '8.8.8.8', 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  [17, '8.8.8.8', 53, '192.168.1.52', 54585, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  [46, '10.1.12.1', 0, '10.1.12.2', 0, '1:KHlLkgoJW7ifUTyTSgyVfkFHzKw='],
  [46, '10.1.12.2', 0, '10.1.12.1', 0, '1:KHlLkgoJW7ifUTyTSgyVfkFHzKw='],
] as const;

describe('Community ID v1', () => {
  for (const [protocol, source, sourcePort, destination, destinationPort, expected] of baseline) {
    test(`protocol ${protocol}, ${source} ${sourcePort} → ${destination} ${destinationPort}`, () => {
      assert.equal(communityId(protocol, source, sourcePort, destination, destinationPort), expected);
    });
  }

  test('IPv4 mapped into IPv6 is the same conversation as IPv4', () => {
    assert.equal(
      communityId(6, '::ffff:128.232.110.120', 34855, '66.35.250.204', 80),
      communityId(6, '128.232.110.120', 34855, '66.35.250.204', 80),
    );
  });

  test('an address that is missing, no address, or of the other family gives none', () => {
    assert.equal(communityId(6, '', 1, '10.0.0.1', 2), '');
    assert.equal(communityId(6, '10.0.0.1', 1, '', 2), '');
    assert.equal(communityId(6, 'nonsense', 1, '10.0.0.1', 2), '');
    assert.equal(communityId(6, '10.0.0.1', 1, '2001:db8::1', 2), '');
  });

  test('both directions of TCP, UDP and SCTP hash alike, and other ports differ', () => {
    const port = fc.nat(65535);
    fc.assert(
      fc.property(fc.constantFrom(6, 17, 132), fc.ipV4(), port, fc.ipV4(), port, (protocol, a, p, b, q) => {
        assert.equal(communityId(protocol, a, p, b, q), communityId(protocol, b, q, a, p));
        if (p !== q) assert.notEqual(communityId(protocol, a, p, b, q), communityId(protocol, a, p, b, p));
      }),
    );
  });
});
