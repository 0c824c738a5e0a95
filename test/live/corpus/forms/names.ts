// long: a table
import { formsOf, js, pl, py } from './form.js';

const files = 'seq 100 > a; seq 90 > b; mkdir -p d/e; seq 9 > d/a; seq 8 > d/e/b';
const across = (command: string): string => `unshare -m sh -c 'mkdir t; mount -t tmpfs none t; ${command}'`;
const exchange = 'import ctypes; assert ctypes.CDLL(None).renameat2(-100, b"a", -100, b"b", 2) == 0';

const removes = formsOf('delete', files, [
  ['rm -rf d/*', ['rm remove {-d/a}', 'rm remove {-d/e/b}', 'rm rmdir {-d/e}']],
  ['find d -mindepth 1 -delete', ['find remove {-d/a}', 'find remove {-d/e/b}', 'find rmdir {-d/e}']],
  ['find d -type d -name e -exec rm -r {} +', ['rm remove {-d/e/b}', 'rm rmdir {-d/e}']],
  [
    "find . -type f -name '[ab]' -print0 | xargs -0 -n1 -P2 rm",
    ['rm remove {-a}', 'rm remove {-b}', 'rm remove {-d/a}', 'rm remove {-d/e/b}'],
  ],
  ['shred -u a b', ['shred remove {-a}', 'shred remove {-b}']],
  ['shred -n1 --remove=unlink a', ['shred remove {-a}']],
  ['shred -n1 --remove=wipe a-longer-name', ['shred remove {-a-longer-name}'], 'seq 50 > a-longer-name'],
  [
    'shred -n1 -z -u *.log',
    ['shred remove {-x.log}', 'shred remove {-y.log}', 'shred remove {-z.log}'],
    'for i in x y z; do seq 100 > $i.log; done',
  ],
  ['busybox shred -u a', ['busybox remove {-a}']],
  ['rm l', ['rm remove {-l}'], 'seq 9 > a; ln -s a l'],
  ['rm -d d', ['rm rmdir {-d}'], 'mkdir d'],
  ['dd if=/dev/zero of=a bs=292 count=1 conv=notrunc status=none; rm a', ['dd write {-a}', 'rm remove {-a}']],
  ['cp a f; rm f', ['cp copy {a} -> {dir}/f:*', 'rm remove {dir}/f:*']],
  ['busybox find . -name a -exec busybox rm {} +', ['busybox remove {-a}', 'busybox remove {-d/a}']],
  [
    'busybox rm -r d',
    ['busybox remove {-d/a}', 'busybox remove {-d/e/b}', 'busybox rmdir {-d/e}', 'busybox rmdir {-d}'],
  ],
  [
    'rsync -a --delete empty/ d/',
    ['rsync remove {-d/a}', 'rsync remove {-d/e/b}', 'rsync rmdir {-d/e}'],
    `${files}; mkdir empty; touch -r d empty`,
  ],
  [
    py('import os; os.unlink("d/e/b"); os.removedirs("d/e")'),
    ['python3 remove {-d/e/b}', 'python3 rmdir {-d/e}'],
    'mkdir -p d/e; touch d/e/b d/x',
  ],
  [py('import glob, os\nfor f in glob.glob("[ab]"): os.remove(f)'), ['python3 remove {-a}', 'python3 remove {-b}']],
  [
    ['perl', '-MFile::Path=remove_tree', '-e', 'remove_tree("d")'],
    ['perl remove {-d/a}', 'perl remove {-d/e/b}', 'perl rmdir {-d/e}', 'perl rmdir {-d}'],
  ],
  [pl('unlink glob("[ab]")'), ['perl remove {-a}', 'perl remove {-b}']],
  [
    js('fs.promises.rm("d", { recursive: true, force: true })'),
    ['node remove {-d/a}', 'node remove {-d/e/b}', 'node rmdir {-d/e}', 'node rmdir {-d}'],
  ],
  [js('fs.unlinkSync("a")'), ['node remove {-a}']],
  ['echo "file delete a" | tclsh', ['tclsh remove {-a}']],
  ['rm -f missing; rm -rf missing2', []],
  [
    'rm many/*',
    Array.from({ length: 12 }, (_, at) => `rm remove {-many/${at + 10}}`),
    'mkdir many; for i in $(seq 10 21); do seq $i > many/$i; done',
  ],
]);

const moves = formsOf('move', files, [
  ['mv -t d/e a b', ['mv rename {=a:d/e/a} -> {d/e/a}', 'mv rename {dir}/b:* -> {d/e/b}']],
  ['mv -b a b', ['mv rename {-a} -> {b}', 'mv rename {-b} -> {b~}']],
  ['mv -f a b', ['mv rename {=a:b} -> {b}']],
  ['mv l k', ['mv rename {=l:k} -> {k}'], 'ln -s a l'],
  [across('mv a b t'), ['mkdir mkdir {t}', 'mv rename {dir}/a:* -> {dir}/t/a:*', 'mv rename {dir}/b:* -> {dir}/t/b:*']],
  [
    across('busybox mv d t'),
    [
      'mkdir mkdir {t}',
      'busybox mkdir {dir}/t/d:*',
      'busybox mkdir {dir}/t/d/e:*',
      'busybox rename {dir}/d/a:* -> {dir}/t/d/a:*',
      'busybox rename {dir}/d/e/b:* -> {dir}/t/d/e/b:*',
      'busybox rmdir {-d/e}',
      'busybox rmdir {-d}',
    ],
  ],
  [
    across('perl -MFile::Copy=move -e "move(q(a), q(t/b))"'),
    ['mkdir mkdir {t}', 'perl rename {dir}/a:* -> {dir}/t/b:*'],
  ],
  [across('cp a t; rm a'), ['mkdir mkdir {t}', 'cp copy {dir}/a:* -> {dir}/t/a:*', 'rm remove {-a}']],
  [
    py('import os; os.renames("a", "x/y/a")'),
    ['python3 mkdir {x}', 'python3 mkdir {x/y}', 'python3 rename {=a:x/y/a} -> {x/y/a}'],
  ],
  [py('import pathlib; pathlib.Path("a").replace("b")'), ['python3 rename {=a:b} -> {b}']],
  [py('import shutil; shutil.move("d", "x")'), ['python3 rename {=d:x} -> {x}']],
  [py('import shutil, os; shutil.copy("a", "x"); os.remove("a")'), ['python3 rename {-a} -> {x}']],
  [py(exchange), ['python3 rename {-a},{-b} -> {b},{a}']],
  [py('import os; os.link("a", "x"); os.unlink("a")'), ['python3 rename {-a} -> {x}']],
  [['perl', '-MFile::Copy=move', '-e', 'move("a", "x")'], ['perl rename {=a:x} -> {x}']],
  [
    pl('for (glob "[ab]") { rename $_, "$_.bak" }'),
    ['perl rename {=a:a.bak} -> {a.bak}', 'perl rename {=b:b.bak} -> {b.bak}'],
  ],
  [js('fs.promises.rename("a", "x")'), ['node rename {=a:x} -> {x}']],
  [
    'find . -maxdepth 1 -type f -exec mv -t d/e {} +',
    ['mv rename {=a:d/e/a} -> {d/e/a}', 'mv rename {dir}/b:* -> {d/e/b}'],
  ],
  [
    'rename.ul .txt .md *.txt',
    ['rename.ul rename {=x.txt:x.md} -> {x.md}', 'rename.ul rename {=y.txt:y.md} -> {y.md}'],
    'touch x.txt y.txt',
  ],
  ['echo "file rename a x" | tclsh', ['tclsh rename {=a:x} -> {x}']],
  [
    'mv a x && mv b a && mv x b',
    ['mv rename {dir}/a:* -> {dir}/x:*', 'mv rename {=b:a} -> {a}', 'mv rename {=x:b} -> {b}'],
  ],
  ['mv d x; mv x/e y', ['mv rename {=d:x} -> {x}', 'mv rename {=x/e:y} -> {y}']],
]);

const splits = formsOf('split', 'seq 3000 > a', [
  ['split -n l/3 a', ['split split {a} -> {xaa},{xab},{xac}']],
  ['split -n r/3 a', ['split split {a} -> {xaa},{xab},{xac}']],
  ['split -C 5000 a p', ['split split {a} -> {paa},{pab},{pac}']],
  ['split -x -a 3 -b 7000 a', ['split split {a} -> {x000},{x001}']],
  ['split -l 1000 --additional-suffix=.txt a', ['split split {a} -> {xaa.txt},{xab.txt},{xac.txt}']],
  ['cat a | split -b 5000 -', ['split split {a} -> {xaa},{xab},{xac}']],
  ['csplit -s -z a /1000/ "{*}"', ['csplit split {a} -> {xx00},{xx01}'], 'seq 1500 > a'],
  ['csplit -s -n 3 -f p a 1000', ['csplit split {a} -> {p000},{p001}']],
  ['csplit -s -k a /500/+1 /2500/', ['csplit split {a} -> {xx00},{xx01},{xx02}']],
  ['awk \'{ print > (NR <= 1000 ? "x" : "y") }\' a', ['awk split {a} -> {y},{x}']],
  [
    py(
      'import itertools\nl = open("a").readlines()\nfor i in range(3): open(f"p{i}", "w").writelines(l[i * 1000:(i + 1) * 1000])',
    ),
    ['python3 split {a} -> {p0},{p1},{p2}'],
  ],
  [
    pl('open(A, "a"); open(X, ">x"); open(Y, ">y"); while (<A>) { print { $. % 2 ? *X : *Y } $_ }'),
    ['perl split {a} -> {x},{y}'],
  ],
  [
    js(
      'const d = fs.readFileSync("a"); fs.writeFileSync("x", d.subarray(0, 5000)); fs.writeFileSync("y", d.subarray(5000))',
    ),
    ['node split {a} -> {x},{y}'],
  ],
  [
    'dd if=a of=x bs=5000 count=1 status=none; dd if=a of=y bs=5000 skip=1 status=none',
    ['dd copy {a} -> {x}', 'dd copy {a} -> {y}'],
  ],
  ['split -b 5000 a; rm a', ['split split {-a} -> {xaa},{xab},{xac}', 'rm remove {-a}']],
]);

const links = formsOf('link', files, [
  ['ln a l', ['ln link {a} -> {l}']],
  ['ln -s a l', ['ln symlink {a} -> {l}']],
  ['ln -sf b l', ['ln symlink {b} -> {l}'], 'seq 9 > a; seq 8 > b; ln -s a l'],
  ['ln -sr d/a l', ['ln symlink {d/a} -> {l}']],
  ['ln -f a b', ['ln link {a} -> {b}']],
  ['link a l', ['link link {a} -> {l}']],
  ['cp -l a l; cp -s a k', ['cp link {a} -> {l}', 'cp symlink {a} -> {k}']],
  ['cp -rl d x', ['cp mkdir {x}', 'cp mkdir {x/e}', 'cp link {d/a} -> {x/a}', 'cp link {d/e/b} -> {x/e/b}']],
  ['cp -P l k', ['cp symlink {a} -> {k}'], 'seq 9 > a; ln -s a l'],
  ['busybox ln -s a l', ['busybox symlink {a} -> {l}']],
  [py('import os; os.symlink("a", "l"); os.link("a", "k")'), ['python3 symlink {a} -> {l}', 'python3 link {a} -> {k}']],
  [pl('symlink "a", "l"; link "a", "k"'), ['perl symlink {a} -> {l}', 'perl link {a} -> {k}']],
  [js('fs.symlinkSync("a", "l"); fs.linkSync("a", "k")'), ['node symlink {a} -> {l}', 'node link {a} -> {k}']],
  [
    'hardlink -q . 2> /dev/null > /dev/null',
    ['hardlink link * -> *', 'hardlink read *', 'hardlink read *'],
    'seq 100 > a; cp -p a b',
  ],
]);

const attributes = formsOf('attribute', files, [
  ['chmod 600 a', ['chmod chmod {a} mode=0600']],
  [
    'chmod -R go= d',
    [
      'chmod chmod {d} mode=0700',
      'chmod chmod {d/a} mode=0600',
      'chmod chmod {d/e} mode=0700',
      'chmod chmod {d/e/b} mode=0600',
    ],
  ],
  ['chmod --reference=b a', ['chmod chmod {a} mode=0600'], 'touch a b; chmod 600 b'],
  ['chown 5:6 a', ['chown chown {a} owner=5:6']],
  [
    'chown -R 7 d',
    [
      'chown chown {d} owner=7',
      'chown chown {d/a} owner=7',
      'chown chown {d/e} owner=7',
      'chown chown {d/e/b} owner=7',
    ],
  ],
  ['chgrp 8 a', ['chgrp chown {a} owner=:8']],
  ['find d -type f -exec chmod 640 {} +', ['chmod chmod {d/a} mode=0640', 'chmod chmod {d/e/b} mode=0640']],
  ['install -m 700 a x', ['install copy {a} -> {x}']],
  ['touch f; chmod +x f', ['touch create {f}', 'chmod chmod {f} mode=0755']],
  ['busybox chmod 600 a; busybox chown 5 a', ['busybox chmod {a} mode=0600', 'busybox chown {a} owner=5:0']],
  [
    py('import os; os.chmod("a", 0o640); os.chown("b", 5, 6)'),
    ['python3 chmod {a} mode=0640', 'python3 chown {b} owner=5:6'],
  ],
  [py('import shutil; shutil.copymode("a", "b")'), ['python3 chmod {b} mode=0644']],
  [pl('chmod 0640, "a", "b"'), ['perl chmod {a} mode=0640', 'perl chmod {b} mode=0640']],
  [js('fs.chmodSync("a", 0o640); fs.chownSync("b", 5, 6)'), ['node chmod {a} mode=0640', 'node chown {b} owner=5:6']],
]);

const directories = formsOf('directory', 'true', [
  [
    'mkdir a b; mkdir -p a/x b/y/z',
    ['mkdir mkdir {a}', 'mkdir mkdir {b}', 'mkdir mkdir {a/x}', 'mkdir mkdir {b/y}', 'mkdir mkdir {b/y/z}'],
  ],
  [
    'mkdir -p {x,y}/{1,2}',
    [
      'mkdir mkdir {x}',
      'mkdir mkdir {x/1}',
      'mkdir mkdir {x/2}',
      'mkdir mkdir {y}',
      'mkdir mkdir {y/1}',
      'mkdir mkdir {y/2}',
    ],
  ],
  ['mkdir -p a', [], 'mkdir a'],
  ['rmdir a || true', [], 'mkdir a; touch a/b'],
  ['busybox rmdir -p a/b', ['busybox rmdir {-a/b}', 'busybox rmdir {-a}'], 'mkdir -p a/b'],
  [
    py('import tempfile\nwith tempfile.TemporaryDirectory(dir="."): pass'),
    ['python3 mkdir {dir}/tmp*', 'python3 rmdir {dir}/tmp*'],
  ],
  [js('fs.rmdirSync("a")'), ['node rmdir {-a}'], 'mkdir a'],
  ['install -d -m 700 a/b c', ['install mkdir {a}', 'install mkdir {a/b}', 'install mkdir {c}']],
  ['cp -r --no-target-directory s a', ['cp mkdir {a}'], 'mkdir s'],
  ['pushd / > /dev/null; popd > /dev/null', []],
]);

export const nameForms = [...removes, ...moves, ...splits, ...links, ...attributes, ...directories];
