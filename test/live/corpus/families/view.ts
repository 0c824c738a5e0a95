import type { Row } from '../row.js';
import { nameOf } from './name.js';

const setup = 'seq 3000 > a; seq 40 > b';

function views(command: Row['command'], comm: string, expected: readonly string[] = [`${comm} read {a}`]): Row {
  return { name: nameOf(command, setup), behaviour: 'view', setup, command, expected };
}

/** Looking at a file, whatever the program makes of it. */
export const view: readonly Row[] = [
  views(['cat', 'a'], 'cat'),
  views('cat < a', 'cat'),
  views('cat a b | cat', 'cat', ['cat read {a}', 'cat read {b}']),
  views(['less', 'a'], 'less'),
  views(['more', 'a'], 'more'),
  views(['head', '-n', '5', 'a'], 'head'),
  views(['tail', '-n', '5', 'a'], 'tail'),
  views(['grep', '-c', '7', 'a'], 'grep'),
  views('grep -l 7 a b', 'grep', ['grep read {a}', 'grep read {b}']),
  views('grep -r 17 .', 'grep', ['grep read {a}', 'grep read {b}']),
  views(['sort', 'a'], 'sort'),
  views(['uniq', 'a'], 'uniq'),
  views(['od', '-c', 'a'], 'od'),
  views(['wc', 'a'], 'wc'),
  views(['cut', '-c1', 'a'], 'cut'),
  views(['nl', 'a'], 'nl'),
  views(['tac', 'a'], 'tac'),
  views(['md5sum', 'a'], 'md5sum'),
  views(['sha256sum', 'a'], 'sha256sum'),
  views(['cksum', 'a'], 'cksum'),
  views('diff a b || true', 'diff', ['diff read {a}', 'diff read {b}']),
  views('cmp a b || true', 'cmp', ['cmp read {a}', 'cmp read {b}']),
  views('comm --nocheck-order a b', 'comm', ['comm read {a}', 'comm read {b}']),
  views('join --nocheck-order a b', 'join', ['join read {a}', 'join read {b}']),
  views('paste a b', 'paste', ['paste read {a}', 'paste read {b}']),
  views(['sed', '-n', '1,5p', 'a'], 'sed'),
  views(['awk', '{ s += $1 } END { print s }', 'a'], 'awk'),
  views('while read -r line; do :; done < a', 'bash'),
  views('echo "$(<b)"', 'bash', ['bash read {b}']),
  views('mapfile -t lines < a', 'bash'),
  views('. ./b 2>/dev/null; true', 'bash', ['bash read {b}']),
  views(['busybox', 'cat', 'a'], 'busybox'),
  views(['busybox', 'grep', '-c', '7', 'a'], 'busybox'),
  views(['busybox', 'head', '-n', '3', 'a'], 'busybox'),
  views(['busybox', 'md5sum', 'a'], 'busybox'),
  views(['busybox', 'wc', 'a'], 'busybox'),
  views(['/usr/bin/python3', '-c', 'open("a").read()'], 'python3'),
  views(
    [
      '/usr/bin/python3',
      '-c',
      'import mmap; f = open("a", "rb"); m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ); len(m[:])',
    ],
    'python3',
  ),
  views(['/usr/bin/python3', '-c', 'import os; os.pread(os.open("a", os.O_RDONLY), 100, 5)'], 'python3'),
  views(['perl', '-ne', '1', 'a'], 'perl'),
  views('"$NODE" -e "fs.readFileSync(\'a\')"', 'node'),
  views(['dd', 'if=a', 'of=/dev/null', 'status=none'], 'dd'),
  views('vim -u NONE -i NONE -es -c q a', 'vim'),
  views('vim -u NONE -i NONE -R -es -c q a', 'vim'),
  views(['cp', 'a', '/dev/null'], 'cp'),
  views('tail -n +2 a | head -n 1', 'tail'),
  views('exec 5< a; read -r -u 5 line; exec 5<&-', 'bash'),
  views('find . -name a -exec cat {} \\;', 'cat'),
  views('echo a b | xargs cat', 'cat', ['cat read {a}', 'cat read {b}']),
  views('cp /bin/cat viewer; ./viewer a', 'viewer', ['cp copy /usr/bin/cat:* -> {viewer}', 'viewer read {a}']),
];
