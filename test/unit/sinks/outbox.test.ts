import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { panorama } from '#proto';
import fc from 'fast-check';
import { Metrics } from '../../../agent/metrics.js';
import { hostRoot, unknownIsolation } from '../../../agent/process/isolation.js';
import { Backoff } from '../../../agent/sinks/stream/backoff.js';
import { BatchEncoder, batchHeader } from '../../../agent/sinks/stream/encoder.js';
import type { SpoolOptions } from '../../../agent/sinks/spool/spool.js';
import { Outbox, type OutboxLimits } from '../../../agent/sinks/stream/outbox.js';
import { toNumber } from '../../../proto/integer.js';
import { connection, connectionBehaviour, file, fileBehaviour, processOf } from '../../support/behaviours.js';
import { temporaryDirectory } from '../../support/temporary.js';

const processInContainer = processOf({
  containerPid: 12,
  containerUid: 5,
  containerUser: 'app',
  isolation: {
    ...unknownIsolation,
    cgroupId: 77,
    containerId: 'c0ffee',
    podUid: '8dbc3577',
    mountNamespace: 1,
    pidNamespace: 2,
    networkNamespace: 3,
    userNamespace: 4,
    root: { ...hostRoot, hostPath: '/merged' },
  },
});

function decode(message: Uint8Array): panorama.v1.Batch {
  return panorama.v1.Batch.decode(message);
}

describe('batches on the wire', () => {
  test('carry every field of a behaviour', () => {
    const encoder = new BatchEncoder();
    const copy = fileBehaviour('copy', [file('/w/a', 1, 5)], [file('/w/b', 18446744073709551615n, 5)], {
      count: 2,
      connectionId: 9,
      process: processInContainer,
    });
    encoder.behaviour(copy, 'the line');
    const { hostId, bootId, number, behaviours } = decode(Buffer.concat([batchHeader('h', 'b', 7), encoder.take()]));
    assert.deepEqual([hostId, bootId, toNumber(number)], ['h', 'b', 7]);
    assert.equal(behaviours.length, 1);
    const object: unknown = panorama.v1.Behaviour.toObject(panorama.v1.Behaviour.fromObject(behaviours[0] ?? {}), {
      longs: String,
    });
    const device = String(8 << 20);
    assert.deepEqual(object, {
      time: String(copy.time),
      operation: 6,
      process: {
        pid: 3760,
        ppid: 2682,
        startTime: '1680454345000000',
        user: 'parallels',
        uid: 1000,
        loginuid: 1000,
        sessionId: 3,
        comm: 'scp',
        exe: '/usr/bin/scp',
        commandLine: 'scp f2.txt root@172.17.0.2:/root',
        cgroupId: '77',
        containerId: 'c0ffee',
        podUid: '8dbc3577',
        containerRoot: '/merged',
        containerPid: 12,
        containerUid: 5,
        containerUser: 'app',
        namespaces: { mount: 1, pid: 2, network: 3, user: 4 },
        script: './upload.sh',
      },
      sources: [{ path: '/w/a', inode: '1', device, bytes: '5' }],
      destinations: [{ path: '/w/b', inode: '18446744073709551615', device, bytes: '5' }],
      connectionId: '9',
      count: 2,
      line: 'the line',
    });
  });

  test('carry what was set as the line shows it', () => {
    const encoder = new BatchEncoder();
    const attribute = { kind: 'owner', owner: 1000, group: undefined } as const;
    encoder.behaviour(fileBehaviour('chown', [], [file('/w/a')], { attribute }), '');
    assert.equal(decode(encoder.take()).behaviours[0]?.attribute, 'owner=1000');
  });

  test('carry every operation under its own name', () => {
    const operations = [
      'read',
      'create',
      'write',
      'remove',
      'rename',
      'copy',
      'mkdir',
      'rmdir',
      'split',
      'compress',
      'extract',
      'link',
      'symlink',
      'chmod',
      'chown',
      'truncate',
    ] as const;
    const ends = ['connect-by', 'connect', 'accept-by', 'accept'] as const;
    const encoder = new BatchEncoder();
    for (const operation of operations) encoder.behaviour(fileBehaviour(operation, [], []), '');
    for (const operation of ends) encoder.behaviour(connectionBehaviour({ operation }), '');
    const common = { time: 1, count: 1, process: processOf() };
    encoder.behaviour({ kind: 'exec', operation: 'exec', ...common }, '');
    encoder.behaviour({ kind: 'gap', operation: 'gap', text: 'x', ...common }, '');
    const names = decode(encoder.take()).behaviours.map(({ operation }) => panorama.v1.Operation[operation ?? 0]);
    const expected = [...operations, ...ends, 'exec', 'gap'].map(
      (name) => `OPERATION_${name.toUpperCase().replace('-', '_')}`,
    );
    assert.deepEqual(names, expected);
  });

  test('carry connections with both processes and the Community ID', () => {
    const encoder = new BatchEncoder();
    encoder.connection(connection({ endTime: 1_680_454_349_000_000 }));
    const [decoded] = decode(encoder.take()).connections;
    assert.equal(decoded?.owner?.comm, 'ssh');
    assert.equal(decoded.process?.comm, 'scp');
    assert.match(decoded.communityId ?? '', /^1:.{28}$/);
    assert.equal(toNumber(decoded.endTime), 1_680_454_349_000_000);
    assert.equal(decoded.direction, panorama.v1.Direction.DIRECTION_OUTBOUND);
    assert.equal(decoded.smoothedRtt, 250);
  });
});

const limits: OutboxLimits = { batchBytes: 1, window: 3, memoryBytes: 1_000_000 };
const identity = { hostId: 'h', bootId: 'b' };

interface Fixture {
  readonly outbox: Outbox;
  readonly metrics: Metrics;
}

function outbox(directory: string, changes: Partial<OutboxLimits> & Partial<SpoolOptions> = {}): Fixture {
  const metrics = new Metrics();
  const spool: SpoolOptions = {
    directory,
    totalBytes: 1_000_000,
    longestAge: 3_600_000,
    segmentBytes: 200,
    sync: 'never',
    ...changes,
  };
  const box = new Outbox(identity, spool, { ...limits, ...changes }, metrics, () => undefined);
  box.start();
  return { outbox: box, metrics };
}

function fixture(context: TestContext, changes: Partial<OutboxLimits> & Partial<SpoolOptions> = {}): Fixture {
  const made = outbox(temporaryDirectory(context), changes);
  context.after(() => {
    made.outbox.stop();
  });
  return made;
}

function add(box: Outbox, line: string): void {
  box.gathering.behaviour(fileBehaviour('read', [file('/w/a')], []), line);
  box.seal();
}

/** Number and lines of each message that can be taken now. */
function takeAll(box: Outbox): (readonly [number, string])[] {
  const taken: (readonly [number, string])[] = [];
  for (let message = box.take(); message !== undefined; message = box.take()) {
    const { number, behaviours } = decode(message);
    taken.push([toNumber(number), behaviours.map(({ line }) => line).join()]);
  }
  return taken;
}

describe('outbox', () => {
  for (const memoryBytes of [1_000_000, 0]) {
    const where = memoryBytes > 0 ? 'in memory' : 'read back from the spool';
    test(`numbers batches from 1 and stops at the window (${where})`, (context) => {
      const { outbox: box } = fixture(context, { memoryBytes });
      for (const line of ['a', 'b', 'c', 'd']) add(box, line);
      assert.deepEqual(takeAll(box), [
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ]);
      box.acknowledge(2);
      assert.deepEqual(takeAll(box), [[4, 'd']]);
    });

    test(`sends again what the aggregator has not stored, under the same numbers (${where})`, (context) => {
      const { outbox: box } = fixture(context, { memoryBytes });
      for (const line of ['a', 'b', 'c', 'd']) add(box, line);
      takeAll(box);
      assert.equal(box.resume(1), 2);
      assert.deepEqual(takeAll(box), [
        [2, 'b'],
        [3, 'c'],
        [4, 'd'],
      ]);
    });
  }

  test('drops the oldest where the spool is full, and counts it', (context) => {
    const { outbox: box, metrics } = fixture(context, { memoryBytes: 0, totalBytes: 1200 });
    for (let index = 1; index <= 20; index += 1) add(box, `${index}`);
    assert.ok(box.dropped > 0);
    assert.equal(takeAll(box)[0]?.[1], String(box.dropped + 1));
    assert.equal(box.dropped + box.records, 20);
    assert.deepEqual(metrics.snapshot(), { stream_records_dropped: box.dropped });
  });

  test('a batch that the disk did not take is sent from memory', (context) => {
    const { outbox: box } = fixture(context, { totalBytes: 1 });
    add(box, 'a');
    add(box, 'b');
    assert.deepEqual(takeAll(box), [
      [1, 'a'],
      [2, 'b'],
    ]);
    box.acknowledge(2);
    assert.deepEqual([box.records, box.dropped], [0, 0]);
  });

  test('nothing is left once all is acknowledged, on the disk neither', (context) => {
    const directory = temporaryDirectory(context);
    const { outbox: box, metrics } = outbox(directory);
    add(box, 'a');
    assert.equal(box.records, 1);
    takeAll(box);
    box.acknowledge(1);
    assert.equal(box.empty, true);
    assert.deepEqual(metrics.snapshot(), { stream_records_delivered: 1 });
    box.stop();
    assert.deepEqual(readdirSync(directory), ['lock']);
  });

  test('whatever happens: every record is delivered once in order, dropped or still here', (context) => {
    const step = fc.oneof(
      fc.constant('add' as const),
      fc.constant('take' as const),
      fc.constant('reconnect' as const),
      fc.nat({ max: 3 }),
    );
    const directories = temporaryDirectory(context);
    let run = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 100, 10_000), (steps, memoryBytes) => {
        const { outbox: box, metrics } = outbox(join(directories, String((run += 1))), {
          totalBytes: 900,
          memoryBytes,
        });
        // The aggregator: what came in, and what it has stored.
        const received = new Map<number, string>();
        let stored = 0;
        let added = 0;
        for (const each of steps) {
          if (each === 'add') add(box, String((added += 1)));
          else if (each === 'take') {
            for (const [number, line] of takeAll(box)) {
              assert.equal(received.get(number) ?? line, line, 'a number stands for one batch');
              received.set(number, line);
            }
          } else if (each === 'reconnect') box.resume(stored);
          else {
            stored = [...received.keys()].filter((number) => number > stored).sort((a, b) => a - b)[each - 1] ?? stored;
            box.acknowledge(stored);
          }
        }
        for (const [number, line] of received) assert.equal(line, String(number));
        const { stream_records_delivered: delivered = 0 } = metrics.snapshot();
        assert.equal(delivered + box.dropped + box.records, added);
        box.stop();
      }),
    );
  });
});

describe('backoff', () => {
  test('doubles up to the longest, keeps at least half, starts over after success', () => {
    const highest = new Backoff(500, 30_000, () => 1);
    assert.deepEqual(
      Array.from({ length: 8 }, () => highest.next()),
      [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000],
    );
    highest.reset();
    assert.equal(highest.next(), 500);
    const lowest = new Backoff(500, 30_000, () => 0);
    assert.deepEqual([lowest.next(), lowest.next()], [250, 500]);
  });
});
