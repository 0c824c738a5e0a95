import { spawn, spawnSync } from 'node:child_process';
import { chownSync, closeSync, constants, mkdtempSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { inodesBelow, type Inodes } from './pattern.js';
import type { Row } from './row.js';

/** What is left of a row that ran. */
export interface Execution {
  readonly row: Row;
  readonly directory: string;
  /** 0: it could not be started. */
  readonly setupPid: number;
  readonly pid: number;
  readonly before: Inodes;
  readonly after: Inodes;
  /** Why the command did not do what it should have; its lines then say nothing. */
  readonly failure: string | undefined;
}

const defaultTimeout = 20_000;

/** Runs rows one after the other, each in a new directory below `top`, with a clean environment. */
export class Executor {
  // A pipe, as commands have it in scripts. What node itself would give them is a socket.
  private readonly reader: Socket;
  private readonly output: number;

  constructor(private readonly top: string) {
    const pipe = join(top, 'output');
    spawnSync('mkfifo', [pipe]);
    this.reader = new Socket({ fd: openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK), writable: false });
    this.reader.resume();
    this.output = openSync(pipe, constants.O_WRONLY);
  }

  close(): void {
    closeSync(this.output);
    this.reader.destroy();
  }

  async execute(row: Row, number: number): Promise<Execution> {
    const directory = mkdtempSync(join(this.top, `${String(number).padStart(3, '0')}-`));
    const nothing = { row, directory, setupPid: 0, pid: 0, before: new Map(), after: new Map() };
    const lacking = (row.needs ?? []).filter((program) => spawnSync('which', [program]).status !== 0);
    if (lacking.length > 0)
      return { ...nothing, failure: `needs ${lacking.join(', ')}: name it in tools/setup/packages` };
    if (row.user !== undefined) chownSync(directory, row.user, row.user);
    const setup = await this.run(row, directory, ['bash', '-c', `set -e\n${row.setup ?? ''}`]);
    if (setup.code !== 0) return { ...nothing, failure: `its setup ended with ${setup.code}: ${setup.standardError}` };
    const before = inodesBelow(directory);
    const command = await this.run(
      row,
      directory,
      typeof row.command === 'string' ? ['bash', '-c', row.command] : row.command,
    );
    const after = inodesBelow(directory);
    const expectedCode = String(row.exitCode ?? 0);
    const failure =
      String(command.code) === expectedCode ? undefined : `ended with ${command.code}: ${command.standardError}`;
    return { row, directory, setupPid: setup.pid, pid: command.pid, before, after, failure };
  }

  private async run(
    { user, timeout = defaultTimeout }: Row,
    directory: string,
    command: readonly string[],
  ): Promise<{ readonly pid: number; readonly code: number | string; readonly standardError: string }> {
    const identity = user === undefined ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
    const [program = '', ...args] = [...identity, ...command];
    const child = spawn(program, args, {
      cwd: directory,
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: directory,
        LANG: 'C',
        TERM: 'xterm',
        // The node that runs this: it need not be on the path.
        NODE: process.execPath,
      },
      stdio: ['ignore', this.output, 'pipe'],
      // A process group of its own: what hangs is ended with all that it started.
      detached: true,
    });
    let standardError = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (standardError += text));
    const { pid = 0 } = child;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        process.kill(-pid, 'SIGKILL');
      }, timeout);
      child.once('error', (error) => {
        clearTimeout(timer);
        resolve({ pid: 0, code: error.message, standardError });
      });
      // Not 'close': a daemon that the command left behind may hold its stderr.
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        resolve({ pid, code: code ?? signal ?? '', standardError });
      });
    });
  }
}
