import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Server, ServerCredentials, status, type ClientReadableStream } from '@grpc/grpc-js';
import { panorama } from '#proto';
import { Feed } from '../../../aggregator/ingest/feed.js';
import { Metrics } from '../../../aggregator/metrics.js';
import { QueryService } from '../../../aggregator/query/service.js';
import type { Row } from '../../../aggregator/schema/row.js';
import { RowWriter } from '../../../aggregator/schema/row-writer.js';
import { tables } from '../../../aggregator/schema/tables.js';
import type { Table } from '../../../aggregator/schema/table.js';
import { toNumber } from '../../../proto/integer.js';
import { channelOptions, QueryClient, type Rows } from '../../../proto/service.js';
import { until } from '../../support/until.js';
import { base, client, connectionRow, flow, flowRow, minute, second } from '../correlate/facts.js';
import { silentLog, temporaryStore, type TemporaryStore } from '../store/temporary-store.js';

const { TABLE_CONNECTIONS, TABLE_FLOWS, TABLE_SESSIONS } = panorama.v1.Table;

async function* messages(stream: ClientReadableStream<Rows>): AsyncGenerator<Rows> {
  const iterable: AsyncIterable<Rows> = stream;
  yield* iterable;
}

/** Rows of a whole stream as objects. */
async function rowsOf(stream: ClientReadableStream<Rows>): Promise<readonly Readonly<Record<string, string>>[]> {
  let names: readonly string[] = [];
  const rows: Record<string, string>[] = [];
  for await (const message of messages(stream)) {
    if (names.length === 0) names = (message.columns ?? []).map(({ name }) => name ?? '');
    for (const { values } of message.rows ?? []) {
      rows.push(Object.fromEntries(names.map((name, index) => [name, values?.[index] ?? ''])));
    }
  }
  return rows;
}

describe('the query service', () => {
  const feed = new Feed(new Metrics());
  let temporary: TemporaryStore;
  let service: QueryService;
  let server: Server;
  let query: QueryClient;

  async function insert(table: Table, rows: readonly Row[]): Promise<void> {
    const writer = new RowWriter(table);
    for (const row of rows) writer.append(row);
    await temporary.store.insertBytes(table, writer.bytes, writer.rowCount);
  }

  before(async () => {
    temporary = await temporaryStore();
    service = new QueryService({ store: temporary.store, feed, log: silentLog });
    server = new Server(channelOptions);
    server.addService(service.definition, service.handlers);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    query = new QueryClient(`127.0.0.1:${port}`);
    const now = base + minute;
    await insert(
      tables.flows,
      Array.from({ length: 2500 }, (_, index) => flowRow(flow(index * second, { packets: index }), now)),
    );
    await insert(tables.connections, [connectionRow(client(0, 0, { bytesSent: 1 }), now)]);
    await insert(tables.connections, [connectionRow(client(0, minute, { bytesSent: 2 }), now + second)]);
  });
  after(async () => {
    query.close();
    service.stop();
    server.forceShutdown();
    await temporary.remove();
  });

  test('a search gives the latest rows first, a thousand where no limit is given', async () => {
    const rows = await rowsOf(query.search({ table: TABLE_FLOWS }));
    assert.deepEqual(
      rows.map((row) => Number(row['packets'])),
      Array.from({ length: 1000 }, (_, index) => 2499 - index),
    );
  });

  test('filter, time range and limit hold together; the range includes its ends', async () => {
    const rows = await rowsOf(
      query.search({
        table: TABLE_FLOWS,
        filter: 'packets>=10',
        since: base + 5 * second,
        until: base + 20 * second,
        limit: 8,
      }),
    );
    assert.deepEqual(
      rows.map((row) => row['packets']),
      ['20', '19', '18', '17', '16', '15', '14', '13'],
    );
    const [row] = await rowsOf(
      query.search({ table: TABLE_FLOWS, since: base + 7 * second, until: base + 7 * second }),
    );
    assert.deepEqual([row?.['packets'], row?.['source_address']], ['7', '10.0.0.1']);
  });

  test('of a row with several versions, only the latest is found', async () => {
    const all = await rowsOf(query.search({ table: TABLE_CONNECTIONS }));
    assert.deepEqual(
      all.map((row) => row['bytes_sent']),
      ['2'],
    );
    assert.deepEqual(await rowsOf(query.search({ table: TABLE_CONNECTIONS, filter: 'bytes_sent:1' })), []);
  });

  test('nothing found is the columns and no rows', async () => {
    assert.deepEqual(await rowsOf(query.search({ table: TABLE_SESSIONS, filter: 'client_host:nobody' })), []);
  });

  const mistakes: readonly (readonly [
    name: string,
    request: panorama.v1.SearchRequest.$Properties,
    details: RegExp,
  ])[] = [
    [
      'a filter that is wrong',
      { filter: 'usr:bob' },
      /^unknown field "usr" at column 1, did you mean "user"\?\n {2}usr:bob\n {2}\^$/,
    ],
    ['a range that is empty', { since: 20, until: 10 }, /^The time range ends before it starts/],
    [
      'a table that is not there',
      panorama.v1.SearchRequest.fromObject({ table: 99 }),
      /^There is no table with the number 99$/,
    ],
  ];
  for (const [name, request, details] of mistakes) {
    test(`${name} is the caller's mistake, for search and tail alike`, async () => {
      for (const stream of [query.search(request), query.tail(request)]) {
        await assert.rejects(rowsOf(stream), { code: status.INVALID_ARGUMENT, details });
      }
    });
  }

  test('a search that takes too long fails and says so', async () => {
    const limited = new QueryService({ store: temporary.store, feed, log: silentLog, limits: { memoryBytes: 1 } });
    const other = new Server(channelOptions);
    other.addService(limited.definition, limited.handlers);
    const port = await new Promise<number>((resolve) => {
      other.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, bound) => resolve(bound));
    });
    const limitedQuery = new QueryClient(`127.0.0.1:${port}`);
    await assert.rejects(rowsOf(limitedQuery.search({ table: TABLE_FLOWS })), { code: status.RESOURCE_EXHAUSTED });
    limitedQuery.close();
    other.forceShutdown();
  });

  test('a caller who leaves ends the search, and the next one is answered', async () => {
    const stream = query.search({ table: TABLE_FLOWS, limit: 2500 });
    await new Promise((resolve) => stream.once('data', resolve));
    stream.on('error', () => undefined);
    stream.cancel();
    assert.equal((await rowsOf(query.search({ table: TABLE_FLOWS, limit: 1 }))).length, 1);
  });

  describe('tail', () => {
    const flows = (count: number): readonly Row[] =>
      Array.from({ length: count }, (_, index) => flowRow(flow(0, { packets: index }), base));

    test('shows rows as they are stored, as a search would', async () => {
      const stream = query.tail({ table: TABLE_FLOWS, filter: 'packets>5 address:10.0.0.0/24', limit: 3 });
      await new Promise((resolve) => stream.once('readable', resolve));
      await until('it is subscribed', () => feed.wants(tables.flows));
      feed.publish(tables.flows, flows(100));
      const found = await rowsOf(query.search({ table: TABLE_FLOWS, filter: 'packets:6' }));
      const rows = await rowsOf(stream);
      assert.deepEqual(
        rows.map((row) => row['packets']),
        ['6', '7', '8'],
      );
      const withoutTimes = (row: Readonly<Record<string, string>> | undefined): unknown =>
        Object.fromEntries(Object.entries(row ?? {}).filter(([name]) => !name.endsWith('_time')));
      assert.deepEqual(withoutTimes(rows[0]), withoutTimes(found[0]));
      await until('it is unsubscribed', () => !feed.wants(tables.flows));
    });

    test('sessions that were superseded are not shown', async () => {
      const stream = query.tail({ table: TABLE_SESSIONS, limit: 1 });
      await new Promise((resolve) => stream.once('readable', resolve));
      const session = (id: string, superseded: number): Row => ({
        ...Object.fromEntries(
          tables.sessions.columns.map(({ name, type }) => [
            name,
            type === 'text[]' ? [] : type.startsWith('uint') || type === 'time' || type === 'double' ? 0 : '',
          ]),
        ),
        session_id: id,
        superseded,
      });
      feed.publish(tables.sessions, [session('old', 1), session('new', 0)]);
      assert.deepEqual(
        (await rowsOf(stream)).map((row) => row['session_id']),
        ['new'],
      );
    });

    test('a reader who is too slow is told how many rows it missed, and memory stays bounded', async () => {
      const stream = query.tail({ table: TABLE_FLOWS });
      stream.on('error', () => undefined);
      await new Promise((resolve) => stream.once('readable', resolve));
      await until('it is subscribed', () => feed.wants(tables.flows));
      const published = 200_000;
      for (let index = 0; index < 20; index += 1) feed.publish(tables.flows, flows(published / 20));
      let shown = 0;
      let dropped = 0;
      for await (const message of messages(stream)) {
        shown += message.rows?.length ?? 0;
        dropped += toNumber(message.dropped);
        if (shown + dropped >= published) break;
      }
      assert.equal(shown + dropped, published);
      assert.ok(dropped > 0 && shown >= 10_000, `${shown} shown, ${dropped} dropped`);
    });

    test('stopping the service ends its tails', async () => {
      const stream = query.tail({ table: TABLE_FLOWS });
      await new Promise((resolve) => stream.once('readable', resolve));
      await until('it is subscribed', () => feed.wants(tables.flows));
      service.stop();
      assert.deepEqual(await rowsOf(stream), []);
      assert.equal(feed.wants(tables.flows), false);
    });
  });
});
