import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { temporaryAggregator } from '../e2e/aggregator.js';
import { jsonRows, panorama as runPanorama } from '../e2e/command.js';
import { AgentProcess } from '../support/agent-process.js';
import { SshHosts } from '../support/ssh-hosts.js';
import { until } from '../support/until.js';

/*
 * The whole line: a real scp on the live kernel, the agent's stream, the aggregator's store, a flow
 * log of the same connection, and one `trace` that joins them from file to file (X1).
 */

const hosts = new SshHosts(8);
const { aggregator, remove } = await temporaryAggregator();
await aggregator.start();
const agent = new AgentProcess(['--aggregator', aggregator.address]);

before(async () => {
  await hosts.start();
  await agent.start();
});

after(async () => {
  assert.equal(await agent.stop(), 0);
  await agent.dispose();
  await hosts.stop();
  await remove();
});

async function panorama(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runPanorama(aggregator.address, argv);
  assert.equal(code, 0, stderr);
  return stdout;
}

test('trace follows a file from process to flow to process to file', async () => {
  const sent = join(hosts.directory, 'sent.bin');
  mkdirSync(join(hosts.directory, 'there'));
  const received = join(hosts.directory, 'there/received.bin');
  writeFileSync(sent, randomBytes(200_000));
  const start = Math.floor(Date.now() / 1000);
  await hosts.run('scp', [...hosts.options, sent, `root@${hosts.remote}:${received}`]);
  const connection = (): string | undefined =>
    agent.lines().find(({ text }) => text.startsWith('scp connect-by '))?.text;
  await until('the connection is in the log', () => connection() !== undefined);
  const port = connection()?.split(':').at(-1) ?? '';

  const flows = join(hosts.directory, 'flows.log');
  const window = `${start - 30} ${start + 60}`;
  writeFileSync(
    flows,
    [
      `2 123456789010 eni-12345678 ${hosts.local} ${hosts.remote} ${port} 22 6 160 208000 ${window} ACCEPT OK`,
      `2 123456789010 eni-12345678 ${hosts.remote} ${hosts.local} 22 ${port} 6 120 9000 ${window} ACCEPT OK`,
      '',
    ].join('\n'),
  );
  assert.match(await panorama('import', 'vpc', flows), /^2 imported, 0 rejected$/m);

  let output = '';
  await until(
    'the trace reaches the other file over the flow',
    async () => {
      output = await panorama('trace', sent);
      return output.includes(received) && output.includes('   flow ');
    },
    30_000,
  );
  const steps = [
    `file        ${sent}:${statSync(sent).ino}`,
    'process     scp (pid ',
    `connection  ${hosts.local}:${port} -> ${hosts.remote}:22`,
    `flow        ${hosts.local}:${port} -> ${hosts.remote}:22`,
    'process     sftp-server (pid ',
    `file        ${received}:${statSync(received).ino}`,
  ];
  let from = 0;
  for (const step of steps) {
    const at = output.indexOf(step, from);
    assert.ok(at >= from, `${step} is missing, or out of order:\n${output}`);
    from = at + step.length;
  }
});

test('both ends count the same bytes', async () => {
  const columns = ['direction', 'bytes_sent', 'bytes_received'];
  let ends: readonly Readonly<Record<string, unknown>>[] = [];
  await until('both ends are closed and stored', async () => {
    const output = await panorama('search', `port:22 address:${hosts.remote}`, '--from', 'connections', '-o', 'json');
    ends = jsonRows(output);
    return ends.length === 2 && ends.every((end) => Number(end['bytes_sent']) > 0);
  });
  const end = (direction: string): readonly unknown[] => {
    const found = ends.find((row) => row['direction'] === direction);
    return columns.slice(1).map((column) => Number(found?.[column]));
  };
  const [clientSent, clientReceived] = end('outbound');
  assert.deepEqual(end('inbound'), [clientReceived, clientSent]);
  assert.ok(Number(clientSent) > 200_000);
});

test('an aggregator on the same host is part of the observer', async () => {
  // Something to store; storing it must not be seen.
  await panorama('hosts');
  const mark = agent.lines().length;
  await hosts.run('touch', [join(hosts.directory, 'mark')]);
  await until('the mark is in the log', () =>
    agent
      .lines()
      .slice(mark)
      .some(({ text }) => text.includes('/mark:')),
  );
  await until('the mark is stored', async () => (await panorama('search', 'path:*/mark')).includes('/mark'));
  const own = agent.lines().filter(({ text }) => text.includes(aggregator.dataDirectory));
  assert.deepEqual(own, []);
});
