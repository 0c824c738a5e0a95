import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CLOSED, type Actor, type ExecEvent, type ExitEvent } from '../../../agent/decode/event.js';
import { Counter } from '../../../agent/metrics.js';
import { Clock } from '../../../agent/process/clock.js';
import type { ProcessSnapshot } from '../../../agent/process/snapshot.js';
import { noContainerFiles } from '../../../agent/process/isolation.js';
import { ProcessTable } from '../../../agent/process/table.js';
import { FixedUserNames } from '../../../agent/process/users.js';
import { hostIsolation, someOwnRoot } from '../../support/isolation.js';

function table(evicted = new Counter('evicted', '')): ProcessTable {
  const clock = new Clock();
  clock.offset = 1_000_000_000;
  return new ProcessTable(
    new FixedUserNames(
      new Map([
        [0, 'root'],
        [1000, 'ann'],
      ]),
    ),
    clock,
    someOwnRoot,
    noContainerFiles,
    evicted,
  );
}

function actor(tgid: number, changes: Partial<Actor> = {}): Actor {
  return { time: 9000, tgid, start: tgid * 10, ppid: 1, uid: 1000, comm: 'sh', ...changes };
}

function exec(by: Actor, changes: Partial<ExecEvent> = {}): ExecEvent {
  return {
    kind: 'exec',
    actor: by,
    exe: `/usr/bin/${by.comm}`,
    commandLine: `${by.comm} -x`,
    script: '',
    isolation: hostIsolation,
    containerTgid: by.tgid,
    loginuid: 1000,
    sessionId: 3,
    transferred: { read: 7, written: 8 },
    stdin: CLOSED,
    stdout: CLOSED,
    ...changes,
  };
}

function fork(by: Actor, childTgid: number, childStart = childTgid * 10): Parameters<ProcessTable['fork']>[0] {
  const transferred = { read: 0, written: 0 };
  return { kind: 'fork', actor: by, childTgid, childStart, transferred, childContainerTgid: childTgid };
}

function exit(by: Actor): ExitEvent {
  const transferred = { read: 0, written: 0 };
  return { kind: 'exit', actor: by, exitCode: 0, transferred, stdin: CLOSED, stdout: CLOSED };
}

function snapshot(changes: Partial<ProcessSnapshot> = {}): ProcessSnapshot {
  return {
    tgid: 50,
    ppid: 1,
    start: 500_000,
    uid: 0,
    loginuid: 0xffff_ffff,
    sessionId: 0xffff_ffff,
    comm: 'sshd',
    exe: '/usr/sbin/sshd',
    commandLine: 'sshd -D',
    approximate: true,
    script: '',
    stdin: CLOSED,
    stdout: CLOSED,
    transferred: { read: 0, written: 0 },
    containerPid: 50,
    isolation: hostIsolation,
    ...changes,
  };
}

describe('who a process is', () => {
  test('a child has all of its parent but its pids and start, until it starts a program', () => {
    const processes = table();
    const parent = processes.exec(exec(actor(300, { comm: 'bash' })));
    const child = processes.fork(fork(actor(300), 301));
    assert.deepEqual(child.process, {
      ...parent.process,
      tgid: 301,
      ppid: 300,
      startTime: 1_000_003_010,
      containerPid: 301,
    });
    assert.equal(processes.of(actor(301, { start: 3010 })), child);
  });

  test('a program replaces the image and keeps the identity', () => {
    const processes = table();
    processes.fork(fork(actor(300), 301));
    const { process } = processes.exec(exec(actor(301, { ppid: 300, comm: 'cp' })));
    assert.deepEqual(process, {
      tgid: 301,
      ppid: 300,
      startTime: 1_000_003_010,
      uid: 1000,
      user: 'ann',
      loginuid: 1000,
      sessionId: 3,
      containerPid: 301,
      containerUid: 1000,
      containerUser: '',
      isolation: processes.of(actor(301, { start: 3010 })).process.isolation,
      image: { comm: 'cp', exe: '/usr/bin/cp', commandLine: 'cp -x', script: '' },
    });
  });

  test('what was said of a process before does not change with it', () => {
    const processes = table();
    const before = processes.exec(exec(actor(300, { comm: 'bash' }))).process;
    processes.exec(exec(actor(300, { comm: 'cp' })));
    assert.equal(before.image.comm, 'bash');
  });

  test('a pid that is used again is another process', () => {
    const processes = table();
    const first = processes.exec(exec(actor(300, { comm: 'old' })));
    processes.exit(exit(actor(300)));
    const second = processes.of(actor(300, { start: 9999, comm: 'new' }));
    assert.notEqual(second, first);
    assert.deepEqual([second.process.image.comm, second.process.startTime], ['new', 1_000_009_999]);
  });

  test('also where its end was never seen', () => {
    const processes = table();
    const first = processes.exec(exec(actor(300, { comm: 'old' })));
    const second = processes.fork(fork(actor(200), 300, 9999));
    assert.equal(processes.of(actor(300, { start: 9999 })), second);
    assert.notEqual(second, first);
    assert.equal(processes.size, 2);
  });

  test('one that calls itself something else keeps its program, which is what it is', () => {
    const processes = table();
    const before = processes.exec(exec(actor(300, { comm: 'miner' }))).process;
    const { process } = processes.of(actor(300, { comm: '[kworker/0:1]' }));
    assert.deepEqual(process.image, { ...before.image, comm: '[kworker/0:1]' });
    assert.equal(before.image.comm, 'miner');
  });

  test('a daemon that execs after its parent is gone still has who started it', () => {
    const processes = table();
    processes.fork(fork(actor(300), 301));
    processes.exit(exit(actor(300)));
    assert.equal(processes.exec(exec(actor(301, { ppid: 1, comm: 'daemon' }))).process.ppid, 300);
  });

  test('a process that got the pid of its parent since is not its parent', () => {
    const processes = table();
    const parent = processes.exec(exec(actor(300, { comm: 'sshd' })));
    const child = processes.fork(fork(actor(300, { comm: 'sshd' }), 301));
    processes.exit(exit(actor(300, { comm: 'sshd' })));
    processes.fork(fork(actor(200), 300, 9999));
    assert.deepEqual([...processes.lineage(child)].slice(0, 2), [child, parent]);
  });

  test('setuid: who acts is the uid at that time', () => {
    const processes = table();
    const tracked = processes.exec(exec(actor(300)));
    const before = tracked.process;
    assert.equal(processes.of(actor(300, { uid: 0 })).process.user, 'root');
    assert.equal(before.user, 'ann');
    assert.equal(processes.of(actor(300, { uid: 4242 })).process.user, '4242');
  });

  test('a process that ended is remembered for its children', () => {
    const processes = table();
    processes.exec(exec(actor(300, { comm: 'bash' })));
    processes.fork(fork(actor(300), 301));
    const { ended } = processes.exit(exit(actor(300, { comm: 'bash' })));
    assert.equal(ended, true);
    assert.equal(processes.byTgid(300)?.process.image.comm, 'bash');
    assert.equal(processes.size, 1);
  });

  test('one whose start was lost is made from its own record, and inherits the session of its parent', () => {
    const processes = table();
    processes.exec(exec(actor(300, { comm: 'bash' })));
    const { process } = processes.of(actor(301, { ppid: 300, comm: 'cat' }));
    const { loginuid, sessionId, image } = process;
    assert.deepEqual(
      { loginuid, sessionId, image },
      { loginuid: 1000, sessionId: 3, image: { comm: 'cat', exe: '', commandLine: '', script: '' } },
    );
  });

  test('a script is inherited by the subshells that go on with it', () => {
    const processes = table();
    processes.exec(exec(actor(300), { script: './go.sh' }));
    assert.equal(processes.fork(fork(actor(300), 301)).process.image.script, './go.sh');
    assert.equal(processes.exec(exec(actor(301, { start: 3010 }))).process.image.script, '');
  });
});

describe('processes that ran before the agent, from /proc', () => {
  test('are the same when the start differs by less than a clock tick, which is then exact', () => {
    const processes = table();
    processes.addSnapshot(snapshot());
    const { process } = processes.of(actor(50, { start: 507_123, uid: 0 }));
    assert.deepEqual([process.image.exe, process.startTime], ['/usr/sbin/sshd', 1_000_507_123]);
    // From now on exactly.
    assert.equal(processes.of(actor(50, { start: 507_124, uid: 0 })).process.image.exe, '');
  });

  test('are others when it differs by more', () => {
    const processes = table();
    processes.addSnapshot(snapshot());
    assert.equal(processes.of(actor(50, { start: 600_000, uid: 0 })).process.image.exe, '');
  });
});

describe('lineage', () => {
  test('is the process, its parent, and so on', () => {
    const processes = table();
    processes.of(actor(1, { ppid: 0 }));
    processes.fork(fork(actor(1, { ppid: 0 }), 300));
    const child = processes.fork(fork(actor(300, { start: 3000 }), 301));
    assert.deepEqual(
      [...processes.lineage(child)].map(({ process }) => process.tgid),
      [301, 300, 1],
    );
  });

  test('ends where lost records made a ring of it', () => {
    const processes = table();
    const first = processes.of(actor(300, { ppid: 301, start: 5 }));
    processes.of(actor(301, { ppid: 300, start: 5 }));
    assert.equal([...processes.lineage(first)].length, 32);
  });

  test('descendants are all that run below, each once', () => {
    const processes = table();
    processes.of(actor(300, { ppid: 302 }));
    processes.fork(fork(actor(300), 301));
    processes.fork(fork(actor(301), 302));
    processes.fork(fork(actor(300), 303));
    processes.exit(exit(actor(303)));
    assert.deepEqual([...processes.descendants(300)].sort(), [301, 302]);
  });
});

describe('processes whose end was lost', () => {
  test('are forgotten, the quietest first, counted, and still known to their children for a while', () => {
    const evicted = new Counter('evicted', '');
    const processes = table(evicted);
    const parent = actor(300);
    processes.exec(exec(parent));
    for (let tgid = 1000; tgid < 71_000; tgid++) processes.fork(fork(parent, tgid));
    assert.equal(processes.size, 65_536);
    assert.equal(evicted.value, 70_001 - 65_536);
    assert.equal(processes.byTgid(300)?.process.image.comm, 'sh');
    assert.equal(processes.byTgid(1000)?.process.tgid, 1000);
  });
});

describe('what a process moved before its program', () => {
  test('is not put to the program', () => {
    const { accounted } = table().exec(exec(actor(300)));
    assert.deepEqual([accounted.read, accounted.written], [7, 8]);
  });

  test('is nothing on kernels that do not count, rather than no number', () => {
    const { accounted } = table().exec(exec(actor(300), { transferred: { read: Infinity, written: Infinity } }));
    assert.deepEqual([accounted.read, accounted.written, accounted.readBefore, accounted.writtenBefore], [0, 0, 0, 0]);
  });
});
