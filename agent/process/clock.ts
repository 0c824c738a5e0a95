/**
 * From the clock of the records (CLOCK_BOOTTIME) to the wall clock. The offset moves when
 * someone sets the wall clock, so it is asked for again from time to time; a recording
 * carries its own.
 */
export class Clock {
  /** Microseconds. */
  offset = 0;

  /** Microseconds since the Unix epoch of a CLOCK_BOOTTIME time in microseconds. */
  wall(time: number): number {
    return time + this.offset;
  }
}
