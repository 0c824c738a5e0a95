import { counters, recordType } from './kernel/generated/layout.js';

/** What a lost record would have told, by its type. */
const kinds: readonly (readonly [number, string])[] = Object.entries(recordType)
  .filter(([name]) => name !== 'RECORD_NONE' && name !== 'RECORD_TYPE_COUNT')
  .map(([name, type]) => [type, name.replace('RECORD_', '').toLowerCase().replaceAll('_', ' ')]);

/** Compares the kernel side's counters with what they were: silent loss is the worst that an agent can do (X5). */
export class LossWatch {
  private readonly told = new Map<number, number>();

  /** `counter`: value of a counter by its byte offset in `struct counters`. */
  constructor(private readonly counter: (byteOffset: number) => number) {}

  /** One sentence on what was lost since the last call; '' for nothing. */
  check(): string {
    const lost: string[] = [];
    for (const [type, name] of kinds) {
      const count = this.since(counters.lostRing + type * 8) + this.since(counters.lostScratch + type * 8);
      if (count > 0) lost.push(`${count} ${name}`);
    }
    const states = this.since(counters.lostState);
    if (states > 0) lost.push(`${states} state`);
    return lost.length === 0 ? '' : `${lost.join(', ')} records lost between kernel and agent`;
  }

  private since(byteOffset: number): number {
    const value = this.counter(byteOffset);
    const before = this.told.get(byteOffset) ?? 0;
    this.told.set(byteOffset, value);
    return value - before;
  }
}
