import { readFileSync } from 'node:fs';
import { corpus } from '../live/corpus/index.js';
import { isGood, report } from '../live/corpus/report.js';
import { runCorpus } from '../live/corpus/runner.js';
import type { Row } from '../live/corpus/row.js';

/*
 * For who works on a rule: runs the rows whose `behaviour: name` holds one of the arguments, or all of them, and says how
 * they differ. `--try 'command' ['setup']` runs a command that is no row, and shows all its lines; `--tries FILE` all
 * those in a file, under one agent: paragraphs of a command each, in which lines that begin with `< ` are its set-up.
 *
 *     node dist/test/tools/corpus.js 'copy: cp'
 *     node dist/test/tools/corpus.js --try 'sort -o a a' 'seq 100 > a'
 */

const SETUP = '< ';

function tried(command: string, setup: string): Row {
  return { name: command, behaviour: 'nothing', setup, command, expected: [] };
}

function triedIn(file: string): readonly Row[] {
  const paragraphs = readFileSync(file, 'utf8').split(/\n{2,}/);
  return paragraphs
    .map((paragraph) => paragraph.split('\n').filter((line) => line !== ''))
    .filter((lines) => lines.length > 0)
    .map((lines) => {
      const isSetup = (line: string): boolean => line.startsWith(SETUP);
      const setup = lines.filter(isSetup).map((line) => line.slice(SETUP.length));
      return tried(lines.filter((line) => !isSetup(line)).join('\n'), setup.join('\n'));
    });
}

function selected(args: readonly string[]): readonly Row[] {
  const [first, command, setup = ''] = args;
  if (first === '--try' && command !== undefined) return [tried(command, setup)];
  if (first === '--tries' && command !== undefined) return triedIn(command);
  if (args.length === 0) return corpus;
  return corpus.filter(({ behaviour, name }) => args.some((part) => `${behaviour}: ${name}`.includes(part)));
}

const rows = selected(process.argv.slice(2));
if (rows.length === 0) throw new Error('no such rows');
const verdicts = await runCorpus(rows);
process.stdout.write(report(verdicts));
process.exitCode = verdicts.every(isGood) ? 0 : 1;
