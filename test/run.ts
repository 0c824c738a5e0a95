import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { compiledTests, stages, type Stage } from './support/files.js';
import { countTests } from './support/count-tests.js';
import { whyNoLiveTests } from './support/kernel.js';

/*
 * Runs all tests, or the stages and files (test/…/*.test.ts) named on the command line, and closes with one line
 * of totals. SKIP_LIVE=1 leaves out those that load BPF, and says how many.
 */

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** A file that hangs fails instead of holding up everything. */
const fileTimeout = 10 * 60 * 1000;

async function runFiles(files: readonly string[], concurrency: number, totals: Totals): Promise<void> {
  const stream = run({ files: [...files], concurrency, timeout: fileTimeout });
  stream.on('test:pass', ({ details, skip, todo }) => {
    if (details.type === 'suite') return;
    if (skip !== undefined || todo !== undefined) totals.skipped += 1;
    else totals.passed += 1;
  });
  stream.on('test:fail', ({ details, todo }) => {
    // A suite fails with its tests, which are counted; todo tests may fail.
    if (details.type !== 'suite' && todo === undefined) totals.failed += 1;
  });
  for await (const text of stream.compose(new spec())) process.stdout.write(String(text));
}

function chosenFiles(stage: Stage, chosen: readonly string[]): readonly string[] {
  const files = compiledTests(stage);
  if (chosen.length === 0 || chosen.includes(stage)) return files;
  return files.filter((file) => chosen.some((name) => file.endsWith(`/${name.replace(/\.ts$/, '.js')}`)));
}

async function main(chosen: readonly string[]): Promise<boolean> {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  const closing: string[] = [];
  // Stack traces point into the TypeScript; the test processes inherit the environment.
  process.env['NODE_OPTIONS'] = [process.env['NODE_OPTIONS'], '--enable-source-maps'].filter(Boolean).join(' ');

  for (const stage of stages) {
    const files = chosenFiles(stage, chosen);
    const missing = files.filter((file) => !existsSync(file));
    if (missing.length > 0) throw new Error(`not compiled, run make build: ${missing.join(' ')}`);
    if (files.length === 0) continue;
    if (stage === 'live') {
      if (process.env['SKIP_LIVE'] === '1') {
        closing.push(`SKIP_LIVE=1: ${countTests(files)} live tests skipped`);
        continue;
      }
      const reason = whyNoLiveTests();
      if (reason !== undefined) {
        totals.failed += countTests(files);
        closing.push(`live tests cannot run: ${reason}, or leave them out with SKIP_LIVE=1`);
        continue;
      }
    }
    console.log(`# ${stage}`);
    // Tests that start programs or load BPF would disturb each other.
    await runFiles(files, stage === 'unit' ? availableParallelism() : 1, totals);
  }
  if (closing.length === 0 && totals.passed + totals.failed === 0)
    throw new Error(`no such tests: ${chosen.join(' ')}`);
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
  closing.push(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
  console.log(closing.join('\n'));
  return totals.failed === 0;
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
