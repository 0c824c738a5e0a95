import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { AgentError } from '../../../agent/errors.js';
import { Mapping, PROT_READ, PROT_WRITE } from '../../../agent/kernel/libc.js';
import { Ring } from '../../../agent/kernel/ring.js';
import { temporaryDirectory } from '../../support/temporary.js';

/*
 * The ring's memory without a kernel behind it: a file with the same layout, mapped by the same
 * code. The kernel maps the data twice in a row; a file cannot, so what is written into one
 * half is written into the other as well.
 */

const PAGE = 4096;
const SIZE = 4096;
const BUSY = 0x8000_0000;
const DISCARDED = 0x4000_0000;

class Producer {
  private readonly fd: number;
  private readonly mapping: Mapping;
  readonly ring: Ring;
  private position: bigint;

  constructor(context: TestContext, start = 0n) {
    this.fd = openSync(join(temporaryDirectory(context), 'ring'), 'w+');
    ftruncateSync(this.fd, 2 * PAGE + 2 * SIZE);
    const mapping = Mapping.of(this.fd, 2 * PAGE + 2 * SIZE, PROT_READ | PROT_WRITE, 0);
    assert.ok(mapping);
    this.mapping = mapping;
    this.position = start;
    this.view().setBigUint64(0, start, true);
    this.publish();
    this.ring = new Ring(this.fd, SIZE);
    this.ring.start();
    context.after(() => {
      this.ring.stop();
      mapping.unmap();
      closeSync(this.fd);
    });
  }

  get consumed(): bigint {
    return this.view().getBigUint64(0, true);
  }

  get free(): number {
    return SIZE - Number(this.position - this.consumed);
  }

  /** Reserves room, as the kernel does; returns where the record's length word is. */
  write(data: Buffer, flags = 0): number {
    const at = Number(this.position % BigInt(SIZE));
    const header = Buffer.alloc(8);
    header.writeUInt32LE((data.length | flags) >>> 0, 0);
    this.put(at, Buffer.concat([header, data]));
    this.position += BigInt((8 + data.length + 7) & ~7);
    this.publish();
    return at;
  }

  /** The record that was busy is complete. */
  commit(at: number, length: number): void {
    const word = Buffer.alloc(4);
    word.writeUInt32LE(length, 0);
    this.put(at, word);
  }

  read(): readonly string[] {
    const records: string[] = [];
    this.ring.poll((bytes, offset, length) => {
      records.push(bytes.toString('latin1', offset, offset + length));
    });
    return records;
  }

  private view(): DataView {
    return new DataView(this.mapping.memory);
  }

  private publish(): void {
    this.view().setBigUint64(PAGE, this.position, true);
  }

  /** Through the file and not the mapping: both must show the same memory. */
  private put(at: number, bytes: Buffer): void {
    for (const half of [0, SIZE]) {
      writeSync(this.fd, bytes, 0, bytes.length, 2 * PAGE + ((at + half) % (2 * SIZE)));
    }
    // What runs over the end of the first half is the beginning of it, too.
    const over = at + bytes.length - SIZE;
    if (over > 0) writeSync(this.fd, bytes, bytes.length - over, over, 2 * PAGE);
  }
}

function record(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

describe('the ring is read in place', () => {
  test('an empty one gives nothing', (context) => {
    const producer = new Producer(context);
    assert.deepEqual(producer.read(), []);
    assert.equal(producer.ring.fill(), 0);
  });

  test('records come in order, each once, and their room is given back', (context) => {
    const producer = new Producer(context);
    producer.write(record('first'));
    producer.write(record('second one'));
    producer.write(record(''));
    assert.equal(producer.ring.fill(), 16 + 24 + 8);
    assert.deepEqual(producer.read(), ['first', 'second one', '']);
    assert.equal(producer.consumed, 48n);
    assert.equal(producer.ring.fill(), 0);
    assert.deepEqual(producer.read(), []);
  });

  test('a record that is still being written holds back those behind it', (context) => {
    const producer = new Producer(context);
    producer.write(record('done'));
    const at = producer.write(record('busy'), BUSY);
    producer.write(record('behind'));
    assert.deepEqual(producer.read(), ['done']);
    assert.deepEqual(producer.read(), []);
    producer.commit(at, 4);
    assert.deepEqual(producer.read(), ['busy', 'behind']);
  });

  test('a discarded record is skipped', (context) => {
    const producer = new Producer(context);
    producer.write(record('kept'));
    producer.write(record('discarded'), DISCARDED);
    producer.write(record('kept too'));
    assert.deepEqual(producer.read(), ['kept', 'kept too']);
    assert.equal(producer.ring.fill(), 0);
  });

  test('a record across the end is whole', (context) => {
    const producer = new Producer(context, BigInt(SIZE - 16));
    const text = 'across the end of the ring'.repeat(4);
    producer.write(record(text));
    assert.deepEqual(producer.read(), [text]);
  });

  for (const start of [2n ** 31n - 24n, 2n ** 32n - 24n, 2n ** 40n - 24n]) {
    test(`positions cross ${start + 24n}`, (context) => {
      const producer = new Producer(context, start);
      const texts = ['a'.repeat(20), 'b'.repeat(20), 'c'.repeat(20)];
      for (const text of texts) producer.write(record(text));
      assert.equal(producer.ring.fill(), 96);
      assert.deepEqual(producer.read(), texts);
      assert.equal(producer.consumed, start + 96n);
      producer.write(record('after'));
      assert.deepEqual(producer.read(), ['after']);
    });
  }

  test('a full ring is read to its last byte', (context) => {
    const producer = new Producer(context, 8n);
    const text = 'x'.repeat(SIZE - 8);
    producer.write(record(text));
    assert.equal(producer.free, 0);
    assert.deepEqual(producer.read(), [text]);
    assert.equal(producer.free, SIZE);
  });

  test('whatever is written comes out, over many rounds', (context) => {
    const producer = new Producer(context, 2n ** 32n - 3n * BigInt(SIZE));
    const writes = fc.array(fc.tuple(fc.string({ unit: 'binary-ascii', maxLength: 300 }), fc.boolean(), fc.boolean()), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(writes, (list) => {
        const expected: string[] = [];
        const read: string[] = [];
        for (const [text, discard, poll] of list) {
          if (producer.free < text.length + 16) read.push(...producer.read());
          producer.write(record(text), discard ? DISCARDED : 0);
          if (!discard) expected.push(text);
          if (poll) read.push(...producer.read());
        }
        read.push(...producer.read());
        assert.deepEqual(read, expected);
        assert.equal(producer.ring.fill(), 0);
      }),
      { numRuns: 300 },
    );
  });

  test('a descriptor that cannot be mapped is explained', () => {
    assert.throws(
      () => {
        new Ring(-1, SIZE).start();
      },
      (error) => error instanceof AgentError && error.code === 'RING_FAILED' && error.message.includes('errno 9'),
    );
  });
});
