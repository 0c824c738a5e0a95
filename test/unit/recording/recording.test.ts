import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { CLOSED } from '../../../agent/decode/event.js';
import { AgentError } from '../../../agent/errors.js';
import { layoutHash } from '../../../agent/kernel/generated/layout.js';
import { Metrics } from '../../../agent/metrics.js';
import {
  FRAME_HEADER,
  frameKind,
  MAGIC,
  padded,
  type Observation,
  type RecordingHeader,
} from '../../../agent/recording/format.js';
import { Recording } from '../../../agent/recording/reader.js';
import { RecordingWriter } from '../../../agent/recording/writer.js';
import { replay } from '../../../agent/replay.js';
import { processOf } from '../../support/behaviours.js';
import { hostIsolation, someOwnRoot } from '../../support/isolation.js';
import { fileBytes, someFile } from '../../support/records.js';
import { temporaryDirectory } from '../../support/temporary.js';

const header: RecordingHeader = {
  layout: layoutHash,
  clockOffset: 1_700_000_000_000_000,
  kernel: '6.1.0',
  users: { '0': 'root' },
  processes: [
    {
      tgid: 1,
      ppid: 0,
      start: 10,
      uid: 0,
      loginuid: 0xffff_ffff,
      sessionId: 0xffff_ffff,
      comm: 'init',
      exe: '/sbin/init',
      commandLine: 'init',
      approximate: false,
      script: '',
      stdin: CLOSED,
      stdout: CLOSED,
      transferred: { read: 0, written: 0 },
      containerPid: 1,
      isolation: hostIsolation,
    },
  ],
  own: someOwnRoot,
};

type Frame = Buffer | Observation;

function write(file: string, frames: readonly Frame[], changes: Partial<RecordingHeader> = {}): void {
  const writer = new RecordingWriter(file, (sentence) => {
    throw new Error(sentence);
  });
  writer.start({ ...header, ...changes });
  for (const frame of frames) {
    if (Buffer.isBuffer(frame)) writer.record(frame, 0, frame.length);
    else writer.observation(frame);
  }
  writer.stop();
}

function read(file: string): readonly Frame[] {
  const frames: Frame[] = [];
  Recording.open(file, layoutHash).visit({
    record: (bytes, offset, length) => frames.push(Buffer.from(bytes.subarray(offset, offset + length))),
    observation: (observation) => frames.push(observation),
  });
  return frames;
}

function isInvalid(reason: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AgentError && error.code === 'RECORDING_INVALID', String(error));
    assert.match(error.message, reason);
    return true;
  };
}

function fileIn(context: TestContext): string {
  return join(temporaryDirectory(context), 'a.rec');
}

/** A recording of raw bytes, frame by frame. */
function rawFile(context: TestContext, ...frames: readonly (readonly [number, string | Buffer])[]): string {
  const parts = frames.map(([kind, payload]) => {
    const bytes = Buffer.from(payload);
    const frame = Buffer.alloc(FRAME_HEADER + padded(bytes.length));
    frame.writeUInt32LE(bytes.length, 0);
    frame.writeUInt32LE(kind, 4);
    bytes.copy(frame, FRAME_HEADER);
    return frame;
  });
  const file = fileIn(context);
  writeFileSync(file, Buffer.concat([Buffer.from(MAGIC), ...parts]));
  return file;
}

describe('what was recorded is read back', () => {
  const frames: readonly Frame[] = [
    fileBytes(),
    { kind: 'content', device: 1, inode: '18446744073709551615', content: 'archive' },
    Buffer.from([1, 2, 3]),
    { kind: 'tick', time: 5 },
    { kind: 'host-path', root: '7:8:9', path: '/r' },
    { kind: 'container-user', root: '7:8:9', uid: 5, name: 'app' },
    { kind: 'inode', root: '', path: '/w/\udcff\n', inode: '12' },
    { kind: 'clock', offset: 7 },
    { kind: 'gap', time: 6, text: '3 file records lost' },
  ];

  test('in its order, byte for byte', (context) => {
    const file = fileIn(context);
    write(file, frames);
    assert.deepEqual(read(file), frames);
    assert.deepEqual(Recording.open(file, layoutHash).header, header);
  });

  test('also beyond the writer’s buffer', (context) => {
    const file = fileIn(context);
    const many = Array.from({ length: 300 }, (_, index) => Buffer.alloc(16_000 + index, index));
    write(file, many);
    assert.deepEqual(read(file), many);
  });

  test('also with a header larger than the writer’s buffer', (context) => {
    const file = fileIn(context);
    const [process] = header.processes;
    assert.ok(process);
    const processes = Array.from({ length: 2000 }, () => ({ ...process, commandLine: 'x'.repeat(1000) }));
    write(file, frames, { processes });
    assert.deepEqual(read(file), frames);
    assert.equal(Recording.open(file, layoutHash).header.processes.length, 2000);
  });

  test('nobody else may read it: it holds names of files and arguments of commands', (context) => {
    const file = fileIn(context);
    write(file, frames);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  test('a directory that is not there is explained', (context) => {
    const file = join(temporaryDirectory(context), 'none', 'a.rec');
    assert.throws(
      () => {
        write(file, []);
      },
      isInvalid(/cannot be written/),
    );
  });
});

describe('what is no recording is refused with its reason', () => {
  const valid = JSON.stringify(header);
  const { header: headerKind, observation, record } = frameKind;

  test('a file that is not there', (context) => {
    assert.throws(() => read(fileIn(context)), isInvalid(/cannot be read/));
  });

  test('an empty file, and one of another kind', (context) => {
    const file = fileIn(context);
    for (const content of ['', 'PNRM', '#!/bin/sh\n', 'PNRMREC2']) {
      writeFileSync(file, content);
      assert.throws(() => read(file), isInvalid(/does not begin as one/));
    }
  });

  test('one of other record layouts says that another version made it', (context) => {
    const file = fileIn(context);
    write(file, [], { layout: 'another' });
    assert.throws(() => read(file), isInvalid(/replay it with the version that made it/));
  });

  const cases: readonly (readonly [string, RegExp, readonly (readonly [number, string])[]])[] = [
    ['no frame', /header is missing/, []],
    ['another frame first', /header is missing/, [[record, 'x']]],
    ['a header that is no JSON', /no JSON/, [[headerKind, '{']]],
    ['a header that is null', /header is none/, [[headerKind, 'null']]],
    ['a header without its fields', /header is none/, [[headerKind, JSON.stringify({ layout: layoutHash })]]],
    [
      'a header with processes that are none',
      /header is none/,
      [[headerKind, JSON.stringify({ ...header, processes: [7] })]],
    ],
    [
      'a frame of an unknown kind',
      /unknown kind 9/,
      [
        [headerKind, valid],
        [9, 'x'],
      ],
    ],
    [
      'an observation that is no JSON',
      /no JSON/,
      [
        [headerKind, valid],
        [observation, 'x'],
      ],
    ],
    [
      'an observation of an unknown kind',
      /no observation/,
      [
        [headerKind, valid],
        [observation, '{"kind":"x"}'],
      ],
    ],
    [
      'an inode that is no number',
      /no observation/,
      [
        [headerKind, valid],
        [observation, '{"kind":"inode","path":"/a","inode":"x"}'],
      ],
    ],
  ];
  for (const [name, reason, frames] of cases) {
    test(name, (context) => {
      const file = rawFile(context, ...frames);
      assert.throws(() => read(file), isInvalid(reason));
    });
  }

  test('one that was cut off anywhere, except between two frames', (context) => {
    const file = fileIn(context);
    write(file, [fileBytes(), { kind: 'tick', time: 5 }]);
    const whole = readFileSync(file);
    const ends = new Set<number>();
    const header = MAGIC.length + FRAME_HEADER + padded(whole.readUInt32LE(MAGIC.length));
    let at = MAGIC.length;
    while (at < whole.length) {
      const length = whole.readUInt32LE(at);
      // The padding of the last frame may be missing.
      for (let end = at + FRAME_HEADER + length; end <= at + FRAME_HEADER + padded(length); end++) ends.add(end);
      at += FRAME_HEADER + padded(length);
    }
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      if (ends.has(length) && length >= header) assert.ok(read(file).length <= 2);
      else assert.throws(() => read(file), isInvalid(/./), `${length} bytes`);
    }
  });

  test('damage never does anything but that', (context) => {
    const file = fileIn(context);
    write(file, [
      fileBytes(someFile),
      { kind: 'content', device: 1, inode: '5', content: 'other' },
      { kind: 'tick', time: 5 },
    ]);
    const whole = readFileSync(file);
    const sink = { behaviour: () => undefined, connection: () => undefined };
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { maxLength: 8 }),
        (damage) => {
          const bytes = Buffer.from(whole);
          for (const [at, byte] of damage) bytes[at] = byte;
          writeFileSync(file, bytes);
          try {
            replay(file, sink, processOf(), new Metrics(), { settle: 1_000_000, noise: { reads: [], writes: [] } });
          } catch (error) {
            isInvalid(/./)(error);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
