import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { root } from './files.js';

/** Compiles test/programs/NAME.c into `directory`; returns the path of the program. */
export function compileProgram(directory: string, name: string, flags: readonly string[] = []): string {
  const program = join(directory, basename(name));
  execFileSync('gcc', ['-O1', '-Wall', '-o', program, join(root, 'test/programs', `${name}.c`), ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return program;
}
