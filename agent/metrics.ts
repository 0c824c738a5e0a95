/** Counts up; hot paths add to `value` directly. */
export class Counter {
  value = 0;

  constructor(
    readonly name: string,
    /** What one of them is, and where it was lost if it was. */
    readonly text: string,
  ) {}
}

/** The counters of one agent: whatever can be lost on the way has one (X5). */
export class Metrics {
  readonly #counters = new Map<string, Counter>();

  /** A new counter, named in words joined by `_`. Throws where the name is taken: two places would count into one. */
  counter(name: string, text: string): Counter {
    if (this.#counters.has(name)) throw new Error(`there is a counter ${name} already`);
    const counter = new Counter(name, text);
    this.#counters.set(name, counter);
    return counter;
  }

  /** Name and value of each that counted something, in the order they were made. */
  snapshot(): Readonly<Record<string, number>> {
    const counted = [...this.#counters.values()].filter(({ value }) => value > 0);
    return Object.fromEntries(counted.map(({ name, value }) => [name, value]));
  }

  [Symbol.iterator](): IterableIterator<Counter> {
    return this.#counters.values();
  }
}
