import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from '../../support/files.js';

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The members of the union type of codes. */
function declared(side: 'agent' | 'aggregator'): string[] {
  const [union = ''] = /ErrorCode =[^;]+;/.exec(read(`${side}/errors.ts`)) ?? [];
  return [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code = '']) => code);
}

describe('docs/errors.md explains every error code, and no other', () => {
  const sections = read('docs/errors.md').split('\n## ');
  for (const side of ['agent', 'aggregator'] as const) {
    test(side, () => {
      const section = sections.find((each) => each.toLowerCase().startsWith(`${side}\n`)) ?? '';
      const explained = [...section.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, code]) => code);
      assert.ok(explained.length > 0);
      assert.deepEqual(explained, declared(side));
    });
  }
});
