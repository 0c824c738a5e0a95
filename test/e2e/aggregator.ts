import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** An aggregator in a process of its own, on a free port. */
export class AggregatorProcess {
  #child: ChildProcess | null = null;
  #address = '';
  #stderr = '';

  constructor(readonly dataDirectory: string) {}

  /** HOST:PORT */
  get address(): string {
    return this.#address;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Process id of its database engine. */
  get enginePid(): number {
    return Number(readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(' ')[0]);
  }

  /** Resolves when it is ready. */
  async start(...flags: readonly string[]): Promise<void> {
    const program = fileURLToPath(new URL('./aggregator-process.js', import.meta.url));
    const args = [program, '--data', this.dataDirectory, '--listen', '127.0.0.1:0', ...flags];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'] });
    this.#child = child;
    this.#stderr = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        this.#stderr += text;
        if (/^ready$/m.test(this.#stderr)) resolve();
      });
      child.once('exit', (code) => reject(new Error(`the aggregator ended with ${code}: ${this.#stderr}`)));
    });
    this.#address = /"address":"([^"]+)"/.exec(this.#stderr)?.[1] ?? '';
  }

  /** Sends a signal; gives the exit code, or the signal that ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | null> {
    const child = this.#child;
    if (child === null) return null;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = new Promise<number | NodeJS.Signals | null>((resolve) => {
      child.once('exit', (code, by) => resolve(code ?? by));
    });
    child.kill(signal);
    return exited;
  }
}

/** A data directory of its own, an aggregator on it, and how to be rid of both. */
export async function temporaryAggregator(): Promise<{
  readonly aggregator: AggregatorProcess;
  readonly remove: () => Promise<void>;
}> {
  const directory = await mkdtemp(join(tmpdir(), 'panorama-e2e-'));
  const aggregator = new AggregatorProcess(directory);
  const remove = async (): Promise<void> => {
    await aggregator.stop();
    // The engine of one that was killed goes when it sees that, a moment later.
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  return { aggregator, remove };
}
