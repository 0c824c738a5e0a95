import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const counter = fileURLToPath(new URL('./count-tests-child.js', import.meta.url));

/**
 * How many tests the compiled files declare, without running one: they are imported with `node:test` replaced by
 * a stand-in that only counts (tests made in a loop count as often as they are made).
 */
export function countTests(files: readonly string[]): number {
  return Number(execFileSync(process.execPath, [counter, ...files], { encoding: 'utf8' }));
}
