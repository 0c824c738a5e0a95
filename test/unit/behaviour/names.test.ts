import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Attribute } from '../../../agent/behaviour/attribute.js';
import { fileFact } from '../../../agent/kernel/generated/layout.js';
import { Scenario, SETTLE, type Actions } from '../../support/scenario.js';

/* Links, exchanges and attributes: what one process does with names, and the lines it gives. */

interface Case {
  readonly name: string;
  readonly does: (process: Actions, scenario: Scenario) => unknown;
  readonly lines: readonly string[];
}

const mode: Attribute = { kind: 'mode', mode: 0o600 };
const owner: Attribute = { kind: 'owner', owner: 1000, group: 1000 };
const size = (bytes: number): Attribute => ({ kind: 'size', size: bytes });
const resized = fileFact.FILE_RESIZED;

const rules: Readonly<Record<string, readonly Case[]>> = {
  'links (ln)': [
    {
      name: 'a further name',
      does: (ln) => ln.links('/w/a', '/w/b', 11),
      lines: ['link /w/a:11 -> /w/b:11'],
    },
    {
      name: 'over another one, removed before (busybox ln -f)',
      does: (ln) => ln.removes('/w/b', 12).links('/w/a', '/w/b', 11),
      lines: ['link /w/a:11 -> /w/b:11'],
    },
    {
      name: 'over another one, by a temporary name (ln -f)',
      does: (ln) => ln.links('/w/a', '/w/CuKHuTpc', 11).renames('/w/CuKHuTpc', '/w/b', 11),
      lines: ['link /w/a:11 -> /w/b:11'],
    },
    {
      name: 'a link and the removal of the old name: a rename',
      does: (mv) => mv.links('/w/a', '/w/b', 11).removes('/w/a', 11),
      lines: ['rename /w/a:11 -> /w/b:11'],
    },
    {
      name: 'a lock that is linked and removed again leaves nothing',
      does: (mail) => mail.links('/w/a', '/w/a.lock', 11).removes('/w/a.lock', 11),
      lines: [],
    },
    {
      name: 'a new file that gets its final name by a link (git, maildir)',
      does: (git) => git.makes('/w/tmp', 11, 50).links('/w/tmp', '/w/object', 11).removes('/w/tmp', 11),
      lines: ['create /w/object:11'],
    },
    {
      name: 'a new file that keeps both names',
      does: (process) => process.makes('/w/a', 11, 50).links('/w/a', '/w/b', 11),
      lines: ['link /w/a:11 -> /w/b:11', 'create /w/a:11'],
    },
    {
      name: 'a file without a name (O_TMPFILE) gets one, and is closed',
      does: (process) => process.links('/w/#11', '/w/a', 11).makes('/w/#11', 11, 50),
      lines: ['create /w/a:11'],
    },
  ],
  'symbolic links (ln -s)': [
    {
      name: 'what it leads to, and the link',
      does: (ln, { inodes }) => {
        inodes.add('', '/w/a', 11);
        ln.makesSymbolicLink('/w/a', '/w/l', 12);
      },
      lines: ['symlink /w/a:11 -> /w/l:12'],
    },
    {
      name: 'to nothing',
      does: (ln) => ln.makesSymbolicLink('/w/gone', '/w/l', 12),
      lines: ['symlink /w/gone:0 -> /w/l:12'],
    },
    {
      name: 'over another one, by a temporary name (ln -sf)',
      does: (ln) => ln.makesSymbolicLink('/w/gone', '/w/CuKHuTpc', 12).renames('/w/CuKHuTpc', '/w/l', 12, 13),
      lines: ['symlink /w/gone:0 -> /w/l:12'],
    },
    {
      name: 'over another one, removed before (busybox ln -sf)',
      does: (ln) => ln.removes('/w/l', 13).makesSymbolicLink('/w/gone', '/w/l', 12),
      lines: ['symlink /w/gone:0 -> /w/l:12'],
    },
    {
      name: 'its owner, set as it is made (cp -a)',
      does: (cp) => cp.makesSymbolicLink('/w/gone', '/w/l', 12).sets(owner, '/w/l', 12),
      lines: ['symlink /w/gone:0 -> /w/l:12'],
    },
    {
      name: 'a lock (emacs) leaves nothing',
      does: (emacs) => emacs.makesSymbolicLink('/w/ann@host.1:2', '/w/.#a', 12).removes('/w/.#a', 12),
      lines: [],
    },
  ],
  exchange: [
    {
      name: 'of two files is one line',
      does: (mv) => mv.exchanges('/w/a', '/w/b', 11, 12),
      lines: ['rename /w/a:11,/w/b:12 -> /w/b:11,/w/a:12'],
    },
    {
      name: 'of a new file with the one that it replaces',
      does: (process) => process.makes('/w/tmp', 12, 50).exchanges('/w/tmp', '/w/a', 12, 11).removes('/w/tmp', 11),
      lines: ['write /w/a:12'],
    },
    {
      name: 'of a new file with another one that stays',
      does: (process) => process.makes('/w/new', 12, 50).exchanges('/w/new', '/w/a', 12, 11),
      lines: ['create /w/new:12', 'rename /w/new:12,/w/a:11 -> /w/a:12,/w/new:11'],
    },
  ],
  rename: [
    {
      name: 'a new file that is closed by its final name',
      does: (process) => process.renames('/w/.tmp', '/w/a', 11).makes('/w/a', 11, 50),
      lines: ['create /w/a:11'],
    },
  ],
  'mode and owner': [
    {
      name: 'of a file that was there',
      does: (chmod) => chmod.sets(mode, '/w/a', 11),
      lines: ['chmod /w/a:11 mode=0600'],
    },
    {
      name: 'both are two lines',
      does: (process) => process.sets(owner, '/w/a', 11).sets(mode, '/w/a', 11),
      lines: ['chown /w/a:11 owner=1000:1000', 'chmod /w/a:11 mode=0600'],
    },
    {
      name: 'an owner that is left as it was is no change',
      does: (process) => process.sets({ kind: 'owner', owner: undefined, group: undefined }, '/w/a', 11),
      lines: [],
    },
    {
      name: 'of a file that was only read',
      does: (process) => process.reads('/w/a', 11, 5).sets(mode, '/w/a', 11),
      lines: ['read /w/a:11', 'chmod /w/a:11 mode=0600'],
    },
    {
      name: 'of a file that something was appended to',
      does: (process) => process.file({ path: '/w/a', inode: 11, written: 5, size: 100 }).sets(mode, '/w/a', 11),
      lines: ['write /w/a:11', 'chmod /w/a:11 mode=0600'],
    },
    {
      name: 'of a file that it made (install, unzip)',
      does: (unzip) => unzip.makes('/w/a', 11, 50).sets(mode, '/w/a', 11).sets(owner, '/w/a', 11),
      lines: ['create /w/a:11'],
    },
    {
      name: 'of a file that it is still making',
      does: (process) => process.sets(mode, '/w/a', 11).makes('/w/a', 11, 50),
      lines: ['create /w/a:11'],
    },
    {
      name: 'of a file that it fills anew (cp -p over an existing one)',
      does: (cp) => cp.reads('/w/a', 11, 50).writes('/w/b', 12, 50).sets(mode, '/w/b', 12),
      lines: ['copy /w/a:11 -> /w/b:12'],
    },
    {
      name: 'of a file that it fills anew in place (rsync --inplace)',
      does: (rsync) => rsync.file({ path: '/w/b', inode: 12, written: 50, size: 50 }).sets(mode, '/w/b', 12),
      lines: ['write /w/b:12'],
    },
    {
      name: 'of a new file by the temporary name that it has (rsync)',
      does: (rsync) => rsync.makes('/w/.a.x', 11, 50).sets(mode, '/w/.a.x', 0).renames('/w/.a.x', '/w/a', 11),
      lines: ['create /w/a:11'],
    },
    {
      name: 'of a directory that it made',
      does: (tar) => tar.name('mkdir', '/w/d', 11).sets(mode, '/w/d', 11),
      lines: ['mkdir /w/d:11'],
    },
    {
      name: 'of another file that came to the same path: not its own',
      does: (process) => process.makes('/w/a', 11, 50).sets(mode, '/w/a', 99),
      lines: ['create /w/a:11', 'chmod /w/a:99 mode=0600'],
    },
  ],
  truncate: [
    {
      name: 'through the open file (truncate -s)',
      does: (process) => process.file({ path: '/w/a', inode: 11, size: 7, facts: resized }),
      lines: ['truncate /w/a:11 size=7'],
    },
    {
      name: 'by path',
      does: (process) => process.sets(size(7), '/w/a', 11),
      lines: ['truncate /w/a:11 size=7'],
    },
    {
      name: 'as it is opened, with nothing put into it (> a)',
      does: (sh) => sh.writes('/w/a', 11, 0),
      lines: ['truncate /w/a:11 size=0'],
    },
    {
      name: 'of a new file is part of making it',
      does: (process) => process.file({ path: '/w/a', inode: 11, size: 7, facts: fileFact.FILE_CREATED | resized }),
      lines: ['create /w/a:11'],
    },
    {
      name: 'of a file that is written too',
      does: (ed) => ed.file({ path: '/w/a', inode: 11, written: 7, facts: resized }),
      lines: ['write /w/a:11'],
    },
    {
      name: 'by path, of a file that is written too',
      does: (process) => process.file({ path: '/w/a', inode: 11, written: 7, size: 20 }).sets(size(7), '/w/a', 11),
      lines: ['write /w/a:11'],
    },
    {
      name: 'of a file that is written through a mapping',
      does: (process) =>
        process.file({
          path: '/w/a',
          inode: 11,
          size: 7,
          facts: resized | fileFact.FILE_MAPPED_WRITE | fileFact.FILE_MODIFIED,
        }),
      lines: ['write /w/a:11'],
    },
    {
      name: 'of a log that was copied first (logrotate with copytruncate)',
      does: (logrotate) =>
        logrotate.makes('/w/log.1', 12, 50).file({ path: '/w/log', inode: 11, read: 50, size: 0, facts: resized }),
      lines: ['copy /w/log:11 -> /w/log.1:12', 'truncate /w/log:11 size=0'],
    },
  ],
};

for (const [rule, cases] of Object.entries(rules)) {
  describe(rule, () => {
    for (const { name, does, lines } of cases) {
      test(name, () => {
        const scenario = new Scenario();
        const process = scenario.program('prog');
        does(process, scenario);
        process.exits();
        assert.deepEqual([...scenario.lines()].sort(), lines.map((line) => `200 300 root prog ${line}`).sort());
      });
    }
  });
}

describe('attributes of what a process made long ago', () => {
  test('a directory, at the very end (tar)', () => {
    const scenario = new Scenario();
    const tar = scenario.program('tar').name('mkdir', '/w/d', 11);
    scenario.wait(SETTLE);
    tar.sets(mode, '/w/d', 11);
    scenario.wait(SETTLE);
    assert.deepEqual(scenario.lines(), ['200 300 root tar mkdir /w/d:11']);
  });

  test('a file', () => {
    const scenario = new Scenario();
    const process = scenario.program('prog').makes('/w/a', 11, 5);
    scenario.wait(SETTLE);
    process.sets(mode, '/w/a', 11).exits();
    assert.deepEqual(scenario.lines(), ['200 300 root prog create /w/a:11']);
  });

  test('another process that has its pid now did not make it', () => {
    const scenario = new Scenario();
    scenario.program('touch').makes('/w/a', 11, 5).exits();
    scenario.program('chmod').sets(mode, '/w/a', 11).exits();
    assert.deepEqual(scenario.lines(), [
      '200 300 root touch create /w/a:11',
      '200 300 root chmod chmod /w/a:11 mode=0600',
    ]);
  });
});
