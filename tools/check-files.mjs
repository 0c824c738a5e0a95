// SPDX-License-Identifier: Apache-2.0
// Part of `make lint`: what neither the compiler nor ESLint looks at. Prints each finding and exits 1.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const longest = 300;
const source = /\.(ts|mjs|js|c|h|sh)$|^(Makefile|tools\/[^.]*|\.ci\/run)$/;
const text = /\.(ts|mjs|js|c|h|sh|md|json|ya?ml|proto|txt)$|^(Makefile|LICENSE|tools\/.*|\.ci\/run)$/;

/**
 * What must not get into a public tree: the folders of whoever builds it, and the address of a package registry
 * (lock files that name one do not install behind another). Spelled in pieces, or this file would find itself.
 */
const forbidden = [
  ['a path of one machine', new RegExp(['/wo', 'rk/|/Us', 'ers/'].join(''))],
  ['a package registry', new RegExp(['registry\\.', 'npmjs|npm', 'mirror|"res', 'olved":'].join(''))],
];
// Contents of other people's making, where such a thing may be what is tested.
const exempt = /^test\/fixtures\//;

/** @param {string} file @returns {string[]} */
function findings(file) {
  const content = readFileSync(file, 'utf8');
  const lines = content.split('\n');
  const found = [];
  const head = lines.slice(0, 5).some((line) => /(\/\/|\*|#) long: \S/.test(line));
  if (source.test(file) && lines.length - 1 > longest && !head) {
    found.push(`${file}: ${lines.length - 1} lines; split it, or say why not in a first line "// long: reason"`);
  }
  lines.forEach((line, index) => {
    for (const [what, pattern] of forbidden) if (pattern.test(line)) found.push(`${file}:${index + 1}: ${what}`);
  });
  return found;
}

const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => text.test(file) && !exempt.test(file));
const all = files.flatMap((file) => {
  try {
    return findings(file);
  } catch (error) {
    // Removed, but not yet in the index.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
});
for (const finding of all) console.error(finding);
process.exitCode = all.length === 0 ? 0 : 1;
