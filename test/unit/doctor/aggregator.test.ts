import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { checkAggregator } from '../../../agent/doctor/aggregator.js';
import { queryService, type QueryHandlers } from '../../../proto/service.js';

const unused = (): never => {
  throw new Error('only hosts is asked for');
};

/** An aggregator's query service on a free port, which answers `hosts` as told. */
async function serve(context: TestContext, hosts: QueryHandlers['hosts']): Promise<string> {
  const server = new Server();
  const handlers: QueryHandlers = { search: unused, tail: unused, trace: unused, hosts };
  server.addService(queryService, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  context.after(() => {
    server.forceShutdown();
  });
  return `127.0.0.1:${port}`;
}

test('an aggregator that answers is ok, with the number of its hosts', async (context) => {
  const address = await serve(context, (call) => {
    call.write({ columns: [{ name: 'host', type: 'string' }] });
    call.write({ rows: [{ values: ['a'] }, { values: ['b'] }] });
    call.end();
  });
  assert.deepEqual(await checkAggregator(address), {
    check: 'aggregator',
    state: 'ok',
    text: `${address} answers, and knows 2 hosts`,
  });
});

test('an aggregator that refuses is a failure with its own reason', async (context) => {
  const address = await serve(context, (call) => {
    call.emit(
      'error',
      Object.assign(new Error('no store'), { code: status.UNAVAILABLE, details: 'the store is not open' }),
    );
  });
  assert.deepEqual(await checkAggregator(address), {
    check: 'aggregator',
    state: 'failed',
    text: `${address} does not answer (the store is not open): is it running, and is the address right?`,
  });
});

test('nobody there is a failure', async () => {
  // Port 1 (tcpmux) is below what a service gets by chance, and nobody offers it any more.
  const { state, text } = await checkAggregator('127.0.0.1:1');
  assert.equal(state, 'failed');
  assert.match(text, /^127\.0\.0\.1:1 does not answer \(/);
});
