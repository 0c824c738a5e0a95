import { corpus } from '../live/corpus/index.js';
import { isGood, report } from '../live/corpus/report.js';
import { runCorpus } from '../live/corpus/runner.js';
import type { Row } from '../live/corpus/row.js';

/*
 * For who works on a rule: runs the rows whose `behaviour: name` holds one of the arguments, or all of them, and says how
 * they differ. `--try 'command' ['setup']` runs a command that is no row, and shows all its lines.
 *
 *     node dist/test/tools/corpus.js 'copy: cp'
 *     node dist/test/tools/corpus.js --try 'sort -o a a' 'seq 100 > a'
 */

function selected(args: readonly string[]): readonly Row[] {
  const [first, command, setup = ''] = args;
  if (first === '--try' && command !== undefined) {
    return [{ name: command, behaviour: 'nothing', setup, command, expected: [] }];
  }
  if (args.length === 0) return corpus;
  return corpus.filter(({ behaviour, name }) => args.some((part) => `${behaviour}: ${name}`.includes(part)));
}

const rows = selected(process.argv.slice(2));
if (rows.length === 0) throw new Error('no such rows');
const verdicts = await runCorpus(rows);
process.stdout.write(report(verdicts));
process.exitCode = verdicts.every(isGood) ? 0 : 1;
