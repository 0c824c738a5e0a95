import type { Process } from '../process/process.js';
import { Folded } from './folded.js';
import type { Limits } from './limits.js';
import type { Foldable, Subject } from './subject.js';

/** Who started whom. */
export interface Ancestry {
  /** undefined: not known (any more). */
  parentOf(process: Process): Process | undefined;
}

/** `make` runs a shell that runs `gcc` that runs `cc1`. */
const GENERATIONS = 3;
/** What further generations have in common may be a whole session: one family below leaves room for the others. */
const ROOM_PER_GENERATION = 1 / 8;
/** Places that a family may work in, each with as many processes as it may tell of. */
const MOST_PLACES = 16;

/** Many short-lived processes of one program below one ancestor: `make`, `find -exec`, a loop in a script. */
export class Family {
  private readonly folded: Folded;
  private readonly processes = new Set<number>();
  private readonly processesAt = new Map<string, Set<number>>();
  private readonly most: number;

  /** `generation`: 1 for children of the ancestor. */
  constructor(limits: Limits, generation: number, { tgid }: Process, now: number) {
    this.folded = new Folded(now, limits.window, limits.longestWindow, tgid);
    this.most = Math.ceil(limits.processesPerFamily * (1 + (generation - 1) * ROOM_PER_GENERATION));
  }

  get isIdle(): boolean {
    return this.processes.size === 0;
  }

  /** A process counts once, however much it does: one in a loop takes nothing from its siblings. */
  admits({ behaviour, key }: Subject): boolean {
    const { tgid } = behaviour.process;
    const here = this.processesAt.get(key);
    if (here?.has(tgid) === true) return true;
    return (here?.size ?? 0) < this.most && (this.processes.has(tgid) || this.processes.size < MOST_PLACES * this.most);
  }

  tell({ behaviour, key }: Subject): void {
    const { tgid } = behaviour.process;
    this.processes.add(tgid);
    const here = this.processesAt.get(key);
    if (here) here.add(tgid);
    else this.processesAt.set(key, new Set([tgid]));
  }

  fold(subject: Subject): void {
    this.folded.add(subject);
  }

  take(now: number): readonly Foldable[] {
    if (!this.folded.isDue(now)) return [];
    if (this.folded.isEmpty) {
      this.processes.clear();
      this.processesAt.clear();
    }
    return this.folded.take(now);
  }
}

/** The ancestors that the families of a process are known by: those of its own user, without init. */
export function ancestorsOf(process: Process, ancestry: Ancestry): readonly Process[] {
  const ancestors: Process[] = [];
  for (let current = process; ancestors.length < GENERATIONS;) {
    const parent = ancestry.parentOf(current);
    if (!parent || parent.tgid <= 1 || parent.uid !== process.uid || parent.startTime > current.startTime) break;
    ancestors.push(parent);
    current = parent;
  }
  return ancestors;
}
