import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CompatProbes, type CompatMode } from '../../../agent/kernel/compat.js';

const minute = 60_000_000;

/** Probes over a kernel that is not there; `running`: 32-bit programs. */
class Host {
  running = 0;
  late = 0;
  attached = 0;
  readonly probes: CompatProbes;

  constructor(mode: CompatMode) {
    const libbpf = {
      programAttach: (): bigint => {
        this.attached++;
        return 1n;
      },
      linkDestroyLater: (): Promise<void> => {
        this.attached--;
        return Promise.resolve();
      },
    };
    const programs = ['raw_tp/sys_enter', 'raw_tp/sys_exit'].map((section) => ({
      name: section,
      section,
      pointer: 1n,
    }));
    this.probes = new CompatProbes(
      libbpf,
      programs,
      mode,
      () => this.running,
      () => this.late++,
    );
    this.probes.start();
  }
}

describe('the hooks of 32-bit programs', () => {
  test('are attached when the first one is seen, which came before them', () => {
    const host = new Host('auto');
    host.probes.look(0);
    assert.deepEqual([host.attached, host.late], [0, 0]);
    host.running = 1;
    host.probes.look(1);
    host.probes.look(2);
    assert.deepEqual([host.attached, host.late], [2, 1]);
  });

  test('stay for ten minutes after the last one, so that the next is not late', () => {
    const host = new Host('auto');
    host.running = 1;
    host.probes.look(0);
    host.running = 0;
    host.probes.look(10 * minute);
    assert.equal(host.attached, 2);
    host.running = 1;
    host.probes.look(11 * minute);
    assert.equal(host.late, 1);
    host.running = 0;
    host.probes.look(21 * minute + 1);
    assert.equal(host.attached, 0);
  });

  test('are there from the start where they are asked for, and go at the end', async () => {
    const host = new Host('always');
    assert.equal(host.attached, 2);
    host.running = 1;
    host.probes.look(0);
    assert.equal(host.late, 0);
    await host.probes.stop();
    assert.equal(host.attached, 0);
  });

  test('never come where they are not wanted', () => {
    const host = new Host('never');
    host.running = 1;
    host.probes.look(0);
    assert.deepEqual([host.attached, host.late], [0, 0]);
  });
});
