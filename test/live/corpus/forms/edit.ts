// long: a table
import { formsOf, js, pl, py } from './form.js';

const files = 'seq 1000 > a; seq 500 > b';
const vim = 'vim -u NONE -i NONE -es';
const repository =
  'git init -q; git config user.name n; git config user.email e; git config gc.auto 0; git config maintenance.auto false';

const edits = formsOf('edit', files, [
  ['sed -i s/1/2/ a b', ['sed write {a}', 'sed write {b}']],
  ['sed -i --follow-symlinks s/1/2/ l', ['sed write {a}'], 'seq 9 > a; ln -s a l'],
  ['sed -i s/1/12/ l', ['sed write {l}', 'sed read {a}'], 'seq 9 > a; ln -s a l'],
  ['sed --in-place=.orig s/1/2/ a', ['sed write {a}']],
  ['sed -n -i p a', ['sed write {a}']],
  ['perl -i -pe s/1/2/ a b', ['perl write {a}', 'perl write {b}']],
  ['perl -i.bak -pe s/1/2/ a', ['perl write {a}']],
  ['busybox sed -i s/1/2/ a b', ['busybox write {a}', 'busybox write {b}']],
  ['ex -s -c "%s/1/2/" -c x a', ['ex write {a}']],
  [`${vim} -c "normal ix" -c "next!" -c "normal iy" -c wq a b`, ['vim read {a}', 'vim write {b}']],
  [`${vim} -o a b -c "windo normal ix" -c wqa`, ['vim write {a}', 'vim write {b}']],
  [`${vim} -c "%s/1/12/" -c "w! b" -c q! a`, ['vim read {a}', 'vim write {b}']],
  [`${vim} -c "r b" -c wq a`, ['vim write {a}', 'vim read {b}']],
  ["ed -s a <<< $'1d\\nw\\nq'", ['ed write {a}']],
  ["printf '%s\\n' '1,5d' w q | ed -s a > /dev/null", ['ed write {a}']],
  [
    'patch -sb a < p',
    ['patch write {a}', 'patch read {p}'],
    'seq 100 > a; sed s/5/five/ a > b; diff -u a b > p || true; rm b',
  ],
  [
    'patch -s -p0 < p',
    ['patch write {x/a}', 'patch write {x/b}', 'patch read {p}'],
    'mkdir x y; seq 100 > x/a; seq 90 > x/b; for i in a b; do sed s/5/five/ x/$i > y/$i; done; (diff -ru x y || true) > q; sed "s,^\\(+++\\|---\\) [xy]/,\\1 x/," q > p; rm -r y q',
  ],
  ['sort -uo a a', ['sort write {a}']],
  ['sort -o a a b', ['sort write {a}', 'sort read {b}']],
  ['uniq a > t && mv t a', ['uniq copy {-a} -> {dir}/t:*', 'mv rename {dir}/t:* -> {a}']],
  [
    'head -n 3 a > t && cat t > a && rm t',
    ['head create {dir}/t:*', 'head read {a}', 'cat copy {dir}/t:* -> {a}', 'rm remove {dir}/t:*'],
  ],
  ['dd if=/dev/zero of=a bs=1 seek=10 count=5 conv=notrunc status=none', ['dd write {a}']],
  ['dd if=/dev/zero of=a bs=1 seek=10 count=5 status=none', ['dd write {a}']],
  ['dd if=/dev/urandom of=a bs=100 count=1 oflag=append conv=notrunc status=none', ['dd write {a}']],
  ['truncate -s +10 a', ['truncate truncate {a} size=3903']],
  ['truncate -s 5 a b', ['truncate truncate {a} size=5', 'truncate truncate {b} size=5']],
  ['fallocate -l 1M a', ['fallocate write {a}']],
  ['fallocate -p -o 0 -l 4096 x', ['fallocate write {x}'], 'seq 9000 > x'],
  ['tee -a a b <<< more > /dev/null', ['tee write {a}', 'tee write {b}']],
  ['cat >> a <<EOF\nmore\nEOF', ['cat write {a}']],
  ['for i in 1 2 3; do printf x >> a; done', ['bash write {a}']],
  ['exec 3>> a; echo 1 >&3; date >&3; exec 3>&-', ['bash write {a}', 'date write {a}']],
  ['while read -r l; do echo "$l" >> b; done < a', ['bash copy {a} -> {b}'], 'seq 5 > a; seq 3 > b'],
  ['echo x | dd of=a bs=1 seek=3 conv=notrunc status=none', ['dd write {a}']],
  ["sqlite3 x.db 'insert into t values(1)'", ['sqlite3 write {x.db}'], "sqlite3 x.db 'create table t(n)'"],
  [
    "sqlite3 x.db 'pragma journal_mode=wal; insert into t values(1)'",
    ['sqlite3 write {x.db}'],
    "sqlite3 x.db 'create table t(n)'",
  ],
  ['strip x', ['strip write {x}'], "echo 'int main(){}' > x.c; gcc -o x x.c; rm x.c"],
  [
    'ssh-keygen -q -R host -f kh 2> /dev/null > /dev/null',
    ['ssh-keygen write {kh}'],
    'echo "host ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl" > kh',
  ],
  ['busybox dd if=/dev/zero of=a bs=10 count=1 conv=notrunc 2> /dev/null', ['busybox write {a}']],
  ['busybox sh -c "echo x >> a"', ['busybox write {a}']],
  ['busybox truncate -s 3 a', ['busybox truncate {a} size=3']],
  [py('import os; os.truncate("a", 7)'), ['python3 truncate {a} size=7']],
  [py('import pathlib; p = pathlib.Path("a"); p.write_text(p.read_text().replace("1", "2"))'), ['python3 write {a}']],
  [py('f = open("a", "r+"); t = f.read(); f.seek(0); f.write(t + "x"); f.truncate()'), ['python3 write {a}']],
  [
    py(
      'import os, tempfile\nfd, n = tempfile.mkstemp(dir="."); os.write(fd, b"new"); os.close(fd); os.replace(n, "a")',
    ),
    ['python3 write {a}'],
  ],
  [py('for n in range(3): open("a", "a").write("x")'), ['python3 write {a}']],
  [
    py(
      'import sqlite3; c = sqlite3.connect("x.db"); c.execute("create table t(n)"); c.execute("insert into t values (1)"); c.commit()',
    ),
    ['python3 create {x.db}'],
  ],
  [pl('open(F, ">>", "a"); print F "x"; close F; truncate "b", 4'), ['perl write {a}', 'perl truncate {b} size=4']],
  [js('fs.writeFileSync("a.tmp", "x"); fs.renameSync("a.tmp", "a")'), ['node write {a}']],
  [js('fs.truncateSync("a", 5)'), ['node truncate {a} size=5']],
  [js('const f = fs.openSync("a", "r+"); fs.writeSync(f, "xx", 10); fs.closeSync(f)'), ['node write {a}']],
  ["echo 'set f [open a a]; puts $f x; close $f' | tclsh", ['tclsh write {a}']],
  ['xxd -r p a', ['xxd read {p}', 'xxd write {a}'], 'seq 100 > a; echo "00000010: 4142 4344" > p'],
]);

const creates = formsOf('create', files, [
  ['install /dev/null f', ['install create {f}']],
  ['cp /dev/null f', ['cp create {f}']],
  ['head -c 1000 /dev/urandom > f', ['head create {f}']],
  ['yes | head -n 10 > f', ['head create {f}']],
  ['cat /proc/meminfo > f', ['cat create {f}']],
  ['ls -l > f', ['ls create {f}']],
  ['env > f; printf x >> f', ['env create {f}', 'bash write {f}']],
  ['tee x y z <<< hello > /dev/null', ['tee create {x}', 'tee create {y}', 'tee create {z}']],
  ["script -qc 'echo hi' f > /dev/null", ['script create {f}']],
  ['openssl rand -out f 100', ['openssl create {f}']],
  ['openssl genrsa -out k 1024 2> /dev/null', ['openssl create {k}']],
  ['truncate -s 1M f && mkfs.ext2 -q f', ['truncate create {f}', 'mkfs.ext2 write {f}']],
  ['dd if=/dev/zero of=f bs=1 count=0 seek=1M status=none', ['dd create {f}']],
  ['touch -d yesterday a f', ['touch create {f}']],
  ['awk \'{ print > ("p" $1 % 2) }\' b', ['awk split {b} -> {p0},{p1}']],
  ["sqlite3 x.db 'create table t(n); insert into t values(1)'", ['sqlite3 create {x.db}']],
  ['echo aGVsbG8= | base64 -d > f', ['base64 create {f}']],
  ['echo 68656c6c6f | xxd -r -p > f', ['xxd create {f}']],
  ['paste a b > f', ['paste create {f}', 'paste read {a}', 'paste read {b}']],
  ['diff a b > f || true', ['diff create {f}', 'diff read {a}', 'diff read {b}']],
  ['cut -c1 a > f', ['cut create {f}', 'cut read {a}']],
  ['wc -l a > f', ['wc create {f}', 'wc read {a}']],
  ['md5sum a > a.md5', ['md5sum create {a.md5}', 'md5sum read {a}']],
  ['grep 1 a | sort -r > f', ['sort create {a} -> {f}']],
  ['sed s/1/one/ a > f', ['sed create {f}', 'sed read {a}']],
  ['tr 1 x < a > f', ['tr copy {a} -> {f}']],
  ['openssl enc -aes-128-cbc -pass pass:x -pbkdf2 -in a -out f', ['openssl create {f}', 'openssl read {a}']],
  ['base64 a > f', ['base64 create {f}', 'base64 read {a}']],
  ['sqlite3 x.db .dump > f', ['sqlite3 create {f}', 'sqlite3 read {x.db}'], "sqlite3 x.db 'create table t(n)'"],
  ['cat > f <<EOF\n$(seq 20000)\nEOF', ['cat create {f}']],
  ['set -C; echo x >| a', ['bash write {a}']],
  [
    'f=$(mktemp -p .); echo x > "$f"; rm "$f"',
    ['mktemp create {dir}/tmp.*', 'bash write {dir}/tmp.*', 'rm remove {dir}/tmp.*'],
  ],
  ['nohup seq 5 > f 2>&1', ['seq create {f}']],
  ["trap 'echo bye > f' EXIT; true", ['bash create {f}']],
  ['(umask 077; touch f; mkdir x)', ['touch create {f}', 'mkdir mkdir {x}']],
  ['busybox sh -c "> f"', ['busybox create {f}']],
  ['busybox sh -c "echo 1 > f; echo 2 >> f"', ['busybox create {f}']],
  ['busybox mktemp ./f.XXXXXX', ['busybox create {dir}/f.*']],
  ['busybox dd if=/dev/zero of=f bs=1k count=3 2> /dev/null', ['busybox create {f}']],
  [py('import tempfile; tempfile.mkstemp(dir=".", prefix="f")'), ['python3 create {dir}/f*']],
  [py('import os; os.close(os.open("f", os.O_CREAT | os.O_EXCL))'), ['python3 create {f}']],
  [py('import json; json.dump({"a": 1}, open("f", "w"))'), ['python3 create {f}']],
  [
    py('import pathlib; pathlib.Path("x/y").mkdir(parents=True); pathlib.Path("x/y/f").write_text("hi")'),
    ['python3 mkdir {x}', 'python3 mkdir {x/y}', 'python3 create {x/y/f}'],
  ],
  [
    py('import logging; logging.basicConfig(filename="f"); logging.warning("x"); logging.warning("y")'),
    ['python3 create {f}'],
  ],
  [pl('open(F, ">", "f"); close F'), ['perl create {f}']],
  [
    ['perl', '-MFile::Path=make_path', '-e', 'make_path("x/y"); open(F, ">x/y/f")'],
    ['perl mkdir {x}', 'perl mkdir {x/y}', 'perl create {x/y/f}'],
  ],
  [js('fs.closeSync(fs.openSync("f", "w"))'), ['node create {f}']],
  [js('fs.promises.writeFile("f", "x")'), ['node create {f}']],
  [js('fs.mkdtempSync("./f")'), ['node mkdir {dir}/f*']],
]);

/** Files are older than the index, or git reads them again to be sure. */
const committed = `${repository}; seq 10 > a; touch -d "1 hour ago" a; git add a; git commit -qm first`;

const versions = formsOf('version-control', committed, [
  [
    'git init -q --template=',
    [
      'git mkdir {.git}',
      'git mkdir {.git/refs}',
      'git mkdir {.git/refs/heads}',
      'git mkdir {.git/refs/tags}',
      'git create {.git/HEAD}',
      'git create {.git/config}',
    ],
    'true',
  ],
  ['git add a', ['git read {a}'], `${repository}; seq 10 > a`],
  [
    'git commit -qm first',
    ['git create {.git/refs/heads/master}'],
    `${repository}; seq 10 > a; touch -d "1 hour ago" a; git add a`,
  ],
  ['git commit -qam second', ['git read {a}', 'git write {.git/refs/heads/master}'], `${committed}; echo x > a`],
  ['git status -s; git log --oneline; git show HEAD; git branch', []],
  ['git diff', ['git read {a}'], `${committed}; echo x > a`],
  ['git checkout -q a', ['git write {a}'], `${committed}; echo x > a`],
  ['git checkout -qb new', ['git create {.git/refs/heads/new}', 'git write {.git/HEAD}']],
  // The rename changes the time of the inode: where that is another second, git looks into the file again.
  ['git mv a b', ['git rename {=a:b} -> {b}'], `${committed}; git config core.trustctime false`],
  ['git rm -q a', ['git remove {-a}']],
  [
    'git clean -fdq',
    ['git remove {-x}', 'git remove {-y/z}', 'git rmdir {-y}'],
    `${repository}; echo > x; mkdir y; echo > y/z`,
  ],
  ['git gc -q', ['git create {.git/packed-refs}', 'git remove {-.git/refs/heads/master}']],
  ['git tag v1', ['git create {.git/refs/tags/v1}']],
  ['git config user.name x', ['git write {.git/config}'], 'git init -q'],
]);

export const editForms = [...edits, ...creates, ...versions];
