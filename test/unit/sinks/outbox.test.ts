import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { panorama } from '#proto';
import fc from 'fast-check';
import { Metrics } from '../../../agent/metrics.js';
import { Backoff } from '../../../agent/sinks/stream/backoff.js';
import { BatchEncoder, batchHeader } from '../../../agent/sinks/stream/encoder.js';
import { Outbox, type OutboxLimits } from '../../../agent/sinks/stream/outbox.js';
import { toNumber } from '../../../proto/integer.js';
import { connection, connectionBehaviour, file, fileBehaviour, processOf } from '../../support/behaviours.js';

function decode(message: Uint8Array): panorama.v1.Batch {
  return panorama.v1.Batch.decode(message);
}

describe('batches on the wire', () => {
  test('carry every field of a behaviour', () => {
    const encoder = new BatchEncoder();
    const copy = fileBehaviour('copy', [file('/w/a', 1, 5)], [file('/w/b', 18446744073709551615n, 5)], {
      count: 2,
      connectionId: 9,
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
      },
      sources: [{ path: '/w/a', inode: '1', device, bytes: '5' }],
      destinations: [{ path: '/w/b', inode: '18446744073709551615', device, bytes: '5' }],
      connectionId: '9',
      count: 2,
      line: 'the line',
    });
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

const limits: OutboxLimits = { batchBytes: 1, window: 3, totalBytes: 1_000_000 };

function outbox(changes: Partial<OutboxLimits> = {}): { readonly outbox: Outbox; readonly metrics: Metrics } {
  const metrics = new Metrics();
  return { outbox: new Outbox('h', 'b', { ...limits, ...changes }, metrics), metrics };
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
  test('numbers batches from 1 and stops at the window', () => {
    const { outbox: box } = outbox();
    for (const line of ['a', 'b', 'c', 'd']) add(box, line);
    assert.deepEqual(takeAll(box), [
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ]);
    box.acknowledge(2);
    assert.deepEqual(takeAll(box), [[4, 'd']]);
  });

  test('sends again after a reconnection what the aggregator has not stored, under the same numbers', () => {
    const { outbox: box } = outbox();
    for (const line of ['a', 'b', 'c', 'd']) add(box, line);
    takeAll(box);
    assert.equal(box.resume(1), 2);
    assert.deepEqual(takeAll(box), [
      [2, 'b'],
      [3, 'c'],
      [4, 'd'],
    ]);
  });

  test('drops the oldest that was never sent, and counts it', () => {
    const { outbox: box, metrics } = outbox({ totalBytes: 1200 });
    add(box, 'sent');
    takeAll(box);
    for (let index = 0; index < 20; index += 1) add(box, `${index}`);
    assert.ok(box.dropped > 0);
    box.resume(0);
    const taken = takeAll(box);
    assert.deepEqual(
      taken.map(([number]) => number),
      [1, 2, 3],
    );
    assert.equal(taken[0]?.[1], 'sent');
    assert.equal(taken[1]?.[1], String(box.dropped));
    assert.deepEqual(metrics.snapshot(), { stream_records_dropped: box.dropped });
  });

  test('nothing is left once all is acknowledged', () => {
    const { outbox: box, metrics } = outbox();
    add(box, 'a');
    assert.equal(box.records, 1);
    takeAll(box);
    box.acknowledge(1);
    assert.equal(box.empty, true);
    assert.deepEqual(metrics.snapshot(), { stream_records_delivered: 1 });
  });

  test('whatever happens: numbers without gaps, every record stored once in order, dropped or still here', () => {
    const step = fc.oneof(
      fc.constant('add' as const),
      fc.constant('take' as const),
      fc.constant('reconnect' as const),
      fc.nat({ max: 3 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { outbox: box, metrics } = outbox({ totalBytes: 900 });
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
            stored = Math.min(received.size, stored + each);
            box.acknowledge(stored);
          }
        }
        assert.deepEqual(
          [...received.keys()].sort((a, b) => a - b),
          Array.from({ length: received.size }, (_, index) => index + 1),
        );
        const lines = [...received].sort(([a], [b]) => a - b).map(([, line]) => Number(line));
        assert.deepEqual(
          lines,
          [...lines].sort((a, b) => a - b),
        );
        const { stream_records_delivered: delivered = 0 } = metrics.snapshot();
        assert.equal(delivered + box.dropped + box.records, added);
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
