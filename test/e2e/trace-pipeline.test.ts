import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { panorama as contract } from '#proto';
import type { Batch } from '../../proto/service.js';
import { until } from '../support/until.js';
import { temporaryAggregator, type AggregatorProcess } from './aggregator.js';
import { panorama } from './command.js';
import { minute, sendBatch } from './scp-scenario.js';

/*
 * `sort a | uniq > s`, `cat s | gzip | ssh 10.0.0.4 'cat > t.gz'` and there `gzip -dc t.gz | head > u`, as the agents of
 * both hosts tell it.
 */

const { Operation, Direction } = contract.v1;
const second = 1_000_000;

function process(pid: number, comm: string): contract.v1.Process.$Properties {
  return { pid, ppid: 1, user: 'ann', comm, uid: 1000, startTime: minute - second, exe: `/usr/bin/${comm}` };
}

function file(path: string, inode: number, bytes: number): contract.v1.File.$Properties {
  return { path, inode, bytes };
}

function stages(...comms: readonly string[]): contract.v1.Stage.$Properties[] {
  return comms.map((comm, at) => ({ pid: 600 + at, comm }));
}

const connection = { protocol: 6, startTime: minute + 5 * second, endTime: minute + 8 * second };
const [ssh, sshd, cat] = [process(602, 'ssh'), process(710, 'sshd'), process(711, 'cat')];

const gamma: Batch = {
  hostId: 'id-gamma',
  bootId: 'boot-gamma',
  number: 1,
  behaviours: [
    {
      time: minute + second,
      process: process(500, 'uniq'),
      operation: Operation.OPERATION_CREATE,
      count: 1,
      sources: [file('/w/a', 10, 900_000)],
      destinations: [file('/w/s', 11, 700_000)],
      pipeline: stages('sort', 'uniq'),
      line: '1 500 ann uniq create /w/a:10 -> /w/s:11',
    },
    {
      // What ssh reads for itself, and passes on nothing of.
      time: minute + 5 * second,
      process: ssh,
      operation: Operation.OPERATION_READ,
      count: 1,
      sources: [file('/home/ann/.ssh/known_hosts', 5, 93)],
      connectionId: 41,
      line: '1 602 ann ssh read /home/ann/.ssh/known_hosts:5',
    },
    {
      time: minute + 6 * second,
      process: ssh,
      operation: Operation.OPERATION_UPLOAD,
      count: 1,
      sources: [file('/w/s', 11, 700_000)],
      connectionId: 41,
      localAddress: '10.0.0.3',
      localPort: 50_000,
      remoteAddress: '10.0.0.4',
      remotePort: 22,
      pipeline: stages('cat', 'gzip', 'ssh'),
      line: '1 602 ann ssh upload /w/s:11 -> 10.0.0.4:22',
    },
  ],
  connections: [
    {
      ...connection,
      connectionId: 41,
      direction: Direction.DIRECTION_OUTBOUND,
      localAddress: '10.0.0.3',
      localPort: 50_000,
      remoteAddress: '10.0.0.4',
      remotePort: 22,
      bytesSent: 210_000,
      bytesReceived: 4000,
      owner: ssh,
      process: ssh,
    },
  ],
};

const delta: Batch = {
  hostId: 'id-delta',
  bootId: 'boot-delta',
  number: 1,
  behaviours: [
    {
      time: minute + 7 * second,
      process: cat,
      operation: Operation.OPERATION_WRITE,
      count: 1,
      destinations: [file('/w/t.gz', 21, 200_000)],
      connectionId: 42,
      line: '710 711 ann cat write /w/t.gz:21',
    },
    {
      time: minute + 20 * second,
      process: process(800, 'head'),
      operation: Operation.OPERATION_CREATE,
      count: 1,
      sources: [file('/w/t.gz', 21, 200_000)],
      destinations: [file('/w/u', 22, 100)],
      pipeline: stages('gzip', 'head'),
      line: '1 800 ann head create /w/t.gz:21 -> /w/u:22',
    },
  ],
  connections: [
    {
      ...connection,
      connectionId: 42,
      direction: Direction.DIRECTION_INBOUND,
      localAddress: '10.0.0.4',
      localPort: 22,
      remoteAddress: '10.0.0.3',
      remotePort: 50_000,
      bytesSent: 4000,
      bytesReceived: 210_000,
      owner: sshd,
      process: cat,
    },
  ],
};

describe('a file that went through pipelines from one host to another', () => {
  let aggregator: AggregatorProcess;
  let remove: () => Promise<void>;

  before(async () => {
    ({ aggregator, remove } = await temporaryAggregator());
    await aggregator.start();
    await sendBatch(aggregator.address, 'gamma', ['10.0.0.3'], gamma);
    await sendBatch(aggregator.address, 'delta', ['10.0.0.4'], delta);
  });
  after(() => remove());

  /** Host, kind and text of each hop, without the times. */
  async function hops(subject: string): Promise<readonly string[]> {
    const { stdout, stderr, code } = await panorama(aggregator.address, ['trace', subject]);
    assert.deepEqual([stderr, code], ['', 0]);
    return stdout
      .split('\n')
      .map((line) => line.trim().replace(/, at [\d:.]+$/, ''))
      .filter((line) => /^(\d+\.|file|process|connection) /.test(line))
      .map((line) => line.replace(/^(\d+\. from \S+ to \S+),.*/, '$1').replace(/ {2,}/, ' '));
  }

  const wholeWay = [
    '1. from gamma to delta',
    'file /w/a:10',
    'process uniq (pid 500) of ann, sort | uniq',
    'file /w/s:11',
    'process ssh (pid 602) of ann, cat | gzip | ssh',
    'connection 10.0.0.3:50000 -> 10.0.0.4:22, sent 210000 bytes, received 4000',
    'connection 10.0.0.3:50000 -> 10.0.0.4:22, sent 4000 bytes, received 210000, held by sshd (pid 710) of ann',
    'process cat (pid 711) of ann',
    'file /w/t.gz:21',
    'process head (pid 800) of ann, gzip | head',
    'file /w/u:22',
  ];

  for (const subject of ['/w/s', '/w/t.gz', '10.0.0.4:22']) {
    test(`trace ${subject} tells the whole way, and nothing of what ssh read for itself`, async () => {
      let found: readonly string[] = [];
      // Until the connections are correlated both ends are joined by their tuple.
      await until('the way is complete', async () => {
        found = await hops(subject);
        return found.length >= wholeWay.length;
      });
      assert.deepEqual(found, wholeWay);
    });
  }
});
