import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../support/files.js';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const program = join(root, 'dist/cli/main.js');

/** Environment of the commands under test: times as they are stored. */
function environment(aggregator: string): NodeJS.ProcessEnv {
  return { ...process.env, TZ: 'UTC', PANORAMA_AGGREGATOR: aggregator };
}

/** Runs `panorama` with arguments until it ends. */
export async function panorama(aggregator: string, argv: readonly string[], input = ''): Promise<Outcome> {
  const command = new RunningCommand(aggregator, argv);
  command.input(input);
  return command.ended;
}

/** `panorama` at work. */
export class RunningCommand {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Outcome>;
  readonly #child;

  constructor(aggregator: string, argv: readonly string[]) {
    this.#child = spawn(process.execPath, [program, ...argv], { env: environment(aggregator), stdio: 'pipe' });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => resolve({ code, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  input(text: string): void {
    this.#child.stdin.end(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** What `-o json` printed. */
export function jsonRows(stdout: string): readonly Readonly<Record<string, unknown>>[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const value: unknown = JSON.parse(line);
      if (typeof value !== 'object' || value === null) throw new TypeError(`not an object: ${line}`);
      return Object.fromEntries(Object.entries(value));
    });
}
