import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './files.js';
import { until } from './until.js';

/** A line of the behaviour log in its parts. `text` is COMM OPERATION OBJECT, what most tests assert. */
export interface LogLine {
  readonly time: string;
  readonly ppid: number;
  readonly pid: number;
  readonly user: string;
  readonly text: string;
}

/** The real agent, as an operator starts it, with its own log and configuration in a directory of its own. */
export class AgentProcess {
  readonly directory = mkdtempSync(join(tmpdir(), 'panorama-agent-'));
  readonly log = join(this.directory, 'behaviour.log');
  private child: ChildProcess | undefined;
  private standardError = '';

  /** `configuration`: text of a YAML file. */
  constructor(
    private readonly flags: readonly string[] = [],
    private readonly configuration = '',
  ) {}

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get stderr(): string {
    return this.standardError;
  }

  /** Resolves when every probe is attached; rejects with what the agent said when it ends before. */
  async start(): Promise<void> {
    const configurationFile = join(this.directory, 'agent.yaml');
    // Its own spool: that of the host belongs to the agent that may run there.
    writeFileSync(configurationFile, `spool:\n  directory: ${join(this.directory, 'spool')}\n${this.configuration}`);
    const program = join(root, 'dist/cli/main.js');
    const args = [program, 'agent', '--config', configurationFile, '--log', this.log, ...this.flags];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.standardError += text));
    await until('the agent is ready', () => /^ready$/m.test(this.standardError) || child.exitCode !== null, 30_000);
    if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}: ${this.standardError}`);
  }

  lines(): readonly LogLine[] {
    if (!existsSync(this.log)) return [];
    return readFileSync(this.log, 'utf8').split('\n').slice(0, -1).map(parseLine);
  }

  /** Lines of the processes that were started below `pid`, it itself included, as far as lines name their parents. */
  linesBelow(pid: number): readonly LogLine[] {
    const family = new Set([pid]);
    const lines = this.lines();
    // A child's line may come before its parent's: look until nobody new is found.
    for (let before = 0; before < family.size;) {
      before = family.size;
      for (const line of lines) if (family.has(line.ppid)) family.add(line.pid);
    }
    return lines.filter((line) => family.has(line.pid));
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number | null> {
    const { child } = this;
    if (!child) return null;
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('close', resolve));
    }
    return child.exitCode;
  }

  /** Stops it if it runs, and removes its directory. */
  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function parseLine(line: string): LogLine {
  const match = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}) (\d+) (\d+) (\S+) (.*)$/.exec(line);
  if (!match) throw new Error(`no behaviour line: ${line}`);
  const [, time = '', ppid = '', pid = '', user = '', text = ''] = match;
  return { time, ppid: Number(ppid), pid: Number(pid), user, text };
}
