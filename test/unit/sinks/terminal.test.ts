import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { LineFormatter } from '../../../agent/sinks/line.js';
import { LineSink } from '../../../agent/sinks/line-sink.js';
import { WithoutExec } from '../../../agent/sinks/without-exec.js';
import { Metrics } from '../../../agent/metrics.js';
import { Terminal } from '../../../agent/sinks/terminal.js';
import { file, fileBehaviour, processOf } from '../../support/behaviours.js';

describe('terminal', () => {
  test('shows the lines of one moment in one write', () => {
    const output = new PassThrough();
    const terminal = new Terminal(output, new Metrics());
    terminal.start();
    terminal.append('one');
    terminal.append('two');
    terminal.flush();
    assert.equal(String(output.read()), 'one\ntwo\n');
  });

  test('leaves out what a slow reader does not take, and says how much', () => {
    const output = new PassThrough();
    const metrics = new Metrics();
    const terminal = new Terminal(output, metrics);
    terminal.start();
    const line = 'x'.repeat(64 * 1024);
    for (let index = 0; index < 40; index += 1) {
      terminal.append(line);
      terminal.flush();
    }
    const { terminal_lines_dropped: dropped = 0 } = metrics.snapshot();
    assert.ok(dropped > 0 && dropped < 40);
    output.resume();
    output.on('data', () => undefined);
    while (output.read() !== null);
    terminal.append('after');
    terminal.flush();
    assert.equal(metrics.snapshot()['terminal_lines_dropped'], dropped);
  });

  test('goes on without a word when nobody reads any more', () => {
    const output = new Writable({
      write: (_chunk, _encoding, done) => {
        done(new Error('EPIPE'));
      },
    });
    const terminal = new Terminal(output, new Metrics());
    terminal.start();
    terminal.append('one');
    terminal.flush();
    terminal.append('two');
    assert.doesNotThrow(() => {
      terminal.flush();
    });
  });
});

describe('lines for log and terminal', () => {
  const exec = { kind: 'exec', operation: 'exec', time: 0, count: 1, process: processOf() } as const;
  for (const execLines of [false, true]) {
    test(`program starts are ${execLines ? 'written' : 'left out where they are not wanted'}`, () => {
      const lines: string[] = [];
      const lineSink = new LineSink(new LineFormatter('absolute'), { append: (line) => lines.push(line) });
      const sink = execLines ? lineSink : new WithoutExec(lineSink);
      sink.behaviour(exec);
      sink.behaviour(fileBehaviour('read', [file('/w/a')], []));
      assert.equal(lines.length, execLines ? 2 : 1);
    });
  }
});
