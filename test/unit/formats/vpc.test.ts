import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Rejection } from '../../../aggregator/formats/format.js';
import { LineSplitter } from '../../../aggregator/formats/lines.js';
import { vpc } from '../../../aggregator/formats/vpc.js';
import type { Row } from '../../../aggregator/schema/row.js';
import { RowWriter } from '../../../aggregator/schema/row-writer.js';

const fixtures = 'test/fixtures/vpc';
const context = { source: 'test', receivedTime: 1 };

/** Each line that is not passed over: its row, or `line number: reason`. */
function read(bytes: Buffer): readonly (Row | string)[] {
  const results: (Row | string)[] = [];
  const splitter = new LineSplitter(vpc.maximumLineBytes, (line, start, end, number, tooLong) => {
    const result = tooLong ? new Rejection('too long') : vpc.parse(line, start, end, context);
    if (result instanceof Rejection) results.push(`${number}: ${result.reason}`);
    else if (result !== null) results.push(result);
  });
  splitter.push(bytes);
  splitter.end();
  return results;
}

const tested = new Set<string>();
function fixture(name: string): readonly (Row | string)[] {
  tested.add(name);
  return read(readFileSync(`${fixtures}/${name}`));
}

/** Some columns of each row, as text; rejections as they are. */
function columns(results: readonly (Row | string)[], ...names: readonly string[]): readonly string[] {
  return results.map((result) =>
    typeof result === 'string' ? result : names.map((name) => String(result[name])).join(' '),
  );
}

describe('VPC flow records (T1, T2, T3)', () => {
  test('version 2, every column', () => {
    assert.deepEqual(fixture('version-2.txt'), [
      {
        start_time: 1431280876000000,
        end_time: 1431280934000000,
        received_time: 1,
        format: 'vpc',
        source: 'test',
        account_id: '1251762227',
        interface_id: 'eni-lq6mkcis',
        source_address: '10.0.0.1',
        source_port: 43716,
        destination_address: '10.0.0.2',
        destination_port: 22,
        protocol: 6,
        icmp_type: 0,
        icmp_code: 0,
        icmp_id: 0,
        packets: 20,
        bytes: 4249,
        action: 'ACCEPT',
        log_status: 'OK',
        community_id: '1:vuqDghBSvQ+NlFihG5v/3eeAD38=',
        raw: Buffer.from(
          '2 1251762227 eni-lq6mkcis 10.0.0.1 10.0.0.2 43716 22 6 20 4249 1431280876 1431280934 ACCEPT OK',
        ),
      },
    ]);
  });

  test('version V1', () => {
    assert.deepEqual(columns(fixture('version-v1.txt'), 'source_port', 'action', 'log_status'), ['43716 REJECT OK']);
  });

  for (const [name, status] of [
    ['nodata-12-columns.txt', 'NODATA'],
    ['skipdata-12-columns.txt', 'SKIPDATA'],
    ['nodata-14-columns.txt', 'NODATA'],
    ['skipdata-minus-one.txt', 'SKIPDATA'],
  ] as const) {
    test(`a record without traffic: ${name}`, () => {
      const results = fixture(name);
      assert.deepEqual(columns(results, 'interface_id', 'start_time', 'end_time', 'packets', 'bytes', 'log_status'), [
        `eni-lq6mkcis 1431280876000000 1431280934000000 0 0 ${status}`,
      ]);
      assert.deepEqual(columns(results, 'source_address', 'destination_address', 'action', 'community_id'), ['   ']);
    });
  }

  test('-1 packets and bytes are none', () => {
    assert.deepEqual(columns(fixture('ok-minus-one.txt'), 'packets', 'bytes'), ['0 0']);
  });

  test('header lines, blank lines, CRLF, a last line without end and several blanks change nothing', () => {
    assert.deepEqual(columns(fixture('header-line.txt'), 'interface_id'), ['eni-a']);
    assert.deepEqual(columns(fixture('blank-lines.txt'), 'interface_id'), ['eni-a', 'eni-a']);
    assert.deepEqual(columns(fixture('crlf.txt'), 'interface_id', 'log_status'), ['eni-a OK', 'eni-a OK']);
    assert.deepEqual(columns(fixture('no-newline-at-end.txt'), 'interface_id', 'log_status'), ['eni-a OK', 'eni-b OK']);
    assert.deepEqual(columns(fixture('several-blanks.txt'), 'account_id', 'interface_id', 'log_status'), [
      '1 eni-a OK',
    ]);
  });

  test('ICMP: identifier, type and code, and never a port; both directions have one Community ID', () => {
    const results = fixture('icmp.txt');
    assert.deepEqual(columns(results, 'source_port', 'destination_port', 'icmp_id', 'icmp_type', 'icmp_code'), [
      '0 0 4711 8 0',
      '0 0 4711 0 0',
      '0 0 0 3 1',
    ]);
    assert.deepEqual(columns(results.slice(0, 2), 'community_id'), [
      '1:X0snYXpgwiv9TZtqg64sgzUn6Dk=',
      '1:X0snYXpgwiv9TZtqg64sgzUn6Dk=',
    ]);
  });

  test('ICMPv6', () => {
    assert.deepEqual(
      columns(fixture('icmpv6.txt'), 'icmp_id', 'icmp_type', 'icmp_code', 'destination_port', 'community_id'),
      ['7 128 0 0 1:+TW+HtLHvV1xnGhV1lv7XoJrqQg='],
    );
  });

  test('IPv6', () => {
    assert.deepEqual(columns(fixture('ipv6.txt'), 'source_address', 'source_port', 'community_id'), [
      '2001:470:e5bf:dead:4957:2174:e82c:4887 63943 1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=',
    ]);
  });

  const rejected: readonly (readonly [string, readonly string[]])[] = [
    [
      'numbers-out-of-range.txt',
      [
        '1: source port is not a number from 0 to 65535',
        '2: destination port is not a number from 0 to 65535',
        '3: protocol is not a number from 0 to 255',
        '4: packets is not a number below 2^53',
        '5: bytes is not a number below 2^53',
        '6: start is not a time in Unix seconds from 1970 to 2099',
        '7: end is not a time in Unix seconds from 1970 to 2099',
        '8: packets is not a number below 2^53',
      ],
    ],
    ['start-after-end.txt', ['1: start is after end']],
    [
      'wrong-columns.txt',
      [1, 2, 3, 4, 5].map((line) => `${line}: not 14 columns, nor the 12 of a record without data`),
    ],
    [
      'bad-addresses.txt',
      [
        '1: source address is not an IP address',
        '2: destination address is not an IP address',
        '3: source address is not an IP address',
        '4: source and destination are of different address families',
      ],
    ],
    ['unknown-version.txt', [1, 2, 3].map((line) => `${line}: unknown version: not 1, 2, V1 or V2`)],
    [
      'unknown-action-or-status.txt',
      [
        '1: action is not ACCEPT or REJECT',
        '2: action is not ACCEPT or REJECT',
        '3: log status is not OK, NODATA or SKIPDATA',
      ],
    ],
  ];
  for (const [name, expected] of rejected) {
    test(`rejected, each with its reason: ${name}`, () => assert.deepEqual(columns(fixture(name)), expected));
  }

  test('an over-long line is rejected and the next one read', () => {
    assert.deepEqual(columns(fixture('over-long-line.txt'), 'interface_id'), ['eni-a', '2: too long', 'eni-a']);
  });

  test('bytes that are no text', () => {
    assert.deepEqual(columns(fixture('binary.txt'), 'interface_id'), [
      'eni-a',
      '2: not 14 columns, nor the 12 of a record without data',
      'eni-\uFFFD',
    ]);
  });

  test('every fixture has its test', () => {
    assert.deepEqual([...tested].sort(), readdirSync(fixtures).sort());
  });

  test('any line is a row that its table takes, a reason, or nothing', () => {
    const field = fc.constantFrom(
      '2',
      'V1',
      '-',
      '-1',
      '0',
      '6',
      '1',
      '17',
      '58',
      '65535',
      '65536',
      '10.0.0.1',
      '2001:db8::1',
      '::',
      'eni-a',
      '1431280876',
      '1431280934',
      '4102444799',
      'ACCEPT',
      'REJECT',
      'OK',
      'NODATA',
      'SKIPDATA',
      '\0',
      'é',
      '9007199254740991',
    );
    const likely = fc.tuple(
      fc.constantFrom('2', 'V1', '3'),
      field,
      field,
      field,
      field,
      field,
      field,
      field,
      field,
      field,
      fc.constantFrom('1431280876', '-', '0'),
      fc.constantFrom('1431280934', '4102444799', '-'),
      field,
      fc.constantFrom('OK', 'NODATA', 'SKIPDATA'),
    );
    const line = fc.oneof(
      likely.map((fields) => Buffer.from(fields.join(' '))),
      fc.array(field, { maxLength: 16 }).map((fields) => Buffer.from(fields.join(' '))),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    );
    const writer = new RowWriter(vpc.table);
    fc.assert(
      fc.property(line, (bytes) => {
        const result = vpc.parse(bytes, 0, bytes.length, context);
        writer.reset();
        if (result !== null && !(result instanceof Rejection)) writer.append(result);
      }),
      { numRuns: 3000 },
    );
  });
});
