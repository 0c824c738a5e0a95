// long: one table of every reason a session can have, read together
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { defaultTolerances, type ConnectionEnd, type FlowRecord } from '../../../aggregator/correlate/model.js';
import { nothingKnown, type Surroundings } from '../../../aggregator/correlate/surroundings.js';
import { tupleSessions } from '../../../aggregator/correlate/tuple.js';
import type { Row } from '../../../aggregator/schema/row.js';
import { answer, base, client, flow, id, minute, second, server } from './facts.js';

/** Long after: nothing is awaited any more. */
const later: Surroundings = { ...nothingKnown, now: base + 6 * 60 * minute };

function sessions(
  connections: readonly ConnectionEnd[],
  records: readonly FlowRecord[],
  surroundings = later,
): readonly Row[] {
  return tupleSessions(id, connections, records, surroundings, defaultTolerances).map(({ row }) => row);
}

function only(rows: readonly Row[]): Row {
  assert.equal(rows.length, 1, `one session, not ${rows.length}`);
  return rows[0] ?? {};
}

const threeMinutes = 3 * minute;

interface Case {
  readonly name: string;
  readonly connections: readonly ConnectionEnd[];
  readonly records: readonly FlowRecord[];
  readonly surroundings?: Surroundings;
  readonly confidence: number;
  readonly reason: string;
}

const cases: readonly Case[] = [
  {
    name: 'both ends, both directions in the flow log',
    connections: [client(5 * second, 20 * second), server(5 * second + 12_000, 20 * second)],
    records: [flow(0), answer(0)],
    confidence: 1,
    reason: 'both ends report the tuple, starts 12 ms apart; 2 flow records, both directions',
  },
  {
    name: 'clocks that differ by seconds',
    connections: [client(5 * second, 20 * second), server(2 * second, 17 * second)],
    records: [flow(0), answer(0)],
    confidence: 0.95,
    reason: 'both ends report the tuple, starts 3 s apart; 2 flow records, both directions',
  },
  {
    name: 'an agent that was started when the connection was open already',
    connections: [client(0, 10 * minute), server(5 * minute, 10 * minute)],
    records: [flow(0), answer(0)],
    confidence: 0.8,
    reason:
      'both ends report the tuple, starts 5 min apart: one end saw it late, or the clocks differ; 2 flow records, both directions',
  },
  {
    name: 'a window that begins before and ends after the connection',
    connections: [client(5 * second, 6 * second), server(5 * second, 6 * second)],
    records: [flow(0, { end: base + 10 * minute })],
    confidence: 0.95,
    reason: 'both ends report the tuple, starts 0 µs apart; 1 flow record, only to the server',
  },
  {
    name: 'answers only',
    connections: [client(5 * second, 6 * second), server(5 * second, 6 * second)],
    records: [answer(0)],
    confidence: 0.95,
    reason: 'both ends report the tuple, starts 0 µs apart; 1 flow record, only from the server',
  },
  {
    name: 'no agent on the server',
    connections: [client(5 * second, 20 * second)],
    records: [flow(0), answer(0)],
    confidence: 0.7,
    reason:
      'only the client on alpha reports it: no agent known with the server address 10.0.0.2 (or it is a translated one, NAT); 2 flow records, both directions',
  },
  {
    name: 'an agent on the client that saw nothing',
    connections: [server(5 * second, 20 * second)],
    records: [],
    surroundings: { ...later, hosts: new Map([['10.0.0.1', ['alpha']]]) },
    confidence: 0.63,
    reason:
      'only the server on beta reports it: alpha has the client address 10.0.0.1 but reported no such connection; no flow record: no flow log that was imported covers it',
  },
  {
    name: 'a flow record that may still come',
    connections: [client(5 * second, 20 * second), server(5 * second, 20 * second)],
    records: [],
    surroundings: { ...nothingKnown, now: base + 10 * minute },
    confidence: 0.9,
    reason: 'both ends report the tuple, starts 0 µs apart; no flow record yet: they come up to 15 minutes late',
  },
  {
    name: 'flow records that the interface lost',
    connections: [client(5 * second, 20 * second), server(5 * second, 20 * second)],
    records: [],
    surroundings: {
      ...later,
      lost: new Map([['10.0.0.2', [{ interfaceId: 'eni-2', start: base, end: base + minute }]]]),
    },
    confidence: 0.9,
    reason: 'both ends report the tuple, starts 0 µs apart; flow records were lost (SKIPDATA) on eni-2 meanwhile',
  },
  {
    name: 'a connection that is open',
    connections: [client(5 * second, 0), server(5 * second, 0)],
    records: [flow(0), answer(0), flow(minute), answer(minute)],
    confidence: 1,
    reason: 'both ends report the tuple, starts 0 µs apart; 4 flow records, both directions; still open',
  },
  {
    name: 'answers that a stateless rule drops',
    connections: [client(5 * second, 0)],
    records: [flow(0), answer(0, { action: 'REJECT' })],
    confidence: 0.7,
    reason:
      'only the client on alpha reports it: no agent known with the server address 10.0.0.2 (or it is a translated one, NAT); 2 flow records, both directions; accepted one way, rejected from 10.0.0.2: a stateless rule drops the answers; still open',
  },
  {
    name: 'both ends on one host, with addresses of its own',
    connections: [
      client(5 * second, 20 * second),
      server(5 * second, 20 * second, { host: 'alpha', hostId: 'id-alpha' }),
    ],
    records: [],
    confidence: 1,
    reason: 'both ends are on alpha, starts 0 µs apart; no flow record: it stays inside alpha',
  },
  {
    name: 'flow records without any agent',
    connections: [],
    records: [flow(0), answer(0)],
    confidence: 0.3,
    reason:
      'flow records only: no agent known with the client address 10.0.0.1 (or it is a translated one, NAT), no agent known with the server address 10.0.0.2 (or it is a translated one, NAT)',
  },
  {
    name: 'a connection that the network rejected',
    connections: [],
    records: [flow(0, { action: 'REJECT' })],
    confidence: 0.3,
    reason:
      'flow records only: no agent known with the client address 10.0.0.1 (or it is a translated one, NAT), no agent known with the server address 10.0.0.2 (or it is a translated one, NAT); rejected by the network; no connection came about',
  },
];

describe('the session of a tuple', () => {
  for (const { name, connections, records, surroundings, confidence, reason } of cases) {
    test(name, () => {
      const row = only(sessions(connections, records, surroundings));
      assert.equal(row['reason'], reason);
      assert.equal(row['confidence'], confidence);
    });
  }

  test('has both ends, what they counted, and what the network counted', () => {
    const row = only(
      sessions([client(5 * second, 20 * second), server(5 * second + 12_000, 21 * second)], [flow(0), answer(0)]),
    );
    assert.deepEqual(
      [
        row['client_host'],
        row['client_comm'],
        row['client_port'],
        row['server_host'],
        row['server_comm'],
        row['server_port'],
      ],
      ['alpha', 'scp', 40_000, 'beta', 'sftp-server', 22],
    );
    assert.deepEqual([row['start_time'], row['end_time']], [base + 5 * second, base + 21 * second]);
    assert.deepEqual([row['bytes_to_server'], row['bytes_to_client']], [1000, 100]);
    assert.deepEqual([row['flow_count'], row['flow_packets'], row['flow_bytes']], [2, 20, 1800]);
    assert.deepEqual([row['smoothed_rtt'], row['retransmits'], row['action']], [250, 3, 'ACCEPT']);
  });

  test('bytes of flows count once where two interfaces saw them, and no end did', () => {
    const row = only(sessions([], [flow(0), flow(0, { interfaceId: 'eni-2' }), answer(0)]));
    assert.deepEqual([row['bytes_to_server'], row['bytes_to_client'], row['flow_count']], [1500, 300, 3]);
    assert.deepEqual(row['interfaces'], ['eni-1', 'eni-2']);
  });

  test('a record that was imported twice counts once', () => {
    assert.equal(only(sessions([client(0, second)], [flow(0), flow(0)]))['flow_count'], 1);
  });

  test('the port of the service tells the server, whoever the first record is from', () => {
    const row = only(sessions([], [answer(0), flow(minute)]));
    assert.deepEqual([row['client_address'], row['server_address']], ['10.0.0.1', '10.0.0.2']);
  });
});

describe('a tuple that is used again', () => {
  test('makes a session each time, each with its own records', () => {
    const rows = sessions(
      [
        client(0, 30 * second, { connectionId: 1 }),
        server(0, 30 * second, { connectionId: 1 }),
        client(threeMinutes, threeMinutes + 30 * second, { connectionId: 2 }),
        server(threeMinutes, threeMinutes + 30 * second, { connectionId: 2 }),
      ],
      [flow(0), answer(0), flow(threeMinutes), answer(threeMinutes), flow(30 * minute)],
    );
    assert.deepEqual(
      rows.map((row) => [row['client_connection_id'], row['server_connection_id'], row['flow_count']]),
      [
        [1, 1, 2],
        [2, 2, 2],
        [0, 0, 1],
      ],
    );
    assert.equal(new Set(rows.map((row) => row['session_id'])).size, 3);
  });

  test('within one window: the record goes to the longer one, and both say so', () => {
    const [first, second_] = sessions(
      [client(0, 5 * second, { connectionId: 1 }), client(20 * second, 50 * second, { connectionId: 2 })],
      [flow(0)],
    );
    assert.equal(first?.['flow_count'], 0);
    assert.match(
      String(first['reason']),
      /its flow record is counted for another connection of the tuple in the same window$/,
    );
    assert.equal(second_?.['flow_count'], 1);
    assert.match(String(second_['reason']), /its windows hold other connections of the tuple too$/);
  });

  test('ends a connection whose close nobody saw', () => {
    const [lost, next] = sessions(
      [client(0, 0, { connectionId: 1 }), client(10 * minute, 11 * minute, { connectionId: 2 })],
      [flow(10 * minute)],
    );
    assert.equal(lost?.['flow_count'], 0);
    assert.equal(next?.['flow_count'], 1);
  });

  test('pairs the ends that began closest together', () => {
    const rows = sessions(
      [
        client(0, 4 * second, { connectionId: 1 }),
        client(4.5 * second, 8 * second, { connectionId: 2 }),
        server(4.6 * second, 8 * second, { connectionId: 9 }),
      ],
      [],
    );
    assert.deepEqual(
      rows.map((row) => [row['client_connection_id'], row['server_connection_id']]),
      [
        [1, 0],
        [2, 9],
      ],
    );
  });
});

describe('addresses that are not unique', () => {
  const local = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' };

  test('loopback joins within one host and network namespace only', () => {
    const rows = sessions(
      [
        client(0, second, { ...local, host: 'alpha', hostId: 'a' }),
        server(0, second, { ...local, host: 'beta', hostId: 'b' }),
        server(0.5 * second, second, { ...local, host: 'alpha', hostId: 'a' }),
        client(0, second, { ...local, host: 'alpha', hostId: 'a', networkNamespace: '2', connectionId: 7 }),
      ],
      [],
    );
    assert.deepEqual(rows.map((row) => [row['client_host'], row['client_connection_id'], row['server_host']]).sort(), [
      ['', 0, 'beta'],
      ['alpha', 1, 'alpha'],
      ['alpha', 7, ''],
    ]);
    assert.ok(rows.every((row) => !String(row['reason']).includes('yet')));
  });

  test('container networks, alike on every host: ends on the same host first', () => {
    const rows = sessions(
      [
        client(0, minute, { hostId: 'a', host: 'alpha' }),
        server(0.2 * second, minute, { hostId: 'a', host: 'alpha' }),
        client(0.2 * second, minute, { hostId: 'b', host: 'beta' }),
        server(0, minute, { hostId: 'b', host: 'beta' }),
      ],
      [],
    );
    assert.deepEqual(
      rows.map((row) => [row['client_host'], row['server_host']]),
      [
        ['alpha', 'alpha'],
        ['beta', 'beta'],
      ],
    );
  });
});

describe('whatever the facts', () => {
  const time = fc.integer({ min: 0, max: 120 }).map((seconds) => seconds * 30 * second);
  const length = fc.constantFrom(0, 10 * second, 5 * minute, 50 * minute);
  const end = fc
    .tuple(fc.constantFrom(client, server), time, length, fc.nat({ max: 1000 }))
    .map(([make, start, lasting, connectionId]) => make(start, lasting === 0 ? 0 : start + lasting, { connectionId }));
  const record = fc
    .tuple(fc.constantFrom(flow, answer), time, fc.constantFrom('ACCEPT', 'REJECT'), fc.nat())
    .map(([make, start, action, bytes]) => make(start, { action, bytes }));

  test('every end and every record is in exactly one session', () => {
    fc.assert(
      fc.property(fc.array(end, { maxLength: 12 }), fc.array(record, { maxLength: 12 }), (ends, records) => {
        const rows = sessions(ends, records);
        const count = (name: string): number => rows.filter((row) => row[name] !== '').length;
        assert.equal(count('client_host'), ends.filter((one) => one.outbound).length);
        assert.equal(count('server_host'), ends.filter((one) => !one.outbound).length);
        const distinct = new Set(records.map((one) => JSON.stringify(one))).size;
        assert.equal(
          rows.reduce((sum, row) => sum + Number(row['flow_count']), 0),
          distinct,
        );
        for (const row of rows)
          assert.ok(Number(row['confidence']) > 0 && Number(row['confidence']) <= 1 && row['reason'] !== '');
      }),
      { numRuns: 500 },
    );
  });
});
