import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import {
  channelOptions,
  IngestClient,
  ingestService,
  QueryClient,
  queryService,
  type Acknowledgement,
  type IngestHandlers,
  type QueryHandlers,
  type Rows,
} from '../../../proto/service.js';
import { toNumber } from '../../../proto/integer.js';

interface DeclaredMethod {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** Reads `rpc Name(stream Request) returns (stream Response);` from the .proto files. */
function declaredMethods(): readonly DeclaredMethod[] {
  const directory = 'proto/panorama/v1';
  return readdirSync(directory).flatMap((file) => {
    const text = readFileSync(`${directory}/${file}`, 'utf8');
    const service = /^service (\w+) \{/m.exec(text)?.[1];
    return [...text.matchAll(/rpc (\w+)\((stream )?\w+\) returns \((stream )?\w+\)/g)].map((match) => ({
      path: `/panorama.v1.${service}/${match[1]}`,
      requestStream: match[2] !== undefined,
      responseStream: match[3] !== undefined,
    }));
  });
}

const ingest: IngestHandlers = {
  register: (call, callback) => {
    callback(null, { aggregatorVersion: call.request.hostname ?? '', acknowledged: 7 });
  },
  stream: (call) => {
    call.on('data', (batch: Acknowledgement) => call.write({ number: batch.number ?? 0 }));
    call.on('end', () => call.end());
  },
  import: (call, callback) => {
    let bytes = 0;
    call.on('data', (chunk: { readonly data?: Uint8Array | null }) => (bytes += chunk.data?.length ?? 0));
    call.on('end', () => callback(null, { imported: bytes }));
  },
};

const query: QueryHandlers = {
  search: (call) => {
    call.write({ columns: [{ name: call.request.filter ?? '', type: 'string' }] });
    call.end();
  },
  tail: (call) => call.end(),
  trace: (_call, callback) => callback({ code: status.INVALID_ARGUMENT, details: 'no such subject' }),
  hosts: (call) => call.end(),
};

describe('service definitions', () => {
  test('have every method of the .proto files, of the same kind, and no other', () => {
    const key = ({ path, requestStream, responseStream }: DeclaredMethod): string =>
      `${path} ${requestStream} ${responseStream}`;
    const defined = [...Object.values(ingestService), ...Object.values(queryService)].map(key);
    assert.deepEqual(defined.sort(), declaredMethods().map(key).sort());
  });
});

describe('clients and handlers', () => {
  const server = new Server(channelOptions);
  let ingestClient: IngestClient;
  let queryClient: QueryClient;

  before(async () => {
    server.addService(ingestService, ingest);
    server.addService(queryService, query);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    ingestClient = new IngestClient(`127.0.0.1:${port}`);
    queryClient = new QueryClient(`127.0.0.1:${port}`);
  });

  after(() => {
    ingestClient.close();
    queryClient.close();
    server.forceShutdown();
  });

  test('a unary call carries its request and its answer', async () => {
    const answer = await ingestClient.register({ hostname: 'alpha' });
    assert.equal(answer.aggregatorVersion, 'alpha');
    assert.equal(toNumber(answer.acknowledged), 7);
  });

  test('a unary call that fails rejects with the status and the sentence of the server', async () => {
    await assert.rejects(queryClient.trace({ subject: '/nowhere' }), {
      code: status.INVALID_ARGUMENT,
      details: 'no such subject',
    });
  });

  test('batches one way, acknowledgements the other', async () => {
    const call = ingestClient.stream();
    const numbers: number[] = [];
    const ended = new Promise((resolve, reject) => call.on('end', resolve).on('error', reject));
    call.on('data', (acknowledgement: Acknowledgement) => numbers.push(toNumber(acknowledgement.number)));
    call.write({ number: 1 });
    call.write({ number: 2 });
    call.end();
    await ended;
    assert.deepEqual(numbers, [1, 2]);
  });

  test('an import answers once when its chunks have ended', async () => {
    const { chunks, summary } = ingestClient.import();
    chunks.write({ data: Buffer.alloc(5) });
    chunks.write({ data: Buffer.alloc(6) });
    chunks.end();
    assert.equal(toNumber((await summary).imported), 11);
  });

  test('a search streams rows', async () => {
    const columns: string[] = [];
    const call = queryClient.search({ filter: 'user:bob' });
    const ended = new Promise((resolve, reject) => call.on('end', resolve).on('error', reject));
    call.on('data', (rows: Rows) => columns.push(...(rows.columns ?? []).map((column) => column.name ?? '')));
    await ended;
    assert.deepEqual(columns, ['user:bob']);
  });

  test('a server that is not there rejects with UNAVAILABLE', async () => {
    const client = new IngestClient('127.0.0.1:1');
    await assert.rejects(client.register({}), { code: status.UNAVAILABLE });
    client.close();
  });
});
