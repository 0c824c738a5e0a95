import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { root } from '../support/files.js';
import { temporaryDirectory } from '../support/temporary.js';

/** Debian's series that the agent is tested on beside the kernel of the machine that runs the tests. */
export const series = ['6.1', '6.12'] as const;
export type Series = (typeof series)[number];

export interface Outcome {
  /** As `uname -r` prints it. */
  readonly kernel: string;
  /** What the agent said, and `exit STATUS`. */
  readonly agent: string;
  /** What the script printed, and `exit STATUS`. */
  readonly script: string;
  /** The behaviour log without times, processes and users: COMM OPERATION OBJECT. */
  readonly texts: readonly string[];
}

export interface Machine {
  /** Programs of this machine that the script needs; everything else is busybox. */
  readonly programs?: readonly string[];
  /** Kernel modules to load first. */
  readonly modules?: readonly string[];
  /** Text of the agent's YAML file. */
  readonly configuration?: string;
}

/** Boots a kernel with the agent and runs a script of bash in an empty directory (/tmp/work) there. */
export function boot(context: TestContext, kernel: Series, script: string, machine: Machine = {}): Outcome {
  const file = join(temporaryDirectory(context), 'script');
  writeFileSync(file, script);
  const output = execFileSync(join(root, 'tools/kernel/boot'), [kernel, file, ...(machine.programs ?? [])], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: {
      ...process.env,
      AGENT_CONFIGURATION: machine.configuration ?? '',
      MODULES: (machine.modules ?? []).join(' '),
    },
  });
  const sections = new Map(
    output
      .split(/^=== /m)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1).trim()]),
  );
  const section = (name: string): string => {
    const text = sections.get(name);
    if (text === undefined) throw new Error(`the machine printed no section ${name}: ${output}`);
    return text;
  };
  return {
    kernel: section('kernel'),
    agent: section('agent'),
    script: section('script'),
    texts: section('log')
      .split('\n')
      .map((line) => line.split(' ').slice(5).join(' ')),
  };
}
