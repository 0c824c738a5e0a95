import type { Row } from '../row.js';
import { nameOf } from './name.js';

const text = 'seq 1000 > a';

function edits(command: Row['command'], expected: readonly string[], setup = text): Row {
  return { name: nameOf(command, setup), behaviour: 'edit', setup, command, expected };
}

const python = '/usr/bin/python3';
const vim = 'vim -u NONE -i NONE -es';

/** Keys typed at a terminal, once the editor has had time to draw its screen. */
function typed(keys: string, editor: string): string {
  return `(sleep 0.7; printf '${keys}'; sleep 0.5) | TERM=xterm script -qec '${editor}' /dev/null > /dev/null`;
}

/** Existing files that change: by editors with their swap and backup files, in place, at the end. */
export const edit: readonly Row[] = [
  edits(`${vim} -c "normal ihello" -c wq a`, ['vim write {a}']),
  edits(`${vim} -c "set writebackup" -c "normal ihello" -c wq a`, ['vim write {a}']),
  edits(`${vim} --cmd "set nocp backup backupdir=." -c "normal ihello" -c wq a`, ['vim write {a}']),
  edits(`${vim} -c "set backupcopy=yes writebackup" -c "normal ihello" -c wq a`, ['vim write {a}']),
  edits(`${vim} -c "set backupcopy=no writebackup" -c "normal ihello" -c wq a`, ['vim write {a}']),
  edits(`${vim} -c "set noswapfile" -c "normal ihello" -c wq a`, ['vim write {a}']),
  edits(`${vim} -c "normal ix" -c w -c "normal iy" -c w -c q a`, ['vim write {a}']),
  edits(`${vim} -c "normal ix" -c q! a`, ['vim read {a}']),
  edits('script -qec "vim -u NONE -i NONE -c \\"normal ihello\\" -c wq a" /dev/null > /dev/null', ['vim write {a}']),
  edits(typed('ihello\\033:wq\\r', 'vi -u NONE -i NONE a'), ['vi write {a}']),
  edits('printf "1s/1/one/\\nw\\nq\\n" | ed -s a', ['ed write {a}']),
  edits(typed('hello\\017\\r\\030', 'nano -I a'), ['nano write {a}']),
  edits(typed('hello\\017\\r\\030', 'nano -I -B a'), ['nano write {a}']),
  edits(['sed', '-i', 's/1/2/', 'a'], ['sed write {a}']),
  edits(['sed', '-i.bak', 's/1/2/', 'a'], ['sed write {a}']),
  edits(['perl', '-pi', '-e', 's/1/2/', 'a'], ['perl write {a}']),
  edits(['busybox', 'sed', '-i', 's/1/2/', 'a'], ['busybox write {a}']),
  edits(['sort', '-r', '-o', 'a', 'a'], ['sort write {a}']),
  edits(
    'patch -s a < p',
    ['patch write {a}', 'patch read {p}'],
    'seq 1000 > a; sed s/5/five/ a > b; diff -u a b > p || true; rm b',
  ),
  edits('echo more >> a', ['bash write {a}']),
  edits('seq 10 >> a', ['seq write {a}']),
  edits('echo more | tee -a a > /dev/null', ['tee write {a}']),
  edits('printf x | dd of=a conv=notrunc status=none', ['dd write {a}']),
  edits('printf x | dd of=a conv=notrunc oflag=append status=none', ['dd write {a}']),
  edits('printf x 1<> a', ['bash write {a}']),
  edits('echo new > a', ['bash write {a}']),
  edits('> a', ['bash truncate {a} size=0']),
  edits([python, '-c', 'f = open("a", "r+"); f.write("x"); f.close()'], ['python3 write {a}']),
  edits([python, '-c', 'f = open("a", "a"); f.write("x"); f.close()'], ['python3 write {a}']),
  edits(
    [python, '-c', 'import fileinput\nfor l in fileinput.input("a", inplace=True): print(l, end="")'],
    ['python3 write {a}'],
  ),
  edits(
    [python, '-c', 'import os; t = open("a").read(); open("a.tmp", "w").write(t + "x"); os.replace("a.tmp", "a")'],
    ['python3 write {a}'],
  ),
  edits(
    [python, '-c', 'import mmap; f = open("a", "r+b"); m = mmap.mmap(f.fileno(), 0); m[0:1] = b"x"; m.flush()'],
    ['python3 write {a}'],
  ),
  edits([python, '-c', 'import os; os.pwrite(os.open("a", os.O_WRONLY), b"x", 3)'], ['python3 write {a}']),
  edits('"$NODE" -e "fs.appendFileSync(\'a\', \'x\')"', ['node write {a}']),
  edits('"$NODE" -e "fs.writeFileSync(\'a\', \'x\')"', ['node write {a}']),
  edits(['perl', '-e', 'open(F, "+<", "a"); print F "x"; close F'], ['perl write {a}']),
  edits('grep 1 a > b; mv b a', ['grep create {dir}/b:*', 'grep read {-a}', 'mv rename {=b:a} -> {a}']),
  edits('for i in 1 2 3; do echo $i >> a; done', ['bash write {a}']),
];
