import { readFileSync } from 'node:fs';
import { LRUCache } from 'lru-cache';
import { lookInside } from '../kernel/root-directory.js';
import { isRootOf, type ContainerFiles, type RootDirectory } from './isolation.js';
import { mayWait, parseMountInfo, pathThroughMounts, type Mount } from './mount-info.js';
import { parsePasswd } from './users.js';

const REMEMBERED = 1024;
/** Containers are set up while they start, and add users later. */
const REFRESH_MILLISECONDS = 10_000;
/** A container's list of users is cut here. */
const PASSWD_LENGTH = 256 * 1024;

interface UserList {
  readonly names: ReadonlyMap<number, string>;
  readonly readAt: number;
}

/** What may be written to a recording of the answers. */
export interface ContainerObserver {
  hostPath(key: string, path: string): void;
  user(key: string, uid: number, name: string): void;
}

/** Asks the files of the containers that run. */
export class RunningContainerFiles implements ContainerFiles {
  private readonly users = new LRUCache<string, UserList>({ max: REMEMBERED });
  /** What the observer knows already. */
  private readonly told = new LRUCache<string, string>({ max: REMEMBERED });

  constructor(private readonly observer: ContainerObserver) {}

  hostPathOf(key: string, device: number, path: string): string {
    // Those of the first process are the host's, also for an agent with mounts of its own.
    const mounts = mountsOf(1) ?? mountsOf(process.pid) ?? [];
    const found = pathThroughMounts(mounts, device, path);
    if (found !== '') this.observer.hostPath(key, found);
    return found;
  }

  userName(root: RootDirectory, uid: number, tgids: Iterable<number>): string {
    const name = this.listOf(root, tgids).get(uid) ?? '';
    const user = `${root.key} ${uid}`;
    if (name !== (this.told.get(user) ?? '')) {
      this.told.set(user, name);
      this.observer.user(root.key, uid, name);
    }
    return name;
  }

  private listOf(root: RootDirectory, tgids: Iterable<number>): ReadonlyMap<number, string> {
    const known = this.users.get(root.key);
    const now = performance.now();
    if (known !== undefined && now - known.readAt < REFRESH_MILLISECONDS) return known.names;
    const text = readPasswd(root, tgids);
    if (text === undefined) return known?.names ?? new Map<number, string>();
    const names = parsePasswd(text);
    this.users.set(root.key, { names, readAt: now });
    return names;
  }
}

function readPasswd(root: RootDirectory, tgids: Iterable<number>): string | undefined {
  return lookInside(
    tgids,
    (status) => isRootOf(root, status),
    '/etc/passwd',
    (file) => {
      const bytes = Buffer.alloc(PASSWD_LENGTH);
      const length = file.read(bytes);
      return length < 0 ? undefined : bytes.toString('utf8', 0, length);
    },
    hasNoWaitingMounts,
  );
}

/** Nobody keeps us waiting who has no such file system at all, not even one that is mounted over a part of a path. */
function hasNoWaitingMounts(tgid: number): boolean {
  return mountsOf(tgid)?.every((mount) => !mayWait(mount)) ?? false;
}

function mountsOf(tgid: number): readonly Mount[] | undefined {
  try {
    return parseMountInfo(readFileSync(`/proc/${tgid}/mountinfo`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Answers that a recording carries. */
export class RecordedContainerFiles implements ContainerFiles {
  private readonly hostPaths = new Map<string, string>();
  private readonly names = new Map<string, string>();

  addHostPath(key: string, path: string): void {
    this.hostPaths.set(key, path);
  }

  addUser(key: string, uid: number, name: string): void {
    this.names.set(`${key} ${uid}`, name);
  }

  hostPathOf(key: string): string {
    return this.hostPaths.get(key) ?? '';
  }

  userName(root: RootDirectory, uid: number): string {
    return this.names.get(`${root.key} ${uid}`) ?? '';
  }
}
