import { families } from './families/index.js';
import { forms } from './forms/index.js';
import type { Row } from './row.js';
import { view } from './view.js';

/** All rows, by family. A name on the command line of the corpus tool, or a part of it, selects. */
export const corpus: readonly Row[] = [...view, ...families, ...forms];
