import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Descriptor } from '../../../agent/decode/event.js';
import { fileFact } from '../../../agent/kernel/generated/layout.js';
import { DEVICE, Scenario } from '../../support/scenario.js';

const none = { peer: 0, device: 15, progress: 0 } as const;
const pipe = (progress = 0): Descriptor => ({ ...none, kind: 'pipe', inode: 900, progress });
const socket = (inode: number, peer: number): Descriptor => ({ ...none, kind: 'socket', inode, peer });

describe('one program in several processes', () => {
  test('a child that has a socket pair to its parent, and writes what the parent read (rsync)', () => {
    const scenario = new Scenario();
    const sender = scenario.program('rsync');
    const generator = sender.forks(301).redirects(0, socket(801, 802)).redirects(1, socket(804, 803));
    const receiver = generator.forks(302);
    sender.reads('/w/a', 11, 5000).passes({ written: 5100 });
    receiver.passes({ read: 5050 }).makes('/w/.b.XyZ', 12, 5000).renames('/w/.b.XyZ', '/w/b', 12).exits();
    generator.passes({ read: 50, written: 60 }).exits();
    // Its own ends are nobody's peers any more.
    sender.passes({ read: 60 }).closesEnd(3, socket(802, 0), 'both').exits();
    assert.deepEqual(scenario.lines(), ['200 300 root rsync copy /w/a:11 -> /w/b:12']);
  });

  test('and removes its source (rsync --remove-source-files)', () => {
    const scenario = new Scenario();
    const sender = scenario.program('rsync');
    const receiver = sender.forks(301).redirects(0, socket(801, 802)).redirects(1, socket(804, 803));
    sender.reads('/w/a', 11, 5000).passes({ written: 5100 });
    receiver.passes({ read: 5050, written: 10 }).makes('/w/b', 12, 5000).exits();
    // What children moved is added to the account of who waits for them.
    sender
      .passes({ read: 10 + 5050, written: 10 + 5000 })
      .removes('/w/a', 11)
      .exits();
    assert.deepEqual(scenario.lines(), ['200 300 root rsync rename /w/a:11 -> /w/b:12']);
  });

  test('a child that runs another program is a program of its own', () => {
    const scenario = new Scenario();
    const server = scenario.program('server').reads('/w/a', 11, 5000);
    const child = server
      .forks(301)
      .redirects(0, socket(801, 802))
      .exec({ comm: 'worker', stdin: socket(801, 802) });
    child.passes({ read: 10 }).makes('/w/b', 12, 5000).exits();
    assert.deepEqual(scenario.lines(), ['300 301 root worker create /w/b:12']);
  });

  test('a program looks at an archive itself before a helper reads it (tar xf t.txz)', () => {
    const scenario = new Scenario();
    scenario.content.add(DEVICE, 11, 'archive');
    const tar = scenario.program('tar').reads('/w/t.txz', 11, 512);
    const xz = tar.forks(301).exec({ comm: 'xz', stdout: pipe() });
    xz.file({ path: '/w/t.txz', inode: 11, read: 4000 }).passes({ written: 20_480 }).exits();
    tar.passes({ read: 20_480 }).makes('/w/a', 12, 9000).closesEnd(4, pipe(20_480), 'read').exits();
    assert.deepEqual(scenario.lines(), ['200 300 root tar extract /w/t.txz:11 -> /w/a:12']);
  });

  test('a child that unpacks for its parent is told to have written to its stdout (busybox zcat)', () => {
    const scenario = new Scenario();
    scenario.content.add(DEVICE, 11, 'archive');
    const stdout: Descriptor = { ...none, kind: 'file', inode: 12, device: DEVICE };
    const parent = scenario.program('sh').exec({ comm: 'busybox', stdout }).reads('/w/a.gz', 11, 2);
    const child = parent.forks(301);
    parent.redirects(0, pipe());
    child
      .passes({ written: 9000 })
      .file({
        path: '/w/x',
        inode: 12,
        written: 9000,
        facts: fileFact.FILE_CREATED | fileFact.FILE_SHARED,
        transferred: { read: 3000, written: 9000 },
      })
      .reads('/w/a.gz', 11, 3000)
      .closesEnd(5, pipe(9000), 'write')
      .exits();
    parent.passes({ read: 9000, written: 9000 }).closesEnd(0, pipe(9000), 'read').exits();
    assert.deepEqual(scenario.lines(), ['200 300 root busybox extract /w/a.gz:11 -> /w/x:12']);
  });
});
