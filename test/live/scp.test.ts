import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AgentProcess, type LogLine } from '../support/agent-process.js';
import { SshHosts } from '../support/ssh-hosts.js';
import { until } from '../support/until.js';

/*
 * The example of P2: a real scp to a real sshd with another address, both ends on one kernel, so
 * that the agent sees both. The connection is ssh's, and is lifted to scp; on the other side it is
 * sshd's, and goes to the program that moves the file.
 */

const hosts = new SshHosts(7);
const agent = new AgentProcess();

before(async () => {
  await hosts.start();
  await agent.start();
  mkdirSync(join(hosts.directory, 'here'));
  mkdirSync(join(hosts.directory, 'there'));
  writeFileSync(join(hosts.directory, 'here/f2.txt'), randomBytes(300_000));
});

after(async () => {
  assert.equal(await agent.stop(), 0);
  await agent.dispose();
  await hosts.stop();
});

/** The lines of the transfer, and not of this very process: of scp, its ssh, and whoever has a line with a file of the test or the connection. */
async function transfer(args: readonly string[]): Promise<readonly LogLine[]> {
  const earlier = agent.lines().length;
  const { pid } = await hosts.run('scp', [...hosts.options, ...args]);
  const lines = (): readonly LogLine[] => agent.lines().slice(earlier);
  await until('both ends are in the log', () => {
    const text = lines().map((line) => line.text);
    return (
      text.some((line) => line.includes(' accept ')) &&
      lines().some((line) => line.pid === pid && / (read|create|write) /.test(line.text))
    );
  });
  return lines().filter(
    ({ pid: by, text }) =>
      by !== process.pid &&
      (text.includes(hosts.directory) || text.includes(hosts.remote) || text.includes(hosts.local)),
  );
}

function object(path: string): string {
  return `${join(hosts.directory, path)}:${statSync(join(hosts.directory, path)).ino}`;
}

function portOf(lines: readonly LogLine[]): string {
  const line = lines.find(({ text }) => text.startsWith('scp connect-by '));
  return line?.text.slice(line.text.lastIndexOf(':') + 1) ?? 'no connect-by line';
}

/** Without what ssh and sshd read of their own keys. */
function essence(lines: readonly LogLine[]): readonly string[] {
  const keys = ['identity', 'identity.pub', 'host', 'host.pub', 'authorized_keys', 'sshd_config'];
  const own = keys.map((name) => `${join(hosts.directory, name)}:`);
  // And what this process did itself to prepare, told when it settled.
  const theirs = lines.filter(({ pid }) => pid !== process.pid);
  return theirs.map(({ text }) => text).filter((text) => !own.some((path) => text.includes(path)));
}

describe('scp to an sshd with another address', { concurrency: false }, () => {
  for (const [protocol, flags, mover] of [
    ['sftp', [], 'sftp-server'],
    ['the old protocol', ['-O'], 'scp'],
  ] as const) {
    test(`an upload over ${protocol} gives the lines of P2`, async () => {
      const name = `there/f-${mover}.txt`;
      const lines = await transfer([...flags, 'here/f2.txt', `root@${hosts.remote}:${join(hosts.directory, name)}`]);
      const port = portOf(lines);
      assert.deepEqual(
        [...essence(lines)].sort(),
        [
          `ssh read ${object('known_hosts')}`,
          `scp connect-by ${hosts.local}:${port}`,
          `scp connect ${hosts.remote}:22`,
          `${mover} accept-by ${hosts.local}:${port}`,
          `${mover} accept ${hosts.remote}:22`,
          `scp read ${object('here/f2.txt')}`,
          `${mover} write ${object(name)}`,
        ].sort(),
      );
      const parent = lines.find(({ text }) => text.startsWith('scp connect '));
      const reader = lines.find(({ text }) => text.startsWith('ssh read '));
      assert.ok(parent && reader);
      assert.equal(parent.ppid, process.pid);
      assert.equal(reader.ppid, parent.pid, 'ssh, which holds the socket, is the child of scp');
    });
  }

  test('a download gives them the other way round', async () => {
    const lines = await transfer([`root@${hosts.remote}:${join(hosts.directory, 'here/f2.txt')}`, 'there/back.txt']);
    const port = portOf(lines);
    assert.deepEqual(
      [...essence(lines)].sort(),
      [
        `ssh read ${object('known_hosts')}`,
        `scp connect-by ${hosts.local}:${port}`,
        `scp connect ${hosts.remote}:22`,
        `sftp-server accept-by ${hosts.local}:${port}`,
        `sftp-server accept ${hosts.remote}:22`,
        `sftp-server read ${object('here/f2.txt')}`,
        `scp create ${object('there/back.txt')}`,
      ].sort(),
    );
  });

  test('a helper lends its connection to whoever holds its pipes, and a command without files is accepted once', async () => {
    const earlier = agent.lines().length;
    // Its stdout is a pipe to this very process.
    await hosts.run('ssh', [...hosts.options, `root@${hosts.remote}`, 'true']);
    const found = (operation: string): readonly LogLine[] =>
      agent
        .lines()
        .slice(earlier)
        .filter(({ text }) => text.includes(` ${operation} ${hosts.remote}:22`));
    await until('both ends are in the log', () => found('connect').length > 0 && found('accept').length > 0);
    assert.deepEqual(
      found('connect').map(({ pid }) => pid),
      [process.pid],
    );
    assert.equal(found('accept').length, 1);
  });
});
