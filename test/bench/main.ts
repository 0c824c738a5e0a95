import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, hostname, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/files.js';
import { replaceBetweenMarkers } from '../support/markers.js';
import type { Benchmark, Figure } from './benchmark.js';

/*
 * `make bench`: runs all benchmarks, or those named (make bench BENCH='replay ingest'), prints what they found and
 * writes the table of a complete run into docs/benchmarks.md.
 */

const names = ['overhead', 'replay', 'idle', 'ingest', 'volume'] as const;

async function load(name: string): Promise<Benchmark> {
  const module: unknown = await import(`./${name}.js`);
  if (typeof module === 'object' && module !== null && 'benchmark' in module && isBenchmark(module.benchmark)) {
    return module.benchmark;
  }
  throw new Error(`test/bench/${name}.ts exports no benchmark`);
}

function isBenchmark(value: unknown): value is Benchmark {
  return typeof value === 'object' && value !== null && 'run' in value && typeof value.run === 'function';
}

function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

function row(benchmark: string, { name, unit, value, target, samples }: Figure): readonly string[] {
  const met = target === undefined || (target.bound === 'at most' ? value <= target.value : value >= target.value);
  const wanted = target === undefined ? '' : `${target.bound} ${number(target.value)}`;
  const range = samples.length > 1 ? `${number(Math.min(...samples))} – ${number(Math.max(...samples))}` : '';
  return [benchmark, name, `${number(value)} ${unit}`, wanted, met ? '' : 'missed', range];
}

function table(rows: readonly (readonly string[])[]): string {
  const head = ['Benchmark', 'What', 'Median', 'Target', '', 'Least and most'];
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** What the figures hold for: without it they say nothing. */
function machine(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return [
    `${hostname()}: ${processors.length} × ${processors[0]?.model.trim() ?? 'unknown processor'} (${arch()}), ${memory} GiB`,
    `Linux ${release()}, Node ${process.version}, ${clang()}`,
    new Date().toISOString().slice(0, 10),
  ].join('; ');
}

function clang(): string {
  const version = /version \S+/.exec(execFileSync('clang', ['--version'], { encoding: 'utf8' }));
  return `clang ${version?.[0] ?? ''}`;
}

async function main(chosen: readonly string[]): Promise<void> {
  const unknown = chosen.find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`no benchmark ${unknown}; there are ${names.join(', ')}`);
  const rows: (readonly string[])[] = [];
  for (const name of chosen.length === 0 ? names : chosen) {
    if (!existsSync(new URL(`./${name}.js`, import.meta.url))) throw new Error(`test/bench/${name}.ts is missing`);
    console.error(`# ${name}`);
    const benchmark = await load(name);
    for (const figure of await benchmark.run()) rows.push(row(benchmark.name, figure));
  }
  const result = `${table(rows)}\n\n${machine()}`;
  console.log(result);
  if (chosen.length > 0) return;
  const path = join(root, 'docs/benchmarks.md');
  writeFileSync(path, replaceBetweenMarkers(readFileSync(path, 'utf8'), 'figures', result));
}

await main(process.argv.slice(2));
