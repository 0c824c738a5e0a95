import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Attribute } from '../../../agent/behaviour/attribute.js';
import type { Behaviour, FileOperation } from '../../../agent/behaviour/behaviour.js';
import { LineFormatter } from '../../../agent/sinks/line.js';
import { connectionBehaviour, file, fileBehaviour, processOf } from '../../support/behaviours.js';

function body(behaviour: Behaviour, paths: 'absolute' | 'name' = 'absolute'): string {
  return new LineFormatter(paths).body(behaviour);
}

/** What the grammar promises to whoever reads lines: fields by space, sides by ` -> `, items by comma, inode last. */
function parseSides(line: string): string[][] {
  const object = line.split(' ').slice(5).join(' ');
  return object.split(' -> ').map((side) =>
    side
      .replace(/ \(\+\d+ more\)$/, '')
      .split(',')
      .map(unescape),
  );
}

function unescape(item: string): string {
  const bytes = item
    .slice(0, item.lastIndexOf(':'))
    .replace(/[^\\]+|\\([0-7]{3})/g, (all, code: string | undefined) =>
      code === undefined ? Buffer.from(all).toString('latin1') : String.fromCharCode(parseInt(code, 8)),
    );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

describe('the lines of the source document (P2)', () => {
  const ssh = processOf({ comm: 'ssh', ppid: 3760, tgid: 3761 });
  const receiver = processOf({ ppid: 3762, tgid: 3777, user: 'root' });
  const local = { address: '172.17.0.1', port: 43716 };
  const remote = { address: '172.17.0.2', port: 22 };
  const cases: readonly (readonly [string, Behaviour])[] = [
    [
      '3760 3761 parallels ssh read known_hosts:2639560',
      fileBehaviour('read', [file('/home/p/.ssh/known_hosts', 2639560)], [], { process: ssh }),
    ],
    [
      '3760 3761 parallels ssh remove known_hosts.XXXXXj6xj9Z:2641846',
      fileBehaviour('remove', [file('/home/p/.ssh/known_hosts.XXXXXj6xj9Z', 2641846)], [], { process: ssh }),
    ],
    ['2682 3760 parallels scp connect-by 172.17.0.1:43716', connectionBehaviour({ operation: 'connect-by' })],
    ['2682 3760 parallels scp connect 172.17.0.2:22', connectionBehaviour({ operation: 'connect' })],
    // On the other side local and remote are exchanged.
    [
      '3762 3777 root scp accept-by 172.17.0.1:43716',
      connectionBehaviour({ operation: 'accept-by', process: receiver, local: remote, remote: local }),
    ],
    [
      '3762 3777 root scp accept 172.17.0.2:22',
      connectionBehaviour({ operation: 'accept', process: receiver, local: remote, remote: local }),
    ],
    ['2682 3760 parallels scp read f2.txt:3015807', fileBehaviour('read', [file('/home/p/f2.txt', 3015807)], [])],
    [
      '3762 3777 root scp write f2.txt:1049529',
      fileBehaviour('write', [], [file('/root/f2.txt', 1049529)], { process: receiver }),
    ],
  ];
  for (const [expected, behaviour] of cases) {
    test(expected, () => {
      assert.equal(body(behaviour, 'name'), expected);
    });
  }
});

describe('objects', () => {
  const who = '2682 3760 parallels scp';
  const many = (count: number): ReturnType<typeof file>[] =>
    Array.from({ length: count }, (_, index) => file(`/w/x${index}`, index + 1));
  const changed = (operation: FileOperation, attribute: Attribute): Behaviour =>
    fileBehaviour(operation, [], [file('/w/a')], { attribute });
  const cases: readonly (readonly [string, string, Behaviour])[] = [
    ['absolute paths', 'read /w/a:11', fileBehaviour('read', [file('/w/a')], [])],
    ['copy', 'copy /w/a:1 -> /w/b:2', fileBehaviour('copy', [file('/w/a', 1)], [file('/w/b', 2)])],
    [
      'split',
      'split /w/a:11 -> /w/xaa:12,/w/xab:13',
      fileBehaviour('split', [file('/w/a', 11)], [file('/w/xaa', 12), file('/w/xab', 13)]),
    ],
    [
      'eight files are all shown',
      `extract /z:1 -> ${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `/w/x${n - 1}:${n}`).join(',')}`,
      fileBehaviour('extract', [file('/z', 1)], many(8)),
    ],
    [
      'the ninth is counted',
      `extract /z:1 -> ${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `/w/x${n - 1}:${n}`).join(',')} (+1 more)`,
      fileBehaviour('extract', [file('/z', 1)], many(9)),
    ],
    [
      'exchange: each has the name of the other now',
      'rename /w/a:1,/w/b:2 -> /w/b:1,/w/a:2',
      fileBehaviour('rename', [file('/w/a', 1), file('/w/b', 2)], [file('/w/b', 1), file('/w/a', 2)]),
    ],
    ['link', 'link /w/a:1 -> /w/b:1', fileBehaviour('link', [file('/w/a', 1)], [file('/w/b', 1)])],
    [
      'symbolic link to nothing',
      'symlink /w/gone:0 -> /w/l:2',
      fileBehaviour('symlink', [file('/w/gone', 0)], [file('/w/l', 2)]),
    ],
    ['mode', 'chmod /w/a:11 mode=0600', changed('chmod', { kind: 'mode', mode: 0o600 })],
    ['mode with set-user-id', 'chmod /w/a:11 mode=4755', changed('chmod', { kind: 'mode', mode: 0o4755 })],
    ['mode 0', 'chmod /w/a:11 mode=0000', changed('chmod', { kind: 'mode', mode: 0 })],
    ['owner and group', 'chown /w/a:11 owner=1000:100', changed('chown', { kind: 'owner', owner: 1000, group: 100 })],
    ['owner alone', 'chown /w/a:11 owner=0', changed('chown', { kind: 'owner', owner: 0, group: undefined })],
    ['group alone', 'chown /w/a:11 owner=:0', changed('chown', { kind: 'owner', owner: undefined, group: 0 })],
    ['size', 'truncate /w/a:11 size=0', changed('truncate', { kind: 'size', size: 0 })],
    [
      'attributes come before the number of repeats',
      'chmod /w/a:11 mode=0600 (x3)',
      fileBehaviour('chmod', [], [file('/w/a')], { attribute: { kind: 'mode', mode: 0o600 }, count: 3 }),
    ],
    ['folded repeats', 'write /w/a:11 (x3)', fileBehaviour('write', [], [file('/w/a')], { count: 3 })],
    [
      'inodes above 2^53',
      'read /w/a:18446744073709551615',
      fileBehaviour('read', [file('/w/a', 18446744073709551615n)], []),
    ],
    ['one side not known', 'compress /w/a:11 -> -', fileBehaviour('compress', [file('/w/a')], [])],
    [
      'IPv6 endpoints in brackets',
      'connect [2001:db8::1]:22',
      connectionBehaviour({ remote: { address: '2001:db8::1', port: 22 } }),
    ],
    [
      'program starts',
      'exec /usr/bin/scp:0',
      { kind: 'exec', operation: 'exec', time: 0, count: 1, process: processOf() },
    ],
    [
      'gaps keep their spaces',
      'gap 12 file records lost',
      { kind: 'gap', operation: 'gap', time: 0, count: 1, process: processOf(), text: '12 file records lost' },
    ],
  ];
  for (const [name, expected, behaviour] of cases) {
    test(name, () => {
      assert.equal(body(behaviour), `${who} ${expected}`);
    });
  }

  test('the root directory keeps its name where names only are wanted', () => {
    assert.equal(body(fileBehaviour('mkdir', [], [file('/', 2)]), 'name'), `${who} mkdir /:2`);
  });
});

describe('bytes that would break the line', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['space', '/w/a b', '/w/a\\040b'],
    ['newline, which could forge a line', '/w/a\n2023-04-02 x', '/w/a\\0122023-04-02\\040x'],
    ['tab and carriage return', '/w/\t\r', '/w/\\011\\015'],
    ['backslash', '/w/a\\040b', '/w/a\\134040b'],
    ['escape, which steers terminals', '/w/\x1b[2J', '/w/\\033[2J'],
    ['delete', '/w/\x7f', '/w/\\177'],
    ['C1 control sequence introducer', '/w/\u009b2J', '/w/\\302\\2332J'],
    ['next line', '/w/\u0085', '/w/\\302\\205'],
    ['Unicode line separator', '/w/\u2028', '/w/\\342\\200\\250'],
    ['letters beyond ASCII stay', '/w/Übersicht 文件', '/w/Übersicht\\040文件'],
    ['what was not valid UTF-8', '/w/\ufffd', '/w/\ufffd'],
    ['an arrow', '/w/a -> /w/b', '/w/a\\040->\\040/w/b'],
    ['a comma is plain where there is no list', '/w/a,b', '/w/a,b'],
  ];
  for (const [name, path, expected] of cases) {
    test(name, () => {
      assert.equal(
        body(fileBehaviour('read', [file(path, 1)], []))
          .split(' ')
          .at(-1),
        `${expected}:1`,
      );
    });
  }

  test('a directory named like the end of a list item does not make two items', () => {
    const line = body(fileBehaviour('copy', [file('/w/a:1,/b', 2)], [file('/w/c', 3)]));
    assert.ok(line.endsWith(' copy /w/a:1\\054/b:2 -> /w/c:3'), line);
  });

  test('in names of commands and users', () => {
    const process = processOf({ comm: 'a b\n', user: 'domain\\alice' });
    const line = body(fileBehaviour('read', [file('/w/a', 1)], [], { process }));
    assert.ok(line.includes(' domain\\134alice a\\040b\\012 read '), line);
  });

  test('an empty name of a command still fills its column', () => {
    const process = processOf({ comm: '' });
    const line = body(fileBehaviour('read', [file('/w/a', 1)], [], { process }));
    assert.equal(line, '2682 3760 parallels - read /w/a:1');
  });

  test('any paths come back from the line', () => {
    const path = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((name) => `/${name}`);
    const side = fc.array(path, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(side, side, (sources, destinations) => {
        const asFiles = (paths: readonly string[]): ReturnType<typeof file>[] => paths.map((each) => file(each));
        const line = body(fileBehaviour('copy', asFiles(sources), asFiles(destinations)));
        // eslint-disable-next-line no-control-regex -- that none of them is left is what is tested
        assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
        assert.deepEqual(parseSides(line), [sources, destinations]);
      }),
    );
  });
});

describe('time', () => {
  test('local, with microseconds', () => {
    const date = new Date(2023, 3, 2, 16, 52, 7);
    const line = new LineFormatter('absolute').format(
      fileBehaviour('read', [file('/w/a', 1)], [], { time: date.getTime() * 1000 + 276 }),
    );
    assert.equal(line, '2023-04-02 16:52:07.000276 2682 3760 parallels scp read /w/a:1');
  });

  test('any order of any times gives what Date gives', () => {
    const formatter = new LineFormatter('absolute');
    const two = (value: number): string => String(value).padStart(2, '0');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4_102_444_800_000_000 }), { maxLength: 20 }), (times) => {
        for (const time of times) {
          const date = new Date(Math.floor(time / 1000));
          const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
          const second = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
          const expected = `${day} ${second}.${String(time % 1_000_000).padStart(6, '0')}`;
          assert.equal(formatter.format(fileBehaviour('read', [file('/w/a')], [], { time })).slice(0, 26), expected);
        }
      }),
    );
  });

  test('a behaviour that changed is formatted anew, though it was asked for just before', () => {
    const formatter = new LineFormatter('absolute');
    const first = fileBehaviour('read', [file('/w/a', 1)], []);
    assert.equal(formatter.body(first), formatter.body(first));
    assert.notEqual(formatter.body({ ...first, count: 2 }), formatter.body(first));
  });
});
