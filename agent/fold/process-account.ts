import { Folded } from './folded.js';
import type { Limits } from './limits.js';
import { Repeats } from './repeats.js';
import type { Foldable, Subject } from './subject.js';

/** Of each place, and of the process, this share of the lines in full is told at once. The others may yet be too many. */
const AT_ONCE = 1 / 4;
/** Microseconds until it shows whether they are. */
const HOLD = 500_000;
/** A process that touches more than this is not asked any more which of its files are always named. */
const MOST_PLACES = 4096;

/** Lines of one place in one window: told, and waiting. */
interface PlaceLines {
  told: number;
  held: Subject[];
}

/** What one process was told of in full, what waits to be, and what is folded. */
export class ProcessAccount {
  private readonly repeats: Repeats;
  private readonly folded: Folded;
  private readonly places = new Map<string, PlaceLines>();
  private told = 0;
  private held = 0;
  private heldSince = 0;
  /** More lines than a process may have: no more in full. */
  private full = false;

  constructor(
    private readonly limits: Limits,
    readonly startTime: number,
    now: number,
  ) {
    this.repeats = new Repeats(limits.window, limits.longestWindow);
    this.folded = new Folded(now, limits.window, limits.longestWindow);
  }

  /** Nothing that anybody will ask for. */
  get isIdle(): boolean {
    return this.repeats.isEmpty && this.places.size === 0;
  }

  /** True where it was told before, and is counted now. */
  repeat(subject: Subject, now: number): boolean {
    return this.repeats.add(subject, now);
  }

  /** True: to be told in full. False: kept, to be folded or released. */
  admits(subject: Subject, now: number): boolean {
    const { linesPerDirectory, linesPerProcess } = this.limits;
    const always = subject.always && this.places.size < MOST_PLACES;
    if (this.full && !always) {
      this.folded.add(subject);
      return false;
    }
    const { key } = subject;
    const place = this.places.get(key) ?? this.addPlace(key);
    if (place.told < linesPerDirectory * AT_ONCE && (always || this.told < linesPerProcess * AT_ONCE)) {
      this.count(place, subject);
      return true;
    }
    if (place.told + place.held.length >= linesPerDirectory) this.foldHeld(place);
    else if (!always && this.told + this.held >= linesPerProcess) this.foldAll();
    if (place.told >= linesPerDirectory || (!always && this.full)) {
      this.folded.add(subject);
      return false;
    }
    if (this.held === 0) this.heldSince = now;
    place.held.push(subject);
    this.held++;
    return false;
  }

  /** It was told; returns what has to be told beside it. */
  tell(behaviour: Foldable, now: number): Foldable | undefined {
    return this.repeats.remember(behaviour, now);
  }

  /** What was held back, and is not too much. */
  release(now: number): readonly Subject[] {
    if (this.held === 0 || now - this.heldSince < HOLD) return [];
    const released: Subject[] = [];
    for (const place of this.places.values()) {
      for (const subject of place.held) this.count(place, subject);
      released.push(...place.held);
      place.held = [];
    }
    this.held = 0;
    return released.sort((left, right) => left.behaviour.time - right.behaviour.time);
  }

  take(now: number): readonly Foldable[] {
    const taken = this.repeats.take(now);
    if (!this.folded.isDue(now)) return taken;
    // A process that goes on and on is not told anew each time, until it was quiet for a window.
    if (this.folded.isEmpty && this.held === 0) {
      this.places.clear();
      this.told = 0;
      this.full = false;
    }
    return [...taken, ...this.folded.take(now)];
  }

  private addPlace(key: string): PlaceLines {
    const place = { told: 0, held: [] };
    this.places.set(key, place);
    return place;
  }

  private count(place: PlaceLines, { always }: Subject): void {
    place.told++;
    if (!always) this.told++;
  }

  /** There are too many: those that waited go the way of the others. */
  private foldHeld(place: PlaceLines): void {
    for (const subject of place.held) this.folded.add(subject);
    this.held -= place.held.length;
    place.held = [];
    place.told = Infinity;
  }

  private foldAll(): void {
    this.full = true;
    for (const place of this.places.values()) {
      const [first] = place.held;
      if (first && !first.always) this.foldHeld(place);
    }
  }
}
