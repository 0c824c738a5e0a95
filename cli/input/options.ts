import { parseArgs, type ParseArgsConfig } from 'node:util';
import { tables } from '../../aggregator/schema/tables.js';
import type { Table } from '../../aggregator/schema/table.js';
import { panorama } from '#proto';
import { UsageError } from '../errors.js';
import { parseMoment } from './moment.js';

export const outputForms = ['table', 'json', 'csv'] as const;
export type OutputForm = (typeof outputForms)[number];

const optionTypes = {
  aggregator: { type: 'string' },
  from: { type: 'string' },
  limit: { type: 'string' },
  output: { type: 'string', short: 'o' },
  since: { type: 'string' },
  until: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

type OptionName = keyof typeof optionTypes;

export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Partial<Record<OptionName, string>>>;
}

/** Arguments of a command that knows some of the options. Throws UsageError for others. */
export function parseArguments(argv: readonly string[], known: readonly OptionName[]): Arguments {
  const options = Object.fromEntries(known.map((name) => [name, optionTypes[name]]));
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: true });
    const texts = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return { positionals, values: Object.fromEntries(texts) };
  } catch (error) {
    throw new UsageError(error instanceof Error ? firstSentence(error.message) : String(error));
  }
}

/** parseArgs explains at length how a value that looks like an option is given. */
function firstSentence(message: string): string {
  const unknown = /^Unknown option '([^']+)'/.exec(message)?.[1];
  if (unknown === undefined) return message.replaceAll('\n', ' ');
  return `there is no option ${unknown}; a filter that begins with - goes last, after --`;
}

export function outputForm(value: string | undefined): OutputForm {
  const form = outputForms.find((candidate) => candidate === (value ?? 'table'));
  if (form === undefined) throw new UsageError(`-o takes ${outputForms.join(', ')}, not "${value ?? ''}"`);
  return form;
}

const tableNumbers = {
  behaviours: panorama.v1.Table.TABLE_BEHAVIOURS,
  connections: panorama.v1.Table.TABLE_CONNECTIONS,
  flows: panorama.v1.Table.TABLE_FLOWS,
  sessions: panorama.v1.Table.TABLE_SESSIONS,
} as const;

/** The table to search, and its number in requests. */
export function searchedTable(value = 'behaviours'): { readonly table: Table; readonly number: panorama.v1.Table } {
  switch (value) {
    case 'behaviours':
    case 'connections':
    case 'flows':
    case 'sessions':
      return { table: tables[value], number: tableNumbers[value] };
    default:
      throw new UsageError(`--from takes ${Object.keys(tableNumbers).join(', ')}, not "${value}"`);
  }
}

/** 0: not given. */
export function rowLimit(value: string | undefined): number {
  if (value === undefined) return 0;
  const limit = /^\d{1,10}$/.test(value) ? Number(value) : 0;
  if (limit < 1 || limit > 0xffff_ffff) throw new UsageError(`--limit takes a number of rows from 1, not "${value}"`);
  return limit;
}

export interface Range {
  readonly since: number;
  readonly until: number;
}

/** Microseconds since the Unix epoch; 0: open. Whole days and seconds are meant with all that is in them. */
export function timeRange(since: string | undefined, until: string | undefined, now = Date.now() * 1000): Range {
  const from = since === undefined ? 0 : moment('--since', since, now).first;
  const to = until === undefined ? 0 : moment('--until', until, now).last;
  if (to !== 0 && from > to) throw new UsageError('--since is later than --until');
  return { since: from, until: to };
}

function moment(option: string, text: string, now: number): { readonly first: number; readonly last: number } {
  const span = parseMoment(text, now);
  if (span !== undefined && span.first > 0) return span;
  throw new UsageError(`${option} takes 30m, 1h, 2d or a time as "2026-01-31 23:59:59", not "${text}"`);
}
