import type { Row } from '../row.js';

/** A row of a process that is not just started and waited for. */
function processes(name: string, rest: Omit<Row, 'name' | 'behaviour'>): Row {
  return { name, behaviour: 'process', ...rest };
}

const text = 'seq 1000 > in';

/** Scripts, exec chains, daemons, changed users: who a line names. Programs of our own do the rest in processes.test.ts. */
export const processRows: readonly Row[] = [
  // Scripts: COMM is the name of the script, and reading it is no behaviour.
  ...['/bin/sh', '/bin/bash -e'].map((interpreter) =>
    processes(`script of ${interpreter}`, {
      setup: `printf '#!${interpreter}\\ncp in out\\necho > made\\n' > go; chmod +x go; ${text}`,
      command: ['./go'],
      expected: ['cp copy {in} -> {out}', 'go create {made}'],
    }),
  ),
  ...['bash', '-S bash -e'].map((program) =>
    processes(`script of /usr/bin/env ${program}`, {
      setup: `printf '#!/usr/bin/env ${program}\ncp in out\necho > made\n' > go; chmod +x go; ${text}`,
      command: ['./go'],
      expected: ['cp copy {in} -> {out}', 'bash create {made}'],
    }),
  ),
  processes('script of python', {
    setup: `printf '#!/usr/bin/python3\\nopen("made", "w").write("x")\\n' > go; chmod +x go`,
    command: ['./go'],
    expected: ['go create {made}'],
  }),
  processes('script of perl', {
    setup: `printf '#!/usr/bin/perl\\nopen(F, ">", "made"); print F "x";\\n' > go; chmod +x go`,
    command: ['./go'],
    expected: ['go create {made}'],
  }),
  processes('script that an interpreter is told to read', {
    setup: "printf 'echo > made\\n' > go",
    command: ['bash', 'go'],
    expected: ['bash create {made}', 'bash read {go}'],
  }),
  // Chains of exec: each program has lines of its own.
  processes('exec chain within one process', {
    setup: text,
    command: 'exec env nice -n 1 timeout 9 cp in out',
    expected: ['cp copy {in} -> {out}'],
  }),
  processes('a shell that does something before it becomes another program', {
    setup: text,
    command: 'echo > made; exec cp in out',
    expected: ['bash create {made}', 'cp copy {in} -> {out}'],
  }),
  processes('exec that fails', { setup: text, command: 'exec ./in', expected: [], exitCode: 126 }),
  processes('exec lines, for who wants them', {
    setup: text,
    command: ['cp', 'in', 'out'],
    expected: ['cp copy {in} -> {out}', 'cp exec /usr/bin/cp:*'],
  }),
  processes('an exec line of a script names its interpreter', {
    setup: "printf '#!/bin/dash\\n:\\n' > go; chmod +x go",
    command: ['./go'],
    expected: ['go exec /usr/bin/dash:*'],
  }),
  // Away from the terminal.
  processes('nohup', {
    setup: text,
    command: 'nohup cp in out < /dev/null > nohup.log 2>&1',
    expected: ['cp copy {in} -> {out}', 'cp create {nohup.log}'],
  }),
  processes('setsid, in the background', {
    setup: text,
    command: 'setsid cp in out & wait',
    expected: ['cp copy {in} -> {out}'],
  }),
  processes('a daemon whose parent is gone before it starts its program', {
    setup: text,
    command: '(setsid sh -c "sleep 0.1; exec cp in out" > /dev/null 2>&1 &); until [ -s out ]; do sleep 0.02; done',
    expected: ['cp copy {in} -> {out}'],
  }),
  processes('a command that is killed in the middle', {
    command: 'sh -c "exec > out; echo unfinished; kill -9 \\$\\$"; true',
    expected: ['sh create {out}'],
  }),
  processes('a program that crashes', {
    command: 'ulimit -c 0; sh -c "exec > out; echo unfinished; kill -SEGV \\$\\$"; true',
    expected: ['sh create {out}'],
  }),
  // Who acts.
  processes('setpriv', {
    setup: `${text}; chmod 777 .`,
    command: 'setpriv --reuid=65534 --regid=65534 --clear-groups cp in out',
    expected: ['cp copy {in} -> {out}'],
    otherUsers: ['nobody'],
  }),
  processes('su', {
    setup: `${text}; chmod 777 .; chmod 755 ..`,
    command: 'su -s /bin/sh nobody -c "exec cp in out"',
    expected: ['su read /etc/shadow:*', 'cp copy {in} -> {out}'],
    otherUsers: ['nobody'],
  }),
  processes('sudo -u', {
    setup: `${text}; chmod 777 .; chmod 755 ..`,
    command: ['sudo', '-n', '-u', 'nobody', 'cp', 'in', 'out'],
    expected: [
      'sudo read /etc/sudo.conf:*',
      'sudo read /etc/sudoers:*',
      'sudo read /etc/sudoers.d/README:*',
      'sudo read /etc/shadow:*',
      'cp copy {in} -> {out}',
    ],
    otherUsers: ['nobody'],
    needs: ['sudo'],
  }),
  // In great numbers, and very short.
  processes('a thousand processes of a millisecond each', {
    command: 'for i in {1..1000}; do /bin/true; done',
    expected: [],
  }),
  processes('a hundred that do something each', {
    setup: 'mkdir d',
    command: 'for i in {1..20}; do cp /etc/hostname d/$i; done; rm -r d',
    expected: [
      ...Array.from({ length: 20 }, (_, index) => `cp copy /etc/hostname:* -> {dir}/d/${index + 1}:*`),
      ...Array.from({ length: 20 }, (_, index) => `rm remove {dir}/d/${index + 1}:*`),
      'rm rmdir {-d}',
    ],
  }),
  processes('a pid namespace of its own', {
    setup: text,
    command: ['unshare', '-pf', 'cp', 'in', 'out'],
    expected: ['cp copy {in} -> {out}'],
  }),
];
