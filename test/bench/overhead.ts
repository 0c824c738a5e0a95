import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentProcess } from '../support/agent-process.js';
import { root } from '../support/files.js';
import { figure, type Benchmark, type Figure, type Target } from './benchmark.js';

/*
 * What system calls cost with the agent attached, less what they cost without: the same binary,
 * bare and attached by turns, so that a machine that grows slower is slower for both.
 */

const rounds = 7;

interface Measured {
  readonly name: string;
  readonly target: Target;
  /** Of the difference, or of its share of the bare cost. */
  readonly unit: 'ns' | '%';
}

const measured: readonly Measured[] = [
  { name: 'getppid', unit: 'ns', target: { bound: 'at most', value: 40 } },
  { name: 'read', unit: 'ns', target: { bound: 'at most', value: 55 } },
  { name: 'write', unit: 'ns', target: { bound: 'at most', value: 55 } },
  { name: 'open+close', unit: 'ns', target: { bound: 'at most', value: 700 } },
  { name: 'open+read+close', unit: 'ns', target: { bound: 'at most', value: 1600 } },
  { name: 'fork+exec+exit', unit: '%', target: { bound: 'at most', value: 5 } },
];

type Sample = ReadonlyMap<string, number>;

function measure(program: string, directory: string): Sample {
  const output = execFileSync(program, [directory], { encoding: 'utf8' });
  const rows = output.trim().split('\n');
  return new Map(rows.map((row): [string, number] => [row.split(' ')[0] ?? '', Number(row.split(' ')[1])]));
}

async function run(): Promise<readonly Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'panorama-overhead-'));
  try {
    const program = join(directory, 'syscalls');
    execFileSync('gcc', ['-O2', '-static', '-o', program, join(root, 'test/bench/syscalls.c')]);
    mkdirSync(join(directory, 'a/b'), { recursive: true });
    writeFileSync(join(directory, 'a/b/c'), 'one line of content\n');
    measure(program, directory);
    const pairs: (readonly [Sample, Sample])[] = [];
    for (let round = 0; round < rounds; round++) {
      const bare = measure(program, directory);
      const agent = new AgentProcess();
      try {
        await agent.start();
        pairs.push([bare, measure(program, directory)]);
      } finally {
        await agent.dispose();
      }
    }
    return measured.flatMap(({ name, unit, target }) => {
      const cost = ([bare, attached]: readonly [Sample, Sample]): number => {
        const before = bare.get(name) ?? NaN;
        const difference = (attached.get(name) ?? NaN) - before;
        return unit === 'ns' ? difference : (difference / before) * 100;
      };
      return [
        figure(
          `${name}, bare`,
          'ns',
          pairs.map(([bare]) => bare.get(name) ?? NaN),
        ),
        figure(`${name}, added by the agent`, unit, pairs.map(cost), target),
      ];
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export const benchmark: Benchmark = { name: 'overhead', run };
