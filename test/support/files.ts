import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of the project; this file is compiled to dist/test/support. */
export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** unit: no kernel, no programs. e2e: real processes. live: BPF on this machine's kernel. */
export const stages = ['unit', 'e2e', 'live'] as const;
export type Stage = (typeof stages)[number];

/**
 * The compiled tests of a stage, absolute. Listed from the sources: dist/ keeps the compiled form of a test after
 * its source is gone.
 */
export function compiledTests(stage: Stage): readonly string[] {
  return readdirSync(join(root, 'test', stage), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(root, 'dist/test', stage, name.replace(/\.ts$/, '.js')))
    .sort();
}
