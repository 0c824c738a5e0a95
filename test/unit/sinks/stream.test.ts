import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { Server, ServerCredentials, status, type ServerDuplexStream } from '@grpc/grpc-js';
import { Metrics } from '../../../agent/metrics.js';
import { LineFormatter } from '../../../agent/sinks/line.js';
import { StreamSink, type StreamOptions } from '../../../agent/sinks/stream.js';
import { toNumber } from '../../../proto/integer.js';
import {
  ingestService,
  type Acknowledgement,
  type Batch,
  type Host,
  type IngestHandlers,
} from '../../../proto/service.js';
import { connection, file, fileBehaviour, processOf } from '../../support/behaviours.js';
import { temporaryDirectory } from '../../support/temporary.js';
import { until } from '../../support/until.js';

/** An aggregator that keeps batches in memory, on a real port. */
class Aggregator {
  readonly registered: Host[] = [];
  /** By run and number; a resend of a stored one changes nothing. */
  readonly runs = new Map<string, Map<number, Batch>>();
  /** Numbers as they came, resends too. */
  readonly received: number[] = [];
  /** False: takes batches and stores none. */
  acknowledging = true;
  #server = new Server();
  #port = 0;

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Of the run that all tests begin with. */
  get stored(): Map<number, Batch> {
    return this.run('b/1');
  }

  get lines(): string[] {
    return [...this.runs.values()]
      .flatMap((run) => [...run.values()])
      .flatMap(({ behaviours }) => (behaviours ?? []).map(({ line }) => line ?? ''));
  }

  /** On the port it had before, if any. */
  async start(): Promise<void> {
    this.#server = new Server();
    const handlers: IngestHandlers = {
      register: ({ request }, callback) => {
        this.registered.push(request);
        callback(null, { acknowledged: Math.max(0, ...this.run(request.bootId ?? '').keys()) });
      },
      stream: (call) => {
        this.#serve(call);
      },
      import: (_call, callback) => {
        callback({ code: status.UNIMPLEMENTED });
      },
    };
    this.#server.addService(ingestService, handlers);
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${this.#port}`, ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
  }

  /** At once, as when it dies. */
  stop(): void {
    this.#server.forceShutdown();
  }

  private run(bootId: string): Map<number, Batch> {
    const run = this.runs.get(bootId) ?? new Map<number, Batch>();
    this.runs.set(bootId, run);
    return run;
  }

  #serve(call: ServerDuplexStream<Batch, Acknowledgement>): void {
    call.on('data', (batch: Batch) => {
      const number = toNumber(batch.number);
      this.received.push(number);
      if (!this.acknowledging) return;
      this.run(batch.bootId ?? '').set(number, batch);
      call.write({ number });
    });
    call.on('end', () => call.end());
    call.on('error', () => undefined);
  }
}

interface Fixture {
  readonly aggregator: Aggregator;
  readonly directory: string;
  readonly sink: StreamSink;
  readonly reports: string[];
  readonly metrics: Metrics;
  readonly send: (line: string) => void;
}

type Changes = Partial<StreamOptions> & { readonly run?: string; readonly spoolBytes?: number };

async function fixture(context: TestContext, changes: Changes = {}): Promise<Fixture> {
  const directory = temporaryDirectory(context);
  const aggregator = new Aggregator();
  await aggregator.start();
  context.after(() => {
    aggregator.stop();
  });
  return { aggregator, directory, ...agentOf(context, aggregator, directory, changes) };
}

/** One run of an agent, with what earlier ones left in the directory. */
function agentOf(
  context: TestContext,
  aggregator: Aggregator,
  directory: string,
  { run = 'b/1', spoolBytes = 1_000_000, ...options }: Changes = {},
): Omit<Fixture, 'aggregator' | 'directory'> {
  const reports: string[] = [];
  const metrics = new Metrics();
  const sink = new StreamSink({
    aggregator: aggregator.address,
    host: { hostId: 'h', bootId: run, hostname: 'web1' },
    spool: { directory, totalBytes: spoolBytes, segmentBytes: spoolBytes / 8, longestAge: 3_600_000, sync: 'never' },
    agent: processOf({ comm: 'panorama' }),
    formatter: new LineFormatter('name'),
    metrics,
    report: (sentence) => reports.push(sentence),
    backoff: { first: 20, longest: 50 },
    ...options,
  });
  context.after(() => sink.stop());
  const send = (name: string): void => sink.behaviour(fileBehaviour('read', [file(`/w/${name}`, 1)], []));
  return { sink, reports, metrics, send };
}

function line(name: string): string {
  return `2682 3760 parallels scp read ${name}:1`;
}

describe('stream to the aggregator', () => {
  test('registers the host, then sends numbered batches that name it', async (context) => {
    const { aggregator, sink, send, reports } = await fixture(context);
    sink.start();
    send('a');
    sink.connection(connection());
    await until('the first batch is stored', () => aggregator.stored.size === 1);
    send('b');
    await until('the second too', () => aggregator.stored.size === 2);
    assert.equal(aggregator.registered[0]?.hostname, 'web1');
    assert.ok(toNumber(aggregator.registered[0].time) > 0);
    assert.deepEqual(aggregator.received, [1, 2]);
    assert.deepEqual(aggregator.lines, [line('a'), line('b')]);
    const first = aggregator.stored.get(1);
    assert.deepEqual([first?.hostId, first?.bootId, first?.connections?.length], ['h', 'b/1', 1]);
    assert.deepEqual(reports, []);
  });

  test('stop delivers what is on its way', async (context) => {
    const { aggregator, sink, send, metrics } = await fixture(context);
    sink.start();
    await until('it has registered', () => aggregator.registered.length === 1);
    for (let index = 0; index < 1000; index += 1) send(`${index}`);
    await sink.stop();
    assert.equal(aggregator.lines.length, 1000);
    assert.deepEqual(metrics.snapshot(), { stream_records_delivered: 1000 });
  });

  test('stop right after start still connects and delivers', async (context) => {
    const { aggregator, sink, send } = await fixture(context);
    sink.start();
    send('a');
    await sink.stop();
    assert.deepEqual(aggregator.lines, [line('a')]);
  });
});

describe('an aggregator that goes away', () => {
  test('is told once, and once that it is back; nothing is lost and nothing stored twice', async (context) => {
    const { aggregator, sink, send, reports } = await fixture(context);
    sink.start();
    send('a');
    await until('it is stored', () => aggregator.stored.size === 1);
    // Received, not stored: this one has to come again.
    aggregator.acknowledging = false;
    send('b');
    await until('it is received', () => aggregator.received.length === 2);
    aggregator.stop();
    await until('it is told', () => reports.length === 1);
    send('c');
    aggregator.acknowledging = true;
    await aggregator.start();
    await until('all is stored', () => aggregator.lines.length === 3);
    assert.deepEqual(aggregator.lines, [line('a'), line('b'), line('c')]);
    assert.deepEqual([...aggregator.stored.keys()], [1, 2, 3]);
    assert.equal(reports.length, 2);
    assert.match(reports[0] ?? '', /^the aggregator 127\.0\.0\.1:\d+ cannot be reached \(.+\): logging goes on here/);
    assert.match(reports[1] ?? '', /is back: 1 batches are sent again, 0 records were dropped$/);
  });

  test('what does not fit on the disk is dropped oldest first and told as a gap', async (context) => {
    const { aggregator, sink, send, metrics } = await fixture(context, {
      limits: { batchBytes: 500, memoryBytes: 0 },
      spoolBytes: 4000,
    });
    aggregator.stop();
    sink.start();
    for (let index = 0; index < 100; index += 1) send(`${index}`);
    await aggregator.start();
    await until('the last is stored', () => aggregator.lines.includes(line('99')));
    await until('the gap is stored', () => aggregator.lines.some((each) => each.includes(' gap ')));
    const { stream_records_dropped: dropped = 0 } = metrics.snapshot();
    assert.ok(dropped > 0);
    assert.ok(
      aggregator.lines.includes(
        `2682 3760 parallels panorama gap ${dropped} records dropped on this host while the aggregator did not take them`,
      ),
    );
    const kept = aggregator.lines.filter((each) => each.includes(' read '));
    assert.deepEqual(
      kept,
      Array.from({ length: 100 - dropped }, (_, index) => line(`${dropped + index}`)),
    );
  });

  test('gets from the next run of the agent, in order, what this one could not deliver', async (context) => {
    const { aggregator, directory, sink, send, reports } = await fixture(context);
    aggregator.stop();
    sink.start();
    await until('it is told', () => reports.length === 1);
    send('a');
    send('b');
    await sink.stop();
    assert.match(reports[1] ?? '', /^2 records were not delivered to the aggregator .+: they wait in /);
    const next = agentOf(context, aggregator, directory, { run: 'b/2' });
    next.sink.start();
    next.send('c');
    await aggregator.start();
    await until('all is stored', () => aggregator.lines.length === 3);
    assert.deepEqual([...aggregator.runs.keys()], ['b/1', 'b/2']);
    assert.deepEqual(aggregator.lines, [line('a'), line('b'), line('c')]);
    await next.sink.stop();
    assert.deepEqual(readdirSync(directory), ['lock']);
  });

  test('does not hold up the end: what was not delivered is told', async (context) => {
    const { aggregator, sink, send, reports } = await fixture(context);
    aggregator.stop();
    sink.start();
    await until('it is told', () => reports.length === 1);
    send('a');
    await sink.stop();
    assert.match(reports[1] ?? '', /^1 records were not delivered to the aggregator 127/);
  });
});

describe('an aggregator that stores slowly', () => {
  test('gets no more than the window, the rest later', async (context) => {
    const { aggregator, sink, send } = await fixture(context, { limits: { batchBytes: 100, window: 4 } });
    aggregator.acknowledging = false;
    sink.start();
    await until('it has registered', () => aggregator.registered.length === 1);
    for (let index = 0; index < 50; index += 1) send(`${index}`);
    await until('the window is full', () => aggregator.received.length === 4);
    // It comes to its senses on a new connection.
    aggregator.stop();
    aggregator.acknowledging = true;
    await aggregator.start();
    await until('all is stored', () => aggregator.lines.length === 50);
    assert.deepEqual(
      aggregator.lines,
      Array.from({ length: 50 }, (_, index) => line(`${index}`)),
    );
    assert.deepEqual(
      [...aggregator.stored.keys()],
      Array.from({ length: aggregator.stored.size }, (_, index) => index + 1),
    );
  });
});
