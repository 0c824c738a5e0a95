import type { Row } from './row.js';

/** Files that were looked at, and nothing else. */
export const view: readonly Row[] = [
  { name: 'cat', behaviour: 'view', setup: 'seq 2000 > a', command: 'cat a', expected: ['cat read {a}'] },
  {
    name: 'cat without a shell',
    behaviour: 'view',
    setup: 'seq 2000 > a',
    command: ['cat', 'a'],
    expected: ['cat read {a}'],
  },
];
