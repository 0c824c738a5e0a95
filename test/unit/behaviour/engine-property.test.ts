import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Behaviour } from '../../../agent/behaviour/behaviour.js';
import { CLOSED } from '../../../agent/decode/event.js';
import { fileFact } from '../../../agent/kernel/generated/layout.js';
import { Actions, DEVICE, Scenario, SETTLE, tuple } from '../../support/scenario.js';

/** Few of each, so that the same ones meet in every order. */
const pids = [1, 2, 300, 301, 302];
const paths = ['/w/a', '/w/b', '/w/a.gz', '/w/.a.swp', '/w/d/a', '/v/a'];
const sockets = [900, 901, 902];

const pid = fc.constantFrom(...pids);
const path = fc.constantFrom(...paths);
const inode = fc.integer({ min: 0, max: 6 });
const bytes = fc.constantFrom(0, 0, 10, 10, 20, 100);
const facts = fc.constantFrom(
  0,
  0,
  fileFact.FILE_CREATED,
  fileFact.FILE_TRUNCATED,
  fileFact.FILE_MODIFIED,
  fileFact.FILE_MAPPED,
  fileFact.FILE_EMPTY,
  fileFact.FILE_UNLINKED,
  fileFact.FILE_SHARED,
  fileFact.FILE_CREATED | fileFact.FILE_UNLINKED,
  fileFact.FILE_CREATED | fileFact.FILE_SHARED,
);

type Step = (process: Actions, scenario: Scenario) => unknown;

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ path, inode, read: bytes, written: bytes, facts }).map(
      (file): Step =>
        (process) =>
          process.file(file),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(path, inode).map(
      ([name, number]): Step =>
        (process) =>
          process.removes(name, number),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(path, path, inode, inode).map(
      ([from, to, number, replaced]): Step =>
        (process) =>
          process.renames(from, to, number, replaced),
    ),
  },
  fc.tuple(fc.constantFrom('mkdir' as const, 'rmdir' as const), path, inode).map(
    ([operation, name, number]): Step =>
      (process) =>
        process.name(operation, name, number),
  ),
  pid.map(
    (child): Step =>
      (process) =>
        process.forks(child),
  ),
  fc.constantFrom('sh', 'cp', '').map(
    (comm): Step =>
      (process) =>
        process.exec({ comm, stdin: { ...CLOSED, kind: 'socket', inode: 900 } }),
  ),
  fc.constant<Step>((process) => process.exits()),
  fc
    .tuple(
      fc.constantFrom('connect' as const, 'established' as const, 'accept' as const, 'socket-release' as const),
      fc.constantFrom(...sockets),
      fc.boolean(),
      fc.boolean(),
    )
    .map(
      ([kind, socket, inProgress, servesParent]): Step =>
        (process) =>
          process.socket(kind, socket, tuple(), { inProgress, servesParent }),
    ),
  fc
    .tuple(
      fc.constantFrom('socket-close' as const, 'datagram' as const),
      fc.constantFrom(...sockets),
      fc.boolean(),
      fc.boolean(),
    )
    .map(
      ([kind, socket, established, inbound]): Step =>
        (process) =>
          process.traffic(kind, socket, tuple(), { established, inbound }),
    ),
  fc.constantFrom(0, SETTLE / 2, SETTLE, SETTLE * 20).map((time): Step => (_, scenario) => {
    scenario.wait(time);
  }),
);

const story = fc.array(fc.tuple(pid, fc.boolean(), steps), { maxLength: 60 });

/** Events of a few processes, which may start, end, and take each other's pid at any time. */
function play(events: readonly (readonly [number, boolean, Step])[]): Scenario {
  const scenario = new Scenario();
  const processes = new Map(pids.map((tgid) => [tgid, new Actions(scenario, tgid, tgid - 1, tgid, 'p')]));
  for (const [tgid, reuse, step] of events) {
    const before = processes.get(tgid);
    const process = before && !reuse ? before : new Actions(scenario, tgid, tgid - 1, scenario.now(), 'q');
    processes.set(tgid, process);
    step(process, scenario);
  }
  scenario.engine.finish();
  return scenario;
}

function filesOf(behaviour: Behaviour): readonly string[] {
  if (behaviour.kind !== 'file') return [];
  return [...behaviour.sources, ...behaviour.destinations].map(({ path: name }) => name);
}

describe('whatever sequence of valid events comes', () => {
  test('nothing is thrown, and nothing waits when all is over', () => {
    fc.assert(
      fc.property(story, (events) => {
        const scenario = play(events);
        assert.equal(scenario.engine.isWaiting, false);
        for (const behaviour of scenario.behaviours) {
          assert.ok(Number.isFinite(behaviour.time) && behaviour.count === 1);
          for (const name of filesOf(behaviour)) assert.ok(paths.includes(name), name);
        }
        // Every line can be written.
        assert.equal(
          scenario.lines().every((line) => !line.includes('undefined') && !line.includes('NaN')),
          true,
        );
      }),
      { numRuns: 300 },
    );
  });

  test('connections that are over are forgotten', () => {
    fc.assert(
      fc.property(story, (events) => {
        const scenario = play(events);
        const last = new Actions(scenario, 1, 0, 1, 'last');
        for (const socket of sockets) last.traffic('socket-close', socket, tuple());
        // What is left are peers of datagrams, of which there is no end to see.
        assert.ok(scenario.connections.size <= sockets.length * pids.length);
        assert.equal(scenario.engine.isWaiting, false);
      }),
      { numRuns: 100 },
    );
  });

  test('each made or changed file is told once, by one operation', () => {
    const files = fc.array(fc.tuple(path, bytes, bytes, facts), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(files, (list) => {
        const scenario = new Scenario();
        const process = scenario.program('prog');
        // None is named after another: that would be a backup of it.
        const fileName = (name: string, index: number): string => `${name}.${index}.x`;
        // Every file has an inode of its own here, so that each can be told from all others.
        list.forEach(([name, read, written, fact], index) => {
          process.file({ path: fileName(name, index), inode: 100 + index, read, written, facts: fact });
        });
        process.exits();
        const told = new Map<string, number>();
        for (const behaviour of scenario.behaviours) {
          if (behaviour.kind !== 'file') continue;
          for (const { path: name, device } of behaviour.destinations) {
            assert.equal(device, DEVICE);
            told.set(name, (told.get(name) ?? 0) + 1);
          }
        }
        list.forEach(([name, , written, fact], index) => {
          const changed =
            written > 0 || (fact & (fileFact.FILE_CREATED | fileFact.FILE_TRUNCATED | fileFact.FILE_MODIFIED)) !== 0;
          const nameless = (fact & fileFact.FILE_CREATED) !== 0 && (fact & fileFact.FILE_UNLINKED) !== 0;
          assert.equal(told.get(fileName(name, index)) ?? 0, changed && !nameless ? 1 : 0, fileName(name, index));
        });
      }),
      { numRuns: 300 },
    );
  });

  test('each removal, and each directory, is told once or explained', () => {
    const names = fc.array(fc.tuple(fc.constantFrom('unlink' as const, 'mkdir' as const, 'rmdir' as const), path), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(names, (list) => {
        const scenario = new Scenario();
        const process = scenario.program('prog');
        list.forEach(([operation, name], index) => process.name(operation, `${name}${index}`, 100 + index));
        process.exits();
        const operations = list.map(([operation]) => (operation === 'unlink' ? 'remove' : operation));
        assert.deepEqual(
          scenario.behaviours.filter(({ kind }) => kind === 'file').map(({ operation }) => operation),
          operations,
        );
      }),
      { numRuns: 100 },
    );
  });
});
