import type { Rule } from '../rule.js';
import { archive } from './archive.js';
import { attributes } from './attributes.js';
import { concatenate, copy } from './copy.js';
import { directories } from './directories.js';
import { erasure } from './erasure.js';
import { links } from './links.js';
import { read } from './read.js';
import { remove } from './remove.js';
import { rename } from './rename.js';
import { replacement } from './replacement.js';
import { script } from './script.js';
import { split } from './split.js';
import { temporary } from './temporary.js';
import { truncate } from './truncate.js';
import { write } from './write.js';

/**
 * Preparations tell what is no behaviour of its own; transformations what one process made of files. Then the
 * processes of a pipeline are looked at together (pipeline.ts), and remainders explain what is left.
 */
export type Phase = 'preparation' | 'transformation' | 'remainder';

/** A rule as `panorama learn` and docs/behaviours.md name it. */
export interface RegisteredRule {
  readonly name: string;
  /** Which facts it takes, and what it makes of them; one sentence of Markdown without a full stop. */
  readonly text: string;
  readonly phase: Phase;
  readonly explain: Rule;
}

/** In order: each consumes the facts that it explains, and the later ones see what is left. */
export const rules: readonly RegisteredRule[] = [
  {
    name: 'script',
    phase: 'preparation',
    text: 'the script that an interpreter was started for: no line, it is the `exec`',
    explain: script,
  },
  {
    name: 'replacement',
    phase: 'preparation',
    text: 'the new file renamed over the old, or made where the old one was moved away or removed: one file from now on, which replaced another; no line of its own',
    explain: replacement,
  },
  {
    name: 'temporary',
    phase: 'preparation',
    text: 'files that the process made and removed itself: no line where they were an aid to another one (swap, lock, probe), else the `remove` stays',
    explain: temporary,
  },
  {
    name: 'truncate',
    phase: 'preparation',
    text: 'a file that was there, cut or extended, with nothing put into it: `truncate`',
    explain: truncate,
  },
  {
    name: 'copy',
    phase: 'transformation',
    text: 'a file that got exactly as many bytes as were read from another: `copy`, or `rename` where the source was removed afterwards',
    explain: copy,
  },
  {
    name: 'split',
    phase: 'transformation',
    text: 'one file read and two or more made, which together hold what was read: `split`',
    explain: split,
  },
  {
    name: 'concatenate',
    phase: 'transformation',
    text: 'several files read into one that got the sum of them: `copy`',
    explain: concatenate,
  },
  {
    name: 'archive',
    phase: 'transformation',
    text: 'bytes in and other bytes out, told by the signature of the files, by a suffix where they are gone: `compress` or `extract`',
    explain: archive,
  },
  {
    name: 'erasure',
    phase: 'remainder',
    text: 'a file that was overwritten or renamed, and then removed: `remove` of the name that it had first',
    explain: erasure,
  },
  {
    name: 'rename',
    phase: 'remainder',
    text: 'a name that changed, or two that were exchanged, or a link made before the old name was removed: `rename`',
    explain: rename,
  },
  {
    name: 'links',
    phase: 'remainder',
    text: 'further names of a file, and symbolic links: `link`, `symlink`',
    explain: links,
  },
  {
    name: 'directories',
    phase: 'remainder',
    text: 'directories made and removed: `mkdir`, `rmdir`',
    explain: directories,
  },
  {
    name: 'attributes',
    phase: 'remainder',
    text: 'mode or owner set on what the process did not make or fill anew: `chmod`, `chown`',
    explain: attributes,
  },
  { name: 'remove', phase: 'remainder', text: 'names removed: `remove`', explain: remove },
  {
    name: 'write',
    phase: 'remainder',
    text: 'what was put into a file: `create` where the file is new, else `write`; no line for what the noise settings name',
    explain: write,
  },
  {
    name: 'read',
    phase: 'remainder',
    text: 'what was taken from a file: `read`; no line for the files that the noise settings name',
    explain: read,
  },
];

/** The rules of one phase, in order. */
export function rulesOf(phase: Phase): readonly RegisteredRule[] {
  return rules.filter((rule) => rule.phase === phase);
}
