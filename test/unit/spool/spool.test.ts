import assert from 'node:assert/strict';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { AgentError } from '../../../agent/errors.js';
import { Metrics } from '../../../agent/metrics.js';
import type { Frame } from '../../../agent/sinks/spool/frame.js';
import { Spool, type SpoolOptions } from '../../../agent/sinks/spool/spool.js';
import { temporaryDirectory } from '../../support/temporary.js';

interface Fixture {
  readonly spool: Spool;
  readonly reports: string[];
  readonly dropped: number[];
  readonly metrics: Metrics;
}

function spoolIn(directory: string, run: string, changes: Partial<SpoolOptions> = {}): Fixture {
  const reports: string[] = [];
  const dropped: number[] = [];
  const metrics = new Metrics();
  const spool = new Spool(
    { directory, totalBytes: 1_000_000, segmentBytes: 100, longestAge: 3_600_000, sync: 'interval', ...changes },
    { hostId: 'h', bootId: run },
    metrics,
    (sentence) => reports.push(sentence),
    (_, places) => dropped.push(...places.map(({ number }) => number)),
  );
  return { spool, reports, dropped, metrics };
}

function started(context: TestContext, directory: string, run: string, changes: Partial<SpoolOptions> = {}): Fixture {
  const fixture = spoolIn(directory, run, changes);
  fixture.spool.start();
  context.after(() => {
    fixture.spool.stop();
  });
  return fixture;
}

function frame(number: number): Frame {
  return { number, records: 1, body: Buffer.from(`batch ${number}`) };
}

/** Numbers of what waits in the epoch whose turn it is. */
function waiting(spool: Spool): readonly number[] {
  const numbers: number[] = [];
  for (let next = spool.current.after(0); next; next = spool.current.after(next.number)) {
    assert.equal(next.body.toString(), `batch ${next.number}`);
    numbers.push(next.number);
  }
  return numbers;
}

/** What a run leaves that was killed. */
function leave(directory: string, run: string, count: number): void {
  const { spool } = spoolIn(directory, run);
  spool.start();
  for (let number = 1; number <= count; number++) spool.append(frame(number));
  spool.stop();
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('the spool', () => {
  test('hands out earlier runs first, each until it is acknowledged, then forgets their files', (context) => {
    const directory = temporaryDirectory(context);
    leave(directory, 'one', 7);
    leave(directory, 'two', 2);
    const { spool } = started(context, directory, 'three');
    spool.append(frame(1));
    assert.deepEqual([spool.current.header.bootId, waiting(spool)], ['one', range(1, 7)]);
    spool.acknowledge(spool.current, 4);
    assert.equal(spool.current.after(4)?.number, 5);
    spool.acknowledge(spool.current, 7);
    assert.deepEqual([spool.current.header.bootId, waiting(spool)], ['two', [1, 2]]);
    spool.acknowledge(spool.current, 2);
    assert.deepEqual([spool.current.header.bootId, waiting(spool)], ['three', [1]]);
    assert.equal(readdirSync(directory).filter((name) => name.endsWith('.spool')).length, 1);
  });

  test('drops the oldest segments first where it is full, and says which batches went', (context) => {
    const { spool, dropped } = started(context, temporaryDirectory(context), 'one', { totalBytes: 400 });
    for (let number = 1; number <= 30; number++) spool.append(frame(number));
    assert.ok(spool.bytes <= 400);
    assert.deepEqual([...dropped, ...waiting(spool)], range(1, 30));
  });

  test('drops what is too old at the next start', (context) => {
    const directory = temporaryDirectory(context);
    leave(directory, 'one', 3);
    const { spool, dropped } = started(context, directory, 'two', { longestAge: -1 });
    assert.deepEqual(dropped, [1, 2, 3]);
    assert.equal(spool.current.header.bootId, 'two');
  });

  test('reads on behind a segment that was cut off, and tells of the damage', (context) => {
    const directory = temporaryDirectory(context);
    leave(directory, 'one', 9);
    const [first = ''] = readdirSync(directory)
      .filter((name) => name.endsWith('.spool'))
      .sort();
    const path = join(directory, first);
    truncateSync(path, readFileSync(path).length - 3);
    const { spool, reports, metrics } = started(context, directory, 'two');
    const numbers = waiting(spool);
    assert.equal(numbers.length, 8);
    assert.equal(numbers.at(-1), 9);
    assert.equal(reports.length, 1);
    assert.match(reports[0] ?? '', /^28 bytes of the spool segment .+ are damaged/);
    assert.deepEqual(metrics.snapshot(), { spool_bytes_damaged: 28 });
  });

  test('puts a file aside that is no segment', (context) => {
    const directory = temporaryDirectory(context);
    const name = `${'0'.repeat(16)}-${'1'.padStart(16, '0')}.spool`;
    writeFileSync(join(directory, name), 'not ours');
    const { spool, reports } = started(context, directory, 'one');
    assert.deepEqual(readdirSync(directory).sort(), [`${name}.damaged`, 'lock'].sort());
    assert.equal(reports.length, 1);
    assert.deepEqual(waiting(spool), []);
  });

  test('belongs to one agent at a time', (context) => {
    const directory = temporaryDirectory(context);
    started(context, directory, 'one');
    const { spool } = spoolIn(directory, 'two');
    assert.throws(
      () => {
        spool.start();
      },
      (error) =>
        error instanceof AgentError && error.code === 'SPOOL_UNUSABLE' && error.message.includes('another agent'),
    );
  });

  test('cannot be where there is a file', (context) => {
    const directory = join(temporaryDirectory(context), 'file');
    writeFileSync(directory, '');
    const { spool } = spoolIn(directory, 'one');
    assert.throws(
      () => {
        spool.start();
      },
      (error) => error instanceof AgentError && error.code === 'SPOOL_UNUSABLE',
    );
  });
});
