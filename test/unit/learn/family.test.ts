import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSED, type Actor, type KernelEvent } from '../../../agent/decode/event.js';
import { Family } from '../../../agent/learn/family.js';

function actor(tgid: number): Actor {
  return { time: 1, tgid, start: tgid, ppid: 1, uid: 0, comm: 'x' };
}

const fork = (parent: number, child: number): KernelEvent => ({
  kind: 'fork',
  actor: actor(parent),
  childTgid: child,
  childStart: child,
  transferred: { read: 0, written: 0 },
  childContainerTgid: child,
});
const exit = (tgid: number): KernelEvent => ({
  kind: 'exit',
  actor: actor(tgid),
  exitCode: 0,
  transferred: { read: 0, written: 0 },
  stdin: CLOSED,
  stdout: CLOSED,
});

test('a daemon whose parents are gone still belongs to the family', () => {
  const family = new Family(10);
  for (const event of [fork(10, 11), fork(11, 12), exit(11), exit(10), fork(12, 13)]) family.saw(event);
  assert.deepEqual([...family.running], [12, 13]);
  assert.ok(family.has(11));
});

test('strangers and their children do not', () => {
  const family = new Family(10);
  family.saw(fork(20, 21));
  assert.ok(!family.has(20));
  assert.ok(!family.has(21));
});

test('nor does a stranger with the pid of a member that is gone', () => {
  const family = new Family(10);
  for (const event of [fork(10, 11), exit(11), fork(20, 11)]) family.saw(event);
  assert.ok(!family.has(11));
});

test('without a root everybody does', () => {
  assert.ok(new Family(undefined).has(99));
});
