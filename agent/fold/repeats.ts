import { Group } from './group.js';
import { firstOf, identityOf, type Foldable, type Subject } from './subject.js';

interface Repeat {
  /** Since the last line; undefined: none. */
  readonly first: string;
  group: Group | undefined;
  last: number;
  due: number;
  window: number;
}

/** A program that looks at the same file every half minute is one that repeats itself. */
const REMEMBERED = 60_000_000;
const MOST = 256;

/** What one process was told to do in full, and does again: the same operation on the same files. */
export class Repeats {
  private readonly repeats = new Map<string, Repeat>();
  /** Of the behaviours in `repeats`, and perhaps of some that were: most of a flood is known by it to be new. */
  private readonly firsts = new Set<string>();

  /** Microseconds. */
  constructor(
    private readonly window: number,
    private readonly longest: number,
  ) {}

  get isEmpty(): boolean {
    return this.repeats.size === 0;
  }

  /** True where it was told before, and is counted now. */
  add(subject: Subject, now: number): boolean {
    const { behaviour } = subject;
    if (!this.firsts.has(firstOf(behaviour))) return false;
    const repeat = this.repeats.get(identityOf(behaviour));
    if (!repeat) return false;
    if (!repeat.group) {
      repeat.group = new Group(subject, 0);
      repeat.due = now + repeat.window;
    }
    repeat.group.add(subject);
    repeat.last = now;
    return true;
  }

  /** It was told in full. Returns what has to be told to make room for it. */
  remember(behaviour: Foldable, now: number): Foldable | undefined {
    const { window } = this;
    this.firsts.add(firstOf(behaviour));
    this.repeats.set(identityOf(behaviour), {
      first: firstOf(behaviour),
      group: undefined,
      last: now,
      due: Infinity,
      window,
    });
    if (this.repeats.size <= MOST) return undefined;
    const [oldest = ''] = this.repeats.keys();
    const group = this.repeats.get(oldest)?.group;
    this.repeats.delete(oldest);
    return group?.behaviour();
  }

  /** What is due; Infinity: all. */
  take(now: number): readonly Foldable[] {
    const taken: Foldable[] = [];
    for (const [identity, repeat] of this.repeats) {
      if (repeat.group && now >= repeat.due) {
        taken.push(repeat.group.behaviour());
        repeat.group = undefined;
        repeat.due = Infinity;
        repeat.window = Math.min(this.longest, repeat.window * 2);
      } else if (!repeat.group && now - repeat.last > REMEMBERED) {
        this.repeats.delete(identity);
      }
    }
    if (this.isEmpty || this.firsts.size > 4 * MOST) this.renewFirsts();
    return taken;
  }

  private renewFirsts(): void {
    this.firsts.clear();
    for (const { first } of this.repeats.values()) this.firsts.add(first);
  }
}
