// long: one table per rule, to be read as a whole
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContentType } from '../../../agent/behaviour/content.js';
import { fileFact } from '../../../agent/kernel/generated/layout.js';
import { DEVICE, Scenario, SETTLE, type Actions } from '../../support/scenario.js';

const { FILE_CREATED, FILE_EMPTY, FILE_MAPPED, FILE_MAPPED_WRITE, FILE_MODIFIED } = fileFact;
const { FILE_RESIZED, FILE_SHARED, FILE_UNLINKED } = fileFact;

interface Case {
  readonly name: string;
  readonly does: (process: Actions, scenario: Scenario) => unknown;
  /** From OPERATION on; the process is always the same. */
  readonly lines: readonly string[];
  /** What the first bytes of files say, by inode; others are gone when they are looked at. */
  readonly content?: Readonly<Record<number, ContentType>>;
  readonly ignoredReads?: readonly string[];
}

const rules: Readonly<Record<string, readonly Case[]>> = {
  copy: [
    {
      name: 'as many bytes in as out',
      does: (cp) => cp.reads('/w/a', 11, 100).makes('/w/b', 12, 100),
      lines: ['copy /w/a:11 -> /w/b:12'],
    },
    {
      name: 'over a file that was there',
      does: (cp) => cp.reads('/w/a', 11, 100).writes('/w/b', 12, 100),
      lines: ['copy /w/a:11 -> /w/b:12'],
    },
    {
      name: 'target closed before source',
      does: (cp) => cp.makes('/w/b', 12, 100).reads('/w/a', 11, 100),
      lines: ['copy /w/a:11 -> /w/b:12'],
    },
    {
      name: 'files of equal size are told apart by order',
      does: (cp) =>
        cp
          .reads('/w/a', 11, 100)
          .makes('/v/a', 21, 100)
          .reads('/w/b', 12, 100)
          .makes('/v/b', 22, 100)
          .reads('/w/c', 13, 100)
          .makes('/v/c', 23, 100),
      lines: ['copy /w/a:11 -> /v/a:21', 'copy /w/b:12 -> /v/b:22', 'copy /w/c:13 -> /v/c:23'],
    },
    {
      name: 'one source into two targets (tee)',
      does: (tee) => tee.reads('/w/a', 11, 100).makes('/w/b', 12, 100).makes('/w/c', 13, 100),
      lines: ['copy /w/a:11 -> /w/b:12', 'copy /w/a:11 -> /w/c:13'],
    },
    {
      name: 'of an empty file',
      does: (cp) => cp.reads('/w/a', 11, 0).makes('/w/b', 12, 0),
      lines: ['copy /w/a:11 -> /w/b:12'],
    },
    {
      name: 'an empty file read, and an old one truncated: no copy',
      does: (process) => process.reads('/w/a', 11, 0).writes('/w/b', 12, 0),
      lines: ['truncate /w/b:12 size=0'],
    },
    {
      name: 'of a file that the noise defaults name is a copy still',
      does: (cp) => cp.reads('/etc/passwd', 11, 100).makes('/w/b', 12, 100),
      lines: ['copy /etc/passwd:11 -> /w/b:12'],
      ignoredReads: ['/etc/passwd'],
    },
    {
      name: 'in several closes of one file',
      does: (process) =>
        process
          .file({ path: '/w/a', inode: 11, read: 60 })
          .file({ path: '/w/a', inode: 11, read: 40 })
          .makes('/w/b', 12, 100),
      lines: ['copy /w/a:11 -> /w/b:12'],
    },
    {
      name: 'though its head was read twice',
      does: (process) => process.file({ path: '/w/a', inode: 11, read: 130, size: 100 }).makes('/w/b', 12, 100),
      lines: ['copy /w/a:11 -> /w/b:12'],
    },
    {
      name: 'out of a mapping (iconv)',
      does: (process) =>
        process.file({ path: '/w/a', inode: 11, size: 100, facts: FILE_MAPPED }).makes('/w/b', 12, 100),
      lines: ['copy /w/a:11 -> /w/b:12'],
    },
    {
      name: 'from one mapping into another',
      does: (process) =>
        process
          .file({ path: '/w/a', inode: 11, size: 100, facts: FILE_MAPPED })
          .file({ path: '/w/b', inode: 12, size: 100, facts: FILE_CREATED | FILE_RESIZED | FILE_MAPPED_WRITE }),
      lines: ['copy /w/a:11 -> /w/b:12'],
    },
    {
      name: 'with zeros that became holes (cp --sparse=always)',
      does: (cp) =>
        cp
          .reads('/w/a', 11, 1000)
          .file({ path: '/w/b', inode: 12, written: 400, size: 1000, facts: FILE_CREATED | FILE_RESIZED }),
      lines: ['copy /w/a:11 -> /w/b:12'],
    },
    {
      name: 'of nothing but holes, which are not read',
      does: (cp) =>
        cp
          .file({ path: '/w/a', inode: 11, size: 1000, facts: FILE_EMPTY })
          .file({ path: '/w/b', inode: 12, size: 1000, facts: FILE_CREATED | FILE_RESIZED }),
      lines: ['copy /w/a:11 -> /w/b:12'],
    },
    {
      name: 'a file made as large as another one that was only read in part: no copy',
      does: (process) =>
        process
          .file({ path: '/w/a', inode: 11, read: 10, size: 1000 })
          .file({ path: '/w/b', inode: 12, size: 1000, facts: FILE_CREATED | FILE_RESIZED }),
      lines: ['read /w/a:11', 'create /w/b:12'],
    },
    {
      name: 'what every program reads has the same size by chance',
      does: (git) => git.reads('/etc/conf', 11, 23).reads('/w/a', 13, 50).makes('/w/b', 12, 23),
      lines: ['read /w/a:13', 'create /w/b:12'],
      content: { 11: 'other', 12: 'other', 13: 'other' },
      ignoredReads: ['/etc/conf'],
    },
    {
      name: 'as many bytes, of a file read and written itself: no copy of itself',
      does: (process) => process.reads('/w/a', 11, 100).writes('/w/a', 11, 100),
      lines: ['write /w/a:11'],
    },
    {
      name: 'several into one (cat a b > c)',
      does: (cat) => cat.reads('/w/a', 11, 100).reads('/w/b', 12, 50).makes('/w/c', 13, 150),
      lines: ['copy /w/a:11,/w/b:12 -> /w/c:13'],
    },
    {
      name: 'several into one with other bytes between: no copy',
      does: (process) => process.reads('/w/a', 11, 100).reads('/w/b', 12, 50).makes('/w/c', 13, 160),
      lines: ['read /w/a:11', 'read /w/b:12', 'create /w/c:13'],
      content: { 11: 'other', 12: 'other', 13: 'other' },
    },
  ],
  'move across file systems': [
    {
      name: 'a copy whose source is removed',
      does: (mv) => mv.reads('/w/a', 11, 100).makes('/v/a', 21, 100).removes('/w/a', 11),
      lines: ['rename /w/a:11 -> /v/a:21'],
    },
    {
      name: 'of an empty file',
      does: (mv) => mv.reads('/w/a', 11, 0).makes('/v/a', 21, 0).removes('/w/a', 11),
      lines: ['rename /w/a:11 -> /v/a:21'],
    },
    {
      name: 'of two files',
      does: (mv) =>
        mv
          .reads('/w/a', 11, 100)
          .makes('/v/a', 21, 100)
          .reads('/w/b', 12, 50)
          .makes('/v/b', 22, 50)
          .removes('/w/a', 11)
          .removes('/w/b', 12),
      lines: ['rename /w/a:11 -> /v/a:21', 'rename /w/b:12 -> /v/b:22'],
    },
  ],
  split: [
    {
      name: 'one file into new ones that hold just as much',
      does: (split) =>
        split.makes('/w/xaa', 12, 100).makes('/w/xab', 13, 100).makes('/w/xac', 14, 50).reads('/w/a', 11, 250),
      lines: ['split /w/a:11 -> /w/xaa:12,/w/xab:13,/w/xac:14'],
    },
    {
      name: 'more pieces than a line shows',
      does: (split) => {
        for (let piece = 0; piece < 10; piece++) split.makes(`/w/x${piece}`, 20 + piece, 10);
        split.reads('/w/a', 11, 100);
      },
      lines: ['split /w/a:11 -> /w/x0:20,/w/x1:21,/w/x2:22,/w/x3:23,/w/x4:24,/w/x5:25,/w/x6:26,/w/x7:27 (+2 more)'],
    },
    {
      name: 'pieces that hold less: no split',
      does: (process) => process.reads('/w/a', 11, 250).makes('/w/x', 12, 100).makes('/w/y', 13, 100),
      lines: ['read /w/a:11', 'create /w/x:12', 'create /w/y:13'],
      content: { 11: 'other', 12: 'other', 13: 'other' },
    },
  ],
  compress: [
    {
      name: 'by the signature of the result (gzip -k)',
      does: (gzip) => gzip.reads('/w/a', 11, 1000).makes('/w/a.gz', 12, 90),
      content: { 11: 'other', 12: 'archive' },
      lines: ['compress /w/a:11 -> /w/a.gz:12'],
    },
    {
      name: 'the removal of the input is part of it (gzip)',
      does: (gzip) => gzip.reads('/w/a', 11, 1000).makes('/w/a.gz', 12, 90).removes('/w/a', 11),
      content: { 12: 'archive' },
      lines: ['compress /w/a:11 -> /w/a.gz:12'],
    },
    {
      name: 'three of three (gzip a b c)',
      does: (gzip) =>
        gzip
          .reads('/w/a', 11, 1000)
          .makes('/w/a.gz', 21, 90)
          .removes('/w/a', 11)
          .reads('/w/b', 12, 1000)
          .makes('/w/b.gz', 22, 90)
          .removes('/w/b', 12),
      content: { 21: 'archive', 22: 'archive' },
      lines: ['compress /w/a:11 -> /w/a.gz:21', 'compress /w/b:12 -> /w/b.gz:22'],
    },
    {
      name: 'one of two',
      does: (zip) => zip.reads('/w/a', 11, 1000).reads('/w/b', 12, 500).makes('/w/z', 21, 90),
      content: { 11: 'other', 12: 'other', 21: 'archive' },
      lines: ['compress /w/a:11,/w/b:12 -> /w/z:21'],
    },
    {
      name: 'by shape when nothing is left to look at',
      does: (process) => process.reads('/w/a', 11, 1000).makes('/w/a.zz', 12, 90),
      lines: ['compress /w/a:11 -> /w/a.zz:12'],
    },
    {
      name: 'by the name of an archive that is gone before it is looked at (zip z a; zip z b)',
      does: (zip) => zip.reads('/w/a', 11, 1000).makes('/w/z.zip', 12, 90),
      content: { 11: 'other' },
      lines: ['compress /w/a:11 -> /w/z.zip:12'],
    },
    {
      name: 'the name alone says nothing of a file that is there',
      does: (process) => process.reads('/w/a', 11, 1000).makes('/w/z.zip', 12, 90),
      content: { 11: 'other', 12: 'other' },
      lines: ['read /w/a:11', 'create /w/z.zip:12'],
    },
    {
      name: 'a library of object files (ar)',
      does: (ar) => ar.reads('/w/a.o', 11, 1000).reads('/w/b.o', 12, 500).makes('/w/lib.a', 13, 1600),
      content: { 11: 'other', 12: 'other', 13: 'library' },
      lines: ['compress /w/a.o:11,/w/b.o:12 -> /w/lib.a:13'],
    },
    {
      name: 'an archive around an archive (gzip of a zip)',
      does: (gzip) => gzip.reads('/w/a.zip', 11, 1000).makes('/w/a.zip.gz', 12, 1010),
      content: { 11: 'archive', 12: 'archive' },
      lines: ['compress /w/a.zip:11 -> /w/a.zip.gz:12'],
    },
    {
      name: 'one file read and another written, neither an archive: no compress',
      does: (process) => process.reads('/w/a.c', 11, 1000).makes('/w/a.o', 12, 90),
      content: { 11: 'other', 12: 'other' },
      lines: ['read /w/a.c:11', 'create /w/a.o:12'],
    },
  ],
  'compress, told from noise': [
    {
      name: 'what a program rewrites comes from what it was, not from what the C library read (zip -d)',
      does: (zip) =>
        zip
          .reads('/etc/locale', 10, 3000)
          .reads('/w/z.zip', 11, 900)
          .makes('/w/ziAbC', 12, 500)
          .renames('/w/ziAbC', '/w/z.zip', 12, 11),
      content: { 10: 'other', 12: 'archive' },
      ignoredReads: ['/etc/'],
      lines: ['write /w/z.zip:12'],
    },
    {
      name: 'what cannot have filled it is no source',
      does: (process) => process.reads('/etc/locale', 10, 72).makes('/w/t.tar', 12, 51_200),
      content: { 10: 'other', 12: 'archive' },
      ignoredReads: ['/etc/'],
      lines: ['create /w/t.tar:12'],
    },
    {
      name: 'unless it was all there was',
      does: (process) => process.reads('/etc/passwd', 10, 3000).makes('/w/t.tar', 12, 10_240),
      content: { 10: 'other', 12: 'archive' },
      ignoredReads: ['/etc/'],
      lines: ['compress /etc/passwd:10 -> /w/t.tar:12'],
    },
    {
      name: 'zlib begins with nothing of its own, and goes by its name (pigz -z)',
      does: (pigz) => pigz.reads('/w/a', 11, 1000).makes('/w/a.zz', 12, 90),
      content: { 11: 'other', 12: 'other' },
      lines: ['compress /w/a:11 -> /w/a.zz:12'],
    },
  ],
  extract: [
    {
      name: 'by the signature of the source (unzip)',
      does: (unzip) => unzip.makes('/w/a', 12, 1000).makes('/w/b', 13, 500).reads('/w/z.zip', 11, 90),
      content: { 11: 'archive', 12: 'other', 13: 'other' },
      lines: ['extract /w/z.zip:11 -> /w/a:12,/w/b:13'],
    },
    {
      name: 'by the name of an archive that is gone before it is looked at (tar x; rm)',
      does: (tar) => tar.reads('/w/t.tar', 11, 2000).makes('/w/a', 12, 1000).makes('/w/b', 13, 500),
      content: { 12: 'other', 13: 'other' },
      lines: ['extract /w/t.tar:11 -> /w/a:12,/w/b:13'],
    },
    {
      name: 'a library alone (ar x)',
      does: (ar) => ar.reads('/w/lib.a', 11, 1600).makes('/w/a.o', 12, 1000).makes('/w/b.o', 13, 500),
      content: { 11: 'library', 12: 'other', 13: 'other' },
      lines: ['extract /w/lib.a:11 -> /w/a.o:12,/w/b.o:13'],
    },
    {
      name: 'a library among other files is linked, not extracted (ld)',
      does: (ld) => ld.reads('/w/main.o', 10, 900).reads('/w/lib.a', 11, 1600).makes('/w/a.out', 12, 2000),
      content: { 10: 'other', 11: 'library', 12: 'other' },
      lines: ['read /w/main.o:10', 'read /w/lib.a:11', 'create /w/a.out:12'],
    },
    {
      name: 'what else was read is no part of it',
      does: (tar) =>
        tar.reads('/w/list', 10, 7).reads('/w/z.tar', 11, 2000).makes('/w/a', 12, 1000).makes('/w/b', 13, 500),
      content: { 10: 'other', 11: 'archive', 12: 'other', 13: 'other' },
      lines: ['read /w/list:10', 'extract /w/z.tar:11 -> /w/a:12,/w/b:13'],
    },
    {
      name: 'by the name that lost its suffix when the input is gone (gunzip)',
      does: (gunzip) => gunzip.reads('/w/a.gz', 11, 90).makes('/w/a', 12, 1000).removes('/w/a.gz', 11),
      content: { 12: 'other' },
      lines: ['extract /w/a.gz:11 -> /w/a:12'],
    },
    {
      name: 'an archive out of an archive (gunzip of a.tar.gz)',
      does: (gunzip) => gunzip.reads('/w/a.tar.gz', 11, 90).makes('/w/a.tar', 12, 10_240),
      content: { 11: 'archive', 12: 'archive' },
      lines: ['extract /w/a.tar.gz:11 -> /w/a.tar:12'],
    },
    {
      name: 'three of three (gunzip a.gz b.gz)',
      does: (gunzip) =>
        gunzip
          .reads('/w/a.gz', 11, 90)
          .makes('/w/a', 21, 1000)
          .removes('/w/a.gz', 11)
          .reads('/w/b.gz', 12, 80)
          .makes('/w/b', 22, 900)
          .removes('/w/b.gz', 12),
      content: { 11: 'archive', 12: 'archive', 21: 'other', 22: 'other' },
      lines: ['extract /w/a.gz:11 -> /w/a:21', 'extract /w/b.gz:12 -> /w/b:22'],
    },
  ],
  replacement: [
    {
      name: 'settings written thrice are one new file (git init)',
      does: (git) =>
        git
          .makes('/w/config.lock', 11, 36)
          .renames('/w/config.lock', '/w/config', 11)
          .reads('/w/config', 11, 36)
          .makes('/w/config.lock', 12, 50)
          .renames('/w/config.lock', '/w/config', 12, 11),
      lines: ['create /w/config:12'],
      ignoredReads: ['/w/config'],
    },
    {
      name: 'what was seen at the path before is replaced, where the kernel does not say so',
      does: (process, scenario) => {
        scenario.program('touch', 400).makes('/w/a', 10, 0).exits();
        scenario.behaviours.length = 0;
        process.makes('/w/a.tmp', 11, 5).renames('/w/a.tmp', '/w/a', 11);
      },
      lines: ['write /w/a:11'],
    },
    {
      name: 'the old one is kept by another name (perl -i.bak)',
      does: (perl) =>
        perl.reads('/w/a', 11, 100).links('/w/a', '/w/a.bak', 11).removes('/w/a', 11).makes('/w/a', 12, 90),
      lines: ['write /w/a:12'],
    },
    {
      name: 'zip makes a temporary beside the archive, and renames it',
      does: (zip) =>
        zip
          .makes('/w/z.zip', 20, 0)
          .removes('/w/z.zip', 20)
          .reads('/w/a', 11, 1000)
          .makes('/w/ziAbCd', 21, 90)
          .renames('/w/ziAbCd', '/w/z.zip', 21),
      content: { 11: 'other', 21: 'archive' },
      lines: ['compress /w/a:11 -> /w/z.zip:21'],
    },
    {
      name: 'zip adds to an archive: its old content is no source',
      does: (zip) =>
        zip
          .reads('/w/z.zip', 20, 90)
          .reads('/w/b', 12, 1000)
          .makes('/w/ziAbCd', 21, 180)
          .renames('/w/ziAbCd', '/w/z.zip', 21, 20),
      content: { 12: 'other', 21: 'archive' },
      lines: ['compress /w/b:12 -> /w/z.zip:21'],
    },
    {
      name: 'zip removes the old archive when the new one is complete, and then renames it',
      does: (zip) =>
        zip
          .reads('/w/z.zip', 20, 90)
          .reads('/w/b', 12, 1000)
          .makes('/w/ziAbCd', 21, 180)
          .reads('/w/z.zip', 20, 90)
          .removes('/w/z.zip', 20)
          .renames('/w/ziAbCd', '/w/z.zip', 21),
      content: { 12: 'other', 21: 'archive' },
      lines: ['compress /w/b:12 -> /w/z.zip:21'],
    },
    {
      name: 'a backup that stays is part of the write, also where it is copied first (nano -B)',
      does: (nano) =>
        nano.reads('/w/a', 11, 300).makes('/w/a~', 12, 300).file({ path: '/w/a', inode: 11, written: 310 }),
      lines: ['write /w/a:11'],
    },
    {
      name: 'the old file is moved away, read there, and written anew with the same content (fileinput)',
      does: (python) =>
        python
          .renames('/w/a', '/w/a.bak', 11)
          .reads('/w/a.bak', 11, 300)
          .makes('/w/a', 12, 300)
          .removes('/w/a.bak', 11),
      lines: ['write /w/a:12'],
    },
    {
      name: 'a file removed, and another renamed to its place, is one write',
      does: (process) => process.makes('/w/new', 12, 9).removes('/w/a', 11).renames('/w/new', '/w/a', 12),
      lines: ['write /w/a:12'],
    },
    {
      name: 'unzip removes the old file before it makes the new one',
      does: (unzip) => unzip.removes('/w/a', 12).makes('/w/a', 13, 1000).reads('/w/z.zip', 11, 90),
      content: { 11: 'archive', 13: 'other' },
      lines: ['extract /w/z.zip:11 -> /w/a:13'],
    },
    {
      name: 'sed -i: the old lines were only read to make the new ones',
      does: (sed) => sed.reads('/w/a', 11, 100).makes('/w/sedAbCd', 12, 101).renames('/w/sedAbCd', '/w/a', 12, 11),
      lines: ['write /w/a:12'],
    },
    {
      name: 'sed -i that changes as many bytes as it reads is no copy',
      does: (sed) => sed.reads('/w/a', 11, 100).makes('/w/sedAbCd', 12, 100).renames('/w/sedAbCd', '/w/a', 12, 11),
      lines: ['write /w/a:12'],
    },
    {
      name: 'a new file under its final name',
      does: (process) => process.makes('/w/.tmp', 12, 100).renames('/w/.tmp', '/w/a', 12),
      lines: ['create /w/a:12'],
    },
    {
      name: 'an old file removed and made anew',
      does: (process) => process.removes('/w/a', 11).makes('/w/a', 12, 100),
      lines: ['write /w/a:12'],
    },
    {
      name: 'the same inode number used again at once (ext4) is another file',
      does: (process) => process.reads('/w/a', 11, 100).removes('/w/a', 11).makes('/w/a', 11, 50),
      lines: ['write /w/a:11'],
    },
    {
      name: 'a file that the process made, removed and made again was not there before',
      does: (process) => process.makes('/w/a', 11, 100).removes('/w/a', 11).makes('/w/a', 11, 50),
      lines: ['create /w/a:11'],
    },
  ],
  editor: [
    {
      name: 'vim edits a file: probe 4913, swap and backup are aids',
      does: (vim) =>
        vim
          .reads('/w/f', 11, 100)
          .makes('/w/.f.swp', 12, 0)
          .makes('/w/.f.swx', 13, 0)
          .removes('/w/.f.swx', 13)
          .removes('/w/.f.swp', 12)
          .makes('/w/.f.swp', 12, 4096)
          .makes('/w/4913', 14, 0)
          .removes('/w/4913', 14)
          .renames('/w/f', '/w/f~', 11)
          .makes('/w/f', 15, 120)
          .removes('/w/f~', 11)
          .removes('/w/.f.swp', 12),
      lines: ['write /w/f:15'],
    },
    {
      name: 'vim makes a new file',
      does: (vim) => vim.makes('/w/.f.swp', 12, 4096).makes('/w/f', 15, 120).removes('/w/.f.swp', 12),
      lines: ['create /w/f:15'],
    },
    {
      name: 'vim shows a file',
      does: (vim) => vim.makes('/w/.f.swp', 12, 4096).reads('/w/f', 11, 100).removes('/w/.f.swp', 12),
      lines: ['read /w/f:11'],
    },
    {
      name: 'the swap file that is removed an hour after the file was read',
      does: (vim, scenario) => {
        vim.reads('/w/f', 11, 100);
        scenario.wait(SETTLE);
        vim.makes('/w/.f.swp', 12, 4096);
        scenario.wait(SETTLE / 2);
        vim.removes('/w/.f.swp', 12);
      },
      lines: ['read /w/f:11'],
    },
    {
      name: 'a file with an unrelated name that was made and removed is worth its removal',
      does: (process) => process.reads('/w/f', 11, 100).makes('/w/other', 12, 10).removes('/w/other', 12),
      lines: ['read /w/f:11', 'remove /w/other:12'],
    },
  ],
  'work files': [
    {
      name: 'one that was written and read back (ar)',
      does: (ar) =>
        ar
          .reads('/w/a', 11, 1000)
          .file({ path: '/w/stAbC', inode: 12, written: 1200, size: 600, facts: FILE_CREATED | FILE_MODIFIED })
          .writes('/w/l.a', 13, 700)
          .removes('/w/stAbC', 12),
      content: { 11: 'other', 13: 'library' },
      lines: ['compress /w/a:11 -> /w/l.a:13'],
    },
    {
      name: 'one whose content went to another file (strip)',
      does: (strip) =>
        strip.makes('/w/stAbC', 12, 600).reads('/w/x', 13, 900).writes('/w/x', 13, 600).removes('/w/stAbC', 12),
      lines: ['write /w/x:13'],
    },
    {
      name: 'the text of a long here-document',
      does: (bash) =>
        bash
          .makes('/tmp/sh-thd.AbC', 12, 100_000)
          .removes('/tmp/sh-thd.AbC', 12)
          .exec({ comm: 'prog' })
          .file({ path: '/tmp/sh-thd.AbC', inode: 12, read: 100_000, facts: FILE_UNLINKED })
          .makes('/w/a', 13, 100_000),
      lines: ['create /w/a:13'],
    },
    {
      name: 'a name tried with an empty file and then with a link (git init)',
      does: (git) =>
        git
          .makes('/w/tAbC', 11, 0)
          .removes('/w/tAbC', 11)
          .makesSymbolicLink('/w/testing', '/w/tAbC', 12)
          .removes('/w/tAbC', 12),
      lines: [],
    },
  ],
  erasure: [
    {
      name: 'one overwritten, removed and then closed (busybox shred -u)',
      does: (shred) => shred.removes('/w/a', 11).file({ path: '/w/a', inode: 11, written: 300, facts: FILE_UNLINKED }),
      lines: ['remove /w/a:11'],
    },
    {
      name: 'a file renamed several times before it is removed goes by its first name (shred -u)',
      does: (shred) =>
        shred.writes('/w/a', 11, 300).renames('/w/a', '/w/00', 11).renames('/w/00', '/w/0', 11).removes('/w/0', 11),
      lines: ['remove /w/a:11'],
    },
    {
      name: 'one overwritten and removed is removed',
      does: (process) => process.writes('/w/a', 11, 300).removes('/w/a', 11),
      lines: ['remove /w/a:11'],
    },
    {
      name: 'of another file under the name that was left: both are told',
      does: (process) => process.renames('/w/a', '/w/b', 11).removes('/w/a', 12),
      lines: ['rename /w/a:11 -> /w/b:11', 'remove /w/a:12'],
    },
  ],
  remove: [
    {
      name: 'a file',
      does: (rm) => rm.removes('/w/a', 11),
      lines: ['remove /w/a:11'],
    },
    {
      name: 'a file that was read before',
      does: (process) => process.reads('/w/a', 11, 100).removes('/w/a', 11),
      lines: ['read /w/a:11', 'remove /w/a:11'],
    },
    {
      name: 'known_hosts.XXXXXXXXXX of ssh, made and removed (P2)',
      does: (ssh) =>
        ssh
          .reads('/h/known_hosts', 11, 978)
          .makes('/h/known_hosts.j6xj9Z', 12, 978)
          .removes('/h/known_hosts.j6xj9Z', 12),
      lines: ['read /h/known_hosts:11', 'remove /h/known_hosts.j6xj9Z:12'],
    },
    {
      name: 'a file without a name (O_TMPFILE), or unlinked while open, is nothing that anyone sees',
      does: (process) =>
        process.file({ path: '/tmp/#123', inode: 12, written: 10, facts: FILE_CREATED | FILE_UNLINKED }),
      lines: [],
    },
  ],
  names: [
    {
      name: 'a file or directory renamed',
      does: (mv) => mv.renames('/w/a', '/w/b', 11),
      lines: ['rename /w/a:11 -> /w/b:11'],
    },
    {
      name: 'a directory made and removed',
      does: (process) => process.name('mkdir', '/w/d', 31).name('rmdir', '/w/d', 31),
      lines: ['mkdir /w/d:31', 'rmdir /w/d:31'],
    },
    {
      name: 'the inode comes from the cache where the kernel does not tell',
      does: (process) => process.reads('/w/a', 11, 100).removes('/w/a', 0),
      lines: ['read /w/a:11', 'remove /w/a:11'],
    },
    {
      name: 'and is 0 where nobody knows',
      does: (rm) => rm.removes('/w/a', 0),
      lines: ['remove /w/a:0'],
    },
    {
      name: 'of a new directory is looked up by its path',
      does: (mkdir, { inodes }) => {
        inodes.add('', '/w/d', 31);
        mkdir.name('mkdir', '/w/d', 0);
      },
      lines: ['mkdir /w/d:31'],
    },
  ],
  write: [
    {
      name: 'a new file is create, also with content',
      does: (process) => process.makes('/w/a', 11, 100),
      lines: ['create /w/a:11'],
    },
    {
      name: 'an empty one too (touch)',
      does: (touch) => touch.makes('/w/a', 11, 0),
      lines: ['create /w/a:11'],
    },
    {
      name: 'an existing one is write',
      does: (process) => process.file({ path: '/w/a', inode: 11, written: 5, size: 100 }),
      lines: ['write /w/a:11'],
    },
    {
      name: 'opened for both, and modified',
      does: (process) => process.file({ path: '/w/a', inode: 11, facts: FILE_MODIFIED, size: 100 }),
      lines: ['write /w/a:11'],
    },
    {
      name: 'read and written: the reading was for the writing',
      does: (process) => process.reads('/w/a', 11, 100).file({ path: '/w/a', inode: 11, written: 5 }),
      lines: ['write /w/a:11'],
    },
  ],
  read: [
    {
      name: 'a file',
      does: (cat) => cat.reads('/w/a', 11, 100),
      lines: ['read /w/a:11'],
    },
    {
      name: 'one file read again and again is one line',
      does: (cat) => cat.reads('/w/a', 11, 100).reads('/w/a', 11, 100).reads('/w/a', 11, 100),
      lines: ['read /w/a:11'],
    },
    {
      name: 'through a mapping',
      does: (grep) => grep.file({ path: '/w/a', inode: 11, size: 100, facts: FILE_MAPPED }),
      lines: ['read /w/a:11'],
    },
    {
      name: 'an empty file has nothing to read',
      does: (cat) => cat.file({ path: '/w/a', inode: 11, facts: FILE_EMPTY | FILE_MAPPED }),
      lines: [],
    },
    {
      name: 'noise is no line',
      does: (process) => process.reads('/etc/passwd', 11, 100).reads('/usr/lib/x.so', 12, 832),
      ignoredReads: ['/etc/passwd', '/usr/lib/'],
      lines: [],
    },
    {
      name: 'unless it was passed on byte for byte: someone was shown it',
      does: (cat) => cat.file({ path: '/etc/passwd', inode: 11, read: 100, transferred: { read: 100, written: 100 } }),
      ignoredReads: ['/etc/passwd'],
      lines: ['read /etc/passwd:11'],
    },
    {
      name: 'what another process moved through a shared position is not put to this one',
      does: (process) =>
        process.file({
          path: '/w/script',
          inode: 11,
          read: 500,
          facts: FILE_SHARED,
          transferred: { read: 0, written: 0 },
        }),
      lines: [],
    },
    {
      name: 'an inode number beyond 2^53 is written whole',
      does: (cat) => cat.reads('/w/a', 2n ** 63n + 1n, 100),
      lines: ['read /w/a:9223372036854775809'],
    },
  ],
};

describe('facts in, lines out', () => {
  for (const [rule, cases] of Object.entries(rules)) {
    describe(rule, () => {
      for (const { name, does, lines, content = {}, ignoredReads = [] } of cases) {
        test(name, () => {
          const scenario = new Scenario(ignoredReads);
          for (const [inode, type] of Object.entries(content)) scenario.content.add(DEVICE, Number(inode), type);
          const process = scenario.program('prog');
          does(process, scenario);
          process.exits();
          assert.deepEqual(
            scenario.lines(),
            lines.map((line) => `200 300 root prog ${line}`),
          );
        });
      }
    });
  }
});

describe('an interpreter and its script', () => {
  function run(script: string, ...paths: readonly string[]): readonly string[] {
    const scenario = new Scenario();
    const shell = scenario.program('sh').exec({ comm: 'go.sh', exe: '/usr/bin/dash', script });
    paths.forEach((path, index) => shell.reads(path, 11 + index, 50));
    shell.exits();
    return scenario.lines();
  }

  test('reading the script is its start, and no behaviour', () => {
    assert.deepEqual(run('/w/go.sh', '/w/go.sh'), []);
  });

  test('also where it was called by a relative name', () => {
    assert.deepEqual(run('./go.sh', '/w/go.sh'), []);
  });

  test('other files that it reads are', () => {
    assert.deepEqual(run('./go.sh', '/w/go.sh', '/w/a'), ['200 300 root go.sh read /w/a:12']);
  });
});

describe('when facts are looked at', () => {
  test('at once when the process ends', () => {
    const scenario = new Scenario();
    const cat = scenario.program('cat').reads('/w/a', 11, 100);
    assert.deepEqual(scenario.lines(), []);
    cat.exits();
    assert.deepEqual(scenario.lines(), ['200 300 root cat read /w/a:11']);
  });

  test('when it starts another program, in the name of the one before', () => {
    const scenario = new Scenario();
    scenario.program('sh').makes('/w/out', 11, 5).exec({ comm: 'cat' });
    assert.deepEqual(scenario.lines(), ['200 300 root sh create /w/out:11']);
  });

  test('when it rests', () => {
    const scenario = new Scenario();
    scenario.program('daemon').reads('/w/a', 11, 100);
    scenario.wait(SETTLE / 2);
    assert.deepEqual(scenario.lines(), []);
    scenario.wait(SETTLE / 2);
    assert.deepEqual(scenario.lines(), ['200 300 root daemon read /w/a:11']);
    assert.equal(scenario.engine.isWaiting, false);
  });

  test('a process with very many facts is looked at before they fill the memory', () => {
    const scenario = new Scenario();
    const tar = scenario.program('tar');
    for (let index = 0; index < 5000; index++) tar.makes(`/w/${index}`, 100 + index, 1);
    assert.ok(scenario.lines().length >= 4000);
  });

  test('a copy is not torn apart where that happens between its two closes', () => {
    const scenario = new Scenario();
    const cp = scenario.program('cp');
    // One fact more than pairs: the limit comes after the first close of a pair.
    cp.makes('/w/log', 10, 7);
    for (let index = 0; index < 5000; index++) {
      cp.makes(`/t/${index}`, 20_000 + index, 1).reads(`/s/${index}`, 40_000 + index, 1);
    }
    cp.exits();
    const copies = scenario.lines().filter((line) => line.includes(' copy '));
    assert.equal(copies.length, 5000);
    for (const line of copies) assert.match(line, /copy \/s\/(\d+):\d+ -> \/t\/\1:/);
  });
});
