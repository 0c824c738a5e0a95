import type { Row } from '../row.js';
import { nameOf } from './name.js';

function creates(command: Row['command'], expected: readonly string[], setup?: string): Row {
  return {
    name: nameOf(command, setup),
    behaviour: 'create',
    command,
    expected,
    ...(setup === undefined ? {} : { setup }),
  };
}

const python = '/usr/bin/python3';

/** New files, empty and with content. */
export const create: readonly Row[] = [
  creates(['touch', 'a'], ['touch create {a}']),
  creates(['touch', 'a', 'b', 'c'], ['touch create {a}', 'touch create {b}', 'touch create {c}']),
  creates(['touch', 'a'], [], 'touch a'),
  creates('> a', ['bash create {a}']),
  creates(': > a', ['bash create {a}']),
  creates('echo hello > a', ['bash create {a}']),
  creates('printf "%s\\n" 1 2 3 > a', ['bash create {a}']),
  creates('cat <<EOF > a\nhello\nEOF', ['cat create {a}']),
  creates('cat > a <<< hello', ['cat create {a}']),
  creates('seq 100 > a', ['seq create {a}']),
  creates('(echo one; echo two) > a', ['bash create {a}']),
  creates('{ echo one; seq 3; } > a', ['* create {a}', '* write {a}']),
  creates('echo hello | tee a > /dev/null', ['tee create {a}']),
  creates('date > a', ['date create {a}']),
  creates('set -o noclobber; echo x > a', ['bash create {a}']),
  creates('exec 5> a; echo x >&5; exec 5>&-', ['bash create {a}']),
  creates('mktemp ./tmp.XXXXXX', ['mktemp create {dir}/tmp.*']),
  creates(['dd', 'if=/dev/zero', 'of=a', 'bs=1k', 'count=4', 'status=none'], ['dd create {a}']),
  creates(['truncate', '-s', '1M', 'a'], ['truncate create {a}']),
  creates(['fallocate', '-l', '64k', 'a'], ['fallocate create {a}']),
  creates(['busybox', 'touch', 'a'], ['busybox create {a}']),
  creates('busybox seq 5 > a', ['busybox create {a}']),
  creates([python, '-c', 'open("a", "w").write("hello")'], ['python3 create {a}']),
  creates([python, '-c', 'open("a", "x").close()'], ['python3 create {a}']),
  creates([python, '-c', 'import pathlib; pathlib.Path("a").touch()'], ['python3 create {a}']),
  creates([python, '-c', 'import pathlib; pathlib.Path("a").write_text("x" * 100000)'], ['python3 create {a}']),
  creates(['perl', '-e', 'open(F, ">", "a"); print F "x"; close F'], ['perl create {a}']),
  creates('"$NODE" -e "fs.writeFileSync(\'a\', \'x\')"', ['node create {a}']),
  creates('"$NODE" -e "fs.createWriteStream(\'a\').end(\'x\')"', ['node create {a}']),
  creates(['awk', 'BEGIN { print "x" > "a" }'], ['awk create {a}']),
  creates('vim -u NONE -i NONE -es -c "normal ihello" -c wq a', ['vim create {a}']),
  creates('printf "a\\nhello\\n.\\nw a\\nq\\n" | ed -s', ['ed create {a}']),
  creates(['sort', '-o', 'b', 'a'], ['sort copy {a} -> {b}'], 'seq 30 -1 1 > a'),
  creates('sort a > b', ['sort copy {a} -> {b}'], 'seq 30 -1 1 > a'),
  creates('grep 1 a > b', ['grep create {b}', 'grep read {a}'], 'seq 30 > a'),
  creates('ssh-keygen -q -t ed25519 -N "" -f key', ['ssh-keygen create {key}', 'ssh-keygen create {key.pub}']),
  creates('umask 077; echo secret > a', ['bash create {a}']),
];
