import type { Behaviour } from '../behaviour/behaviour.js';
import { Groups } from './groups.js';
import type { Foldable, Subject } from './subject.js';

/** What is folded for one process or family, and when it is to be written. */
export class Folded {
  private readonly groups = new Map<Behaviour['operation'], Groups>();
  private window: number;
  private end: number;

  /** Microseconds; `ancestor` as in Group. */
  constructor(
    now: number,
    window: number,
    private readonly longest: number,
    private readonly ancestor = 0,
  ) {
    this.window = window;
    this.end = now + window;
  }

  get isEmpty(): boolean {
    return this.groups.size === 0;
  }

  add(subject: Subject): void {
    const { operation } = subject.behaviour;
    let groups = this.groups.get(operation);
    if (!groups) {
      groups = new Groups(this.ancestor);
      this.groups.set(operation, groups);
    }
    groups.add(subject);
  }

  isDue(now: number): boolean {
    return now >= this.end;
  }

  /** All of it; who goes on is held back for twice as long from now on. */
  take(now: number): readonly Foldable[] {
    if (!this.isEmpty) this.window = Math.min(this.longest, this.window * 2);
    this.end = now + this.window;
    const taken = [...this.groups.values()].flatMap((groups) => groups.take());
    taken.sort((left, right) => left.time - right.time);
    this.groups.clear();
    return taken;
  }
}
