import type { KernelEvent } from '../decode/event.js';

/** A process and all that it started, also what outlived it: told from forks, so that a daemon's second parent hides nobody. */
export class Family {
  private readonly members = new Set<number>();
  private readonly alive = new Set<number>();
  /** Since the family last did something; milliseconds as of performance.now(). */
  lastActivity = performance.now();

  /** `root`: undefined for everybody. */
  constructor(readonly root: number | undefined) {
    if (root === undefined) return;
    this.members.add(root);
    this.alive.add(root);
  }

  has(tgid: number): boolean {
    return this.root === undefined || this.members.has(tgid);
  }

  /** Members that run. */
  get running(): ReadonlySet<number> {
    return this.alive;
  }

  /** To be told every event before anybody else. */
  saw(event: KernelEvent): void {
    const { tgid } = event.actor;
    if (event.kind === 'fork') this.forked(tgid, event.childTgid);
    else if (event.kind === 'exit') this.alive.delete(tgid);
    if (this.members.has(tgid)) this.lastActivity = performance.now();
  }

  private forked(parent: number, child: number): void {
    if (this.has(parent)) {
      this.members.add(child);
      this.alive.add(child);
    } else {
      // A stranger got the pid of one who is gone.
      this.members.delete(child);
      this.alive.delete(child);
    }
  }
}
