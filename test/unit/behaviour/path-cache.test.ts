import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PathCache, RecordedInodeSource } from '../../../agent/behaviour/inode.js';
import type { NameEvent } from '../../../agent/decode/event.js';
import { processOf } from '../../support/behaviours.js';

const someProcess = processOf();
const actor = { time: 0, tgid: 1, start: 0, ppid: 0, uid: 0, comm: 'p' };

function event(operation: NameEvent['operation'], path: string, changes: Partial<NameEvent> = {}): NameEvent {
  return {
    kind: 'name',
    actor,
    operation,
    path,
    newPath: '',
    inode: 0,
    replacedInode: 0,
    device: 1,
    exchanged: false,
    attribute: undefined,
    notFollowed: false,
    ...changes,
  };
}

/** A cache over a file system that says `files`, and whose symbolic links lead to `targets`. */
function cache(files: Readonly<Record<string, number>>, targets: Readonly<Record<string, string>> = {}): PathCache {
  const source = new RecordedInodeSource();
  for (const [path, inode] of Object.entries(files)) source.add('', path, inode);
  for (const [path, target] of Object.entries(targets)) source.addTarget('', path, target);
  return new PathCache(source);
}

describe('inodes of changed names where the kernel does not tell', () => {
  test('a link has the inode of its file', () => {
    const resolved = cache({ '/w/b': 11 }).resolve(event('link', '/w/a', { newPath: '/w/b' }), someProcess);
    assert.deepEqual(resolved, { path: '/w/a', inode: 11, replacedInode: 0 });
  });

  test('both names of a file are known after a link', () => {
    const paths = cache({ '/w/b': 11 });
    paths.resolve(event('link', '/w/a', { newPath: '/w/b' }), someProcess);
    assert.equal(paths.resolve(event('unlink', '/w/b'), someProcess).inode, 11);
  });

  test('a symbolic link has its own, beside that of what it leads to', () => {
    const resolved = cache({ '/w/a': 11, '/w/l': 12 }).resolve(
      event('symlink', '/w/a', { newPath: '/w/l' }),
      someProcess,
    );
    assert.deepEqual(resolved, { path: '/w/a', inode: 12, replacedInode: 11 });
  });

  test('exchanged names: each is looked up where it is now', () => {
    const exchange = event('rename', '/w/a', { newPath: '/w/b', exchanged: true });
    assert.deepEqual(cache({ '/w/b': 11, '/w/a': 12 }).resolve(exchange, someProcess), {
      path: '/w/a',
      inode: 11,
      replacedInode: 12,
    });
  });

  test('an attribute set through a symbolic link is one of what it leads to', () => {
    const paths = cache({ '/w/l': 12, '/w/a': 11 }, { '/w/l': '/w/a' });
    assert.deepEqual(paths.resolve(event('chmod', '/w/l'), someProcess), {
      path: '/w/a',
      inode: 11,
      replacedInode: 0,
      lookedUp: true,
    });
  });

  test('but not where the call does not follow it (lchown)', () => {
    const paths = cache({ '/w/l': 12, '/w/a': 11 }, { '/w/l': '/w/a' });
    const resolved = paths.resolve(event('chown', '/w/l', { notFollowed: true }), someProcess);
    assert.deepEqual(resolved, { path: '/w/l', inode: 12, replacedInode: 0, lookedUp: true });
  });

  test('what the kernel tells is not looked up', () => {
    const paths = cache({ '/w/a': 99 }, { '/w/a': '/w/elsewhere' });
    assert.equal(paths.resolve(event('chmod', '/w/a', { inode: 11 }), someProcess).inode, 11);
    assert.equal(paths.resolve(event('mkdir', '/w/a', { inode: 11 }), someProcess).inode, 11);
  });
});
