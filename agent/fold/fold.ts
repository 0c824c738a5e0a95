import type { Behaviour, Connection, Sink } from '../behaviour/behaviour.js';
import { prefixMatcher } from '../behaviour/noise.js';
import type { Counter, Metrics } from '../metrics.js';
import type { Process } from '../process/process.js';
import { ancestorsOf, Family, type Ancestry } from './family.js';
import type { Limits } from './limits.js';
import { ProcessAccount } from './process-account.js';
import { RateLimit } from './rate-limit.js';
import { subjectOf, type Foldable, type Subject } from './subject.js';

/** Processes and families that are told apart; beyond it the oldest are written and forgotten. */
const MOST_ACCOUNTS = 16_384;
/** Microseconds between two looks at what is due. */
const LOOK_EVERY = 250_000;

const ORPHANS: Ancestry = { parentOf: () => undefined };

/**
 * Between the engine and a sink: first lines in full, then lines with a count. First a process that repeats
 * itself, then one that does the same to many files, then a family of processes, and what is left against the
 * rate of the whole host: in this order, so that who floods folds alone. Nothing is dropped: the counts and the
 * bytes of all lines add up to those of all behaviours.
 */
export class Fold implements Sink {
  private readonly processes = new Map<number, ProcessAccount>();
  private readonly families = new Map<string, Family>();
  private readonly rate: RateLimit;
  private readonly isAlways: (path: string) => boolean;
  private readonly folded: Counter;
  private readonly evicted: Counter;
  private ancestry = ORPHANS;
  /** Microseconds since the Unix epoch, of the latest that was heard of. */
  private now = 0;
  private nextLook = Infinity;

  /** `name` begins the names of its counters. */
  constructor(
    name: string,
    private readonly limits: Limits,
    private readonly sink: Sink,
    metrics: Metrics,
  ) {
    this.rate = new RateLimit(limits);
    this.isAlways = prefixMatcher(limits.always);
    this.folded = metrics.counter(
      `${name}_behaviours_folded`,
      'Behaviours that have no line of their own, but are counted in another.',
    );
    this.evicted = metrics.counter(
      `${name}_accounts_evicted`,
      'Processes and families that folding forgot before their time, for lack of room.',
    );
  }

  start(ancestry: Ancestry): void {
    this.ancestry = ancestry;
  }

  /** Is there something that only time will decide, and is it time? Microseconds since the Unix epoch. */
  isDue(time: number): boolean {
    return time >= this.nextLook;
  }

  connection(connection: Connection): void {
    this.sink.connection(connection);
  }

  behaviour(behaviour: Behaviour): void {
    this.now = Math.max(this.now, behaviour.time);
    if (this.nextLook === Infinity) this.nextLook = this.now + LOOK_EVERY;
    if (behaviour.kind === 'gap') {
      this.sink.behaviour(behaviour);
      return;
    }
    const subject = subjectOf(behaviour, this.isAlways);
    const account = this.accountOf(behaviour.process);
    if (account.repeat(subject, this.now)) return;
    if (account.admits(subject, this.now)) this.tell(subject, account);
  }

  /** A process ended: what it did is complete. */
  exited(tgid: number): void {
    const account = this.processes.get(tgid);
    if (!account) return;
    this.processes.delete(tgid);
    this.complete(account, Infinity);
  }

  tick(time: number): void {
    this.now = Math.max(this.now, time);
    if (this.now < this.nextLook) return;
    this.nextLook = this.now + LOOK_EVERY;
    this.look(this.now);
    if (this.isIdle) this.nextLook = Infinity;
  }

  /** Writes all that is held back. */
  finish(): void {
    this.look(Infinity);
    this.processes.clear();
    this.families.clear();
    this.nextLook = Infinity;
  }

  private get isIdle(): boolean {
    return this.processes.size === 0 && this.families.size === 0 && this.rate.isIdle;
  }

  private look(time: number): void {
    for (const [tgid, account] of this.processes) {
      this.complete(account, time);
      if (account.isIdle) this.processes.delete(tgid);
    }
    for (const [name, family] of this.families) {
      this.tellAll(family.take(time));
      if (family.isIdle) this.families.delete(name);
    }
    for (const behaviour of this.rate.take(time)) this.emit(behaviour);
  }

  private accountOf({ tgid, startTime }: Process): ProcessAccount {
    const known = this.processes.get(tgid);
    if (known?.startTime === startTime) return known;
    // The pid was used again.
    if (known) this.exited(tgid);
    const account = new ProcessAccount(this.limits, startTime, this.now);
    this.processes.set(tgid, account);
    if (this.processes.size > MOST_ACCOUNTS) {
      const [oldest = 0] = this.processes.keys();
      this.exited(oldest);
      this.evicted.value++;
    }
    return account;
  }

  private familiesOf(process: Process): readonly Family[] {
    const { comm, exe } = process.image;
    return ancestorsOf(process, this.ancestry).map((ancestor, index) => {
      const name = `${index}\0${ancestor.tgid}\0${ancestor.startTime}\0${exe === '' ? comm : exe}`;
      return this.families.get(name) ?? this.addFamily(name, new Family(this.limits, index + 1, ancestor, this.now));
    });
  }

  private addFamily(name: string, family: Family): Family {
    this.families.set(name, family);
    if (this.families.size > MOST_ACCOUNTS) {
      const [oldest = ''] = this.families.keys();
      const evicted = this.families.get(oldest);
      this.families.delete(oldest);
      this.tellAll(evicted?.take(Infinity) ?? []);
      this.evicted.value++;
    }
    return family;
  }

  /** In full, unless its family has had enough of that. */
  private tell(subject: Subject, account: ProcessAccount): void {
    const { behaviour } = subject;
    const families = this.familiesOf(behaviour.process);
    const full = families.find((family) => !family.admits(subject));
    if (full) {
      full.fold(subject);
      return;
    }
    for (const family of families) family.tell(subject);
    const displaced = account.tell(behaviour, this.now);
    if (displaced) this.tellAll([displaced]);
    this.write(subject);
  }

  private complete(account: ProcessAccount, time: number): void {
    for (const subject of account.release(time)) this.tell(subject, account);
    this.tellAll(account.take(time));
  }

  /** A line with a count is a line, and may be folded once more. */
  private tellAll(behaviours: readonly Foldable[]): void {
    for (const behaviour of behaviours) this.write(subjectOf(behaviour, this.isAlways));
  }

  private write(subject: Subject): void {
    if (this.rate.admits(subject, this.now)) this.emit(subject.behaviour);
  }

  private emit(behaviour: Behaviour): void {
    this.folded.value += behaviour.count - 1;
    this.sink.behaviour(behaviour);
  }
}
