import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Something that users of a host do. */
export interface Workload {
  readonly name: string;
  /** Most lines that it is worth. */
  readonly most: number;
  /** Run before, unseen. */
  prepare(directory: string): void;
  /** For bash, in the directory. */
  readonly script: string;
  /** Run after, unseen. */
  readonly tidy?: string;
}

const sources = 150;

/** A C program of 151 files that include what C programs include. */
function makeProgram(directory: string): void {
  const headers = ['stdio', 'stdlib', 'string', 'unistd', 'errno', 'sys/socket', 'netinet/in', 'pthread', 'math'];
  const includes = headers.map((name) => `#include <${name}.h>\n`).join('');
  const names = Array.from({ length: sources }, (_, index) => `part${index}`);
  for (const [index, name] of names.entries()) {
    const body = `int ${name}(int x)\n{\n\tchar text[64];\n\n\tsnprintf(text, sizeof(text), "%d", x * ${index});\n\treturn strlen(text) + atoi(text);\n}\n`;
    writeFileSync(join(directory, `${name}.c`), `${includes}#include "parts.h"\n\n${body}`);
  }
  writeFileSync(join(directory, 'parts.h'), names.map((name) => `int ${name}(int x);\n`).join(''));
  const calls = names.map((name) => `\tsum += ${name}(sum);\n`).join('');
  writeFileSync(
    join(directory, 'main.c'),
    `#include "parts.h"\n\nint main(void)\n{\n\tint sum = 0;\n\n${calls}\treturn sum == 0;\n}\n`,
  );
  const objects = ['main', ...names].map((name) => `${name}.o`).join(' ');
  writeFileSync(
    join(directory, 'Makefile'),
    `program: ${objects}\n\tgcc -o $@ $^\n%.o: %.c parts.h\n\tgcc -O1 -c -o $@ $<\n`,
  );
}

/** A package of 20 files that no archive has. */
function makePackage(directory: string): void {
  const tree = join(directory, 'tree');
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
  mkdirSync(join(tree, 'usr/share/doc/panorama-bench'), { recursive: true });
  mkdirSync(join(tree, 'usr/lib/panorama-bench'), { recursive: true });
  const control = [
    'Package: panorama-bench',
    'Version: 1',
    'Architecture: all',
    'Maintainer: nobody <nobody@localhost>',
  ];
  writeFileSync(join(tree, 'DEBIAN/control'), `${[...control, 'Description: files'].join('\n')}\n`);
  writeFileSync(join(tree, 'usr/share/doc/panorama-bench/copyright'), 'none\n');
  for (let file = 1; file < 20; file++)
    writeFileSync(join(tree, `usr/lib/panorama-bench/${file}`), `${file}\n`.repeat(500));
  execFileSync('dpkg-deb', ['-b', '--root-owner-group', tree, join(directory, 'bench.deb')], { stdio: 'ignore' });
}

function makeTree(directory: string): void {
  for (let at = 0; at < 100; at++) {
    mkdirSync(join(directory, `tree/${at}`), { recursive: true });
    for (let file = 0; file < 100; file++) writeFileSync(join(directory, `tree/${at}/${file}`), `file ${at}/${file}\n`);
  }
}

function nothing(): void {
  // Its script needs nothing.
}

export const workloads: readonly Workload[] = [
  { name: 'make -j2 of 151 C files', most: 100, prepare: makeProgram, script: 'make -s -j2' },
  {
    name: 'apt-get install of a package of 20 files',
    most: 100,
    prepare: makePackage,
    script: 'DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install ./bench.deb',
    tidy: 'DEBIAN_FRONTEND=noninteractive apt-get -q -y purge panorama-bench',
  },
  { name: 'find / -xdev -type f', most: 2, prepare: nothing, script: 'find / -xdev -type f' },
  { name: 'cp -r and rm -r of 10,000 files', most: 60, prepare: makeTree, script: 'cp -r tree copy; rm -r tree copy' },
  {
    name: 'find -exec cat of 1,000 files',
    most: 150,
    prepare: makeTree,
    script: "find tree -name '*[05]0' -exec cat {} ';' ; find tree -name '*1' -exec cat {} ';' | head -c 1000000",
  },
  {
    name: 'log-in shell, python3, man, dpkg -l, git init, add, commit, status',
    most: 100,
    prepare: nothing,
    script: [
      'bash -lc true',
      "python3 -c 'import json, http.server'",
      'man ls | cat',
      'dpkg -l',
      'git init -q . && echo content > file && git add file',
      'git -c user.name=a -c user.email=a@localhost commit -qm first && git status',
    ].join('; '),
  },
];
