import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileFact } from '../../../agent/kernel/generated/layout.js';
import { Scenario, SETTLE, type Actions } from '../../support/scenario.js';

const { FILE_CREATED, FILE_OPEN } = fileFact;
const KILOBYTE = 1024;
const MEGABYTE = 1024 * KILOBYTE;

/** What `process` says of its open files whenever it is asked. */
function whenAsked(scenario: Scenario, process: Actions, tell: () => unknown): void {
  scenario.openFiles.set(300, tell);
  assert.ok(process);
}

describe('a process that goes on and on', () => {
  test('is told of one settle time after it closed a file, whatever else it does', () => {
    const scenario = new Scenario();
    const daemon = scenario.program('daemon');
    daemon.makes('/w/a', 11, 100);
    for (let index = 0; index < 10; index++) {
      scenario.wait(SETTLE / 10 - 10);
      assert.deepEqual(scenario.lines(), [], `after ${index + 1} tenths`);
      daemon.writes(`/w/other${index}`, 20 + index, 5);
    }
    scenario.wait(SETTLE / 10);
    assert.ok(scenario.lines().includes('200 300 root daemon create /w/a:11'));
  });

  test('a file that it closes again and again does not put its own line off', () => {
    const scenario = new Scenario();
    const daemon = scenario.program('daemon');
    let waited = 0;
    while (scenario.lines().length === 0 && waited < 20) {
      daemon.reads('/w/a', 11, 100);
      scenario.wait(SETTLE / 4);
      waited++;
    }
    assert.ok(waited <= 5, `after ${waited} quarters`);
  });

  test('what belongs together is not torn apart: the pause is taken, not the deadline', () => {
    const scenario = new Scenario();
    const daemon = scenario.program('daemon');
    for (let index = 0; index < 40; index++) {
      daemon.reads(`/w/${index}`, 100 + index, 1000 + index).makes(`/v/${index}`, 200 + index, 1000 + index);
      scenario.wait(SETTLE / 7);
    }
    scenario.engine.finish();
    assert.deepEqual(
      scenario.lines(),
      Array.from(
        { length: 40 },
        (_, index) => `200 300 root daemon copy /w/${index}:${100 + index} -> /v/${index}:${200 + index}`,
      ),
    );
  });

  test('nor is it where the longest pause is between the two ends of a copy', () => {
    const scenario = new Scenario();
    const daemon = scenario.program('daemon');
    for (let index = 0; index < 40; index++) {
      daemon.reads(`/w/${index}`, 100 + index, 1000 + index);
      // Time goes by unobserved.
      for (let step = 0; step < SETTLE / 50; step++) scenario.now();
      daemon.makes(`/v/${index}`, 200 + index, 1000 + index);
      scenario.wait(SETTLE / 9);
    }
    scenario.engine.finish();
    assert.equal(
      scenario.lines().every((line) => line.includes(' copy ')),
      true,
      scenario.lines().join('\n'),
    );
  });
});

describe('files that are open still', () => {
  test('wait for their time, and are told of without being closed', () => {
    const scenario = new Scenario();
    const logger = scenario.program('logger');
    logger.file({ path: '/w/log', inode: 11, written: 100, facts: FILE_CREATED | FILE_OPEN });
    scenario.wait(10 * SETTLE);
    assert.deepEqual(scenario.lines(), []);
    scenario.visited();
    scenario.wait(SETTLE);
    assert.deepEqual(scenario.lines(), ['200 300 root logger create /w/log:11']);
    logger.file({ path: '/w/log', inode: 11, written: 100, facts: FILE_OPEN });
    scenario.visited();
    scenario.wait(SETTLE);
    assert.equal(scenario.lines()[1], '200 300 root logger write /w/log:11');
  });

  test('a log is no destination of the modules that a program has read before it opened it', () => {
    const scenario = new Scenario();
    const daemon = scenario.program('python3');
    daemon.reads('/w/module', 12, MEGABYTE);
    daemon.file({ path: '/w/log', inode: 11, written: 100, facts: FILE_CREATED | FILE_OPEN });
    scenario.visited();
    scenario.wait(SETTLE);
    assert.deepEqual(scenario.lines(), [
      '200 300 root python3 read /w/module:12',
      '200 300 root python3 create /w/log:11',
    ]);
  });

  test('do not hold up what the same process closed', () => {
    const scenario = new Scenario();
    const server = scenario.program('server');
    whenAsked(scenario, server, () =>
      server.file({ path: '/w/log', inode: 11, written: 100, facts: FILE_OPEN | FILE_CREATED }),
    );
    server.reads('/w/page', 12, 4 * KILOBYTE);
    scenario.wait(SETTLE);
    assert.deepEqual(scenario.lines(), ['200 300 root server read /w/page:12']);
  });

  test('one that is closed before its time is one with what was moved while it was open', () => {
    const scenario = new Scenario();
    const cp = scenario.program('cp');
    cp.file({ path: '/w/a', inode: 11, read: 60, facts: FILE_OPEN });
    cp.file({ path: '/w/b', inode: 12, written: 50, facts: FILE_OPEN | FILE_CREATED });
    scenario.visited();
    cp.file({ path: '/w/a', inode: 11, read: 40 }).file({ path: '/w/b', inode: 12, written: 50 });
    scenario.wait(SETTLE);
    assert.deepEqual(scenario.lines(), ['200 300 root cp copy /w/a:11 -> /w/b:12']);
  });

  const operations: readonly (readonly [
    string,
    (process: Actions) => unknown,
    (process: Actions) => unknown,
    string,
  ])[] = [
    [
      'a destination that is being filled: its sources wait for it',
      (tar) => tar.reads('/w/a', 11, MEGABYTE).reads('/w/b', 12, MEGABYTE),
      (tar) => tar.file({ path: '/w/c', inode: 13, written: MEGABYTE, facts: FILE_OPEN | FILE_CREATED }),
      'copy /w/a:11,/w/b:12 -> /w/c:13',
    ],
    [
      'a source that is being read: what is made of it waits',
      (split) => split.makes('/w/aa', 11, MEGABYTE).makes('/w/ab', 12, 2 * MEGABYTE),
      (split) => split.file({ path: '/w/c', inode: 13, read: MEGABYTE, facts: FILE_OPEN }),
      'split /w/c:13 -> /w/aa:11,/w/ab:12',
    ],
  ];
  for (const [name, closes, tells, line] of operations) {
    test(name, () => {
      const scenario = new Scenario();
      const process = scenario.program('tool');
      let asked = 0;
      whenAsked(scenario, process, () => {
        if (asked++ === 0) tells(process);
      });
      closes(process);
      for (let index = 0; index < 20; index++) {
        scenario.wait(SETTLE / 2);
        scenario.visited();
      }
      assert.deepEqual(scenario.lines(), []);
      assert.ok(asked > 5 && asked < 12, `asked ${asked} times`);
      // The rest, and the end.
      if (line.startsWith('copy')) process.file({ path: '/w/c', inode: 13, written: MEGABYTE, size: 2 * MEGABYTE });
      else process.file({ path: '/w/c', inode: 13, read: 2 * MEGABYTE, size: 3 * MEGABYTE });
      process.exits();
      assert.deepEqual(scenario.lines(), [`200 300 root tool ${line}`]);
    });
  }

  test('no operation is waited for without end', () => {
    const scenario = new Scenario();
    const tee = scenario.program('tail');
    tee.file({ path: '/w/log', inode: 11, read: MEGABYTE, facts: FILE_OPEN });
    tee.file({ path: '/w/out', inode: 12, written: MEGABYTE, facts: FILE_OPEN | FILE_CREATED });
    scenario.visited();
    scenario.wait(59 * SETTLE);
    assert.deepEqual(scenario.lines(), []);
    scenario.wait(2 * SETTLE);
    assert.equal(scenario.lines().length, 1);
  });
});
