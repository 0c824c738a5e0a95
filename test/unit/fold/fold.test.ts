// long: what folding promises, in one place
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Behaviour, FileBehaviour } from '../../../agent/behaviour/behaviour.js';
import { Fold } from '../../../agent/fold/fold.js';
import type { Limits } from '../../../agent/fold/limits.js';
import { Metrics } from '../../../agent/metrics.js';
import type { Process } from '../../../agent/process/process.js';
import { LineFormatter } from '../../../agent/sinks/line.js';
import { connectionBehaviour, file, fileBehaviour, processOf } from '../../support/behaviours.js';

const SECOND = 1_000_000;
const start = 1_680_454_347_000_000;

const limits: Limits = {
  linesPerDirectory: 8,
  linesPerProcess: 16,
  processesPerFamily: 4,
  linesPerSecond: 1000,
  burstLines: 1000,
  window: 10 * SECOND,
  longestWindow: 40 * SECOND,
  always: ['/etc/shadow', '**/.ssh/'],
};

/** A fold with its lines, and a family tree. */
class Bench {
  readonly lines: string[] = [];
  readonly behaviours: Behaviour[] = [];
  readonly fold: Fold;
  private readonly formatter = new LineFormatter('absolute');
  private readonly parents = new Map<number, Process>();
  time = start;

  constructor(changes: Partial<Limits> = {}) {
    const sink = {
      behaviour: (behaviour: Behaviour): void => {
        this.behaviours.push(behaviour);
        this.lines.push(this.formatter.body(behaviour).replace(/^(\d+ \d+) \S+ /, '$1 '));
      },
      connection: (): void => undefined,
    };
    this.fold = new Fold('test', { ...limits, ...changes }, sink, new Metrics());
    this.fold.start({ parentOf: ({ ppid }) => this.parents.get(ppid) });
  }

  process(comm: string, tgid: number, parent?: Process): Process {
    const ppid = parent?.tgid ?? 1;
    const process = processOf({ comm, tgid, ppid, startTime: start - SECOND + tgid });
    if (parent) this.parents.set(ppid, parent);
    return process;
  }

  say(behaviour: Partial<FileBehaviour> & Pick<FileBehaviour, 'process'>, path: string): void {
    const { operation = 'read' } = behaviour;
    const files = [file(path, 11, 100)];
    const made = operation === 'create' || operation === 'write' || operation === 'mkdir';
    this.fold.behaviour(
      fileBehaviour(operation, made ? [] : files, made ? files : [], { time: this.time++, ...behaviour }),
    );
  }

  wait(seconds: number): void {
    const until = this.time + seconds * SECOND;
    while (this.time < until) {
      this.time += SECOND / 4;
      this.fold.tick(this.time);
    }
  }

  take(): readonly string[] {
    return this.lines.splice(0);
  }
}

describe('a process that repeats itself', () => {
  test('is told once at once, and the rest with their number when the window ends', () => {
    const bench = new Bench();
    const process = bench.process('cat', 5);
    for (let n = 0; n < 5; n++) bench.say({ process }, '/w/a');
    assert.deepEqual(bench.take(), ['1 5 cat read /w/a:11']);
    bench.wait(9);
    assert.deepEqual(bench.take(), []);
    bench.wait(2);
    assert.deepEqual(bench.take(), ['1 5 cat read /w/a:11 (x4)']);
    assert.deepEqual(bench.behaviours.at(-1), {
      ...fileBehaviour('read', [file('/w/a', 11, 400)], []),
      time: start + 4,
      process,
      count: 4,
    });
  });

  test('is held back longer as it goes on', () => {
    const bench = new Bench();
    const process = bench.process('monitor', 5);
    for (let second = 0; second < 150; second++) {
      bench.say({ process }, '/w/a');
      bench.wait(1);
    }
    const counts = bench.take().map((line) => Number(/\(x(\d+)\)/.exec(line)?.[1] ?? 1));
    assert.ok(counts.length <= 6, String(counts));
    assert.ok(counts.every((count, index) => index === 0 || count > (counts[index - 1] ?? 0) || count >= 39));
  });

  test('is told of at its end', () => {
    const bench = new Bench();
    const process = bench.process('cat', 5);
    for (let n = 0; n < 3; n++) bench.say({ process }, '/w/a');
    bench.fold.exited(5);
    assert.deepEqual(bench.take(), ['1 5 cat read /w/a:11', '1 5 cat read /w/a:11 (x2)']);
  });

  test('another process that does the same has a line of its own', () => {
    const bench = new Bench();
    bench.say({ process: bench.process('cat', 5) }, '/w/a');
    bench.say({ process: bench.process('cat', 6) }, '/w/a');
    assert.deepEqual(bench.take(), ['1 5 cat read /w/a:11', '1 6 cat read /w/a:11']);
  });
});

describe('one process, many files', () => {
  test('as many as a directory may have are all told in full, when it ends', () => {
    const bench = new Bench();
    const process = bench.process('touch', 5);
    for (let n = 0; n < 8; n++) bench.say({ process, operation: 'create' }, `/w/${n}`);
    bench.fold.exited(5);
    assert.deepEqual(
      bench.take(),
      Array.from({ length: 8 }, (_, n) => `1 5 touch create /w/${n}:11`),
    );
  });

  test('one more, and all but the first become one line', () => {
    const bench = new Bench();
    const process = bench.process('touch', 5);
    for (let n = 0; n < 9; n++) bench.say({ process, operation: 'create' }, `/w/${n}`);
    bench.fold.exited(5);
    assert.deepEqual(bench.take(), [
      '1 5 touch create /w/0:11',
      '1 5 touch create /w/1:11',
      '1 5 touch create /w/*:0 (x7)',
    ]);
    assert.equal(bench.behaviours.at(-1)?.kind === 'file' && bench.behaviours.at(-1)?.count, 7);
  });

  test('those that wait are told soon, if it goes on and no more come', () => {
    const bench = new Bench();
    const process = bench.process('server', 5);
    for (let n = 0; n < 5; n++) bench.say({ process, operation: 'create' }, `/w/${n}`);
    assert.equal(bench.take().length, 2);
    bench.wait(1);
    assert.deepEqual(bench.take(), [
      '1 5 server create /w/2:11',
      '1 5 server create /w/3:11',
      '1 5 server create /w/4:11',
    ]);
  });

  test('what was set is told where all of them set the same, and another mode has a line of its own', () => {
    const bench = new Bench();
    const process = bench.process('chmod', 5);
    const set = (mode: number, path: string): void => {
      bench.fold.behaviour(
        fileBehaviour('chmod', [], [file(path)], { time: bench.time++, process, attribute: { kind: 'mode', mode } }),
      );
    };
    for (let n = 0; n < 20; n++) {
      set(0o644, `/w/f${n}`);
      if (n === 15) set(0o4755, '/w/hidden');
    }
    bench.fold.exited(process.tgid);
    bench.wait(20);
    assert.deepEqual(bench.take(), [
      '1 5 chmod chmod /w/f0:11 mode=0644',
      '1 5 chmod chmod /w/f1:11 mode=0644',
      '1 5 chmod chmod /w/hidden:11 mode=4755',
      '1 5 chmod chmod /w/*:0 mode=0644 (x18)',
    ]);
  });

  test('sizes that differ are not told', () => {
    const bench = new Bench();
    const process = bench.process('db', 5);
    for (let size = 0; size < 20; size++) {
      const attribute = { kind: 'size', size } as const;
      bench.fold.behaviour(
        fileBehaviour('truncate', [], [file(`/w/f${size}`)], { time: bench.time++, process, attribute }),
      );
    }
    bench.fold.exited(process.tgid);
    bench.wait(20);
    assert.deepEqual(bench.take(), [
      '1 5 db truncate /w/f0:11 size=0',
      '1 5 db truncate /w/f1:11 size=1',
      '1 5 db truncate /w/*:0 (x18)',
    ]);
  });

  test('both sides of a copy are folded, with directories below', () => {
    const bench = new Bench();
    const process = bench.process('cp', 5);
    for (let n = 0; n < 100; n++) {
      const name = `${n % 10}/${n}`;
      bench.fold.behaviour(
        fileBehaviour('copy', [file(`/s/d/${name}`, 1, 10)], [file(`/t/d/${name}`, 2, 10)], {
          process,
          time: bench.time++,
        }),
      );
    }
    bench.fold.exited(5);
    const lines = bench.take();
    assert.equal(lines.at(-1), '1 5 cp copy /s/d/**:0 -> /t/d/**:0 (x96)');
    assert.equal(lines.length, 5);
    const last = bench.behaviours.at(-1);
    assert.deepEqual(last?.kind === 'file' && [last.sources[0]?.bytes, last.destinations[0]?.bytes], [960, 960]);
  });

  test('a few directories stay apart', () => {
    const bench = new Bench();
    const process = bench.process('rm', 5);
    for (let n = 0; n < 90; n++) bench.say({ process, operation: 'remove' }, `/w/${n % 3}/${n}`);
    bench.fold.exited(5);
    const folded = bench.take().filter((line) => line.includes('(x'));
    assert.deepEqual(folded.map((line) => line.replace(/\d+\)$/, 'N)')).sort(), [
      '1 5 rm remove /w/0/*:0 (xN)',
      '1 5 rm remove /w/1/*:0 (xN)',
      '1 5 rm remove /w/2/*:0 (xN)',
    ]);
  });

  test('a file that is really named like that is not taken for many', () => {
    const bench = new Bench();
    bench.say({ process: bench.process('touch', 5), operation: 'create' }, '/w/*');
    assert.deepEqual(bench.take(), ['1 5 touch create /w/\\052:11']);
  });
});

describe('a family of short-lived processes', () => {
  /** make, its compilers below drivers, each with one object. */
  function build(bench: Bench, files: number): void {
    const make = bench.process('make', 2);
    for (let n = 0; n < files; n++) {
      const driver = bench.process('gcc', 1000 + 2 * n, make);
      const compiler = bench.process('cc1', 1001 + 2 * n, driver);
      bench.say({ process: compiler, operation: 'create' }, `/w/${n}.o`);
      bench.fold.exited(compiler.tgid);
    }
  }

  test('is folded below the ancestor that they have in common', () => {
    const bench = new Bench();
    build(bench, 50);
    // A quarter more than children of one parent: grandchildren of one process.
    assert.equal(bench.take().length, 5);
    bench.wait(11);
    assert.deepEqual(bench.take(), ['2 0 cc1 create /w/*:0 (x45)']);
  });

  test('a small one is told in full', () => {
    const bench = new Bench();
    build(bench, 5);
    assert.equal(bench.take().length, 5);
    bench.wait(11);
    assert.deepEqual(bench.take(), []);
  });

  test('one member in a loop takes nothing from its siblings', () => {
    const bench = new Bench();
    const shell = bench.process('bash', 2);
    const noisy = bench.process('cat', 5, shell);
    for (let n = 0; n < 10_000; n++) bench.say({ process: noisy }, `/w/${n}`);
    bench.take();
    bench.say({ process: bench.process('cat', 6, shell) }, '/w/secret');
    assert.deepEqual(bench.take(), ['2 6 cat read /w/secret:11']);
  });
});

describe('what a flood cannot hide', () => {
  test('a file that is always named, read by the flooding process itself', () => {
    const bench = new Bench();
    const process = bench.process('cat', 5);
    for (let n = 0; n < 10_000; n++) bench.say({ process }, `/etc/${n}`);
    bench.take();
    bench.say({ process }, '/etc/shadow');
    assert.deepEqual(bench.take(), ['1 5 cat read /etc/shadow:11']);
    bench.say({ process }, '/home/a/.ssh/id_rsa');
    assert.deepEqual(bench.take(), ['1 5 cat read /home/a/.ssh/id_rsa:11']);
  });

  test('a file that is always named, in a loop of processes: its line with a count has its name', () => {
    const bench = new Bench();
    const shell = bench.process('bash', 2);
    for (let n = 0; n < 1000; n++) {
      bench.say({ process: bench.process('cat', 100 + n, shell) }, '/etc/hosts');
      bench.say({ process: bench.process('cat', 100 + n, shell) }, '/etc/shadow');
      bench.fold.exited(100 + n);
    }
    bench.wait(11);
    const lines = bench.take();
    assert.deepEqual(lines.slice(-2), ['2 0 cat read /etc/hosts:11 (x996)', '2 0 cat read /etc/shadow:11 (x996)']);
  });

  test('a new operation of another process, when the whole host is over its rate', () => {
    const bench = new Bench({ linesPerSecond: 10, burstLines: 10 });
    // Every one a process without known ancestors: nothing below the limit of the host folds them.
    for (let n = 0; n < 5000; n++) bench.say({ process: bench.process('flood', 100 + n) }, '/w/a');
    assert.equal(bench.take().length, 10);
    bench.say({ process: bench.process('cp', 9000) }, '/srv/secret');
    assert.deepEqual(bench.take(), ['1 9000 cp read /srv/secret:11']);
    bench.wait(11);
    assert.deepEqual(bench.take(), ['0 0 flood read /w/a:11 (x4990)']);
  });
});

describe('connections', () => {
  test('a scan of a network is a few lines', () => {
    const bench = new Bench();
    const process = bench.process('nc', 5);
    for (let host = 1; host < 255; host++) {
      const remote = { address: `10.0.0.${host}`, port: 1 + host };
      bench.fold.behaviour(connectionBehaviour({ process, connectionId: host, remote, time: bench.time++ }));
    }
    bench.fold.exited(5);
    assert.deepEqual(bench.take(), [
      '1 5 nc connect 10.0.0.1:2',
      '1 5 nc connect 10.0.0.2:3',
      '1 5 nc connect 10.0.0.0/24:* (x252)',
    ]);
  });

  test('a server that is busy keeps its own end', () => {
    const bench = new Bench();
    const process = bench.process('nginx', 5);
    const local = { address: '10.0.0.1', port: 80 };
    for (let n = 0; n < 3000; n++) {
      const remote = { address: `192.0.${n >> 8}.${n & 255}`, port: 40_000 + n };
      const common = { process, connectionId: n + 1, local, remote };
      bench.fold.behaviour(connectionBehaviour({ ...common, operation: 'accept-by', time: bench.time++ }));
      bench.fold.behaviour(connectionBehaviour({ ...common, operation: 'accept', time: bench.time++ }));
    }
    bench.fold.exited(5);
    const lines = bench.take();
    assert.ok(lines.length < 20, lines.join('\n'));
    assert.match(lines.at(-1) ?? '', /^1 5 nginx accept 10\.0\.0\.1:80 \(x29\d\d\)$/);
    assert.match(lines.at(-2) ?? '', /^1 5 nginx accept-by \*:\* \(x29\d\d\)$/);
  });

  test('an IPv6 network', () => {
    const bench = new Bench();
    const process = bench.process('nc', 5);
    for (let host = 1; host < 100; host++) {
      const remote = { address: `2001:db8::1:${host.toString(16)}`, port: 22 };
      bench.fold.behaviour(connectionBehaviour({ process, connectionId: host, remote, time: bench.time++ }));
    }
    bench.fold.exited(5);
    assert.equal(bench.take().at(-1), '1 5 nc connect [2001:db8::/64]:22 (x97)');
  });
});

test('a gap is told at once, whatever the rate', () => {
  const bench = new Bench({ linesPerSecond: 1, burstLines: 1 });
  const process = bench.process('panorama', 5);
  for (let n = 0; n < 10; n++) {
    bench.fold.behaviour({ kind: 'gap', operation: 'gap', time: start, process, count: 1, text: 'lost' });
  }
  assert.equal(bench.take().length, 10);
});
