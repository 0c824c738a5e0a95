import type { Verdict } from './judge.js';

export interface Figures {
  readonly commands: number;
  readonly expected: number;
  readonly found: number;
  readonly unexpected: number;
}

export function figuresOf(verdicts: readonly Verdict[]): Figures {
  const sum = (count: (verdict: Verdict) => number): number =>
    verdicts.reduce((total, verdict) => total + count(verdict), 0);
  return {
    commands: verdicts.length,
    expected: sum(({ found, missing }) => found.length + missing.length),
    found: sum(({ found }) => found.length),
    unexpected: sum(({ unexpected }) => unexpected.length),
  };
}

export function isGood({ failure, missing, unexpected }: Verdict): boolean {
  return failure === undefined && missing.length === 0 && unexpected.length === 0;
}

/** How a row differs: `-` for lines that did not come, `+` for those that should not have. */
export function difference({ name, behaviour, failure, found, missing, unexpected }: Verdict): string {
  return [
    `${behaviour}: ${name}${failure === undefined ? '' : ` (${failure.trim()})`}`,
    ...found.map((line) => `    ${line}`),
    ...missing.map((line) => `  - ${line}`),
    ...unexpected.map((line) => `  + ${line}`),
  ].join('\n');
}

/** A table of recall and precision by behaviour, and below it each row that differs. */
export function report(verdicts: readonly Verdict[]): string {
  const behaviours = [...new Set(verdicts.map(({ behaviour }) => behaviour))];
  const rows = behaviours.map(
    (name) => [name, figuresOf(verdicts.filter(({ behaviour }) => behaviour === name))] as const,
  );
  const lines = [...rows, ['total', figuresOf(verdicts)] as const].map(([name, figures]) => tableLine(name, figures));
  const different = verdicts.filter((verdict) => !isGood(verdict)).map(difference);
  return [
    'behaviour        commands  lines expected  found  recall  unexpected  precision',
    ...lines,
    ...(different.length === 0 ? [] : ['', ...different]),
    '',
  ].join('\n');
}

function tableLine(name: string, { commands, expected, found, unexpected }: Figures): string {
  return [
    name.padEnd(15),
    String(commands).padStart(10),
    String(expected).padStart(16),
    String(found).padStart(7),
    share(found, expected).padStart(8),
    String(unexpected).padStart(12),
    share(found, found + unexpected).padStart(11),
  ].join('');
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)}%`;
}
