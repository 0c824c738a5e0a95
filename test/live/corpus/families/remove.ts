import type { Row } from '../row.js';
import { nameOf } from './name.js';

function removes(command: Row['command'], expected: readonly string[], setup = 'seq 100 > a'): Row {
  return { name: nameOf(command, setup), behaviour: 'delete', setup, command, expected };
}

const python = '/usr/bin/python3';
const tree = 'mkdir -p d/e; seq 9 > d/a; seq 9 > d/e/b';

export const remove: readonly Row[] = [
  removes(['rm', 'a'], ['rm remove {-a}']),
  removes(['rm', '-f', 'a', 'missing'], ['rm remove {-a}']),
  removes(['rm', 'a', 'b', 'c'], ['rm remove {-a}', 'rm remove {-b}', 'rm remove {-c}'], 'touch a b c'),
  removes(['rm', '-r', 'd'], ['rm remove {-d/a}', 'rm remove {-d/e/b}', 'rm rmdir {-d/e}', 'rm rmdir {-d}'], tree),
  removes(['unlink', 'a'], ['unlink remove {-a}']),
  removes(['find', '.', '-name', 'a', '-delete'], ['find remove {-a}']),
  removes('find . -type f -exec rm {} +', ['rm remove {-d/a}', 'rm remove {-d/e/b}'], tree),
  removes('find . -type f | xargs rm', ['rm remove {-d/a}', 'rm remove {-d/e/b}'], tree),
  removes(['shred', '-u', 'a'], ['shred remove {-a}']),
  removes(['shred', '-n', '1', '-z', '-u', 'a'], ['shred remove {-a}']),
  removes(['shred', '-n', '1', 'a'], ['shred write {a}']),
  removes(['busybox', 'rm', 'a'], ['busybox remove {-a}']),
  removes(
    ['busybox', 'rm', '-rf', 'd'],
    ['busybox remove {-d/a}', 'busybox remove {-d/e/b}', 'busybox rmdir {-d/e}', 'busybox rmdir {-d}'],
    tree,
  ),
  removes(['busybox', 'unlink', 'a'], ['busybox remove {-a}']),
  removes([python, '-c', 'import os; os.remove("a")'], ['python3 remove {-a}']),
  removes(
    [python, '-c', 'import shutil; shutil.rmtree("d")'],
    ['python3 remove {-d/a}', 'python3 remove {-d/e/b}', 'python3 rmdir {-d/e}', 'python3 rmdir {-d}'],
    tree,
  ),
  removes([python, '-c', 'import pathlib; pathlib.Path("a").unlink()'], ['python3 remove {-a}']),
  removes(['perl', '-e', 'unlink "a"'], ['perl remove {-a}']),
  removes('"$NODE" -e "fs.rmSync(\'a\')"', ['node remove {-a}']),
  removes(
    '"$NODE" -e "fs.rmSync(\'d\', { recursive: true })"',
    ['node remove {-d/a}', 'node remove {-d/e/b}', 'node rmdir {-d/e}', 'node rmdir {-d}'],
    tree,
  ),
  removes('rm -i a <<< y', ['rm remove {-a}']),
  removes('cd d && rm ../a', ['rm remove {-a}'], 'touch a; mkdir d'),
  removes('exec 5< a; rm a; cat <&5', ['rm remove {-a}', 'cat read {dir}/a:*']),
];
