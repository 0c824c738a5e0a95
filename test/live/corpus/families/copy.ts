import type { Row } from '../row.js';
import { nameOf } from './name.js';

const file = 'seq 5000 > a';

function copies(command: Row['command'], expected: readonly string[], setup = file): Row {
  return { name: nameOf(command, setup), behaviour: 'copy', setup, command, expected };
}

const python = '/usr/bin/python3';
const tree = 'mkdir -p d/e; seq 900 > d/a; seq 100 > d/e/b';

/** The bytes of one file in another, by whatever means. */
export const copy: readonly Row[] = [
  copies(['cp', 'a', 'b'], ['cp copy {a} -> {b}']),
  copies(['cp', '-p', 'a', 'b'], ['cp copy {a} -> {b}']),
  copies(['cp', '-a', 'a', 'b'], ['cp copy {a} -> {b}']),
  copies(['cp', 'a', 'b'], ['cp copy {a} -> {b}'], `${file}; echo old > b`),
  copies(['cp', '--remove-destination', 'a', 'b'], ['cp copy {a} -> {b}'], `${file}; echo old > b`),
  copies(['cp', '-b', 'a', 'b'], ['cp copy {a} -> {b}'], `${file}; echo old > b`),
  copies(['cp', 'a', 'b'], ['cp copy {a} -> {b}'], 'touch a'),
  copies(
    ['cp', 'a', 'b', 'c', 'd'],
    ['cp copy {a} -> {d/a}', 'cp copy {b} -> {d/b}', 'cp copy {c} -> {d/c}'],
    'seq 500 > a; seq 500 > b; seq 400 > c; mkdir d',
  ),
  copies(
    ['cp', '-r', 'd', 't'],
    ['cp mkdir {t}', 'cp mkdir {t/e}', 'cp copy {d/a} -> {t/a}', 'cp copy {d/e/b} -> {t/e/b}'],
    tree,
  ),
  copies(
    ['cp', '-a', 'd', 't'],
    ['cp mkdir {t}', 'cp mkdir {t/e}', 'cp copy {d/a} -> {t/a}', 'cp copy {d/e/b} -> {t/e/b}'],
    tree,
  ),
  copies(['cp', '--reflink=never', 'a', 'b'], ['cp copy {a} -> {b}']),
  copies(['cp', '--sparse=always', 'a', 'b'], ['cp copy {a} -> {b}'], 'truncate -s 1M a; seq 5000 >> a'),
  copies(['cp', 'a', 'b'], ['cp copy {a} -> {b}'], 'truncate -s 3G a; echo end >> a'),
  copies(['install', 'a', 'b'], ['install copy {a} -> {b}']),
  copies(['install', '-m', '600', 'a', 'b'], ['install copy {a} -> {b}']),
  copies('install -D a x/y/b', ['install mkdir {x}', 'install mkdir {x/y}', 'install copy {a} -> {x/y/b}']),
  copies(['dd', 'if=a', 'of=b', 'status=none'], ['dd copy {a} -> {b}']),
  copies(['dd', 'if=a', 'of=b', 'bs=7', 'status=none'], ['dd copy {a} -> {b}']),
  copies('dd if=a of=b bs=1M iflag=fullblock oflag=dsync status=none', ['dd copy {a} -> {b}']),
  copies('cat a > b', ['cat copy {a} -> {b}']),
  copies('cat < a > b', ['cat copy {a} -> {b}']),
  copies('cat - < a > b', ['cat copy {a} -> {b}']),
  copies('tee b < a > /dev/null', ['tee copy {a} -> {b}']),
  copies('tee b c < a > /dev/null', ['tee copy {a} -> {b}', 'tee copy {a} -> {c}']),
  copies('head -c 999999 a > b', ['head copy {a} -> {b}']),
  copies('sort -s -k9 a > b', ['sort copy {a} -> {b}']),
  copies(['busybox', 'cp', 'a', 'b'], ['busybox copy {a} -> {b}']),
  copies('busybox cat a > b', ['busybox copy {a} -> {b}']),
  copies(['busybox', 'dd', 'if=a', 'of=b'], ['busybox copy {a} -> {b}']),
  copies(
    ['busybox', 'cp', '-r', 'd', 't'],
    ['busybox mkdir {t}', 'busybox mkdir {t/e}', 'busybox copy {d/a} -> {t/a}', 'busybox copy {d/e/b} -> {t/e/b}'],
    tree,
  ),
  copies([python, '-c', 'import shutil; shutil.copy("a", "b")'], ['python3 copy {a} -> {b}']),
  copies([python, '-c', 'import shutil; shutil.copyfile("a", "b")'], ['python3 copy {a} -> {b}']),
  copies([python, '-c', 'import shutil; shutil.copy2("a", "b")'], ['python3 copy {a} -> {b}']),
  copies(
    [python, '-c', 'import shutil; shutil.copytree("d", "t")'],
    ['python3 mkdir {t}', 'python3 mkdir {t/e}', 'python3 copy {d/a} -> {t/a}', 'python3 copy {d/e/b} -> {t/e/b}'],
    tree,
  ),
  copies([python, '-c', 'open("b", "wb").write(open("a", "rb").read())'], ['python3 copy {a} -> {b}']),
  copies(
    [
      python,
      '-c',
      'import os; i = os.open("a", 0); o = os.open("b", os.O_WRONLY | os.O_CREAT); os.sendfile(o, i, 0, 1 << 20)',
    ],
    ['python3 copy {a} -> {b}'],
  ),
  copies(['perl', '-MFile::Copy', '-e', 'copy("a", "b")'], ['perl copy {a} -> {b}']),
  copies('"$NODE" -e "fs.copyFileSync(\'a\', \'b\')"', ['node copy {a} -> {b}']),
  copies('"$NODE" -e "fs.createReadStream(\'a\').pipe(fs.createWriteStream(\'b\'))"', ['node copy {a} -> {b}']),
  copies(
    '"$NODE" -e "fs.cpSync(\'d\', \'t\', { recursive: true })"',
    ['node mkdir {t}', 'node mkdir {t/e}', 'node copy {d/a} -> {t/a}', 'node copy {d/e/b} -> {t/e/b}'],
    tree,
  ),
  copies('./unknown a b', ['unknown copy {a} -> {b}'], `${file}; cp /bin/cp unknown`),
  copies('cat a b > c', ['cat copy {a},{b} -> {c}'], 'seq 50 > a; seq 90 > b'),
  copies('cat x* > y', ['cat copy {xaa},{xab},{xac} -> {y}'], 'seq 3000 > a; split -b 5000 a; rm a'),
  copies('while IFS= read -r line; do printf "%s\\n" "$line"; done < a > b', ['bash copy {a} -> {b}'], 'seq 300 > a'),
  copies('find d -type f -exec cp {} . \\;', ['cp copy {d/a} -> {a}', 'cp copy {d/e/b} -> {b}'], tree),
  copies(
    'for f in a b; do cp $f $f.bak; done',
    ['cp copy {a} -> {a.bak}', 'cp copy {b} -> {b.bak}'],
    'seq 9 > a; seq 8 > b',
  ),
  copies('cp a b && cp b c', ['cp copy {a} -> {b}', 'cp copy {b} -> {c}']),
  copies('cp /etc/passwd p', ['cp copy /etc/passwd:* -> {p}'], 'true'),
  copies('cat /etc/passwd > p', ['cat copy /etc/passwd:* -> {p}'], 'true'),
  copies('mkdir u; cp a "u/with space"', ['mkdir mkdir {u}', 'cp copy {a} -> {dir}/u/with\\040space:*']),
];
