/** Everything that is counted, above all what was lost or refused (X5). */
export const counterNames = [
  'batches_stored',
  'batches_repeated',
  'batches_rejected',
  'batches_missing',
  'behaviours_stored',
  'connections_stored',
  'flows_stored',
  'lines_rejected',
  'commits',
  'commits_retried',
  'feed_listener_errors',
] as const;

export type Counter = (typeof counterNames)[number];

export class Metrics {
  readonly #counts = new Map<Counter, number>();

  add(counter: Counter, count = 1): void {
    this.#counts.set(counter, this.get(counter) + count);
  }

  get(counter: Counter): number {
    return this.#counts.get(counter) ?? 0;
  }

  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries(counterNames.map((name) => [name, this.get(name)]));
  }
}
