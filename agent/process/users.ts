import { readFileSync, statSync } from 'node:fs';

/** Names of user ids. */
export interface UserNames {
  /** The name, or the number as text where it has none. */
  nameOf(uid: number): string;
}

/** A fixed list, as a recording carries it. */
export class FixedUserNames implements UserNames {
  constructor(private readonly names: ReadonlyMap<number, string>) {}

  nameOf(uid: number): string {
    return this.names.get(uid) ?? String(uid);
  }
}

const CHECK_INTERVAL = 1000;

/** /etc/passwd, read again when it changed. Name services beyond it would block the event loop. */
export class PasswdUserNames implements UserNames {
  private names: ReadonlyMap<number, string> = new Map();
  private modified = -1;
  private checked = -Infinity;

  constructor(private readonly file = '/etc/passwd') {}

  nameOf(uid: number): string {
    this.refresh();
    return this.names.get(uid) ?? String(uid);
  }

  all(): ReadonlyMap<number, string> {
    this.refresh();
    return this.names;
  }

  private refresh(): void {
    const now = performance.now();
    if (now - this.checked < CHECK_INTERVAL) return;
    this.checked = now;
    try {
      const { mtimeMs } = statSync(this.file);
      if (mtimeMs === this.modified) return;
      this.names = parsePasswd(readFileSync(this.file, 'utf8'));
      this.modified = mtimeMs;
    } catch {
      // A host without the file has no names: numbers are shown.
    }
  }
}

/** The first name of each uid counts, as getpwuid(3) answers. */
export function parsePasswd(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':');
    if (name && uid && /^\d+$/.test(uid) && !names.has(Number(uid))) names.set(Number(uid), name);
  }
  return names;
}
