import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseSockets } from '../../../agent/observer.js';
import { parseStat, snapshotProcesses } from '../../../agent/process/snapshot.js';
import { parsePasswd, PasswdUserNames } from '../../../agent/process/users.js';
import { temporaryDirectory } from '../../support/temporary.js';

/** Fields 3 to 22 of proc(5), with the parent and the start in their places. */
function stat(comm: string): string {
  return `42 (${comm}) S 7 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 1000 100 18446744073709551615\n`;
}

describe('/proc/PID/stat', () => {
  const names = ['sh', 'a b', ') S 1 1 1', '(sd-pam)', 'a) (b', '))))', '', 'new\nline', '42 (x) S 9'];
  for (const comm of names) {
    test(`of a command named ${JSON.stringify(comm)}`, () => {
      assert.deepEqual(parseStat(stat(comm)), { comm, ppid: 7, start: 123_450_000 });
    });
  }

  test('of this very process agrees with what the platform says', () => {
    const self = snapshotProcesses().find(({ tgid }) => tgid === process.pid);
    assert.deepEqual([self?.ppid, self?.uid], [process.ppid, process.getuid?.()]);
    assert.equal(self?.exe, process.execPath);
    assert.ok(self.commandLine.includes('proc.test.js'));
  });
});

describe('/etc/passwd', () => {
  test('the first name of a uid counts; lines that are none are left out', () => {
    const text =
      'root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/:/bin/sh\n\n# comment\nann:x:1000:1000::/home/ann:\nbad:x:abc:0::/:\n:x:5:5::/:\n+::::::\n';
    assert.deepEqual(
      [...parsePasswd(text)],
      [
        [0, 'root'],
        [1000, 'ann'],
      ],
    );
  });

  test('a name that is not there is the number', (context) => {
    const file = join(temporaryDirectory(context), 'passwd');
    writeFileSync(file, 'ann:x:1000:1000::/:\n');
    const users = new PasswdUserNames(file);
    assert.deepEqual([users.nameOf(1000), users.nameOf(7)], ['ann', '7']);
  });

  test('a host without the file has numbers only', (context) => {
    const file = join(temporaryDirectory(context), 'passwd');
    rmSync(file, { force: true });
    assert.equal(new PasswdUserNames(file).nameOf(0), '0');
  });
});

describe('/proc/net/tcp', () => {
  test('ports are hexadecimal, the inode is the tenth field', () => {
    const text = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1D13 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0',
      '   1: 0000000000000000FFFF00000100007F:D431 0000000000000000FFFF00000100007F:1D13 01 00000000:00000000 00:00000000 00000000 0 0 222 1',
      'cut off',
      '',
    ].join('\n');
    assert.deepEqual(parseSockets(text), [
      { local: 7443, remote: 0, inode: '111' },
      { local: 54_321, remote: 7443, inode: '222' },
    ]);
  });
});
