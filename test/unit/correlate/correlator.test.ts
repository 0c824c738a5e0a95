import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Correlator } from '../../../aggregator/correlate/correlator.js';
import type { ConnectionEnd, FlowRecord } from '../../../aggregator/correlate/model.js';
import { Feed } from '../../../aggregator/ingest/feed.js';
import { TouchedHours } from '../../../aggregator/ingest/touched.js';
import { Metrics } from '../../../aggregator/metrics.js';
import type { Row } from '../../../aggregator/schema/row.js';
import { RowWriter } from '../../../aggregator/schema/row-writer.js';
import { tables } from '../../../aggregator/schema/tables.js';
import type { Table } from '../../../aggregator/schema/table.js';
import type { Store } from '../../../aggregator/store/store.js';
import { until } from '../../support/until.js';
import { silentLog, temporaryStore, type TemporaryStore } from '../store/temporary-store.js';
import { answer, base, client, connectionRow, flow, flowRow, minute, second, server } from './facts.js';

describe('the correlator on the real store', () => {
  let temporary: TemporaryStore;
  let feed: Feed;
  let correlator: Correlator;
  let published: Row[];
  /** The clock of the aggregator. */
  let now: number;

  before(async () => {
    temporary = await temporaryStore();
  });
  after(() => temporary.remove());

  beforeEach(async () => {
    for (const table of [tables.connections, tables.flows, tables.sessions, tables.hosts]) {
      await temporary.store.command({ sql: `TRUNCATE TABLE ${table.name}`, parameters: {} });
    }
    now = base + 5 * minute;
    published = [];
    feed = new Feed(new Metrics());
    feed.subscribe(tables.sessions, (rows) => published.push(...rows));
    correlator = newCorrelator();
    correlator.start();
  });
  afterEach(() => correlator.stop());

  function newCorrelator(): Correlator {
    return new Correlator({ store: temporary.store, feed, log: silentLog, now: () => now });
  }

  async function insert(table: Table, rows: readonly Row[]): Promise<void> {
    const writer = new RowWriter(table);
    for (const row of rows) writer.append(row);
    await temporary.store.insertBytes(table, writer.bytes, writer.rowCount);
    feed.publish(table, rows);
    const touched = new TouchedHours();
    touched.addRows(rows);
    feed.touch(table, touched.take());
  }

  const connections = (...ends: readonly ConnectionEnd[]): Promise<void> =>
    insert(
      tables.connections,
      ends.map((end) => connectionRow(end, (now += second))),
    );
  const flows = (...records: readonly FlowRecord[]): Promise<void> =>
    insert(
      tables.flows,
      records.map((record) => flowRow(record, (now += second))),
    );

  async function sessions(columns = 'client_host, server_host, flow_count'): Promise<readonly (readonly string[])[]> {
    return temporary.store.query({
      sql: `SELECT ${columns} FROM sessions FINAL WHERE superseded = 0 ORDER BY start_time, client_host, server_host`,
      parameters: {},
    });
  }

  test('joins what arrives together', async () => {
    await connections(client(0, minute), server(12_000, minute));
    await flows(flow(0), answer(0));
    await correlator.runOnce();
    assert.deepEqual(await sessions(), [['alpha', 'beta', '2']]);
    assert.deepEqual(
      published.map((row) => row['client_host']),
      ['alpha'],
    );
  });

  test('runs by itself soon after rows were stored', async () => {
    await connections(client(0, minute));
    await until('the session is there', async () => (await sessions()).length === 1);
  });

  test('computing again writes nothing', async () => {
    await connections(client(0, minute), server(12_000, minute));
    await flows(flow(0), answer(0), flow(30 * minute));
    await correlator.runOnce();
    const before_ = await sessions('session_id, computed_time');
    assert.equal(before_.length, 2);
    published = [];
    await correlator.stop();
    correlator = newCorrelator();
    now += minute;
    await correlator.runOnce();
    assert.deepEqual(await sessions('session_id, computed_time'), before_);
    assert.deepEqual(published, []);
  });

  const arrivals = {
    client: () => connections(client(12_000, minute)),
    server: () => connections(server(0, minute)),
    flow: () => flows(flow(0)),
    answer: () => flows(answer(0)),
  };
  const orders: readonly (readonly (keyof typeof arrivals)[])[] = [
    ['client', 'server', 'flow', 'answer'],
    ['flow', 'client', 'answer', 'server'],
    ['answer', 'flow', 'server', 'client'],
    ['client', 'flow', 'server', 'answer'],
  ];
  for (const order of orders) {
    test(`${order.join(', ')}, a run after each: one session in the end, nothing stale`, async () => {
      for (const arrival of order) {
        await arrivals[arrival]();
        await correlator.runOnce();
        assert.equal((await sessions()).length, 1);
      }
      assert.deepEqual(await sessions('client_host, server_host, flow_count, confidence'), [
        ['alpha', 'beta', '2', '1'],
      ]);
    });
  }

  test('a session that moves into another hour leaves no trace in the old one', async () => {
    await connections(client(second, minute));
    await correlator.runOnce();
    await connections(server(-3 * second, minute));
    await correlator.runOnce();
    assert.deepEqual(await sessions(), [['alpha', 'beta', '0']]);
    await temporary.store.command({ sql: 'OPTIMIZE TABLE sessions FINAL', parameters: {} });
    assert.deepEqual(await sessions(), [['alpha', 'beta', '0']]);
  });

  test('flow records on both sides of an hour belong to the connection that spans it', async () => {
    await connections(client(-90 * minute, 20 * minute), server(-90 * minute, 20 * minute));
    await flows(flow(-80 * minute), flow(-minute), flow(10 * minute));
    await correlator.runOnce();
    assert.deepEqual(await sessions(), [['alpha', 'beta', '3']]);
    await flows(answer(10 * minute));
    await correlator.runOnce();
    assert.deepEqual(await sessions(), [['alpha', 'beta', '4']]);
  });

  test('the latest version of a connection counts', async () => {
    await connections(client(0, 0, { bytesSent: 10 }));
    await correlator.runOnce();
    await connections(client(0, minute, { bytesSent: 5000 }));
    await correlator.runOnce();
    assert.deepEqual(await sessions('bytes_to_server, end_time'), [['5000', String(base + minute)]]);
  });

  test('what came in while no correlator ran is found when one starts', async () => {
    await correlator.stop();
    await connections(client(0, minute), server(0, minute));
    await flows(flow(0));
    correlator = newCorrelator();
    await correlator.runOnce();
    assert.deepEqual(await sessions(), [['alpha', 'beta', '1']]);
  });

  test('a flow record that did not come in time is awaited no more', async () => {
    await connections(client(0, minute), server(0, minute));
    await correlator.runOnce();
    const reason = async (): Promise<string> => (await sessions('reason'))[0]?.[0] ?? '';
    assert.match(await reason(), /no flow record yet/);
    now = base + 60 * minute;
    await correlator.runOnce();
    assert.match(await reason(), /no flow record: no flow log that was imported covers it$/);
  });

  test('an end that is missing is explained by the hosts that registered', async () => {
    const host = {
      host_id: 'id-beta',
      boot_id: 'b',
      host: 'beta',
      addresses: ['10.0.0.2'],
      kernel: '',
      operating_system: '',
      agent_version: '',
    };
    await insert(tables.hosts, [{ ...host, clock_offset: 0, last_seen_time: now }]);
    await connections(client(0, minute));
    await correlator.runOnce();
    assert.match(
      (await sessions('reason'))[0]?.[0] ?? '',
      /beta has the server address 10\.0\.0\.2 but reported no such connection/,
    );
  });

  test('SKIPDATA explains a missing record, on the interface of one of the ends only', async () => {
    const other = { ...flow(0), communityId: '1:other', sourceAddress: '10.0.0.9' };
    const lost = (interfaceId: string): Row => ({
      ...flowRow({ ...flow(0), interfaceId, communityId: '', sourceAddress: '', destinationAddress: '' }, now),
      log_status: 'SKIPDATA',
      action: '',
    });
    const foreign = { ...other, interfaceId: 'eni-9', destinationAddress: '10.0.0.8' };
    await insert(tables.flows, [
      flowRow(other, now),
      flowRow({ ...other, sourceAddress: '10.0.0.7' }, now),
      flowRow(foreign, now),
    ]);
    await insert(tables.flows, [lost('eni-9')]);
    await connections(client(0, minute));
    await correlator.runOnce();
    const reason = async (): Promise<string> => (await sessions('reason, client_host'))[0]?.[0] ?? '';
    const ofAlpha = async (): Promise<string> =>
      (
        await temporary.store.query({
          sql: "SELECT reason FROM sessions FINAL WHERE client_host = 'alpha' AND superseded = 0",
          parameters: {},
        })
      )[0]?.[0] ?? '';
    assert.doesNotMatch(await ofAlpha(), /SKIPDATA/, await reason());
    await insert(tables.flows, [lost('eni-1')]);
    await connections(client(0, minute, { bytesSent: 2000 }));
    await correlator.runOnce();
    assert.match(await ofAlpha(), /flow records were lost \(SKIPDATA\) on eni-1 meanwhile$/);
  });

  test('a failing store loses nothing: the next run does it', async () => {
    await correlator.stop();
    await connections(client(0, minute));
    let broken = true;
    const real = temporary.store;
    const store: Store = {
      start: () => real.start(),
      stop: () => real.stop(),
      command: (statement) => real.command(statement),
      query: (statement, limits) => real.query(statement, limits),
      stream: (statement, limits, signal) => real.stream(statement, limits, signal),
      insertBytes: (table, rows, count) =>
        broken ? Promise.reject(new Error('disk full')) : real.insertBytes(table, rows, count),
    };
    correlator = new Correlator({ store, feed, log: silentLog, now: () => now });
    await assert.rejects(correlator.runOnce(), { message: 'disk full' });
    broken = false;
    await correlator.runOnce();
    assert.deepEqual(await sessions(), [['alpha', '', '0']]);
  });
});
