import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { classifyContent, FileContentSource, type ContentType } from '../../../agent/behaviour/content.js';
import { Facts, type FileFact } from '../../../agent/behaviour/facts.js';
import { TransferAccount } from '../../../agent/behaviour/transfer.js';
import type { FileEvent } from '../../../agent/decode/event.js';
import { Scenario } from '../../support/scenario.js';
import { temporaryDirectory } from '../../support/temporary.js';

/** A header as tar --format=v7 writes it. */
function v7Header(name: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0' + '0000000\0' + '0000000\0' + '00000000144\0' + '14000000000\0', 100);
  header.write('        ', 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

describe('signatures of archives and compressed files', () => {
  const tar = Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\0')]);
  const oldTar = v7Header('a');
  const cases: readonly (readonly [string, Buffer, ContentType])[] = [
    ['gzip', gzipSync('x'), 'archive'],
    ['zip', Buffer.from('PK\x03\x04'), 'archive'],
    ['zip without entries', Buffer.from('PK\x05\x06'), 'archive'],
    ['bzip2', Buffer.from('BZh9'), 'archive'],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), 'archive'],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'archive'],
    ['lz4', Buffer.from([4, 0x22, 0x4d, 0x18]), 'archive'],
    ['7z', Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]), 'archive'],
    ['tar', tar, 'archive'],
    ['cpio', Buffer.from('070701'), 'archive'],
    ['cpio, binary', Buffer.from([0xc7, 0x71, 0, 0]), 'archive'],
    ['lzma', Buffer.from([0x5d, 0, 0, 0x80, 0]), 'archive'],
    ['rar', Buffer.from('Rar!\x1a\x07\x01\0', 'latin1'), 'archive'],
    ['rpm', Buffer.from([0xed, 0xab, 0xee, 0xdb]), 'archive'],
    ['a tar from before POSIX, by the sum of its header', oldTar, 'archive'],
    [
      'the same with another name, of which the sum is wrong',
      Buffer.concat([Buffer.from('x'), oldTar.subarray(1)]),
      'other',
    ],
    ['the same cut off', oldTar.subarray(0, 511), 'other'],
    ['zeros', Buffer.alloc(512), 'other'],
    ['ar, which linkers read', Buffer.from('!<arch>\n'), 'library'],
    ['nothing', Buffer.alloc(0), 'other'],
    ['text', Buffer.from('PK is not a zip'), 'other'],
    ['a signature cut off', Buffer.from([0xfd, 0x37]), 'other'],
    ['a tar cut off in its signature', tar.subarray(0, 260), 'other'],
  ];
  for (const [name, head, type] of cases) {
    test(name, () => {
      assert.equal(classifyContent(head), type);
    });
  }
});

function factOf(path: string, inode: number | bigint): FileFact {
  const scenario = new Scenario();
  const tracked = scenario.processes.of(scenario.program('prog').actor());
  const event: FileEvent = {
    kind: 'file',
    actor: { time: 1, tgid: 300, start: 1, ppid: 1, uid: 0, comm: 'prog' },
    path,
    inode,
    device: 1,
    size: 1,
    bytesRead: 1,
    bytesWritten: 0,
    modificationTime: 0,
    transferred: { read: 1, written: 0 },
    facts: 0,
    fileSystem: 0xef53,
  };
  const facts = new Facts();
  facts.addFile(event, tracked.process, new TransferAccount(tracked, event));
  const [fact] = facts.files;
  assert.ok(fact);
  return fact;
}

describe('the file itself is asked', () => {
  function setUp(context: TestContext): { directory: string; source: FileContentSource; observed: ContentType[] } {
    const observed: ContentType[] = [];
    const source = new FileContentSource(
      () => [],
      (_, content) => observed.push(content),
    );
    return { directory: temporaryDirectory(context), source, observed };
  }

  test('and what it said is remembered when it is gone', (context) => {
    const { directory, source, observed } = setUp(context);
    const path = join(directory, 'a');
    writeFileSync(path, gzipSync('x'));
    const fact = factOf(path, statSync(path).ino);
    assert.equal(source.contentOf(fact), 'archive');
    rmSync(path);
    assert.equal(source.contentOf(fact), 'archive');
    assert.deepEqual(observed, ['archive']);
  });

  test('not another one that took its place', (context) => {
    const { directory, source } = setUp(context);
    const path = join(directory, 'a');
    writeFileSync(path, gzipSync('x'));
    assert.equal(source.contentOf(factOf(path, statSync(path).ino + 1)), undefined);
  });

  test('neither a symbolic link, nor a pipe, nor a directory, leads it astray or holds it up', (context) => {
    const { directory, source } = setUp(context);
    const path = join(directory, 'a');
    writeFileSync(path, gzipSync('x'));
    symlinkSync(path, join(directory, 'link'));
    assert.equal(source.contentOf(factOf(join(directory, 'link'), statSync(path).ino)), undefined);
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    assert.notEqual(
      source.contentOf(factOf(join(directory, 'pipe'), statSync(join(directory, 'pipe')).ino)),
      'archive',
    );
    mkdirSync(join(directory, 'd'));
    assert.equal(source.contentOf(factOf(join(directory, 'd'), statSync(join(directory, 'd')).ino)), undefined);
  });
});
