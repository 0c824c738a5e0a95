/**
 * How long to wait before the next attempt: each bound twice the one before, and a random part of it, so that the
 * agents of a thousand hosts do not come back in the same moment.
 */
export class Backoff {
  #attempts = 0;

  constructor(
    private readonly first: number,
    private readonly longest: number,
    private readonly random: () => number = Math.random,
  ) {}

  /** Milliseconds, at least half of the bound. */
  next(): number {
    const bound = Math.min(this.longest, this.first * 2 ** this.#attempts);
    // Beyond this many the bound is reached; 2 ** n would become Infinity after a long night.
    this.#attempts = Math.min(this.#attempts + 1, 30);
    return bound * (0.5 + this.random() / 2);
  }

  reset(): void {
    this.#attempts = 0;
  }
}
