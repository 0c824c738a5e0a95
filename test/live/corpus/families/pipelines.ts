import type { Row } from '../row.js';
import { nameOf } from './name.js';

const file = 'seq 5000 > a';
const tree = 'mkdir d; seq 900 > d/x; seq 800 > d/y';
const python = '/usr/bin/python3';

function piped(command: Row['command'], expected: readonly string[], setup = file): Row {
  return { name: nameOf(command, setup), behaviour: 'pipeline', setup, command, expected };
}

/** Programs joined by pipes, FIFOs and socket pairs: what the first read is what the last wrote. */
export const pipelines: readonly Row[] = [
  piped('cat a | head -3 > b', ['head create {a} -> {b}']),
  piped('cat a | tail -n 3 > b', ['tail create {a} -> {b}']),
  piped('sort -r a | uniq | cut -c1 > b', ['cut create {a} -> {b}']),
  piped("cat a | sed s/1/x1/ | grep 2 | awk '{print $1}' | tr 2 3 > b", ['tr create {a} -> {b}']),
  piped('cat a | cat | cat > b', ['cat copy {a} -> {b}']),
  piped('cat a | dd of=b status=none', ['dd copy {a} -> {b}']),
  piped('base64 a | base64 -d > b', ['base64 copy {a} -> {b}']),
  piped('cat a | sort -o b', ['sort copy {a} -> {b}']),
  piped('cat a >> b', ['cat copy {a} -> {b}'], `${file}; echo old > b`),
  piped('{ cat a; cat b; } | sort > c', ['sort copy {a},{b} -> {c}'], `${file}; seq 300 > b`),
  piped('busybox cat a | busybox sed s/1/x1/ > b', ['busybox create {a} -> {b}']),
  piped('cat a | grep -c 7', ['cat read {a}']),
  piped('sort a | head -1', ['sort read {a}']),
  piped('cat a | ( read x; cat > b )', ['cat create {a} -> {b}']),
  piped('tail -n +2 a | while read x; do echo $x; done > b', ['bash create {a} -> {b}'], 'seq 200 > a'),
  // Compressed on the way
  piped('cat a | gzip > a.gz', ['gzip compress {a} -> {a.gz}']),
  piped('cat a | xz -T1 | cat > a.xz', ['cat compress {a} -> {a.xz}']),
  piped('gzip -dc a.gz | cat > b', ['cat extract {a.gz} -> {b}'], `${file}; gzip a`),
  piped('zcat a.gz | wc -l', ['gzip read {a.gz}'], `${file}; gzip a`),
  piped('tar c d | gzip > d.tgz', ['gzip compress {d/x},{d/y} -> {d.tgz}'], tree),
  piped('tar czf d.tgz d', ['tar compress {d/x},{d/y} -> {d.tgz}'], tree),
  piped(
    'gzip -dc d.tgz | tar x',
    ['tar mkdir {d}', 'tar extract {d.tgz} -> {d/x},{d/y}'],
    `${tree}; tar czf d.tgz d; rm -r d`,
  ),
  piped(
    'cat part.* | gzip -d | tar x',
    ['tar mkdir {d}', 'tar extract {part.aa},{part.ab},{part.ac} -> {d/x},{d/y}'],
    `${tree}; tar czf whole d; split -n 3 whole part.; rm -r d whole`,
  ),
  piped(
    'mkdir o; tar c d | tar x -C o',
    ['mkdir mkdir {o}', 'tar mkdir {o/d}', 'tar copy {d/x} -> {o/d/x}', 'tar copy {d/y} -> {o/d/y}'],
    tree,
  ),
  piped('cat a | split -l 2000', ['split split {a} -> {xaa},{xab},{xac}']),
  // Several readers, several writers
  piped('cat a | tee b | gzip > a.gz', ['tee copy {a} -> {b}', 'gzip compress {a} -> {a.gz}']),
  piped('cat a | tee >(gzip > a.gz) > b; wait', ['tee copy {a} -> {b}', 'gzip compress {a} -> {a.gz}']),
  piped('diff <(sort a) <(sort b) > c; true', ['diff create {a},{b} -> {c}'], `${file}; seq 4990 > b`),
  piped('sort a | comm -12 - <(sort b) > c', ['comm create {a},{b} -> {c}'], `${file}; seq 3000 7000 > b`),
  piped('paste <(cut -c1 a) <(cut -c2- a) > b', ['paste create {a} -> {b}']),
  piped('cat a > p & gzip < p > b.gz; wait', ['gzip compress {a} -> {b.gz}'], `${file}; mkfifo p`),
  piped('sed s/1/x1/ < p > q & cat a > p & cat q > b; wait', ['cat create {a} -> {b}'], `${file}; mkfifo p q`),
  piped('coproc sort -r; cat a >&${COPROC[1]}; exec {COPROC[1]}>&-; cat <&${COPROC[0]} > b', ['cat copy {a} -> {b}']),
  // Names go through the pipe, not what is in the files
  piped('find d -type f | sort | xargs cat > b', ['cat copy {d/x},{d/y} -> {b}'], tree),
  piped(
    'find d -type f -print0 | xargs -0 -n1 gzip',
    ['gzip compress {-d/x} -> {d/x.gz}', 'gzip compress {-d/y} -> {d/y.gz}'],
    tree,
  ),
  piped('ls d | while read f; do cp d/$f $f.bak; done', ['cp copy {d/x} -> {x.bak}', 'cp copy {d/y} -> {y.bak}'], tree),
  // What a shell holds
  piped('cat <<< hello > b', ['cat create {b}'], 'true'),
  piped('printf x | cat > b', ['cat create {b}'], 'true'),
  piped('x=$(cat a); echo "$x" > b', ['bash copy {a} -> {b}'], 'seq 500 > a'),
  piped('(cat a; echo end) > b', ['cat copy {a} -> {b}', 'bash write {b}'], 'seq 500 > a'),
  // Programs that start others
  piped(
    [
      python,
      '-c',
      'import subprocess as s; p = s.Popen(["cat", "a"], stdout=s.PIPE); q = s.Popen(["gzip"], stdin=p.stdout, stdout=open("b.gz", "wb")); p.stdout.close(); q.wait()',
    ],
    ['gzip compress {a} -> {b.gz}'],
  ),
  piped(
    [python, '-c', 'import subprocess as s; open("b", "wb").write(s.check_output(["gzip", "-c", "a"]))'],
    ['python3 compress {a} -> {b}'],
  ),
  piped(
    [
      python,
      '-c',
      'import subprocess as s; open("b", "wb").write(s.run(["gzip"], input=open("a", "rb").read(), stdout=s.PIPE).stdout)',
    ],
    ['python3 compress {a} -> {b}'],
  ),
  piped(
    ['perl', '-e', 'open F, "gzip -c a |"; open G, ">b.gz"; print G $_ while <F>'],
    ['perl compress {a} -> {b.gz}'],
  ),
  piped(
    '"$NODE" -e \'const c = child_process.spawn("gzip"); fs.createReadStream("a").pipe(c.stdin); c.stdout.pipe(fs.createWriteStream("b"))\'',
    ['node compress {a} -> {b}'],
  ),
  piped(
    'make -s b',
    ['make read {Makefile}', 'sed create {a} -> {b}'],
    `${file}; printf 'b: a\\n\\tcat a | sed s/1/x1/ > b\\n' > Makefile`,
  ),
];
