import { panorama } from '#proto';
import { toNumber } from '../../proto/integer.js';
import { IngestClient, type Acknowledgement, type Batch } from '../../proto/service.js';

/* The sending side of test/bench/ingest.ts: arguments are what to send, HOST:PORT and the number of the run. */

const [kind = '', address = '', run = ''] = process.argv.slice(2);

const batches = 600;
const batchRows = 1_000;
/** Batches sent before the first of them is acknowledged. */
const window = 100;

const lines = 2_000_000;
const chunkLines = 10_000;

type Behaviour = NonNullable<Batch['behaviours']>[number];

/** What a busy host sends: files of many names, some connections, paths of 30 to 60 bytes. */
function behaviour(time: number, index: number): Behaviour {
  const process = {
    pid: 1000 + (index % 3000),
    ppid: 999,
    startTime: time - 1_000_000,
    user: index % 3 === 0 ? 'root' : 'alice',
    uid: 1000,
    loginuid: 1000,
    sessionId: 3,
    comm: index % 2 === 0 ? 'cp' : 'sshd',
    exe: index % 2 === 0 ? '/usr/bin/cp' : '/usr/sbin/sshd',
    commandLine: `cp /srv/data/input/file-${index}.dat /srv/data/output/`,
    cgroupId: 4711,
    script: '',
  };
  if (index % 10 === 0) {
    return {
      time,
      process,
      operation: panorama.v1.Operation.OPERATION_CONNECT,
      connectionId: index,
      localAddress: '10.0.0.1',
      localPort: 32768 + (index % 20000),
      remoteAddress: '10.0.1.2',
      remotePort: 22,
      count: 1,
      line: `${process.pid} alice cp connect 10.0.1.2:22`,
    };
  }
  const source = {
    path: `/srv/data/input/file-${index}.dat`,
    inode: 1_000_000 + index,
    device: 265289728,
    bytes: 4096,
  };
  const destination = {
    path: `/srv/data/output/file-${index}.dat`,
    inode: 2_000_000 + index,
    device: 265289728,
    bytes: 4096,
  };
  return {
    time,
    process,
    operation: panorama.v1.Operation.OPERATION_COPY,
    sources: [source],
    destinations: [destination],
    count: 1,
    line: `999 ${process.pid} alice cp copy ${source.path}:${source.inode} -> ${destination.path}:${destination.inode}`,
  };
}

async function sendBehaviours(client: IngestClient): Promise<number> {
  const identity = { hostId: `bench-${run}`, bootId: 'boot' };
  await client.register({ ...identity, hostname: 'bench' });
  const now = Date.now() * 1_000;
  const rows = Array.from({ length: batchRows }, (_, index) => behaviour(now + index, index));
  const call = client.stream();
  let acknowledged = 0;
  let wake: () => void = () => undefined;
  call.on('data', (acknowledgement: Acknowledgement) => {
    acknowledged = toNumber(acknowledgement.number);
    wake();
  });
  const failed = new Promise<never>((_, reject) => call.on('error', reject));
  const until = async (number: number): Promise<void> => {
    while (acknowledged < number) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), failed]);
  };
  for (let number = 1; number <= batches; number += 1) {
    await until(number - window);
    call.write({ ...identity, number, behaviours: rows });
  }
  await until(batches);
  call.end();
  return batches * batchRows;
}

async function sendLines(client: IngestClient): Promise<number> {
  const now = Math.floor(Date.now() / 1_000);
  const chunks = Array.from({ length: 20 }, (_, chunk) => {
    const text = Array.from({ length: chunkLines }, (_line, index) => {
      const n = chunk * chunkLines + index;
      return `2 1251762227 eni-${n % 50} 10.0.${n % 250}.${n % 100} 172.16.${n % 200}.${n % 7} ${1024 + (n % 60000)} ${n % 3 === 0 ? 443 : 22} 6 ${n % 500} ${n * 13} ${now - 300} ${now} ${n % 20 === 0 ? 'REJECT' : 'ACCEPT'} OK\n`;
    });
    return Buffer.from(text.join(''));
  });
  const { chunks: call, summary } = client.import();
  for (let sent = 0; sent < lines; sent += chunkLines) {
    const data = chunks[(sent / chunkLines) % chunks.length] ?? Buffer.alloc(0);
    const more = call.write({ format: 'vpc', source: `bench-${run}.log`, data });
    if (!more) await new Promise((resolve) => call.once('drain', resolve));
  }
  call.end();
  return toNumber((await summary).imported);
}

const client = new IngestClient(address);
const began = process.hrtime.bigint();
const rows = kind === 'vpc' ? await sendLines(client) : await sendBehaviours(client);
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
process.stdout.write(`${rows} ${seconds}\n`);
client.close();
