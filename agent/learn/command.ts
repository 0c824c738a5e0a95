import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { Writable } from 'node:stream';
import { AgentError } from '../errors.js';

/** Waits for a word on descriptor 3, and becomes the command. Without the word it ends. */
const GATE = 'read -r go <&3 && exec 3<&- && exec "$@"';

/**
 * A command that is started before the probes are there, and begins when they are: what the agent starts
 * afterwards would count as part of it, and not be seen.
 */
export class GatedCommand {
  private child: ChildProcess | undefined;
  private exit: Promise<number> | undefined;

  constructor(private readonly command: readonly string[]) {}

  /** The process that will become the command waits. Throws AgentError USAGE where there is no shell. */
  prepare(): number {
    const child = spawn('/bin/sh', ['-c', GATE, 'panorama learn', ...this.command], {
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    });
    this.child = child;
    this.exit = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        // As a shell tells a signal.
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
    // Told by run(), which may never be called.
    this.exit.catch(() => undefined);
    if (child.pid === undefined) throw new AgentError('USAGE', '/bin/sh cannot be started, which starts the command');
    return child.pid;
  }

  /** Resolves with the command's exit code. */
  async run(): Promise<number> {
    const gate = this.gate();
    // One that was killed meanwhile does not read.
    gate?.on('error', () => undefined);
    gate?.end('go\n');
    return (await this.exit) ?? 0;
  }

  /** It will not be run. */
  cancel(): void {
    this.gate()?.destroy();
  }

  private gate(): Writable | undefined {
    const stream = this.child?.stdio[3];
    return stream instanceof Writable ? stream : undefined;
  }
}
