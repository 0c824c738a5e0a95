import type { LogLine } from '../../support/agent-process.js';
import type { Execution } from './execute.js';
import { isBelow } from './family.js';
import { compare, fillIn, type Comparison } from './pattern.js';
import type { CorpusBehaviour } from './row.js';

/** What came of one row. */
export interface Verdict extends Comparison {
  readonly name: string;
  readonly behaviour: CorpusBehaviour;
  readonly failure: string | undefined;
}

const execLine = /^\S+ exec /;

export function judge(execution: Execution, log: readonly LogLine[], parents: ReadonlyMap<number, number>): Verdict {
  const { row, directory, failure } = execution;
  const { name, behaviour, expected } = row;
  if (failure !== undefined) return { name, behaviour, found: [], missing: expected, unexpected: [], failure };
  const wantsExec = expected.some((line) => execLine.test(line));
  const users = new Set([userName(row.user), ...(row.otherUsers ?? [])]);
  const lines = linesOf(execution, log, parents)
    .filter(({ text }) => wantsExec || !execLine.test(text))
    .map(({ text, user }) => (users.has(user) ? text : `${text} BY ${user}`));
  try {
    const wanted = expected.map((line) => fillIn(line, execution));
    const comparison = compare(wanted, lines);
    // The directory is all that differs from run to run.
    const short = (all: readonly string[]): readonly string[] => all.map((line) => line.replaceAll(directory, '.'));
    return {
      name,
      behaviour,
      found: short(comparison.found),
      missing: short(comparison.missing),
      unexpected: short(comparison.unexpected),
      failure: undefined,
    };
  } catch (error) {
    return {
      name,
      behaviour,
      found: [],
      missing: expected,
      unexpected: lines.map((line) => line.replaceAll(directory, '.')),
      failure: String(error),
    };
  }
}

function userName(uid = 0): string {
  return uid === 0 ? 'root' : uid === 65534 ? 'nobody' : String(uid);
}

/** Of the command and its descendants, wherever the files are; and of anybody else about files of the row. */
function linesOf(
  { directory, pid, setupPid }: Execution,
  log: readonly LogLine[],
  parents: ReadonlyMap<number, number>,
): readonly LogLine[] {
  return log.filter((line) => {
    // Lines folded over several processes name their ancestor only.
    const tgid = line.pid === 0 ? line.ppid : line.pid;
    if (isBelow(tgid, pid, parents)) return true;
    return line.text.includes(`${directory}/`) && tgid !== process.pid && !isBelow(tgid, setupPid, parents);
  });
}
