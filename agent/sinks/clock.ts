const microsecondsPerMinute = 60_000_000;
const twoDigits: readonly string[] = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

/**
 * Writes times as P2 wants them. Asking the platform for local time costs more than the rest of a line, and every
 * offset from UTC in use is a whole number of minutes: so it is asked once a minute.
 */
export class Clock {
  #minute = NaN;
  #prefix = '';

  /** `YYYY-MM-DD hh:mm:ss.uuuuuu` in local time, from microseconds since the Unix epoch. */
  format(time: number): string {
    const minute = Math.floor(time / microsecondsPerMinute);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#prefix = minutePrefix(new Date(minute * 60_000));
    }
    const microseconds = Math.floor(time - minute * microsecondsPerMinute);
    const seconds = Math.floor(microseconds / 1_000_000);
    // 1 in front keeps the zeros behind it.
    const fraction = String(1_000_000 + microseconds - seconds * 1_000_000);
    return `${this.#prefix}${twoDigits[seconds] ?? '00'}.${fraction.slice(1)}`;
  }
}

function minutePrefix(date: Date): string {
  const year = String(date.getFullYear()).padStart(4, '0');
  const month = pad(date.getMonth() + 1);
  return `${year}-${month}-${pad(date.getDate())} ${pad(date.getHours())}:${pad(date.getMinutes())}:`;
}

function pad(value: number): string {
  return twoDigits[value] ?? String(value);
}
