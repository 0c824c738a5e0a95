import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EventDecoder } from '../../../agent/decode/decode.js';
import type { KernelEvent } from '../../../agent/decode/event.js';
import { RecordReader } from '../../../agent/decode/reader.js';
import { AgentError } from '../../../agent/errors.js';
import {
  fileFact,
  execRecord,
  attributeRecord,
  fileRecord,
  nameOperation,
  nameRecord,
  recordHeader,
  recordType,
} from '../../../agent/kernel/generated/layout.js';
import {
  RecordBuilder,
  execBytes,
  attributeBytes,
  exitBytes,
  fileBytes,
  forkBytes,
  nameBytes,
  someAttribute,
  someFile,
} from '../../support/records.js';

const decoder = new EventDecoder();
const reader = new RecordReader();
const PADDING = 4;

/** Decodes a record that lies between other bytes, as in the ring. */
function decodeBetween(bytes: Buffer, around: number, length = bytes.length): KernelEvent {
  const memory = Buffer.concat([Buffer.alloc(24, around), bytes, Buffer.alloc(8192, around)]);
  reader.open(memory, 24, length);
  return decoder.decode(reader);
}

function isInvalid(error: unknown): boolean {
  return error instanceof AgentError && error.code === 'RECORD_INVALID';
}

function name(operation: number): Buffer {
  const part = Buffer.from('x');
  const names = { directory: part, name: part, newDirectory: part, newName: part };
  return nameBytes({ operation, ...names, inode: 0n, replacedInode: 0n, device: 0 });
}

function patched(bytes: Buffer, patch: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  patch(copy);
  return copy;
}

describe('a record that is not exactly one record is invalid, and nothing else happens', () => {
  const cases: readonly (readonly [string, Buffer, number?])[] = [
    ['no bytes', Buffer.alloc(0)],
    ['one byte less than a header', exitBytes(0).subarray(0, recordHeader.byteLength - 1)],
    ['a header that claims more than there is', patched(exitBytes(0), (copy) => copy.writeUInt32LE(65, 0))],
    ['a header that claims less than a header', patched(exitBytes(0), (copy) => copy.writeUInt32LE(55, 0))],
    ['a size of all ones', patched(exitBytes(0), (copy) => copy.writeUInt32LE(0xffff_ffff, 0))],
    ['a length beyond the memory it lies in', exitBytes(0), 1 << 20],
    ['type 0', patched(exitBytes(0), (copy) => copy.writeUInt16LE(0, 4))],
    [
      'a type newer than this agent',
      patched(exitBytes(0), (copy) => copy.writeUInt16LE(recordType.RECORD_TYPE_COUNT, 4)),
    ],
    ['a header without its record', new RecordBuilder(recordType.RECORD_FORK, recordHeader.byteLength).bytes],
    ['a path length past the end', patched(fileBytes(), (copy) => copy.writeUInt16LE(5, fileRecord.pathLength))],
    ['a path length of all ones', patched(fileBytes(), (copy) => copy.writeUInt16LE(0xffff, fileRecord.pathLength))],
    ['arguments past the end', patched(execBytes(), (copy) => copy.writeUInt16LE(100, execRecord.argumentsLength))],
    ['a script past the end', patched(execBytes(), (copy) => copy.writeUInt16LE(1, execRecord.scriptLength))],
    [
      'a new name past the end',
      patched(name(nameOperation.NAME_RENAME), (copy) => copy.writeUInt16LE(2, nameRecord.newNameLength)),
    ],
    ['an unknown operation on a name', name(99)],
    ['an unknown attribute', attributeBytes({ ...someAttribute, attribute: 9 })],
    [
      'a name past the end, of an attribute',
      patched(attributeBytes(), (copy) => copy.writeUInt16LE(2, attributeRecord.nameLength)),
    ],
  ];
  for (const [title, bytes, length] of cases) {
    test(title, () => {
      assert.throws(() => decodeBetween(bytes, 0x41, length ?? bytes.length), isInvalid);
    });
  }

  test('every record cut off anywhere', () => {
    for (const whole of [forkBytes(1, 1n), execBytes(), exitBytes(0), fileBytes(), name(nameOperation.NAME_RENAME)]) {
      // fork and exit end in four bytes of padding, which nobody reads.
      for (let length = 0; length < whole.length - PADDING; length++) {
        const bytes = Buffer.from(whole.subarray(0, length));
        if (length >= 4) bytes.writeUInt32LE(length, 0);
        assert.throws(() => decodeBetween(bytes, 0x41), isInvalid, `${length} of ${whole.length} bytes`);
      }
    }
  });
});

/** Random bytes that pass as a record of a known type, so that the decoders are reached. */
const plausible = fc
  .record({
    type: fc.integer({ min: 0, max: 16 }),
    body: fc.uint8Array({ maxLength: 400 }),
    size: fc.option(fc.integer({ min: 0, max: 500 }), { nil: undefined }),
  })
  .map(({ type, body, size }) => {
    const bytes = new RecordBuilder(type, recordHeader.byteLength, Buffer.from(body)).bytes;
    if (size !== undefined) bytes.writeUInt32LE(size, 0);
    return bytes;
  });

describe('whatever bytes come', () => {
  function outcome(bytes: Buffer, around: number): string {
    try {
      return JSON.stringify(decodeBetween(bytes, around), (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      );
    } catch (error) {
      assert.ok(isInvalid(error), String(error));
      return 'invalid';
    }
  }

  test('nothing but RECORD_INVALID is ever thrown, and nothing outside the record is read', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          plausible,
          fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
        ),
        (bytes) => {
          // If a byte beside the record mattered, other bytes beside it would give another event.
          assert.equal(outcome(bytes, 0x41), outcome(bytes, 0x5a));
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('a valid record survives, field by field', () => {
    const uint64 = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n });
    const fields = fc.record({
      path: fc.string({ unit: 'grapheme', maxLength: 300 }),
      inode: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      device: fc.nat({ max: 0xffff_ffff }),
      size: uint64,
      bytesRead: uint64,
      bytesWritten: uint64,
      read: uint64,
      written: uint64,
      facts: fc.nat({ max: 0xffff_ffff }),
    });
    fc.assert(
      fc.property(fields, ({ path, ...numbers }) => {
        const event = decodeBetween(fileBytes({ ...someFile, ...numbers, path: Buffer.from(path) }), 0x41);
        assert.ok(event.kind === 'file');
        const { inode, size, bytesRead, bytesWritten, device, facts, transferred } = event;
        assert.deepEqual(
          { path: event.path, inode: BigInt(inode), device, facts, size, bytesRead, bytesWritten, ...transferred },
          {
            path:
              numbers.facts & fileFact.FILE_PATH_TRUNCATED
                ? `...${Buffer.from(path).toString()}`
                : Buffer.from(path).toString(),
            inode: numbers.inode,
            device: numbers.device,
            facts: numbers.facts,
            size: Number(numbers.size),
            bytesRead: Number(numbers.bytesRead),
            bytesWritten: Number(numbers.bytesWritten),
            read: Number(numbers.read),
            written: Number(numbers.written),
          },
        );
      }),
      { numRuns: 1000 },
    );
  });
});
