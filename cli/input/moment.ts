import { parseTimestamp, type TimeSpan } from '../../aggregator/query/filter/timestamp.js';

const units: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
]);

/** `1h` ago, `now`, or a time; without a zone it is local. Microseconds since the Unix epoch. */
export function parseMoment(text: string, now: number): TimeSpan | undefined {
  const [, count, unit = ''] = /^(\d{1,6})(?:\s*)([smhdw])$/.exec(text.trim()) ?? [];
  if (text.trim() === 'now') return { first: now, last: now };
  if (count === undefined) return parseTimestamp(text, 'local');
  const moment = now - Number(count) * (units.get(unit) ?? 0) * 1_000_000;
  return { first: moment, last: moment };
}
