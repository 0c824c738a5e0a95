import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Metrics } from '../../../agent/metrics.js';
import { LogFile } from '../../../agent/sinks/log-file.js';
import { temporaryDirectory } from '../../support/temporary.js';
import { until } from '../../support/until.js';

interface Fixture {
  readonly log: LogFile;
  readonly metrics: Metrics;
  readonly reports: string[];
}

function logFile(path: string): Fixture {
  const metrics = new Metrics();
  const reports: string[] = [];
  return { log: new LogFile(path, metrics, (sentence) => reports.push(sentence)), metrics, reports };
}

describe('log file', () => {
  test('is appended to, never truncated', async (context) => {
    const path = join(temporaryDirectory(context), 'log');
    writeFileSync(path, 'before\n');
    for (const line of ['one', 'two']) {
      const { log } = logFile(path);
      log.start();
      log.append(line);
      await log.stop();
    }
    assert.equal(readFileSync(path, 'utf8'), 'before\none\ntwo\n');
  });

  test('has a line soon after, without being stopped', async (context) => {
    const path = join(temporaryDirectory(context), 'log');
    const { log, metrics } = logFile(path);
    log.start();
    log.append('one');
    await until('the line is in the file', () => readFileSync(path, 'utf8') === 'one\n');
    log.append('two');
    await until('the second too', () => readFileSync(path, 'utf8') === 'one\ntwo\n');
    await log.stop();
    assert.deepEqual(metrics.snapshot(), { log_lines_written: 2 });
  });

  test('keeps the order of many lines, none torn or lost', async (context) => {
    const path = join(temporaryDirectory(context), 'log');
    const { log } = logFile(path);
    log.start();
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index} Übersicht`);
    for (const [index, line] of lines.entries()) {
      log.append(line);
      // Lets writes happen between lines.
      if (index % 5000 === 0) await until('a write', () => statSync(path).size > 0);
    }
    await log.stop();
    assert.deepEqual(readFileSync(path, 'utf8').split('\n'), [...lines, '']);
  });

  test('is readable by its group only', async (context) => {
    const path = join(temporaryDirectory(context), 'log');
    const { log } = logFile(path);
    log.start();
    await log.stop();
    assert.equal(statSync(path).mode & 0o007, 0);
  });

  test('reopen after rotation continues in a new file', async (context) => {
    const path = join(temporaryDirectory(context), 'log');
    const { log } = logFile(path);
    log.start();
    log.append('old');
    await until('the line is written', () => statSync(path).size > 0);
    renameSync(path, `${path}.1`);
    await log.reopen();
    log.append('new');
    await log.stop();
    assert.equal(readFileSync(`${path}.1`, 'utf8'), 'old\n');
    assert.equal(readFileSync(path, 'utf8'), 'new\n');
  });

  test('a reopen that fails keeps the file it has, and says so', async (context) => {
    const directory = join(temporaryDirectory(context), 'logs');
    mkdirSync(directory);
    const { log, reports } = logFile(join(directory, 'log'));
    log.start();
    renameSync(directory, `${directory}.moved`);
    await log.reopen();
    log.append('still here');
    await log.stop();
    assert.equal(readFileSync(join(`${directory}.moved`, 'log'), 'utf8'), 'still here\n');
    assert.match(reports.join(), /there is no directory .*going on with the file opened before/);
  });
});

describe('log file that cannot be written', () => {
  const cases: readonly (readonly [string, (directory: string) => string, RegExp])[] = [
    [
      'directory missing',
      (directory) => join(directory, 'no/log'),
      /^cannot write the log .*\/no\/log: there is no directory .*\/no: create it, or name another file with --log$/,
    ],
    ['a directory itself', (directory) => directory, /: it is a directory: name a file with --log$/],
    [
      'a file in the place of the directory',
      (directory) => {
        writeFileSync(join(directory, 'f'), '');
        return join(directory, 'f/log');
      },
      /ENOTDIR.*--log$/,
    ],
  ];
  for (const [name, pathIn, message] of cases) {
    test(name, (context) => {
      const { log } = logFile(pathIn(temporaryDirectory(context)));
      assert.throws(() => log.start(), { name: 'AgentError', code: 'LOG_UNWRITABLE', message });
    });
  }

  test('no permission', { skip: process.getuid?.() === 0 && 'root may write anywhere' }, (context) => {
    const directory = temporaryDirectory(context);
    chmodSync(directory, 0o500);
    const { log } = logFile(join(directory, 'log'));
    assert.throws(() => log.start(), { code: 'LOG_UNWRITABLE', message: /EACCES/ });
  });
});

describe('full disk', () => {
  /** A log on /dev/full, which takes no byte, until it is pointed elsewhere. */
  function onFullDisk(directory: string): Fixture & { readonly makeRoom: () => Promise<void>; readonly path: string } {
    const path = join(directory, 'log');
    symlinkSync('/dev/full', path);
    const fixture = logFile(path);
    fixture.log.start();
    const makeRoom = (): Promise<void> => {
      rmSync(path);
      return fixture.log.reopen();
    };
    return { ...fixture, makeRoom, path };
  }

  test('is said once; the lines are kept and written when there is room', async (context) => {
    const { log, metrics, reports, makeRoom, path } = onFullDisk(temporaryDirectory(context));
    log.append('one');
    await until('the failure is told', () => reports.length > 0);
    log.append('two');
    assert.match(reports[0] ?? '', /^cannot write to the log .*ENOSPC.*kept in memory/);
    await makeRoom();
    await until('the retry', () => reports.length > 1);
    await log.stop();
    assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
    assert.match(reports[1] ?? '', /is written again; 0 lines were lost$/);
    assert.equal(reports.length, 2);
    assert.deepEqual(metrics.snapshot(), { log_lines_written: 2 });
  });

  test('keeps a bounded number of lines, counts the others', async (context) => {
    const { log, metrics, reports, makeRoom, path } = onFullDisk(temporaryDirectory(context));
    const line = 'x'.repeat(1023);
    const lines = 17 * 1024;
    for (let index = 0; index < lines; index += 1) log.append(line);
    await until('the failure is told', () => reports.length > 0);
    await makeRoom();
    await until('the retry', () => reports.length > 1);
    await log.stop();
    const { log_lines_written: written = 0, log_lines_dropped: dropped = 0 } = metrics.snapshot();
    assert.ok(dropped > 0);
    assert.equal(written + dropped, lines);
    assert.equal(statSync(path).size, written * 1024);
    assert.match(reports[1] ?? '', new RegExp(` ${dropped} lines were lost$`));
  });

  test('at the end: what cannot be written is counted and told', async (context) => {
    const { log, metrics, reports } = onFullDisk(temporaryDirectory(context));
    log.append('one');
    await log.stop();
    assert.match(reports.at(-1) ?? '', /^1 lines could not be written/);
    assert.deepEqual(metrics.snapshot(), { log_lines_dropped: 1 });
  });
});
