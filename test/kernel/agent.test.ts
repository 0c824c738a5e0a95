import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boot, series } from './virtual-machine.js';

/* The agent as it was built here on other kernels: its programs load, and the common behaviours have their lines. */

const script = `
seq 1000 > a
cp a b
mv b c
mkdir d
rm a
rmdir d
nc -l -p 9000 > received &
until cat /proc/net/tcp /proc/net/tcp6 | grep -q ':2328 .* 0A'; do sleep 0.1; done
echo x | nc 127.0.0.1 9000
wait
`;

const expected: readonly RegExp[] = [
  /^seq create \/tmp\/work\/a:\d+$/,
  /^cp copy \/tmp\/work\/a:\d+ -> \/tmp\/work\/b:\d+$/,
  /^mv rename \/tmp\/work\/b:\d+ -> \/tmp\/work\/c:\d+$/,
  /^mkdir mkdir \/tmp\/work\/d:\d+$/,
  /^rm remove \/tmp\/work\/a:\d+$/,
  /^rmdir rmdir \/tmp\/work\/d:\d+$/,
  /^nc connect-by 127\.0\.0\.1:\d+$/,
  /^nc connect 127\.0\.0\.1:9000$/,
  /^nc accept-by 127\.0\.0\.1:\d+$/,
  /^nc accept 127\.0\.0\.1:9000$/,
  /\/tmp\/work\/received:\d+$/,
];

for (const kernel of series) {
  test(`Linux ${kernel}: the agent gets ready, and common behaviours have their lines`, (context) => {
    const outcome = boot(context, kernel, script);
    assert.ok(outcome.kernel.startsWith(`${kernel}.`), outcome.kernel);
    assert.equal(outcome.agent, 'ready\nexit 0');
    assert.equal(outcome.script, 'exit 0');
    const missing = expected.filter((line) => !outcome.texts.some((text) => line.test(text)));
    assert.deepEqual(missing, [], outcome.texts.join('\n'));
  });
}
