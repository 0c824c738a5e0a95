import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { insideId, parseIdMap } from '../../../agent/process/id-map.js';
import { mayWait, parseMountInfo, pathThroughMounts } from '../../../agent/process/mount-info.js';
import { deepestCgroup } from '../../../agent/process/snapshot-isolation.js';

describe('ids inside a user namespace', () => {
  const rootless = parseIdMap('         0       1000          1\n         1     100000      65536\n');
  const cases = [
    ['its owner is root inside', 1000, 0],
    ['the first of its range', 100_000, 1],
    ['the last', 165_535, 65_536],
    ['beyond it there is none', 165_536, 65_534],
    ['root of the host has none', 0, 65_534],
  ] as const;
  for (const [name, uid, inside] of cases) {
    test(name, () => {
      assert.equal(insideId(rootless, uid), inside);
    });
  }

  test('the initial namespace maps each to itself, 4294967295 included', () => {
    const initial = parseIdMap('         0          0 4294967295\n');
    assert.deepEqual(initial, []);
    assert.equal(insideId(initial, 5), 5);
    assert.equal(insideId(initial, 0xffff_ffff), 0xffff_ffff);
  });

  test('a namespace that has no map yet cannot be told from the initial one', () => {
    assert.deepEqual(parseIdMap(''), []);
  });
});

const merged = '/var/lib/docker/overlay2/1f/merged';
const mounts = parseMountInfo(`27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
47 27 0:40 / ${merged} rw,relatime shared:5 master:2 - overlay overlay rw,lowerdir=/a,upperdir=/b
48 27 254:0 /srv/a\\040b /mnt/bound rw shared:1 - ext4 /dev/vda rw
49 27 0:50 / /mnt/remote rw - fuse.sshfs host: rw
`);

describe('where the host has a directory', () => {
  const cases = [
    ['the root of an overlay', 40, '/', merged],
    ['a directory in an overlay, as chroot makes it a root', 40, '/srv', `${merged}/srv`],
    ['the root of the host', 254 * 0x10_0000, '/', '/'],
    ['a directory of the host', 254 * 0x10_0000, '/srv/root', '/srv/root'],
    ['what is bound elsewhere is found by its nearest mount', 254 * 0x10_0000, '/srv/a b/c', '/mnt/bound/c'],
    ['a file system that the host has not mounted', 77, '/', ''],
  ] as const;
  for (const [name, device, path, expected] of cases) {
    test(name, () => {
      assert.equal(pathThroughMounts(mounts, device, path), expected);
    });
  }

  test('a file system behind a program may keep us waiting', () => {
    assert.deepEqual(
      mounts.filter(mayWait).map(({ mountPoint }) => mountPoint),
      ['/mnt/remote'],
    );
  });
});

describe('the control group of /proc/PID/cgroup', () => {
  const cases = [
    ['of the unified hierarchy', '0::/user.slice/a.scope\n', '/user.slice/a.scope'],
    [
      'of version 1, where the engine leaves the unified hierarchy alone',
      '8:pids:/docker/1f\n4:memory:/docker/1f\n0::/\n',
      '/docker/1f',
    ],
    ['the deeper one where both have some', '8:pids:/a\n1:name=systemd:/x/y/z\n0::/a/b\n', '/a/b'],
    ['the unified one where they are equal', '8:pids:/a/c\n0::/a/b\n', '/a/b'],
    ['with a colon in its name', '0::/a.slice:cri-containerd:1f\n', '/a.slice:cri-containerd:1f'],
    ['of a process that is gone', '', ''],
  ] as const;
  for (const [name, text, expected] of cases) {
    test(name, () => {
      assert.equal(deepestCgroup(text), expected);
    });
  }
});
