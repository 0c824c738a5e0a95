// long: every promise of the ingest service, one test each, over the same agents and the same aggregator
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { status, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';
import { panorama } from '#proto';
import { toNumber } from '../../proto/integer.js';
import { IngestClient, type Acknowledgement, type Batch } from '../../proto/service.js';
import { temporaryAggregator, type AggregatorProcess } from './aggregator.js';
import { onDisk } from './on-disk.js';

const now = Date.now() * 1000;
const { OPERATION_COPY } = panorama.v1.Operation;

function batch(number: number, behaviours = 3, hostId = 'host-a', bootId = 'boot-1'): Batch {
  return {
    hostId,
    bootId,
    number,
    behaviours: Array.from({ length: behaviours }, (_, index) => ({
      time: now,
      operation: OPERATION_COPY,
      process: { pid: 3760, ppid: 2682, user: 'alice', comm: 'cp', exe: '/usr/bin/cp', loginuid: 0xffff_ffff },
      sources: [{ path: `/w/${number}-${index}`, inode: 11, bytes: 5 }],
      destinations: [{ path: '/w/b 😀', inode: 12, bytes: 5 }],
      count: 1,
      line: `cp copy /w/${number}-${index}:11 -> /w/b:12`,
    })),
    connections: [
      {
        connectionId: number,
        direction: panorama.v1.Direction.DIRECTION_OUTBOUND,
        protocol: 6,
        localAddress: '128.232.110.120',
        localPort: 34855,
        remoteAddress: '66.35.250.204',
        remotePort: 80,
        startTime: now,
        owner: { pid: 3761, comm: 'ssh' },
        process: { pid: 3760, comm: 'scp' },
      },
    ],
  };
}

/** One stream of an agent: batches out, acknowledgements in. */
class Stream {
  readonly numbers: number[] = [];
  error: ServiceError | null = null;
  ended = false;
  readonly #call: ClientDuplexStream<Batch, Acknowledgement>;
  #changed: () => void = () => undefined;

  constructor(client: IngestClient) {
    this.#call = client.stream();
    this.#call.on('data', (acknowledgement: Acknowledgement) => {
      this.numbers.push(toNumber(acknowledgement.number));
      this.#changed();
    });
    this.#call.on('error', (error: ServiceError) => {
      this.error = error;
      this.#changed();
    });
    this.#call.on('end', () => {
      this.ended = true;
      this.#changed();
    });
  }

  send(...batches: readonly Batch[]): void {
    for (const one of batches) this.#call.write(one);
  }

  close(): void {
    this.#call.end();
  }

  /** Resolves when the condition holds; rejects if the stream fails first, unless that is what is waited for. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (!condition()) {
      assert.ok(
        Date.now() < deadline,
        `not within 20 s: ${what}; acknowledged ${this.numbers.join(',')}, error ${this.error}`,
      );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  acknowledged(number: number): Promise<void> {
    return this.until(() => this.numbers.at(-1) === number, `acknowledgement of ${number}`);
  }

  async failed(): Promise<ServiceError | null> {
    await this.until(() => this.error !== null, 'an error');
    return this.error;
  }
}

describe('ingest of agents', () => {
  let aggregator: AggregatorProcess;
  let remove: () => Promise<void>;
  let client: IngestClient;
  before(async () => {
    ({ aggregator, remove } = await temporaryAggregator());
    await aggregator.start();
    client = new IngestClient(aggregator.address);
  });
  after(async () => {
    client.close();
    await remove();
  });

  test('a host that registers is told what is stored of it', async () => {
    const registered = await client.register({
      hostId: 'host-a',
      bootId: 'boot-1',
      hostname: 'alpha',
      addresses: ['10.0.0.1'],
      time: now,
    });
    assert.equal(toNumber(registered.acknowledged), 0);
    assert.match(registered.aggregatorVersion ?? '', /^\d+\.\d+/);
  });

  test('batches are acknowledged, once per group of them', async () => {
    const stream = new Stream(client);
    stream.send(batch(1), batch(2), batch(3));
    await stream.acknowledged(3);
    stream.close();
    await stream.until(() => stream.ended, 'end of the stream');
  });

  test('a batch sent again is acknowledged again and stored once', async () => {
    const stream = new Stream(client);
    stream.send(batch(2), batch(3));
    await stream.acknowledged(3);
    stream.close();
  });

  test('a resend on a second stream, before the first was acknowledged, is stored once', async () => {
    const first = new Stream(client);
    const second = new Stream(client);
    first.send(batch(4));
    second.send(batch(4));
    await first.acknowledged(4);
    await second.acknowledged(4);
    first.close();
    second.close();
  });

  test('numbers that never came are a gap in the evidence', async () => {
    const stream = new Stream(client);
    stream.send(batch(7));
    await stream.acknowledged(7);
    stream.close();
  });

  const malformed: readonly (readonly [string, Batch, RegExp])[] = [
    ['without number', { ...batch(1), number: 0 }, /no number/],
    ['without host', { ...batch(8), hostId: '' }, /host_id/],
    [
      'with a port that is none',
      { ...batch(8), behaviours: [{ time: now, localPort: 70_000 }] },
      /Batch 8: .*local_port.*70000/,
    ],
    [
      'with an address that is none',
      { ...batch(8), behaviours: [{ time: now, remoteAddress: 'localhost' }] },
      /remote_address/,
    ],
    ['with a time that is none', { ...batch(8), behaviours: [{ time: now * 1000 }] }, /microseconds/],
    ['whose last row is bad', { ...batch(8), connections: [{ protocol: 256 }] }, /protocol/],
  ];
  for (const [name, bad, message] of malformed) {
    test(`a batch ${name} ends its stream with INVALID_ARGUMENT, and no other`, async () => {
      const good = new Stream(client);
      const stream = new Stream(client);
      stream.send(bad);
      const error = await stream.failed();
      assert.equal(error?.code, status.INVALID_ARGUMENT);
      assert.match(error.message, message);
      good.send(batch(7));
      await good.acknowledged(7);
      good.close();
    });
  }

  test('SIGTERM: what was sent is stored and acknowledged, the exit code is 0, within 5 s', async () => {
    const stream = new Stream(client);
    stream.send(batch(8));
    await stream.acknowledged(8);
    const began = Date.now();
    assert.equal(await aggregator.stop(), 0);
    assert.ok(Date.now() - began < 5_000);
    await stream.until(() => stream.error !== null || stream.ended, 'end of the stream');
  });

  test('every acknowledged batch is on disk, once, with its columns', async () => {
    const directory = aggregator.dataDirectory;
    const counts = await onDisk(directory, "SELECT count(), uniqExact(line) FROM behaviours WHERE operation = 'copy'");
    assert.deepEqual(counts, [['18', '18']]);
    const [row] = await onDisk(
      directory,
      "SELECT time, host, host_id, user, comm, pid, ppid, loginuid, source_paths, source_inodes, destination_paths, bytes, count FROM behaviours WHERE line = 'cp copy /w/1-0:11 -> /w/b:12'",
    );
    assert.deepEqual(row, [
      String(now),
      'alpha',
      'host-a',
      'alice',
      'cp',
      '3760',
      '2682',
      '4294967295',
      '["/w/1-0"]',
      '[11]',
      '["/w/b 😀"]',
      '5',
      '1',
    ]);
    const gaps = await onDisk(directory, "SELECT line FROM behaviours WHERE operation = 'gap'");
    assert.deepEqual(gaps, [['gap: batches 5 to 6 of this host never arrived']]);
    const connections = await onDisk(
      directory,
      'SELECT DISTINCT community_id, direction, owner_comm, comm FROM connections',
    );
    assert.deepEqual(connections, [['1:LQU9qZlK+B5F3KDmev6m5PMibrg=', 'outbound', 'ssh', 'scp']]);
  });

  test('after a restart it knows what is stored, and a resend is stored once', async () => {
    await aggregator.start();
    client.close();
    client = new IngestClient(aggregator.address);
    const registered = await client.register({ hostId: 'host-a', bootId: 'boot-1', hostname: 'alpha' });
    assert.equal(toNumber(registered.acknowledged), 8);
    const stream = new Stream(client);
    stream.send(batch(7), batch(8), batch(9));
    await stream.acknowledged(9);
    stream.close();
    await aggregator.stop();
    const counts = await onDisk(
      aggregator.dataDirectory,
      "SELECT count(), uniqExact(line) FROM behaviours WHERE operation = 'copy'",
    );
    assert.deepEqual(counts, [['21', '21']]);
  });
});

describe('an aggregator that is killed while agents send', () => {
  test('has every acknowledged batch, and each batch once when they are sent again', async () => {
    const { aggregator, remove } = await temporaryAggregator();
    try {
      let acknowledged = 0;
      for (const round of [1, 2, 3]) {
        await aggregator.start();
        const client = new IngestClient(aggregator.address);
        const registered = await client.register({ hostId: 'host-k', bootId: 'boot-1' });
        assert.ok(toNumber(registered.acknowledged) >= acknowledged, 'what was acknowledged is stored');
        const stream = new Stream(client);
        for (let number = acknowledged + 1; number <= round * 100; number += 1)
          stream.send(batch(number, 20, 'host-k'));
        const stopAt = round === 3 ? 300 : acknowledged + 20;
        await stream.until(() => (stream.numbers.at(-1) ?? 0) >= stopAt, 'some acknowledgements');
        acknowledged = stream.numbers.at(-1) ?? 0;
        await aggregator.stop(round === 3 ? 'SIGTERM' : 'SIGKILL');
        client.close();
        const [[rows, lines] = []] = await onDisk(
          aggregator.dataDirectory,
          'SELECT count(), uniqExact(line) FROM behaviours',
        );
        assert.equal(rows, lines, 'nothing is stored twice');
        assert.ok(Number(rows) >= acknowledged * 20);
      }
    } finally {
      await remove();
    }
  });
});

describe('an engine that dies while agents send', () => {
  test('is started again, and every batch is stored once and acknowledged', async () => {
    const { aggregator, remove } = await temporaryAggregator();
    try {
      await aggregator.start();
      const client = new IngestClient(aggregator.address);
      const stream = new Stream(client);
      for (let number = 1; number <= 200; number += 1) stream.send(batch(number, 20, 'host-e'));
      await stream.until(() => stream.numbers.length > 0, 'some acknowledgements');
      process.kill(aggregator.enginePid, 'SIGKILL');
      for (let number = 201; number <= 300; number += 1) stream.send(batch(number, 20, 'host-e'));
      await stream.acknowledged(300);
      client.close();
      assert.equal(await aggregator.stop(), 0);
      assert.match(aggregator.stderr, /the database engine died/);
      const counts = await onDisk(aggregator.dataDirectory, 'SELECT count(), uniqExact(line) FROM behaviours');
      assert.deepEqual(counts, [['6000', '6000']]);
    } finally {
      await remove();
    }
  });
});
