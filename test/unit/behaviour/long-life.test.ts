import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Scenario, SETTLE, type Actions } from '../../support/scenario.js';

/* An agent runs for months, and so do the daemons it watches: nothing may grow with what they did. */

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

function heapUsed(): number {
  if (typeof collect === 'function') Reflect.apply(collect, undefined, []);
  return process.memoryUsage().heapUsed;
}

const rounds = 4;
const perRound = 35_000;
/** What a collection leaves behind by chance; a hundred bytes kept per file would be twice as much. */
const chance = 3_500_000;

/** Heap after each round. */
function heapAfterRounds(scenario: Scenario, act: (number: number) => void): readonly number[] {
  return Array.from({ length: rounds }, (_, round) => {
    for (let at = 0; at < perRound; at += 1) {
      act(round * perRound + at);
      if (at % 500 === 0) scenario.wait(SETTLE);
      scenario.behaviours.length = 0;
      scenario.published.length = 0;
    }
    scenario.wait(SETTLE);
    return heapUsed();
  });
}

function assertLevel(heap: readonly number[]): void {
  // The caches fill in the first two rounds.
  const [, second = 0] = heap;
  const last = heap.at(-1) ?? 0;
  assert.ok(last - second < chance, `heap after each ${perRound}: ${heap.join(', ')}`);
}

const daemons: Readonly<Record<string, (process: Actions, number: number) => unknown>> = {
  'reads other files all the time': (process, number) => process.reads(`/srv/${number}`, number + 1, 100),
  'makes new files all the time': (process, number) => process.makes(`/srv/${number}`, number + 1, 100),
  'makes temporary files and removes them': (process, number) =>
    process.makes(`/srv/.${number}.tmp`, number + 1, 100).removes(`/srv/.${number}.tmp`, number + 1),
  'replaces files by new ones': (process, number) =>
    process.makes(`/srv/.${number}`, number + 1, 100).renames(`/srv/.${number}`, `/srv/${number}`, number + 1, 7),
};

describe('memory stays level while a daemon', () => {
  for (const [name, does] of Object.entries(daemons)) {
    test(name, () => {
      const scenario = new Scenario();
      // The caches are never empty on a real host; lru-cache takes long to remove a last entry.
      const daemon = scenario.program('daemon').reads('/etc/daemon', 5, 10);
      assertLevel(heapAfterRounds(scenario, (number) => does(daemon, number)));
    });
  }

  test('starts other programs, each of which does something', () => {
    const scenario = new Scenario();
    const daemon = scenario.program('daemon');
    const heap = heapAfterRounds(scenario, (number) => {
      const child = daemon.forks(1000 + (number % 30_000));
      child.exec({ comm: 'child' }).reads('/w/a', 11, 100).exits();
    });
    assertLevel(heap);
    assert.equal(scenario.processes.size, 1);
  });
});
