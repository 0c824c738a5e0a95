import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from '../../support/files.js';
import { temporaryDirectory } from '../../support/temporary.js';

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

describe('documents', () => {
  for (const path of [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'docs/behaviours.md',
    'docs/configuration.md',
    'docs/errors.md',
    'docs/benchmarks.md',
  ]) {
    test(`${path} links to files that exist`, () => {
      const targets = [...read(path).matchAll(/\]\(([^)#\s]+)[^)]*\)|^\[[^\]]+\]: (\S+)$/gm)].map(
        ([, inline, reference]) => inline ?? reference ?? '',
      );
      const missing = targets.filter(
        (target) => !/^https?:/.test(target) && !existsSync(join(root, dirname(path), target)),
      );
      assert.deepEqual(missing, []);
    });
  }

  test('make help describes every target that is there to be called', () => {
    const makefile = read('Makefile');
    const help = execFileSync('make', ['--no-print-directory', 'help'], { cwd: root, encoding: 'utf8' });
    for (const target of ['setup', 'build', 'test', 'lint', 'format', 'bench', 'run', 'clean']) {
      assert.match(makefile, new RegExp(`^${target}:`, 'm'));
      assert.match(help, new RegExp(`^  make ${target} +\\S`, 'm'));
    }
  });
});

describe('licences', () => {
  test('every source below bpf/ names its own', () => {
    const sources = execFileSync('find', ['bpf', '-name', '*.[ch]'], { cwd: root, encoding: 'utf8' })
      .trim()
      .split('\n');
    for (const source of sources) {
      assert.match(read(source), /^\/\* SPDX-License-Identifier: \(GPL-2\.0-only OR BSD-2-Clause\) \*\/\n/, source);
    }
  });

  test('all named ones are there in full', () => {
    assert.match(read('LICENSE'), /Apache License\s+Version 2\.0/);
    assert.match(read('LICENSES/GPL-2.0-only.txt'), /GNU GENERAL PUBLIC LICENSE\s+Version 2/);
    assert.match(read('LICENSES/BSD-2-Clause.txt'), /Redistribution and use/);
  });
});

describe('dependencies', () => {
  test('are pinned, or two machines would not run the same program', () => {
    const versions = [...read('package.json').matchAll(/^ {4}"([^"]+)": "([\d^~*][^"]*)",?$/gm)];
    assert.ok(versions.length > 10);
    for (const [, name, version = ''] of versions) assert.match(version, /^\d+\.\d+\.\d+$/, name);
  });

  test('of other platforms are in the lock file too, or npm ci refuses it there', () => {
    const lock = read('package-lock.json');
    for (const platform of ['linux-x64-gnu', 'linux-arm64-gnu'])
      assert.ok(lock.includes(`"node_modules/@chdb/lib-${platform}"`), platform);
  });

  test('are locked without the address of a registry', () => {
    assert.doesNotMatch(read('package-lock.json'), /"resolved"/);
  });
});

describe('launcher', () => {
  test('finds its program from any directory, through symbolic links', (context) => {
    const directory = temporaryDirectory(context);
    const link = join(directory, 'panorama');
    symlinkSync(join(root, 'bin/panorama'), `${link}.first`);
    symlinkSync(`${link}.first`, link);
    assert.match(execFileSync(link, ['--version'], { cwd: directory, encoding: 'utf8' }), /^panorama \d+\.\d+\.\d+\n$/);
  });
});
