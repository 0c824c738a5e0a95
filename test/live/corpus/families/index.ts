import type { Row } from '../row.js';
import { archives } from './archives.js';
import { copy } from './copy.js';
import { create } from './create.js';
import { directories } from './directories.js';
import { edit } from './edit.js';
import { move } from './move.js';
import { processRows } from './processes.js';
import { pipelines } from './pipelines.js';
import { remove } from './remove.js';
import { split } from './split.js';
import { transfers } from './transfers.js';
import { view } from './view.js';

/** The commands of P3 and their families: GNU, busybox, Python, Perl, Node and bash. */
export const families: readonly Row[] = [
  ...view,
  ...create,
  ...edit,
  ...remove,
  ...copy,
  ...move,
  ...split,
  ...directories,
  ...archives,
  ...pipelines,
  ...transfers,
  ...processRows,
];
