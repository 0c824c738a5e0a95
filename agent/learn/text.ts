import type { Descriptor } from '../decode/event.js';
import { escapeField } from '../sinks/escape.js';
import { countOutcomes, type ExplainedFact, type ExplainedProgram, type Outcome } from './explanation.js';

export interface TextOptions {
  /** Noise one by one, instead of a count per entry. */
  readonly all: boolean;
  readonly colour: boolean;
}

const styles = { bold: '1', red: '31', green: '32', dim: '2' } as const;
const styleOf: Readonly<Record<Outcome, keyof typeof styles>> = {
  line: 'green',
  'no line': 'dim',
  noise: 'dim',
  'left over': 'red',
};
const LABEL = 9;
/** A column is not made wider for one long path. */
const WIDEST = 72;

/** The explanation for people. */
export function explanationText(programs: readonly ExplainedProgram[], options: TextOptions): string {
  const paint = (style: keyof typeof styles, text: string): string =>
    options.colour ? `\x1b[${styles[style]}m${text}\x1b[0m` : text;
  const blocks = programs.map((program) => programText(program, options, paint).join('\n'));
  return `${[...blocks, programs.length === 0 ? 'no program ran' : summary(programs)].join('\n\n')}\n`;
}

type Paint = (style: keyof typeof styles, text: string) => string;

function programText(program: ExplainedProgram, { all }: TextOptions, paint: Paint): readonly string[] {
  const { pid, ppid, user, comm, exe, commandLine, script, stdin, stdout, facts, lines } = program;
  const state = program.running ? ', still running' : program.forked ? ', a fork of it' : '';
  const shown = facts.filter(({ outcome }) => all || outcome !== 'noise');
  const taken = shown.map(takenBy);
  return [
    paint('bold', `${pid} ${escapeField(comm)}`) + ` (user ${escapeField(user)}, started by ${ppid}${state})`,
    ...labelled('command', commandLine === '' ? [] : [commandLine.split(' ').map(escapeField).join(' ')]),
    ...labelled('program', exe === '' ? [] : [escapeField(exe)]),
    ...labelled('script', script === '' ? [] : [escapeField(script)]),
    ...labelled('stdin', stdin ? [describe(stdin)] : []),
    ...labelled('stdout', stdout ? [describe(stdout)] : []),
    ...labelled(
      'facts',
      columns(
        shown.map(({ object, details, outcome }, at) => [
          { text: object },
          { text: details.join(', ') },
          { text: taken[at] ?? '', paint: (text) => paint(styleOf[outcome], text) },
        ]),
      ),
    ),
    ...labelled('noise', all ? [] : noise(facts)),
    ...labelled('lines', columns(lines.map(({ rule, line }) => [{ text: line }, { text: rule }]))),
  ];
}

function takenBy({ outcome, rule, reason }: ExplainedFact): string {
  switch (outcome) {
    case 'line':
      return reason === '' ? rule : `${rule}, ${reason}`;
    case 'no line':
      return `${rule}, no line of its own`;
    case 'noise':
      return `noise: ${reason}`;
    case 'left over':
      return reason === '' ? 'LEFT OVER' : `LEFT OVER: ${reason}`;
  }
}

function describe({ kind, inode }: Descriptor): string {
  return inode === 0 ? kind : `${kind} ${inode}`;
}

function noise(facts: readonly ExplainedFact[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { outcome, reason } of facts) {
    if (outcome === 'noise') counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  return [[...counts].map(([entry, count]) => (count === 1 ? entry : `${entry} (${count})`)).join(', ')];
}

function labelled(label: string, texts: readonly string[]): readonly string[] {
  return texts.map((text, at) => `  ${(at === 0 ? label : '').padEnd(LABEL)}${text}`);
}

interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

function columns(rows: readonly (readonly Cell[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach(({ text }, at) => {
      if (text.length <= WIDEST) widths[at] = Math.max(widths[at] ?? 0, text.length);
    });
  }
  return rows.map((row) =>
    row
      .map(({ text, paint }, at) => {
        const padding = at === row.length - 1 ? '' : ' '.repeat(Math.max(0, (widths[at] ?? 0) - text.length));
        return (paint ? paint(text) : text) + padding;
      })
      .join('  '),
  );
}

function summary(programs: readonly ExplainedProgram[]): string {
  const counts = countOutcomes(programs);
  const lines = programs.reduce((sum, program) => sum + program.lines.length, 0);
  const facts = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    `${plural(programs.length, 'program')}, ${plural(facts, 'fact')}: ${counts.line} in ${plural(lines, 'line')}, ` +
    `${counts['no line']} taken without a line of their own, ${counts.noise} noise, ${counts['left over']} left over`
  );
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
