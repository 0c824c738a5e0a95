import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Option } from '../../../agent/config/option.js';
import { limitOptions, noiseOptions, options, spoolOptions } from '../../../agent/config/options.js';
import { root } from '../../support/files.js';
import { replaceBetweenMarkers } from '../../support/markers.js';

/* UPDATE_DOCS=1 writes what is tested here. */

const path = join(root, 'docs/configuration.md');

function row(key: string, { text, values, fallback }: Option<unknown>): string {
  const shown =
    fallback === undefined
      ? 'none'
      : Array.isArray(fallback)
        ? 'see below'
        : `\`${JSON.stringify(fallback).replaceAll('"', '')}\``;
  return `| \`${key}\` | ${values} | ${shown} | ${text} |`;
}

function table(): string {
  const rows = [
    ...Object.entries(options).map(([key, option]) => row(key, option)),
    ...Object.entries(limitOptions).map(([key, option]) => row(`limits.${key}`, option)),
    ...Object.entries(noiseOptions).map(([key, option]) => row(`noise.${key}`, option)),
    ...Object.entries(spoolOptions).map(([key, option]) => row(`spool.${key}`, option)),
  ];
  return ['| Key | Value | Default | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function list(section: string, key: string, entries: readonly string[]): string {
  const shown = entries.map((entry) => `    - ${entry.startsWith('*') ? `'${entry}'` : entry}`);
  return ['```yaml', `${section}:`, `  ${key}:`, ...shown, '```'].join('\n');
}

test('docs/configuration.md lists every setting of the agent as it is declared', () => {
  const document = readFileSync(path, 'utf8');
  const parts = [
    ['agent settings', table()],
    ['agent always named', list('limits', 'always', limitOptions.always.fallback)],
    ['agent read noise', list('noise', 'reads', noiseOptions.reads.fallback)],
    ['agent write noise', list('noise', 'writes', noiseOptions.writes.fallback)],
  ] as const;
  const expected = parts.reduce((text, [marker, content]) => replaceBetweenMarkers(text, marker, content), document);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, expected);
  else assert.ok(document === expected, 'out of date: UPDATE_DOCS=1 make test writes it anew');
});
