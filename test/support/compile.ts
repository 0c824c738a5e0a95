import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './files.js';

/** Compiles test/programs/NAME.c into `directory`; gives the program's path. */
export function compileProgram(name: string, directory: string, flags: readonly string[] = []): string {
  const program = join(directory, name);
  const source = join(root, 'test/programs', `${name}.c`);
  execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-O1', ...flags, '-o', program, source]);
  return program;
}
