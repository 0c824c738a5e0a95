import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Feed } from '../../../aggregator/ingest/feed.js';
import { Metrics } from '../../../aggregator/metrics.js';
import type { Row } from '../../../aggregator/schema/row.js';
import { tables } from '../../../aggregator/schema/tables.js';

const { behaviours, flows } = tables;
const row: Row = { line: 'x' };

describe('the feed of stored rows', () => {
  test('gives each listener the rows of its table, until it leaves', () => {
    const feed = new Feed(new Metrics());
    const seen: (readonly Row[])[] = [];
    const listener = (rows: readonly Row[]): void => void seen.push(rows);
    assert.equal(feed.wants(behaviours), false);
    feed.subscribe(behaviours, listener);
    assert.equal(feed.wants(behaviours), true);
    assert.equal(feed.wants(flows), false);
    feed.publish(flows, [row]);
    feed.publish(behaviours, []);
    feed.publish(behaviours, [row]);
    feed.unsubscribe(behaviours, listener);
    feed.publish(behaviours, [row]);
    assert.deepEqual(seen, [[row]]);
    assert.equal(feed.wants(behaviours), false);
  });

  test('tells who watches a table when there is something new, and keeps no rows for it', () => {
    const feed = new Feed(new Metrics());
    const seen: unknown[] = [];
    const listener = (touches: unknown): void => void seen.push(touches);
    const touches = [{ from: 1, to: 2, received: 3 }];
    feed.watch(flows, listener);
    assert.equal(feed.wants(flows), false);
    feed.touch(flows, touches);
    feed.touch(behaviours, touches);
    feed.unwatch(flows, listener);
    feed.touch(flows, touches);
    assert.deepEqual(seen, [touches]);
  });

  test('a listener that throws is counted and the others still hear', () => {
    const metrics = new Metrics();
    const feed = new Feed(metrics);
    let heard = 0;
    feed.subscribe(behaviours, () => {
      throw new Error('broken');
    });
    feed.subscribe(behaviours, () => void (heard += 1));
    feed.publish(behaviours, [row]);
    assert.equal(heard, 1);
    assert.equal(metrics.get('feed_listener_errors'), 1);
  });
});
