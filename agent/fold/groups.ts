import { Group } from './group.js';
import { ANY, depthOf, directoryOf, NOWHERE, upTo, type Place } from './place.js';
import { Subject, type Foldable } from './subject.js';

/** Lines that one operation folds into; with more places than that, directories are taken together. */
const MOST_GROUPS = 4;
/** Files that are folded under their own path only: beyond it a flood of them would not be folded at all. */
const MOST_ALWAYS = 256;

/** What one process or family did of one operation, beyond what is told in full. */
export class Groups {
  private groups = new Map<string, Group>();
  private readonly always = new Map<string, Group>();
  private last: Group | undefined;
  private lastPlaces: readonly [string, string, number] = ['', '', 0];
  private sourceDepth = Infinity;
  private destinationDepth = Infinity;
  /** Nothing else helped: places and connections are not told apart. */
  private all = false;

  /** `ancestor`: as in Group. */
  constructor(private readonly ancestor: number) {}

  add(subject: Subject): void {
    if (subject.always && this.always.size < MOST_ALWAYS) {
      this.group(this.always, subject.key, subject).add(subject);
      return;
    }
    const { behaviour, always, connection } = subject;
    const source = this.widened(always ? directoryAt(subject.source) : subject.source, this.sourceDepth);
    const destination = this.widened(
      always ? directoryAt(subject.destination) : subject.destination,
      this.destinationDepth,
    );
    const wide = new Subject(behaviour, source, destination, false);
    if (!this.isLast(source, destination, connection)) {
      this.last = this.group(this.groups, this.key(source, destination, connection), wide);
      this.lastPlaces = [source.name, destination.name, connection];
    }
    this.last?.add(wide);
    if (this.groups.size > MOST_GROUPS) this.coarsen();
  }

  /** Ends all of them; what comes next starts at places of full depth again. */
  take(): readonly Foldable[] {
    const taken = [...this.always.values(), ...this.groups.values()].map((group) => group.behaviour());
    this.always.clear();
    this.groups.clear();
    this.last = undefined;
    this.sourceDepth = this.destinationDepth = Infinity;
    this.all = false;
    return taken;
  }

  private group(groups: Map<string, Group>, key: string, subject: Subject): Group {
    let group = groups.get(key);
    if (!group) {
      group = new Group(subject, this.ancestor);
      groups.set(key, group);
    }
    return group;
  }

  private key(source: Place, destination: Place, connection: number): string {
    return this.all ? '' : `${source.name}\0${destination.name}\0${connection}`;
  }

  private widened(place: Place, depth: number): Place {
    if (this.all) return anyOf(place);
    return depth === Infinity ? place : upTo(place, depth);
  }

  /** Most of a flood stays where it is: no key has to be made. */
  private isLast(source: Place, destination: Place, connection: number): boolean {
    const [lastSource, lastDestination, lastConnection] = this.lastPlaces;
    return (
      this.last !== undefined &&
      (this.all ||
        (lastConnection === connection && lastSource === source.name && lastDestination === destination.name))
    );
  }

  /** Both sides at once: `cp -r` goes down two trees of the same shape. */
  private coarsen(): void {
    while (this.groups.size > MOST_GROUPS && !this.all) {
      const depths = [...this.groups.values()].map(({ places: [source, destination] }) => ({
        source: depthOf(source),
        destination: depthOf(destination),
      }));
      const sourceDepth = Math.max(...depths.map(({ source }) => source));
      const destinationDepth = Math.max(...depths.map(({ destination }) => destination));
      this.all = sourceDepth === 0 && destinationDepth === 0;
      this.sourceDepth = Math.max(0, sourceDepth - 1);
      this.destinationDepth = Math.max(0, destinationDepth - 1);
      this.regroup();
    }
  }

  private regroup(): void {
    const before = this.groups;
    this.last = undefined;
    this.groups = new Map();
    for (const group of before.values()) {
      const [from, to] = group.places;
      const source = this.widened(from, this.sourceDepth);
      const destination = this.widened(to, this.destinationDepth);
      const key = this.key(source, destination, group.connection);
      const into = this.groups.get(key);
      if (into) {
        into.merge(group, source, destination);
      } else {
        group.widen(source, destination);
        this.groups.set(key, group);
      }
    }
  }
}

/** Of a file that was to stay named. */
function directoryAt(place: Place): Place {
  return { ...place, name: directoryOf(place.name) };
}

function anyOf(place: Place): Place {
  if (place.name === '') return NOWHERE;
  return place.name.endsWith('/') ? upTo(place, 0) : { name: ANY, deep: false };
}
