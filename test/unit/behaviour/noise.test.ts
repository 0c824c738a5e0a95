import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { namesOf } from '../../../agent/behaviour/named.js';
import { prefixMatcher } from '../../../agent/behaviour/noise.js';
import { Scenario, type Actions } from '../../support/scenario.js';

describe('entries of the noise settings', () => {
  const cases: readonly (readonly [entry: string, path: string, matches: boolean])[] = [
    ['/usr/', '/usr/lib/x', true],
    ['/usr/', '/usrlocal/x', false],
    ['/etc/motd', '/etc/motd', true],
    ['/etc/motd', '/etc/motd.d/x', false],
    ['**/.git/', '/w/.git/HEAD', true],
    ['**/.git/', '/w/my.git/HEAD', false],
    ['**/.viminfo', '/root/.viminfo', true],
    ['**/.git/index', '/w/.git/index', true],
    ['**/.git/index', '/w/.git/hooks/index', false],
  ];
  for (const [entry, path, matches] of cases) {
    test(`${entry} ${matches ? 'is' : 'is not'} about ${path}`, () => {
      assert.equal(prefixMatcher([entry])(path), matches);
    });
  }
});

describe('what a command line names', () => {
  const cases: readonly (readonly [commandLine: string, path: string, names: boolean])[] = [
    ['grep root /etc/passwd', '/etc/passwd', true],
    ['head passwd', '/etc/passwd', true],
    ['head ./passwd', '/etc/passwd', true],
    ['dd if=/etc/passwd', '/etc/passwd', true],
    ['python3 -c open("/etc/passwd").read()', '/etc/passwd', true],
    ['tar c /etc/ssh/', '/etc/ssh/sshd_config', true],
    ['ls -l', '/etc/passwd', false],
    ['make --prefix=/usr', '/usr/include/stdio.h', false],
    ['du /usr', '/usr/share/locale/x', false],
    ['git show HEAD', '/w/.git/HEAD', false],
    ['rm .viminfo', '/root/.viminfo', true],
    ['/usr/bin/env', '/usr/bin/env', true],
    ['passwd', '/etc/passwd', false],
  ];
  for (const [commandLine, path, names] of cases) {
    test(`${commandLine} ${names ? 'names' : 'does not name'} ${path}`, () => {
      assert.equal(namesOf(commandLine)(path), names);
    });
  }
});

describe('noise', () => {
  function run(commandLine: string, does: (process: Actions) => Actions): readonly string[] {
    const scenario = new Scenario(['/etc/'], undefined, ['**/.git/objects/', '**/.viminfo']);
    does(scenario.program('prog').exec({ comm: 'prog', commandLine })).exits();
    return scenario.lines().map((line) => line.replace('200 300 root prog ', ''));
  }

  test('is told where the program was started for it', () => {
    assert.deepEqual(
      run('grep root /etc/passwd', (grep) => grep.reads('/etc/passwd', 11, 100)),
      ['read /etc/passwd:11'],
    );
  });

  test('but not where the C library looked up a name in it', () => {
    assert.deepEqual(
      run('bash -c cat /etc/passwd', (bash) => bash.reads('/etc/nsswitch.conf', 10, 50).reads('/etc/passwd', 11, 100)),
      [],
    );
  });

  test('unless the program read it as well', () => {
    const twice = { path: '/etc/passwd', inode: 11, read: 200, size: 100 };
    assert.deepEqual(
      run('sort /etc/passwd', (sort) => sort.reads('/etc/nsswitch.conf', 10, 50).file(twice)),
      ['read /etc/passwd:11'],
    );
  });

  test('what a program keeps for itself is made, renamed and removed without a line', () => {
    const lines = run('git gc', (git) =>
      git
        .name('mkdir', '/w/.git/objects/4d', 20)
        .makes('/w/.git/objects/4d/a', 11, 100)
        .renames('/w/.git/objects/tmp', '/w/.git/objects/b', 12)
        .links('/w/.git/objects/b', '/v/.git/objects/b', 12)
        .sets({ kind: 'mode', mode: 0o444 }, '/w/.git/objects/b', 12)
        .removes('/w/.git/objects/b', 12)
        .name('rmdir', '/w/.git/objects/4d', 20),
    );
    assert.deepEqual(lines, []);
  });

  test('that all of it is removed is told, and what leaves it', () => {
    const lines = run('rm -r .git', (rm) =>
      rm.renames('/w/.git/objects/a', '/w/a', 11).removes('/w/.git/objects/b', 12).name('rmdir', '/w/.git/objects', 20),
    );
    assert.deepEqual(lines, ['rename /w/.git/objects/a:11 -> /w/a:11', 'rmdir /w/.git/objects:20']);
  });

  test('that it is removed by its name is told', () => {
    assert.deepEqual(
      run('rm .viminfo', (rm) => rm.removes('/root/.viminfo', 11)),
      ['remove /root/.viminfo:11'],
    );
  });
});
