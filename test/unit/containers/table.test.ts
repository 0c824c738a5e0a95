import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CLOSED, type Actor, type ExecEvent, type IsolationFields } from '../../../agent/decode/event.js';
import { PathCache, RecordedInodeSource } from '../../../agent/behaviour/inode.js';
import { Counter } from '../../../agent/metrics.js';
import { Clock } from '../../../agent/process/clock.js';
import type { ContainerFiles } from '../../../agent/process/isolation.js';
import { ProcessTable } from '../../../agent/process/table.js';
import { FixedUserNames } from '../../../agent/process/users.js';
import { containerIsolation, hostIsolation, someContainerId, someOwnRoot } from '../../support/isolation.js';

const files: ContainerFiles = {
  hostPathOf: (_key, device, path) => (device === containerIsolation.rootDevice && path === '/' ? '/merged' : ''),
  userName: (_root, uid) => (uid === 0 ? 'boss' : ''),
};

function table(): ProcessTable {
  const names = new FixedUserNames(new Map([[100_000, 'subordinate']]));
  return new ProcessTable(names, new Clock(), someOwnRoot, files, new Counter('evicted', ''));
}

function actor(tgid: number, uid = 100_000): Actor {
  return { time: 9000, tgid, start: tgid * 10, ppid: 1, uid, comm: 'sh' };
}

function exec(by: Actor, isolation: IsolationFields, containerTgid: number): ExecEvent {
  return {
    kind: 'exec',
    actor: by,
    exe: '/bin/sh',
    commandLine: 'sh',
    script: '',
    isolation,
    containerTgid,
    loginuid: 0,
    sessionId: 0,
    transferred: { read: 0, written: 0 },
    stdin: CLOSED,
    stdout: CLOSED,
  };
}

describe('a process in a container', () => {
  test('has its ids of both sides, and the user that the host knows', () => {
    const { process } = table().exec(exec(actor(300), containerIsolation, 7));
    assert.equal(process.user, 'subordinate');
    assert.equal(process.uid, 100_000);
    assert.equal(process.containerUid, 0);
    assert.equal(process.containerUser, 'boss');
    assert.equal(process.containerPid, 7);
    assert.equal(process.isolation.containerId, someContainerId);
    assert.equal(process.isolation.root.hostPath, '/merged');
  });

  test('that changes its user has another one inside as well', () => {
    const processes = table();
    processes.exec(exec(actor(300), containerIsolation, 7));
    const { process } = processes.of(actor(300, 100_005));
    assert.equal(process.containerUid, 5);
    assert.equal(process.containerUser, '');
  });

  test('shares what is known of its place with all others there', () => {
    const processes = table();
    const first = processes.exec(exec(actor(300), containerIsolation, 7));
    const second = processes.exec(exec(actor(301), { ...containerIsolation }, 8));
    assert.equal(first.process.isolation, second.process.isolation);
  });

  test('hands its place to its children, which have their own numbers', () => {
    const processes = table();
    const parent = processes.exec(exec(actor(300), containerIsolation, 7));
    const transferred = { read: 0, written: 0 };
    const fork = { kind: 'fork', actor: actor(300), childTgid: 301, childStart: 3010, transferred } as const;
    const child = processes.fork({ ...fork, childContainerTgid: 8 });
    assert.equal(child.process.isolation, parent.process.isolation);
    assert.equal(child.process.containerPid, 8);
  });

  test('is still in it where its control group is too deep for a record', () => {
    const processes = table();
    processes.exec(exec(actor(300), containerIsolation, 7));
    const { process } = processes.exec(exec(actor(300), { ...containerIsolation, cgroup: undefined }, 7));
    assert.equal(process.isolation.containerId, someContainerId);
  });

  test('is found by what it did before as well, once it moved there', () => {
    const processes = table();
    processes.exec(exec(actor(300), hostIsolation, 300));
    const moved = { kind: 'isolation', actor: actor(300), isolation: containerIsolation, containerTgid: 300 } as const;
    assert.equal(processes.isolate(moved).process.isolation.containerId, someContainerId);
  });
});

describe('a process on the host', () => {
  test('has the same ids on both sides, and no user of a container', () => {
    const { process } = table().exec(exec(actor(300, 0), hostIsolation, 300));
    assert.equal(process.containerPid, 300);
    assert.equal(process.containerUid, 0);
    assert.equal(process.containerUser, '');
    assert.equal(process.isolation.root.key, '');
    assert.equal(process.isolation.root.hostPath, '');
  });

  test('with mounts of its own sees other files, but has the users of the host', () => {
    const { process } = table().exec(exec(actor(300, 0), { ...hostIsolation, mountNamespace: 5 }, 300));
    assert.notEqual(process.isolation.root.key, '');
    assert.equal(process.isolation.root.isOther, false);
    assert.equal(process.containerUser, '');
  });
});

describe('the cache of paths', () => {
  test('does not take a file of one container for that of another, nor for the host’s', () => {
    const processes = table();
    const host = processes.exec(exec(actor(300), hostIsolation, 300)).process;
    const container = processes.exec(exec(actor(301), containerIsolation, 7)).process;
    const cache = new PathCache(new RecordedInodeSource());
    const transferred = { read: 1, written: 0 };
    const path = '/etc/passwd';
    const read = {
      size: 1,
      bytesRead: 1,
      bytesWritten: 0,
      transferred,
      facts: 0,
      fileSystem: 0xef53,
      device: 1,
      modificationTime: 0,
    };
    cache.sawFile({ kind: 'file', actor: actor(300), path, inode: 11, ...read }, host);
    const removed = {
      kind: 'name',
      operation: 'unlink',
      path,
      newPath: '',
      inode: 0,
      replacedInode: 0,
      device: 0,
      exchanged: false,
      attribute: undefined,
      notFollowed: false,
    } as const;
    assert.equal(cache.resolve({ ...removed, actor: actor(301) }, container).inode, 0);
    assert.equal(cache.resolve({ ...removed, actor: actor(300) }, host).inode, 11);
  });
});
