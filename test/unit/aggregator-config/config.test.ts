import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { defaults, parseConfig, readConfig } from '../../../aggregator/config.js';
import { temporaryDirectory } from '../../support/temporary.js';

describe('configuration of the aggregator', () => {
  test('has its defaults', () => {
    assert.deepEqual(readConfig([]), defaults);
    assert.equal(defaults.data, '/var/lib/panorama');
    assert.deepEqual(defaults.listen, { host: '127.0.0.1', port: 7443 });
    assert.deepEqual(parseConfig('', 'f'), defaults);
  });

  test('reads every setting', () => {
    const text = [
      'data: /d',
      'listen: "[::1]:9"',
      'ingest: { commit_interval_ms: 50, pending_mb: 1 }',
      'query: { seconds: 5, memory_mb: 64 }',
      'log_level: warn',
    ].join('\n');
    assert.deepEqual(parseConfig(text, 'f'), {
      data: '/d',
      listen: { host: '::1', port: 9 },
      ingest: { commitInterval: 50, pendingBytes: 1_048_576 },
      query: { seconds: 5, memoryBytes: 67_108_864 },
      logLevel: 'warn',
    });
  });

  test('flags win over the file', (context) => {
    const file = join(temporaryDirectory(context), 'aggregator.yaml');
    writeFileSync(file, 'data: /from-file\nlisten: 0.0.0.0:1\n');
    const config = readConfig(['--config', file, '--listen', 'localhost:2']);
    assert.equal(config.data, '/from-file');
    assert.deepEqual(config.listen, { host: 'localhost', port: 2 });
  });

  const invalid: readonly (readonly [string, string])[] = [
    ['unknown: 1', 'f: unknown is not a setting; known here: data, listen, ingest, query, log_level'],
    ['ingest: { unknown: 1 }', 'f: ingest.unknown is not a setting; known here: commit_interval_ms, pending_mb'],
    ['data: 7', 'f: data must be text'],
    ['ingest: 7', 'f: ingest must be a mapping'],
    ['[1]', 'f: the file must be a mapping'],
    ['query: { seconds: 0 }', 'f: query.seconds must be a whole number from 1 to 3600'],
    ['query: { seconds: ten }', 'f: query.seconds must be a whole number from 1 to 3600'],
    ['log_level: loud', 'f: log_level must be one of trace, debug, info, warn, error, fatal, silent'],
    ['listen: 7443', 'f: listen must be text, as 127.0.0.1:7443'],
    ['listen: localhost', 'f: listen must be HOST:PORT with a port up to 65535, as 127.0.0.1:7443, not localhost'],
    ['listen: a:65536', 'f: listen must be HOST:PORT with a port up to 65535, as 127.0.0.1:7443, not a:65536'],
  ];
  for (const [text, message] of invalid) {
    test(`'${text}' is refused`, () =>
      assert.throws(() => parseConfig(text, 'f'), { code: 'CONFIG_INVALID', message }));
  }

  test('text that is no YAML is refused with its line', () => {
    assert.throws(() => parseConfig('a: [', 'f'), { code: 'CONFIG_INVALID', message: /^f: .*line 1/s });
  });

  test('a file that is not there is one sentence', () => {
    assert.throws(() => readConfig(['--config', '/nonexistent.yaml']), {
      code: 'CONFIG_INVALID',
      message: /nonexistent\.yaml cannot be read/,
    });
  });

  for (const argv of [['--unknown'], ['stray'], ['--listen', 'nonsense'], ['--data', ''], ['--listen']]) {
    test(`flags ${argv.join(' ')} are a usage error`, () => assert.throws(() => readConfig(argv), { code: 'USAGE' }));
  }
});
