import { nameOf } from '../families/name.js';
import type { CorpusBehaviour, Row } from '../row.js';

/** A command, what it does, and what has to be there before. */
export type Form = readonly [command: Row['command'], expected: readonly string[], setup?: string];

/** Rows of one behaviour; `files` is the set-up of those that have none of their own. */
export function formsOf(behaviour: CorpusBehaviour, files: string, forms: readonly Form[]): readonly Row[] {
  return forms.map(([command, expected, setup = files]) => ({
    name: nameOf(command, setup === files ? '' : setup),
    behaviour,
    setup,
    command,
    expected,
  }));
}

export const python = '/usr/bin/python3';

/** `python3 -c` without a shell. */
export function py(program: string): readonly string[] {
  return [python, '-c', program];
}

/** `perl -e` without a shell. */
export function pl(program: string): readonly string[] {
  return ['perl', '-e', program];
}

/** Node by the name that the rows give it; the program has no single quotes. */
export function js(program: string): string {
  return `"$NODE" -e '${program}'`;
}
