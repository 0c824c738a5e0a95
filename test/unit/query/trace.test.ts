import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Conversation } from '../../../aggregator/query/trace/conversation.js';
import type { FileBehaviour } from '../../../aggregator/query/trace/decode.js';
import type { End, FileSight } from '../../../aggregator/query/trace/model.js';
import { parseSubject } from '../../../aggregator/query/trace/subject.js';
import { transfersOf } from '../../../aggregator/query/trace/transfers.js';

describe('the subject of a trace', () => {
  const subjects: readonly (readonly [text: string, kind: string])[] = [
    ['/w/f2.txt', 'path'],
    ['f2.txt', 'path'],
    ['10.0.0.2:22', 'endpoint'],
    ['[fd00::2]:22', 'endpoint'],
    ['10.0.0.2', 'path'],
    ['300.0.0.2:22', 'path'],
    ['/w/10.0.0.2:22', 'path'],
  ];
  for (const [text, kind] of subjects) {
    test(`${text} is a ${kind}`, () => {
      assert.equal(parseSubject(text).kind, kind);
    });
  }

  test('nothing, and ports that do not exist, are mistakes', () => {
    assert.throws(() => parseSubject(''), { code: 'REQUEST_INVALID' });
    assert.throws(() => parseSubject('10.0.0.2:65536'), { code: 'REQUEST_INVALID' });
  });
});

const process = { pid: 1, startTime: 0, user: 'u', comm: 'c' };

function end(host: string, outbound: boolean, bytesSent: number, bytesReceived: number): End {
  const [local, remote] = outbound ? ['10.0.0.1', '10.0.0.2'] : ['10.0.0.2', '10.0.0.1'];
  return {
    communityId: '1:x',
    host,
    hostId: host,
    connectionId: 9,
    outbound,
    localAddress: local,
    localPort: outbound ? 40_000 : 22,
    remoteAddress: remote,
    remotePort: outbound ? 22 : 40_000,
    start: 1,
    end: 2,
    bytesSent,
    bytesReceived,
    process,
    owner: process,
  };
}

function file(path: string, bytes: number, connectionId = 9): Omit<FileSight, 'read' | 'operation'> {
  return { host: 'h', hostId: 'h', time: 1, process, path, inode: '5', bytes, connectionId, pipeline: [] };
}

const uploaded = (paths: readonly string[], bytes: number): FileBehaviour => ({
  sources: paths.map((path) => ({ ...file(path, bytes), operation: 'upload', read: true })),
  destinations: [],
});
const downloaded = (paths: readonly string[], bytes: number): FileBehaviour => ({
  sources: [],
  destinations: paths.map((path) => ({ ...file(path, bytes), operation: 'download', read: false })),
});

const read = (path: string, bytes: number, connectionId?: number): FileBehaviour => ({
  sources: [{ ...file(path, bytes, connectionId), operation: 'read', read: true }],
  destinations: [],
});
const written = (path: string, bytes: number, connectionId?: number): FileBehaviour => ({
  sources: [],
  destinations: [{ ...file(path, bytes, connectionId), operation: 'write', read: false }],
});

function conversation(change: Partial<Conversation>): Conversation {
  return {
    key: 'k',
    start: 1,
    client: { address: '10.0.0.1', port: 40_000 },
    server: { address: '10.0.0.2', port: 22 },
    clientEnd: end('alpha', true, 10_000, 10_000),
    serverEnd: end('beta', false, 10_000, 10_000),
    session: null,
    flows: [],
    bytesToServer: 10_000,
    bytesToClient: 10_000,
    clientFiles: [],
    serverFiles: [],
    ...change,
  };
}

/** `/a -> /b` to the server, `/b <- /a` from it; `?` where no file is known. */
function described(change: Partial<Conversation>): readonly string[] {
  return transfersOf(conversation(change)).map(({ toServer, source, destination, match }) => {
    const [from, to] = [source?.file.path ?? '?', destination?.file.path ?? '?'];
    const sure = match === null ? '' : ` ${match.confidence}`;
    return toServer ? `${from} -> ${to}${sure}` : `${to} <- ${from}${sure}`;
  });
}

describe('what went over a connection', () => {
  test('a file read at the client and written at the server went up', () => {
    assert.deepEqual(described({ clientFiles: [read('/a/f', 500)], serverFiles: [written('/b/f', 500)] }), [
      '/a/f -> /b/f 1',
    ]);
  });

  test('a file read at the server and written at the client came down', () => {
    assert.deepEqual(described({ clientFiles: [written('/a/f', 500)], serverFiles: [read('/b/f', 500)] }), [
      '/a/f <- /b/f 1',
    ]);
  });

  test('many files: each to its own name, then to its own size', () => {
    assert.deepEqual(
      described({
        clientFiles: [read('/a/x', 500), read('/a/y', 500), read('/a/renamed', 700)],
        serverFiles: [written('/b/other', 700), written('/b/y', 500), written('/b/x', 500)],
      }),
      ['/a/x -> /b/x 1', '/a/y -> /b/y 1', '/a/renamed -> /b/other 0.8'],
    );
  });

  test('the only file at each end, whatever it is called', () => {
    assert.deepEqual(described({ clientFiles: [read('/a/f', 500)], serverFiles: [written('/b/g', 300)] }), [
      '/a/f -> /b/g 0.5',
    ]);
  });

  test('a file that the agent tied to the connection left, though the other end is dark', () => {
    assert.deepEqual(described({ clientFiles: [read('/a/f', 500)], serverEnd: null }), ['/a/f -> ?']);
  });

  test('a file that only the same process had to do with is believed where the other end agrees', () => {
    assert.deepEqual(described({ clientFiles: [read('/a/known_hosts', 900, 0)], serverEnd: null }), ['? -> ?']);
    assert.deepEqual(described({ clientFiles: [read('/a/f', 500, 0)], serverFiles: [written('/b/f', 500)] }), [
      '/a/f -> /b/f 1',
    ]);
  });

  test('files of a pipeline that became one at the other end, and one that became several', () => {
    assert.deepEqual(
      described({ clientFiles: [uploaded(['/a/x', '/a/y'], 900)], serverFiles: [written('/b/d.tgz', 300)] }),
      ['/a/x -> /b/d.tgz 0.5', '/a/y -> /b/d.tgz 0.5'],
    );
    assert.deepEqual(
      described({ clientFiles: [downloaded(['/a/x', '/a/y'], 900)], serverFiles: [read('/b/d.tgz', 300)] }),
      ['/a/x <- /b/d.tgz 0.5', '/a/y <- /b/d.tgz 0.5'],
    );
  });

  test('files of a pipeline that has names at both ends', () => {
    assert.deepEqual(
      described({
        clientFiles: [uploaded(['/a/x', '/a/y'], 900)],
        serverFiles: [downloaded(['/b/x', '/b/y'], 900)],
      }),
      ['/a/x -> /b/x 1', '/a/y -> /b/y 1'],
    );
  });

  test('several files, one after the other, did not become one', () => {
    const [first, second] = [read('/a/x', 500), read('/a/y', 600)];
    assert.deepEqual(
      described({
        clientFiles: [first, { ...second, sources: second.sources.map((sight) => ({ ...sight, time: 2 })) }],
        serverFiles: [written('/b/d', 300)],
      }),
      ['/a/x -> ?', '/a/y -> ?', '? -> /b/d'],
    );
  });

  test('what the processes of a pipeline read beside are their settings (ssh)', () => {
    assert.deepEqual(
      described({
        clientFiles: [read('/a/known_hosts', 90), uploaded(['/a/s'], 900), read('/a/identity', 400)],
        serverFiles: [written('/b/t', 300)],
      }),
      ['/a/s -> /b/t 0.5'],
    );
  });

  test('nothing is read from a connection that received nothing', () => {
    const silent = end('beta', false, 10_000, 0);
    assert.deepEqual(
      described({ clientEnd: null, serverEnd: silent, serverFiles: [written('/b/f', 500)], bytesToServer: 0 }),
      ['? <- ?'],
    );
  });

  test('without files, the way of most bytes', () => {
    assert.deepEqual(described({ bytesToServer: 5, bytesToClient: 6 }), ['? <- ?']);
    assert.deepEqual(described({ bytesToServer: 6, bytesToClient: 5 }), ['? -> ?']);
  });
});
