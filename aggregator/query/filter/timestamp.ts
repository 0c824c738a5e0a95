/** Microseconds since the Unix epoch. `last` differs from `first` where the text names a whole second, minute or day. */
export interface TimeSpan {
  readonly first: number;
  readonly last: number;
}

export type Zone = 'utc' | 'local';

const second = 1_000_000;
const minute = 60 * second;
const day = 24 * 60 * minute;

const form =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * `2026-01-31`, `2026-01-31 23:59`, `2026-01-31T23:59:59.123456`, each with `Z` or `+02:00` or, without, in `zone`.
 * undefined: no time, or none in the calendar.
 */
export function parseTimestamp(text: string, zone: Zone): TimeSpan | undefined {
  const found = form.exec(text.trim());
  if (found === null) return undefined;
  const [, year, month, date, hours = '0', minutes = '0', seconds = '0', fraction = '', offset] = found;
  const fields = [
    Number(year),
    Number(month) - 1,
    Number(date),
    Number(hours),
    Number(minutes),
    Number(seconds),
  ] as const;
  const utc = utcMilliseconds(fields);
  const shown = new Date(utc);
  // Date takes 31 February for 3 March.
  if (shown.getUTCMonth() !== fields[1] || shown.getUTCDate() !== fields[2] || fields[3] > 23) return undefined;
  if (fields[4] > 59 || fields[5] > 59) return undefined;
  const milliseconds = offset === undefined ? inZone(utc, fields, zone) : utc - offsetMilliseconds(offset);
  const first = milliseconds * 1000 + Number(fraction.padEnd(6, '0'));
  return { first, last: first + precision(found) - 1 };
}

type Fields = readonly [number, number, number, number, number, number];

function utcMilliseconds([year, month, date, hours, minutes, seconds]: Fields): number {
  return Date.UTC(year, month, date, hours, minutes, seconds);
}

function inZone(utc: number, [year, month, date, hours, minutes, seconds]: Fields, zone: Zone): number {
  return zone === 'utc' ? utc : new Date(year, month, date, hours, minutes, seconds).getTime();
}

function offsetMilliseconds(offset: string): number {
  if (/^z$/i.test(offset)) return 0;
  const digits = offset.replace(':', '').slice(1);
  const magnitude = (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
  return offset.startsWith('-') ? -magnitude : magnitude;
}

function precision(found: RegExpExecArray): number {
  if (found[7] !== undefined) return 10 ** (6 - found[7].length);
  if (found[6] !== undefined) return second;
  return found[4] === undefined ? day : minute;
}
