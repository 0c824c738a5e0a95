import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { agentConfiguration, type AgentConfiguration } from '../../../agent/config.js';
import { alwaysNamed } from '../../../agent/config/always.js';
import { defaultReadNoise, defaultWriteNoise } from '../../../agent/config/noise.js';
import { temporaryDirectory } from '../../support/temporary.js';

function fromYaml(context: TestContext, yaml: string, ...flags: string[]): AgentConfiguration {
  const path = join(temporaryDirectory(context), 'agent.yaml');
  writeFileSync(path, yaml);
  return agentConfiguration(['--config', path, ...flags]);
}

describe('agent configuration', () => {
  test('without flags and file', () => {
    assert.deepEqual(agentConfiguration([]), {
      debug: false,
      log: '/var/log/syslog.log',
      paths: 'absolute',
      execLines: false,
      aggregator: undefined,
      record: undefined,
      replay: undefined,
      settleMilliseconds: 1000,
      ringBytes: 16_777_216,
      priority: -10,
      compat: 'auto',
      pollMilliseconds: 10,
      snapshotMilliseconds: 5000,
      limits: {
        linesPerDirectory: 20,
        linesPerProcess: 40,
        processesPerFamily: 8,
        linesPerSecond: 100,
        burstLines: 2000,
        window: 10_000_000,
        longestWindow: 600_000_000,
        always: alwaysNamed,
      },
      aggregatorFactor: 10,
      noise: { reads: defaultReadNoise, writes: defaultWriteNoise },
      spool: { directory: '/var/lib/panorama/agent/spool', bytes: 1_073_741_824, hours: 168, sync: 'interval' },
    });
  });

  test('every key of a file', (context) => {
    const yaml = `
log: /srv/behaviours.log
paths: name
exec_lines: true
aggregator: '[::1]:7443'
settle_milliseconds: 0
ring_bytes: 1048576
priority: 5
compat: never
poll_milliseconds: 5
snapshot_milliseconds: 0
limits:
  lines_per_directory: 1
  lines_per_process: 2
  processes_per_family: 3
  lines_per_second: 4
  burst_lines: 5
  window_seconds: 6
  longest_window_seconds: 7
  always: [/srv/secrets/]
  aggregator_factor: 8
noise:
  reads: [/opt/noise/, /etc/motd, '**/vendor/']
  writes: ['**/.cache/']
spool:
  directory: /srv/spool
  bytes: 4194304
  hours: 24
  sync: always
`;
    assert.deepEqual(fromYaml(context, yaml), {
      debug: false,
      log: '/srv/behaviours.log',
      paths: 'name',
      execLines: true,
      aggregator: '[::1]:7443',
      record: undefined,
      replay: undefined,
      settleMilliseconds: 0,
      ringBytes: 1_048_576,
      priority: 5,
      compat: 'never',
      pollMilliseconds: 5,
      snapshotMilliseconds: 0,
      limits: {
        linesPerDirectory: 1,
        linesPerProcess: 2,
        processesPerFamily: 3,
        linesPerSecond: 4,
        burstLines: 5,
        window: 6_000_000,
        longestWindow: 7_000_000,
        always: ['/srv/secrets/'],
      },
      aggregatorFactor: 8,
      noise: { reads: ['/opt/noise/', '/etc/motd', '**/vendor/'], writes: ['**/.cache/'] },
      spool: { directory: '/srv/spool', bytes: 4_194_304, hours: 24, sync: 'always' },
    });
  });

  test('an empty file, and one with comments only, set nothing', (context) => {
    for (const yaml of ['', '# log: /x\n', 'noise:\n  # reads: []\n']) {
      assert.deepEqual(fromYaml(context, yaml), agentConfiguration([]));
    }
  });

  test('a flag goes before the file', (context) => {
    const yaml = 'log: /from/file\naggregator: file:1';
    const { debug, log, aggregator } = fromYaml(context, yaml, '-d', '--log', '/from/flag', '--aggregator', 'flag:2');
    assert.deepEqual({ debug, log, aggregator }, { debug: true, log: '/from/flag', aggregator: 'flag:2' });
  });

  test('paths of flags are relative to the working directory', () => {
    const { log, record } = agentConfiguration(['--log', 'lines.log', '--record', 'a.rec']);
    assert.deepEqual([log, record], [resolve('lines.log'), resolve('a.rec')]);
    assert.equal(agentConfiguration(['--replay', 'a.rec']).replay, resolve('a.rec'));
  });
});

describe('a wrong configuration file names itself, the place and the problem', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['unknown key', 'lgo: /x', /lgo is not a setting \(known: noise, spool, limits, log, paths, /],
    ['unknown key below another', 'noise:\n  read: []', /noise\.read is not a setting \(known: reads, writes\)/],
    ['wrong type', 'exec_lines: "yes"', /exec_lines must be true or false, not "yes"/],
    ['relative log', 'log: x.log', /log must be an absolute path, not "x\.log"/],
    ['a NUL in a path', 'log: "/x\\0"', /log must be an absolute path/],
    ['unknown word', 'paths: relative', /paths must be absolute or name, not "relative"/],
    ['fraction', 'poll_milliseconds: 1.5', /poll_milliseconds must be an integer, not 1\.5/],
    ['too small', 'poll_milliseconds: 0', /poll_milliseconds must be an integer from 1 to 1000, not 0/],
    ['too large', 'settle_milliseconds: 60001', /settle_milliseconds must be an integer from 0 to 60000/],
    [
      'not a power of two',
      'ring_bytes: 1000000',
      /ring_bytes must be a power of two from 65536 to 1073741824, not 1000000/,
    ],
    [
      'list of something else',
      'noise:\n  reads: [1]',
      /noise\.reads must hold absolute paths or \*\*\/NAME only, not 1/,
    ],
    ['no list', 'noise:\n  reads: /x', /noise\.reads must be a list of absolute paths or \*\*\/NAME, not "\/x"/],
    ['scalar for a mapping', 'noise: 1', /noise must hold `key: value` pairs/],
    ['a list as the file', '- log', /the file must hold `key: value` pairs/],
    ['endpoint without port', 'aggregator: host', /aggregator must be HOST:PORT, as in .*, not "host"/],
    ['port 0', 'aggregator: host:0', /aggregator must be HOST:PORT/],
    ['port beyond 65535', 'aggregator: host:65536', /aggregator must be HOST:PORT/],
    ['IPv6 without brackets', 'aggregator: ::1:7443', /aggregator must be HOST:PORT/],
    ['YAML syntax', 'log: [', /line 1/],
    ['the same key twice', 'log: /a\nlog: /b', /unique.* line 2/],
    ['a key of every object', 'toString: 1', /toString is not a setting/],
  ];
  for (const [name, yaml, message] of cases) {
    test(name, (context) => {
      const fileAndPlace = new RegExp(`^configuration file /.*agent\\.yaml: .*${message.source}`);
      assert.throws(() => fromYaml(context, yaml), {
        name: 'AgentError',
        code: 'CONFIG_INVALID',
        message: fileAndPlace,
      });
    });
  }

  test('all problems at once', (context) => {
    assert.throws(() => fromYaml(context, 'paths: 1\nring_bytes: x\nfoo: 1'), {
      message: /paths must .*; ring_bytes must .*; foo is not a setting/,
    });
  });

  test('a file that is not there', () => {
    assert.throws(() => agentConfiguration(['--config', '/nonexistent.yaml']), {
      code: 'CONFIG_INVALID',
      message: /^configuration file \/nonexistent\.yaml: ENOENT/,
    });
  });
});

describe('wrong arguments', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['unknown flag', ['--logg', 'x'], /--logg/],
    ['value missing', ['--log'], /--log/],
    ['positional', ['now'], /now/],
    ['record and replay', ['--record', 'a', '--replay', 'b'], /--record and --replay exclude each other/],
    ['aggregator without port', ['--aggregator', 'host'], /--aggregator must be HOST:PORT/],
  ];
  for (const [name, args, message] of cases) {
    test(name, () => {
      assert.throws(() => agentConfiguration(args), { name: 'AgentError', code: 'USAGE', message });
    });
  }
});
