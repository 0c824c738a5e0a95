import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import Long from 'long';
import { panorama } from '#proto';
import { AggregatorError } from '../../../aggregator/errors.js';
import { behaviourRow } from '../../../aggregator/ingest/rows.js';
import { batchFields, BatchWriter, readBatch } from '../../../aggregator/ingest/wire/batch.js';
import {
  behaviourFields,
  fileFields,
  namespacesFields,
  processFields,
  stageFields,
} from '../../../aggregator/ingest/wire/behaviour.js';
import { RowWriter } from '../../../aggregator/schema/row-writer.js';
import { tables } from '../../../aggregator/schema/tables.js';

const origin = { host: 'alpha é', hostId: 'h', receivedTime: 1_680_454_347_271_656 };

const uint32 = fc.oneof(fc.nat(), fc.constantFrom(0, 0xffff_ffff));
const uint64 = fc.oneof(
  fc.maxSafeNat(),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((value) => Long.fromString(value.toString(), true)),
  fc.constantFrom(0, 127, 128, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
);
const time = fc.integer({ min: 0, max: 4_102_444_799_999_999 });
const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('é', '😀', '\0', 'a'), maxLength: 200 }));
const address = fc.oneof(fc.constant(''), fc.ipV4(), fc.constantFrom('::1', '2001:db8::1'));
const port = fc.nat(65535);
const file = fc.record({ path: text, inode: uint64, device: fc.nat(), bytes: fc.nat() }, { requiredKeys: [] });
const stage = fc.record({ pid: uint32, startTime: time, comm: text }, { requiredKeys: [] });
const process = fc.record(
  {
    pid: uint32,
    ppid: uint32,
    startTime: time,
    user: text,
    uid: uint32,
    loginuid: uint32,
    sessionId: uint32,
    comm: text,
    exe: text,
    commandLine: text,
    cgroupId: uint64,
    containerId: text,
    podUid: text,
    containerRoot: text,
    containerPid: uint32,
    containerUid: uint32,
    containerUser: text,
    namespaces: fc.record({ mount: uint32, pid: uint32, network: uint32, user: uint32 }, { requiredKeys: [] }),
    script: text,
  },
  { requiredKeys: [] },
);
const behaviour = fc.record(
  {
    time,
    process,
    operation: fc.nat(40),
    sources: fc.array(file, { maxLength: 3 }),
    destinations: fc.array(file, { maxLength: 3 }),
    connectionId: uint64,
    localAddress: address,
    localPort: port,
    remoteAddress: address,
    remotePort: port,
    count: uint32,
    line: text,
    pipeline: fc.array(stage, { maxLength: 3 }),
    attribute: text,
  },
  { requiredKeys: [] },
);

function writers(): { readonly behaviours: RowWriter; readonly connections: RowWriter } {
  return { behaviours: new RowWriter(tables.behaviours), connections: new RowWriter(tables.connections) };
}

function transcoded(bytes: Uint8Array): Buffer {
  const { behaviours, connections } = writers();
  new BatchWriter().write(readBatch(bytes), origin, behaviours, connections);
  return Buffer.from(behaviours.bytes);
}

describe('behaviours straight from the wire', () => {
  test('are the same bytes as decoded, made a row, and encoded', () => {
    fc.assert(
      fc.property(fc.array(behaviour, { maxLength: 4 }), (behaviours) => {
        const bytes = panorama.v1.Batch.encode({ hostId: 'h', bootId: 'b', number: 1, behaviours }).finish();
        const expected = new RowWriter(tables.behaviours);
        for (const one of panorama.v1.Batch.decode(bytes).behaviours) expected.append(behaviourRow(one, origin));
        assert.deepEqual(transcoded(bytes), Buffer.from(expected.bytes));
      }),
      { numRuns: 500 },
    );
  });

  test('have the field numbers of the .proto files', () => {
    const message = (file: string, name: string): Readonly<Record<string, number>> => {
      const body =
        new RegExp(`^message ${name} \\{([^}]*)\\}`, 'm').exec(
          readFileSync(`proto/panorama/v1/${file}.proto`, 'utf8'),
        )?.[1] ?? '';
      return Object.fromEntries(
        [...body.matchAll(/(\w+) = (\d+);/g)].map(([, field = '', number]) => [
          field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
          Number(number),
        ]),
      );
    };
    assert.deepEqual({ ...behaviourFields }, message('behaviour', 'Behaviour'));
    assert.deepEqual({ ...processFields }, message('behaviour', 'Process'));
    assert.deepEqual({ ...stageFields }, message('behaviour', 'Stage'));
    assert.deepEqual({ ...namespacesFields }, message('behaviour', 'Namespaces'));
    assert.deepEqual({ ...fileFields }, message('behaviour', 'File'));
    assert.deepEqual({ ...batchFields }, message('ingest', 'Batch'));
  });
});

describe('a batch on the wire', () => {
  test('gives its identity and number, the last of each field counting', () => {
    const bytes = Buffer.concat([
      panorama.v1.Batch.encode({ hostId: 'old', bootId: 'b', number: 1 }).finish(),
      panorama.v1.Batch.encode({ hostId: 'host', number: 300 }).finish(),
    ]);
    const batch = readBatch(bytes);
    assert.deepEqual([batch.hostId, batch.bootId, batch.number], ['host', 'b', 300]);
  });

  test('unknown fields of every kind are passed over', () => {
    const unknown = Buffer.from([0x78, 0xff, 0x01, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7a, 1, 65, 0x7d, 1, 2, 3, 4]);
    const bytes = Buffer.concat([unknown, panorama.v1.Batch.encode({ hostId: 'h', number: 2 }).finish(), unknown]);
    assert.equal(readBatch(bytes).number, 2);
  });

  const garbled: readonly (readonly [string, readonly number[]])[] = [
    ['a text longer than the message', [0x0a, 5, 65]],
    ['a number without end', [0x18, 0x80]],
    ['a number of eleven bytes', [0x18, ...Array.from({ length: 10 }, () => 0xff), 1]],
    ['a group', [0x0b]],
    ['field number 0', [0x00, 1]],
    ['a fixed field cut short', [0x79, 1, 2]],
    ['a length above 4 GB', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 1]],
  ];
  for (const [name, bytes] of garbled) {
    test(`with ${name} is refused`, () =>
      assert.throws(() => readBatch(Buffer.from(bytes)), { code: 'REQUEST_INVALID' }));
  }

  test('of any bytes is rows or a refusal, and takes nothing with it', () => {
    const valid = fc
      .array(behaviour, { maxLength: 3 })
      .map((behaviours) =>
        Buffer.from(panorama.v1.Batch.encode({ hostId: 'h', bootId: 'b', number: 1, behaviours }).finish()),
      );
    const damaged = fc.tuple(valid, fc.nat(), fc.nat(255)).map(([bytes, place, value]) => {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[place % copy.length] = value;
      return copy;
    });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 100 })), (bytes) => {
        try {
          transcoded(bytes);
        } catch (error) {
          assert.ok(error instanceof AggregatorError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
