import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { toNumber } from '../../proto/integer.js';
import { IngestClient, type ImportChunk, type ImportSummary } from '../../proto/service.js';
import { temporaryAggregator, type AggregatorProcess } from './aggregator.js';
import { onDisk } from './on-disk.js';

const good = '2 1 eni-a 10.0.0.1 10.0.0.2 43716 22 6 20 4249 1431280876 1431280934 ACCEPT OK';
const recent = Math.floor(Date.now() / 1000);
const kept = good.replace('1431280876 1431280934', `${recent} ${recent}`);

async function importChunks(client: IngestClient, chunks: readonly ImportChunk[]): Promise<ImportSummary> {
  const call = client.import();
  for (const chunk of chunks) call.chunks.write(chunk);
  call.chunks.end();
  return call.summary;
}

describe('import of flow logs', () => {
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

  test('two files, cut anywhere into chunks: lines stored, bad ones kept with reason and place', async () => {
    const first = Buffer.from(`${kept}\nnonsense\n${kept}`);
    const second = Buffer.from(`${kept}\r\nalso nonsense\r\n${kept.replace('10.0.0.1', '10.0.0.300')}\r\n`);
    const summary = await importChunks(client, [
      { format: 'vpc', source: 'a.log', data: first.subarray(0, 50) },
      { data: first.subarray(50) },
      { source: 'b.log', data: second.subarray(0, 1) },
      { data: second.subarray(1) },
    ]);
    assert.equal(toNumber(summary.imported), 3);
    assert.equal(toNumber(summary.rejected), 3);
    assert.deepEqual(
      summary.reasons?.map(({ reason, count, example }) => [reason, toNumber(count), example?.slice(0, 19)]),
      [
        ['not 14 columns, nor the 12 of a record without data', 2, 'a.log:2: nonsense'],
        ['source address is not an IP address', 1, 'b.log:3: 2 1 eni-a '],
      ],
    );
  });

  test('a file of rubbish is kept as it is, and imports nothing', async () => {
    const summary = await importChunks(client, [{ format: 'vpc', source: 'random', data: randomBytes(300_000) }]);
    assert.equal(toNumber(summary.imported), 0);
    assert.ok(toNumber(summary.rejected) > 500);
  });

  test('an unknown format, no format, and no chunk at all are refused with a sentence', async () => {
    await assert.rejects(importChunks(client, [{ format: 'nosuch', data: Buffer.from('x') }]), {
      code: status.INVALID_ARGUMENT,
      details: "There is no log format 'nosuch'; known formats: vpc",
    });
    await assert.rejects(importChunks(client, [{ data: Buffer.from('x') }]), {
      code: status.INVALID_ARGUMENT,
      details: /names its format/,
    });
    await assert.rejects(importChunks(client, []), { code: status.INVALID_ARGUMENT, details: /no chunk/ });
  });

  test('what was imported is on disk', async () => {
    await aggregator.stop();
    const flows = await onDisk(
      aggregator.dataDirectory,
      'SELECT source, count(), any(raw), any(bytes) FROM flows GROUP BY source ORDER BY source',
    );
    assert.deepEqual(flows, [
      ['a.log', '2', kept, '4249'],
      ['b.log', '1', kept, '4249'],
    ]);
    const rejected = await onDisk(
      aggregator.dataDirectory,
      "SELECT source, line_number, raw FROM rejected_lines WHERE source != 'random' ORDER BY source, line_number",
    );
    assert.deepEqual(rejected, [
      ['a.log', '2', 'nonsense'],
      ['b.log', '2', 'also nonsense'],
      ['b.log', '3', kept.replace('10.0.0.1', '10.0.0.300')],
    ]);
  });
});
