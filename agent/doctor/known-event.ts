import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Behaviour, Sink } from '../behaviour/behaviour.js';

const LIMIT = 5000;

/** Creates a file and removes it, when it is told to by a line on its stdin. */
const SCRIPT = 'read -r line && echo known > "$1" && rm -f "$1"';

/**
 * Something that is known to happen, done by another process: "healthy" means that it is seen.
 * That process must be started before the capture, which leaves out the doctor and whatever it
 * starts from then on.
 */
export class KnownEvent implements Sink {
  private readonly directory = mkdtempSync(join(tmpdir(), 'panorama-doctor-'));
  /** Unique by its directory's random name; the kernel may know the directories above by other names (chroot). */
  private readonly suffix = `/${basename(this.directory)}/known`;
  private readonly awaited = new Set(['create', 'remove']);
  private readonly helper: ChildProcess;
  private seen: () => void = () => undefined;

  constructor() {
    const file = join(this.directory, 'known');
    this.helper = spawn('/bin/sh', ['-c', SCRIPT, 'sh', file], { stdio: ['pipe', 'ignore', 'ignore'] });
    // Without a shell nothing is seen, and that is what is told.
    this.helper.on('error', () => undefined);
    this.helper.stdin?.on('error', () => undefined);
  }

  behaviour(behaviour: Behaviour): void {
    if (behaviour.kind !== 'file') return;
    const file = behaviour.sources[0] ?? behaviour.destinations[0];
    if (file?.path.endsWith(this.suffix) !== true) return;
    this.awaited.delete(behaviour.operation);
    if (this.awaited.size === 0) this.seen();
  }

  connection(): void {
    // Nothing that we wait for.
  }

  /** Lets it happen; milliseconds until all of it was seen, or what was not seen in time. */
  async observe(): Promise<number | readonly string[]> {
    const start = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LIMIT);
    });
    const complete = new Promise<void>((resolve) => {
      this.seen = resolve;
    });
    this.helper.stdin?.end('go\n');
    await Promise.race([complete, late]);
    clearTimeout(timer);
    return this.awaited.size === 0 ? Math.round(performance.now() - start) : [...this.awaited];
  }

  async stop(): Promise<void> {
    if (this.helper.pid !== undefined && this.helper.exitCode === null && this.helper.signalCode === null) {
      const ended = once(this.helper, 'exit');
      this.helper.kill();
      await ended;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
