import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Behaviour, FileOperation } from '../../../agent/behaviour/behaviour.js';
import { Fold } from '../../../agent/fold/fold.js';
import { Metrics } from '../../../agent/metrics.js';
import type { Process } from '../../../agent/process/process.js';
import { connectionBehaviour, file, fileBehaviour, processOf } from '../../support/behaviours.js';

/* Whatever happens, and however tight the limits: the lines tell of every behaviour and of every byte. */

type Step =
  | {
      readonly kind: 'file';
      readonly operation: FileOperation;
      readonly process: number;
      readonly paths: readonly string[];
      readonly connectionId: number;
    }
  | { readonly kind: 'connection'; readonly process: number; readonly host: number }
  | { readonly kind: 'exec'; readonly process: number }
  | { readonly kind: 'exit'; readonly process: number }
  | { readonly kind: 'wait'; readonly milliseconds: number };

const processNumber = fc.integer({ min: 2, max: 60 });
const names = fc.constantFrom('', 'a', 'b', 'c', 'etc', 'shadow', '*', '**');
const path = fc.array(names, { maxLength: 4 }).map((parts) => `/${parts.filter((part) => part !== '').join('/')}`);
const operations = ['read', 'create', 'write', 'remove', 'rename', 'copy', 'compress', 'mkdir'] as const;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant('file' as const),
      operation: fc.constantFrom(...operations),
      process: processNumber,
      paths: fc.array(fc.oneof(path, fc.constant('memfd:x')), { minLength: 1, maxLength: 3 }),
      connectionId: fc.constantFrom(0, 0, 0, 7, 8),
    }),
    weight: 8,
  },
  {
    arbitrary: fc.record({
      kind: fc.constantFrom('connection' as const, 'exec' as const, 'exit' as const),
      process: processNumber,
      host: fc.integer({ min: 0, max: 600 }),
    }),
    weight: 3,
  },
  {
    arbitrary: fc.record({ kind: fc.constant('wait' as const), milliseconds: fc.integer({ min: 1, max: 30_000 }) }),
    weight: 1,
  },
);

const anyLimits = fc.record({
  linesPerDirectory: fc.integer({ min: 1, max: 5 }),
  linesPerProcess: fc.integer({ min: 1, max: 8 }),
  processesPerFamily: fc.integer({ min: 1, max: 3 }),
  linesPerSecond: fc.integer({ min: 1, max: 5 }),
  burstLines: fc.integer({ min: 1, max: 10 }),
  window: fc.constantFrom(1_000_000, 10_000_000),
  longestWindow: fc.constantFrom(1_000_000, 60_000_000),
  always: fc.constantFrom([], ['/etc/shadow', '/a/', '**/etc/']),
});

/** Number and bytes per operation. */
class Sums {
  readonly sums = new Map<string, readonly [number, number, number]>();

  add(behaviour: Behaviour): void {
    const [count, read, written] = this.sums.get(behaviour.operation) ?? [0, 0, 0];
    const bytes = (side: 'sources' | 'destinations'): number =>
      behaviour.kind === 'file' ? behaviour[side].reduce((sum, each) => sum + each.bytes, 0) : 0;
    this.sums.set(behaviour.operation, [
      count + behaviour.count,
      read + bytes('sources'),
      written + bytes('destinations'),
    ]);
  }
}

function actor(number: number): Process {
  const comm = ['cat', 'cp', 'sh'][number % 3] ?? '';
  return processOf({ tgid: number, ppid: number >> 1, uid: number % 5 === 0 ? 0 : 1000, startTime: number, comm });
}

test('the lines add up to what happened', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), anyLimits, (steps, limits) => {
      const happened = new Sums();
      const told = new Sums();
      const sink = {
        behaviour: (behaviour: Behaviour): void => {
          told.add(behaviour);
        },
        connection: (): void => undefined,
      };
      const fold = new Fold('test', limits, sink, new Metrics());
      fold.start({ parentOf: ({ ppid }) => (ppid > 1 ? actor(ppid) : undefined) });
      let time = 1e15;
      const say = (behaviour: Behaviour): void => {
        happened.add(behaviour);
        fold.behaviour(behaviour);
      };
      for (const each of steps) {
        time += 1000;
        if (each.kind === 'wait') {
          time += each.milliseconds * 1000;
          fold.tick(time);
          continue;
        }
        const process = actor(each.process);
        switch (each.kind) {
          case 'exit':
            fold.exited(each.process);
            break;
          case 'exec':
            say({ kind: 'exec', operation: 'exec', time, process, count: 1 });
            break;
          case 'connection': {
            const remote = { address: `10.0.${each.host >> 8}.${each.host & 255}`, port: each.host };
            say(connectionBehaviour({ time, process, connectionId: each.host, remote }));
            break;
          }
          case 'file': {
            const { operation, paths, connectionId } = each;
            const files = paths.map((name, index) => file(name, index, 1 + name.length));
            const sources = ['create', 'write', 'mkdir'].includes(operation) ? [] : files;
            const destinations = ['read', 'remove'].includes(operation) ? [] : files.slice(0, 2);
            say(fileBehaviour(operation, sources, destinations, { time, process, connectionId }));
          }
        }
      }
      fold.finish();
      assert.deepEqual([...told.sums].sort(), [...happened.sums].sort());
    }),
    { numRuns: 1000 },
  );
});
