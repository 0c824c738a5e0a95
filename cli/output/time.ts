function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** Microseconds since the Unix epoch as local `2026-01-31 23:59:59.123456`; '' for 0, which stands for no time. */
export function localTime(microseconds: number): string {
  if (microseconds === 0) return '';
  const time = new Date(Math.floor(microseconds / 1000));
  const date = [digits(time.getFullYear(), 4), digits(time.getMonth() + 1, 2), digits(time.getDate(), 2)].join('-');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => digits(part, 2)).join(':');
  return `${date} ${clock}.${digits(microseconds % 1_000_000, 6)}`;
}

/** As ISO 8601 in UTC, `2026-01-31T23:59:59.123456Z`; '' for 0. */
export function isoTime(microseconds: number): string {
  if (microseconds === 0) return '';
  const seconds = new Date(Math.floor(microseconds / 1000)).toISOString().slice(0, 19);
  return `${seconds}.${digits(microseconds % 1_000_000, 6)}Z`;
}
