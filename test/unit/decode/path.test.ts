import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { joinPath } from '../../../agent/decode/path.js';

describe('a name as a program gave it, below the directory it is relative to', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['/w', 'a', '/w/a'],
    ['/w', 'b/c', '/w/b/c'],
    ['/w', './a', '/w/a'],
    ['/w', '../a', '/a'],
    ['/w/x', '../../../a', '/a'],
    ['/w', 'a/', '/w/a'],
    ['/w', 'b//c', '/w/b/c'],
    ['/w', 'b/./c', '/w/b/c'],
    ['/w', 'b/../c', '/w/c'],
    ['/w', '.hidden', '/w/.hidden'],
    ['/w', '...', '/w/...'],
    ['/w', '..a', '/w/..a'],
    ['/w', '.', '/w'],
    ['/', 'a', '/a'],
    ['/', '/w/a', '/w/a'],
    // The root of a process in a chroot, and an absolute name below it.
    ['/srv/jail', '/etc/passwd', '/srv/jail/etc/passwd'],
    // A root that is mounted nowhere we can see has no name.
    ['', 'a', '/a'],
    ['/', '/', '/'],
    ['/w', 'new\nline', '/w/new\nline'],
    ['/w', 'a b', '/w/a b'],
  ];
  for (const [directory, name, path] of cases) {
    test(JSON.stringify(`${directory} + ${name}`), () => {
      assert.equal(joinPath(directory, name), path);
    });
  }

  test('as the platform joins paths, whatever the name', () => {
    const part = fc.constantFrom('a', 'b', '.', '..', '', '.h', 'c d', '...');
    const parts = fc.array(part, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, parts, (directory, name) => {
        const below = posix.resolve(`/${directory.join('/')}`);
        const relative = name.join('/');
        fc.pre(relative !== '');
        const expected = posix.join(below, relative).replace(/(.)\/$/, '$1');
        assert.equal(joinPath(below, relative), expected);
      }),
      { numRuns: 1000 },
    );
  });
});
