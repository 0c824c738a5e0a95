import { Bucket } from './bucket.js';
import { Folded } from './folded.js';
import type { Limits } from './limits.js';
import { Subject, type Foldable } from './subject.js';

const MOST_PROGRAMS = 256;
const MOST_KNOWN = 8192;
const UNSET = 0xffff_ffff;

/**
 * The most lines per second that the host tells, whatever happens on it. What exceeds it is folded by program and
 * operation. New things have a bucket of their own, and so have the files that are always named: who floods the
 * first cannot crowd out the others.
 */
export class RateLimit {
  private readonly ordinary: Bucket;
  private readonly novel: Bucket;
  private readonly always: Bucket;
  private readonly programs = new Map<string, Folded>();
  private readonly known = new Set<string>();
  private due: number;

  constructor(
    private readonly limits: Limits,
    now = 0,
  ) {
    const { linesPerSecond, burstLines, window } = limits;
    this.ordinary = new Bucket(linesPerSecond, burstLines);
    this.novel = new Bucket(linesPerSecond, burstLines);
    this.always = new Bucket(linesPerSecond, burstLines);
    this.due = now + window;
  }

  /** False: it is folded. */
  admits(subject: Subject, now: number): boolean {
    const { behaviour, key, always } = subject;
    const { uid, image } = behaviour.process;
    const name = `${uid}\0${image.exe}\0${key}`;
    const isNew = !this.known.has(name);
    if (isNew && this.known.size < MOST_KNOWN) this.known.add(name);
    if (this.ordinary.take(now)) return true;
    if (isNew && (this.novel.take(now) || (always && this.always.take(now)))) return true;
    this.fold(subject, `${uid}\0${image.exe}`, now);
    return false;
  }

  get isIdle(): boolean {
    return this.programs.size === 0;
  }

  take(now: number): readonly Foldable[] {
    if (now < this.due) return [];
    this.due = now + this.limits.window;
    this.known.clear();
    const taken = [...this.programs.values()].flatMap((folded) => folded.take(now));
    this.programs.clear();
    return taken;
  }

  private fold(subject: Subject, program: string, now: number): void {
    const full = this.programs.size >= MOST_PROGRAMS && !this.programs.has(program);
    const name = full ? '' : program;
    let folded = this.programs.get(name);
    if (!folded) {
      folded = new Folded(now, this.limits.window, this.limits.window);
      this.programs.set(name, folded);
    }
    const { behaviour, source, destination, always } = subject;
    folded.add(full ? new Subject(ofNobody(behaviour), source, destination, always) : subject);
  }
}

/** Of too many programs to tell them apart. */
function ofNobody<T extends Foldable>(behaviour: T): T {
  const { process } = behaviour;
  const image = { comm: '*', exe: '*', commandLine: '' };
  return {
    ...behaviour,
    process: { ...process, tgid: 0, ppid: 0, startTime: 0, uid: UNSET, user: '*', image },
  };
}
