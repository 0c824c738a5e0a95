/** A token bucket: `rate` per second on average, up to `burst` at once after a quiet time. */
export class Bucket {
  private tokens: number;
  private time = 0;

  constructor(
    private readonly rate: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
  }

  /** `time`: microseconds, never going back. */
  take(time: number): boolean {
    this.tokens = Math.min(this.burst, this.tokens + ((time - this.time) / 1e6) * this.rate);
    this.time = time;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
