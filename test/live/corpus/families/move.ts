import type { Row } from '../row.js';
import { nameOf } from './name.js';

function moves(command: Row['command'], expected: readonly string[], setup = 'seq 100 > a'): Row {
  return { name: nameOf(command, setup), behaviour: 'move', setup, command, expected };
}

const python = '/usr/bin/python3';
/** Another file system, gone with the row's mount namespace. */
const across = (command: string): string => `unshare -m sh -c 'mkdir t; mount -t tmpfs none t; ${command}'`;

export const move: readonly Row[] = [
  moves(['mv', 'a', 'b'], ['mv rename {=a:b} -> {b}']),
  moves(['mv', 'a', 'd'], ['mv rename {=a:d/a} -> {d/a}'], 'seq 9 > a; mkdir d'),
  moves(['mv', 'a', 'b'], ['mv rename {=a:b} -> {b}'], 'seq 9 > a; seq 8 > b'),
  moves(['mv', '-n', 'a', 'b'], [], 'seq 9 > a; seq 8 > b'),
  moves(['mv', 'd', 'e'], ['mv rename {=d:e} -> {e}'], 'mkdir d; seq 9 > d/a'),
  moves(['mv', 'a', 'b', 'd'], ['mv rename {=a:d/a} -> {d/a}', 'mv rename {=b:d/b} -> {d/b}'], 'touch a b; mkdir d'),
  moves('mv a b; mv b c', ['mv rename {dir}/a:* -> {dir}/b:*', 'mv rename {=b:c} -> {c}']),
  moves(
    'for f in a b; do mv "$f" "$f.bak"; done',
    ['mv rename {=a:a.bak} -> {a.bak}', 'mv rename {=b:b.bak} -> {b.bak}'],
    'touch a b',
  ),
  moves(['busybox', 'mv', 'a', 'b'], ['busybox rename {=a:b} -> {b}']),
  moves([python, '-c', 'import os; os.rename("a", "b")'], ['python3 rename {=a:b} -> {b}']),
  moves([python, '-c', 'import shutil; shutil.move("a", "b")'], ['python3 rename {=a:b} -> {b}']),
  moves(['perl', '-e', 'rename "a", "b"'], ['perl rename {=a:b} -> {b}']),
  moves('"$NODE" -e "fs.renameSync(\'a\', \'b\')"', ['node rename {=a:b} -> {b}']),
  moves(['rename.ul', 'a', 'b', 'a'], ['rename.ul rename {=a:b} -> {b}']),
  moves(across('mv a t/b'), ['mkdir mkdir {t}', 'mv rename {dir}/a:* -> {dir}/t/b:*']),
  moves(across('busybox mv a t/b'), ['mkdir mkdir {t}', 'busybox rename {dir}/a:* -> {dir}/t/b:*']),
  moves(across('/usr/bin/python3 -c "import shutil; shutil.move(\\"a\\", \\"t/b\\")"'), [
    'mkdir mkdir {t}',
    'python3 rename {dir}/a:* -> {dir}/t/b:*',
  ]),
  moves(
    across('mv d t/e'),
    ['mkdir mkdir {t}', 'mv mkdir {dir}/t/e:*', 'mv rename {dir}/d/a:* -> {dir}/t/e/a:*', 'mv rmdir {-d}'],
    'mkdir d; seq 9 > d/a',
  ),
  moves('mv a b; mv b a', ['mv rename {dir}/a:* -> {dir}/b:*', 'mv rename {=b:a} -> {a}']),
];
