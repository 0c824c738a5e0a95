import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../support/until.js';
import { temporaryAggregator, type AggregatorProcess } from './aggregator.js';
import { jsonRows, panorama, RunningCommand } from './command.js';
import { alpha, beta, minute, sendBatch, size, vpcLines } from './scp-scenario.js';

/** Local time is UTC in the commands under test. */
function clock(offset: number): string {
  const time = minute + offset;
  return `${new Date(Math.floor(time / 1000)).toISOString().slice(11, 19)}.${String(time % 1_000_000).padStart(6, '0')}`;
}

const day = new Date(minute / 1000).toISOString().slice(0, 10);

describe('an scp from one host to another, and a flow log', () => {
  let aggregator: AggregatorProcess;
  let remove: () => Promise<void>;
  const run = (...argv: readonly string[]): ReturnType<typeof panorama> => panorama(aggregator.address, argv);

  /** The sessions that match, once there are any. */
  async function sessions(filter: string): Promise<readonly Record<string, unknown>[]> {
    let rows: readonly Record<string, unknown>[] = [];
    await until(
      `a session with ${filter}`,
      async () => {
        const { stdout } = await run('search', filter, '--from', 'sessions', '-o', 'json');
        rows = jsonRows(stdout);
        return rows.length > 0;
      },
      20_000,
    );
    return rows;
  }

  before(async () => {
    ({ aggregator, remove } = await temporaryAggregator());
    await aggregator.start();
    await sendBatch(aggregator.address, 'alpha', ['10.0.0.1', '127.0.0.1'], { ...alpha, number: 1 });
  });
  after(() => remove());

  test('with one agent: the far end and the flow record are missing, and each says why', async () => {
    const [session, ...others] = await sessions('client_host:alpha');
    assert.deepEqual(others, []);
    assert.equal(session?.['confidence'], 0.63);
    assert.equal(
      session['reason'],
      'only the client on alpha reports it: no agent known with the server address 10.0.0.2 (or it is a translated one, NAT); no flow record yet: they come up to 15 minutes late',
    );
    const { stdout, stderr, code } = await run('trace', '/home/p/f2.txt');
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.equal(
      stdout,
      `1. from alpha to 10.0.0.2:22, ${day} ${clock(1_000_000)}
   alpha
     file        /home/p/original.txt:3015800, at ${clock(1_000_000)}
     process     cp (pid 3700) of parallels, at ${clock(1_000_000)}
                 copy
     file        /home/p/f2.txt:3015807, at ${clock(7_276_747)}
                 copy
     process     scp (pid 3760) of parallels, at ${clock(7_276_747)}
                 read
     connection  10.0.0.1:43716 -> 10.0.0.2:22, sent 127000 bytes, received 4200, held by ssh (pid 3761) of parallels, at ${clock(5_000_000)}
                 the agent saw it go over the connection, which sent 127000 bytes
   network
     flow        no flow record
                 0 %: no flow record yet: they come up to 15 minutes late
   host without an agent
     process     unknown process at 10.0.0.2:22
                 0 %: no agent on 10.0.0.2
`,
    );
  });

  test('the second agent and the flow log complete the session; nothing stale is left', async () => {
    await sendBatch(aggregator.address, 'beta', ['10.0.0.2'], { ...beta, number: 1 });
    const imported = await panorama(aggregator.address, ['import', 'vpc', '-'], vpcLines());
    assert.deepEqual(imported, { code: 0, stdout: '2 imported, 0 rejected\n', stderr: '' });
    const complete = await sessions('client_host:alpha server_host:beta flow_count:2');
    assert.equal(complete.length, 1);
    const { stdout } = await run('search', '', '--from', 'sessions', '-o', 'json');
    assert.equal(stdout.trimEnd().split('\n').length, 1, stdout);
    const session = complete[0] ?? {};
    assert.equal(session['start_time'], `${day}T${clock(5_000_000)}Z`);
    assert.deepEqual(
      Object.fromEntries(Object.entries(session).filter(([name]) => !/_time$|^session_id$|^community_id$/.test(name))),
      {
        protocol: 6,
        client_host: 'alpha',
        client_address: '10.0.0.1',
        client_port: 43716,
        client_pid: 3760,
        client_user: 'parallels',
        client_comm: 'scp',
        client_connection_id: 71,
        server_host: 'beta',
        server_address: '10.0.0.2',
        server_port: 22,
        server_pid: 3777,
        server_user: 'root',
        server_comm: 'sftp-server',
        server_connection_id: 5,
        bytes_to_server: 127_000,
        bytes_to_client: 4_200,
        smoothed_rtt: 250,
        retransmits: 0,
        flow_count: 2,
        flow_packets: 189,
        flow_bytes: 142_000,
        interfaces: ['eni-beta'],
        action: 'ACCEPT',
        confidence: 1,
        superseded: 0,
        reason: 'both ends report the tuple, starts 12 ms apart; 2 flow records, both directions',
      },
    );
  });

  const wholeWay = (): string => `1. from alpha to beta, ${day} ${clock(1_000_000)}
   alpha
     file        /home/p/original.txt:3015800, at ${clock(1_000_000)}
     process     cp (pid 3700) of parallels, at ${clock(1_000_000)}
                 copy
     file        /home/p/f2.txt:3015807, at ${clock(7_276_747)}
                 copy
     process     scp (pid 3760) of parallels, at ${clock(7_276_747)}
                 read
     connection  10.0.0.1:43716 -> 10.0.0.2:22, sent 127000 bytes, received 4200, held by ssh (pid 3761) of parallels, at ${clock(5_000_000)}
                 the agent saw it go over the connection, which sent 127000 bytes
   network, interface eni-beta
     flow        10.0.0.1:43716 -> 10.0.0.2:22, 1 record, 101 packets, 133000 bytes, ACCEPT, at ${clock(0)}
                 same tuple, overlapping windows
   beta
     connection  10.0.0.1:43716 -> 10.0.0.2:22, sent 4200 bytes, received 127000, held by sshd (pid 3762) of root, at ${clock(5_012_000)}
                 both ends report the tuple, starts 12 ms apart; 2 flow records, both directions
     process     sftp-server (pid 3777) of root, at ${clock(7_276_845)}
                 the agent saw it go over the connection, which received 127000 bytes
     file        /root/f2.txt:1049529, at ${clock(7_276_845)}
                 same name and as many bytes as were read at the other end
     process     cp (pid 3800) of root, at ${clock(20_000_000)}
                 copy
     file        /backup/f2.txt:1049600, at ${clock(20_000_000)}
                 copy
`;

  for (const subject of ['f2.txt', '/home/p/f2.txt', '/root/f2.txt', '10.0.0.2:22', '10.0.0.1:43716']) {
    test(`trace ${subject} tells the whole way from file to file`, async () => {
      const { code, stdout, stderr } = await run('trace', subject);
      assert.equal(stdout, wholeWay());
      assert.equal(stderr, '');
      assert.equal(code, 0);
    });
  }

  test('trace -o json has the same hops', async () => {
    const { stdout } = await run('trace', '/root/f2.txt', '-o', 'json');
    const hops: unknown = jsonRows(stdout)[0]?.['hops'];
    assert.ok(Array.isArray(hops));
    assert.deepEqual(
      hops.map((hop: Readonly<Record<string, unknown>>) => `${String(hop['kind'])} ${String(hop['host'])}`),
      [
        'file alpha',
        'process alpha',
        'file alpha',
        'process alpha',
        'connection alpha',
        'flow eni-beta',
        'connection beta',
        'process beta',
        'file beta',
        'process beta',
        'file beta',
      ],
    );
  });

  test('search finds behaviours in every form of output', async () => {
    const table = await run('search', 'path:f2.txt host:alpha operation:(read OR copy)');
    assert.equal(
      table.stdout,
      [
        'time                        host    pid  user       comm  operation  source_paths          destination_paths   bytes',
        `${day} ${clock(7_276_747)}  alpha  3760  parallels  scp   read       /home/p/f2.txt                           123456`,
        `${day} ${clock(1_000_000)}  alpha  3700  parallels  cp    copy       /home/p/original.txt  /home/p/f2.txt     123456`,
        '',
      ].join('\n'),
    );
    const json = await run('search', `bytes:${size}..${size} comm=scp`, '-o', 'json');
    const [row] = jsonRows(json.stdout);
    assert.deepEqual(
      [row?.['time'], row?.['host'], row?.['pid'], row?.['source_paths'], row?.['connection_id']],
      [`${day}T${clock(7_276_747)}Z`, 'alpha', 3760, ['/home/p/f2.txt'], 71],
    );
    const csv = await run('search', 'operation:connect', '-o', 'csv');
    const [header, line] = csv.stdout.split('\r\n');
    assert.match(header ?? '', /^time,received_time,host,/);
    assert.match(
      line ?? '',
      /,10\.0\.0\.1,43716,10\.0\.0\.2,22,71,1,2682 3760 parallels scp connect 10\.0\.0\.2:22,\[\],\[\]$/,
    );
  });

  test('search --since and --until choose a range of time', async () => {
    const stamp = (offset: number): string => `${day} ${clock(offset)}`;
    const { stdout } = await run('search', '', '--since', stamp(2_000_000), '--until', stamp(6_000_000), '-o', 'json');
    const operations = jsonRows(stdout).map(({ operation }) => operation);
    assert.deepEqual(operations, ['connect', 'connect-by']);
    assert.deepEqual(await run('search', '', '--until', '2d'), { code: 0, stdout: '', stderr: 'nothing found\n' });
  });

  test('hosts lists both', async () => {
    const { stdout } = await run('hosts', '-o', 'json');
    assert.deepEqual(
      jsonRows(stdout).map(({ host, addresses, kernel }) => [host, addresses, kernel]),
      [
        ['alpha', ['10.0.0.1', '127.0.0.1'], '6.1.0'],
        ['beta', ['10.0.0.2'], '6.1.0'],
      ],
    );
  });

  test('tail shows new rows that pass the filter, and ends with Ctrl-C', async () => {
    const tail = new RunningCommand(aggregator.address, ['tail', 'user:eve', '-o', 'json']);
    await until('the tail begins', () => tail.stderr.includes('following behaviours'));
    const [template] = alpha.behaviours ?? [];
    const eve = { ...template, process: { ...template?.process, user: 'eve', comm: 'e\u001b[2Jvil' } };
    await sendBatch(aggregator.address, 'alpha', ['10.0.0.1', '127.0.0.1'], {
      ...alpha,
      number: 2,
      behaviours: [...(alpha.behaviours ?? []), eve],
      connections: [],
    });
    await until('the row is shown', () => tail.stdout.includes('\n'));
    assert.ok(!tail.stdout.includes('\u001b'), 'no control character reaches the terminal');
    assert.equal(jsonRows(tail.stdout)[0]?.['comm'], 'e\u001b[2Jvil');
    tail.signal('SIGINT');
    const { code, stdout } = await tail.ended;
    assert.equal(code, 0);
    assert.equal(stdout.trimEnd().split('\n').length, 1);
  });

  test('errors: one sentence and the exit code', async () => {
    assert.deepEqual(await run('search', 'usr:bob'), {
      code: 2,
      stdout: '',
      stderr:
        'panorama search: unknown field "usr" at column 1, did you mean "user"?\n  usr:bob\n  ^\nTry: panorama search --help\n',
    });
    const nobody = await panorama('127.0.0.1:1', ['hosts']);
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /^panorama hosts: No aggregator answers at 127\.0\.0\.1:1: .*\n$/);
    const missing = await run('import', 'vpc', '/nonexistent/flows.log');
    assert.equal(missing.code, 1);
    assert.match(
      missing.stderr,
      /cannot read \/nonexistent\/flows\.log: .*\npanorama import: nothing could be read\n$/,
    );
    const garbage = await panorama(aggregator.address, ['import', 'vpc', '-'], 'not a record\n');
    assert.equal(garbage.code, 1);
    assert.equal(garbage.stdout, '0 imported, 1 rejected\n');
    assert.deepEqual(await run('trace', '10.0.0.2:99999'), {
      code: 2,
      stdout: '',
      stderr: 'panorama trace: There is no port 99999: ports end at 65535\nTry: panorama trace --help\n',
    });
  });
});
