import type { Rule } from '../rule.js';
import { archive } from './archive.js';
import { concatenate, copy } from './copy.js';
import { directories } from './directories.js';
import { read } from './read.js';
import { remove } from './remove.js';
import { rename } from './rename.js';
import { replacement } from './replacement.js';
import { script } from './script.js';
import { split } from './split.js';
import { temporary } from './temporary.js';
import { write } from './write.js';

/** In order: each consumes the facts that it explains, and the later ones see what is left. */
export const rules: readonly Rule[] = [
  script,
  replacement,
  temporary,
  copy,
  split,
  concatenate,
  archive,
  rename,
  directories,
  remove,
  write,
  read,
];
