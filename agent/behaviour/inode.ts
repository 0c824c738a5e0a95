import { lstatSync, realpathSync } from 'node:fs';
import { posix } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { FileEvent, NameEvent } from '../decode/event.js';
import { lookInside } from '../kernel/root-directory.js';
import { isRootOf } from '../process/isolation.js';
import type { Process } from '../process/process.js';
import type { Inode } from './behaviour.js';

/** The inode behind a path, where the kernel's probes could not tell. */
export interface InodeSource {
  /** As the process sees the path; 0: not known. */
  inodeOf(path: string, process: Process): Inode;
  /** Where symbolic links at the end of a path lead to, as the process sees it; the path itself where there are none. */
  follow(path: string, process: Process): string;
}

/** Asks the file system. */
export class FileSystemInodeSource implements InodeSource {
  /** `inside`: processes that see the same files as the given one; the others are told each answer: a recording keeps them. */
  constructor(
    private readonly inside: (process: Process) => Iterable<number>,
    private readonly observed: (root: string, path: string, inode: Inode) => void,
    private readonly followed: (root: string, path: string, target: string) => void,
  ) {}

  inodeOf(path: string, process: Process): Inode {
    const { root } = process.isolation;
    const found = root.key === '' ? inodeHere(path) : this.inodeInside(path, process);
    if (found === undefined) return 0;
    const inode = found <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(found) : found;
    this.observed(root.key, path, inode);
    return inode;
  }

  follow(path: string, process: Process): string {
    const { root } = process.isolation;
    const target = root.key === '' ? followHere(path) : this.followInside(path, process);
    if (target !== path) this.followed(root.key, path, target);
    return target;
  }

  private inodeInside(path: string, process: Process): bigint | undefined {
    return lookInside(
      this.inside(process),
      (status) => isRootOf(process.isolation.root, status),
      path,
      (file) => file.status()?.inode,
    );
  }

  private followInside(path: string, process: Process): string {
    let place = path;
    for (let links = 0; links < LINKS; links++) {
      const target = lookInside(
        this.inside(process),
        (status) => isRootOf(process.isolation.root, status),
        place,
        (file) => file.target(),
      );
      if (target === undefined) break;
      place = posix.resolve(posix.dirname(place), target);
    }
    return place;
  }
}

function inodeHere(path: string): bigint | undefined {
  try {
    return lstatSync(path, { bigint: true }).ino;
  } catch {
    return undefined;
  }
}

function followHere(path: string): string {
  try {
    return lstatSync(path).isSymbolicLink() ? realpathSync.native(path) : path;
  } catch {
    return path;
  }
}

/** Answers that a recording carries. */
export class RecordedInodeSource implements InodeSource {
  private readonly answers = new Map<string, Inode>();
  private readonly targets = new Map<string, string>();

  add(root: string, path: string, inode: Inode): void {
    this.answers.set(`${root}${path}`, inode);
  }

  addTarget(root: string, path: string, target: string): void {
    this.targets.set(`${root}${path}`, target);
  }

  inodeOf(path: string, process: Process): Inode {
    return this.answers.get(inodeKey(process, path)) ?? 0;
  }

  follow(path: string, process: Process): string {
    return this.targets.get(inodeKey(process, path)) ?? path;
  }
}

/** What a changed name stands for. */
export interface ResolvedName {
  /** As in the event, but where an attribute was set through a symbolic link: what that leads to. */
  readonly path: string;
  readonly inode: Inode;
  /** Of an exchange, the inode that is now at the old path; of a symbolic link, that of what it leads to; else as in the event. */
  readonly replacedInode: Inode;
  /** The inode is that of who has the path now: another file may have come to it since. */
  readonly lookedUp?: boolean;
}

/** As many as the kernel follows. */
const LINKS = 40;

const REMEMBERED = 65_536;

/** The same path is another file in another container. */
function inodeKey({ isolation }: Process, path: string): string {
  return isolation.root.key === '' ? path : `${isolation.root.key}${path}`;
}

/**
 * Paths and their inodes as events told them: the last resort for a name that is gone, on a
 * kernel without fentry and a file system without tracepoints (tmpfs, xfs).
 */
export class PathCache {
  private readonly inodes = new LRUCache<string, Inode>({ max: REMEMBERED });

  constructor(private readonly source: InodeSource) {}

  sawFile(event: FileEvent, process: Process): void {
    const key = inodeKey(process, event.path);
    // Most files are seen again and again, unchanged.
    if (this.inodes.peek(key) !== event.inode) this.inodes.set(key, event.inode);
  }

  /** The inodes of a changed name; keeps the cache true to what the event did. */
  resolve(event: NameEvent, process: Process): ResolvedName {
    const { operation, path, newPath, replacedInode } = event;
    const key = inodeKey(process, path);
    switch (operation) {
      case 'unlink':
      case 'rmdir': {
        const inode = this.known(event, key);
        this.inodes.delete(key);
        return { path, inode, replacedInode };
      }
      // A directory may be made again under a path that we know from before.
      case 'mkdir':
        return { path, inode: this.at(path, event.inode, process), replacedInode };
      case 'rename': {
        const known = this.known(event, key);
        const before = this.inodes.get(inodeKey(process, newPath)) ?? 0;
        this.inodes.delete(key);
        const inode = this.at(newPath, known, process);
        if (event.exchanged) return { path, inode, replacedInode: this.at(path, replacedInode, process) };
        // Only fentry tells what was there before; else we may have seen it.
        return { path, inode, replacedInode: replacedInode === 0 && before !== inode ? before : replacedInode };
      }
      case 'link':
        return { path, inode: this.at(newPath, this.known(event, key), process), replacedInode };
      case 'symlink':
        return {
          path,
          inode: this.at(newPath, event.inode, process),
          replacedInode: this.inodes.get(key) ?? this.source.inodeOf(path, process),
        };
      case 'chmod':
      case 'chown':
      case 'truncate': {
        if (event.inode !== 0) return { path, inode: event.inode, replacedInode };
        const target = event.notFollowed ? path : this.source.follow(path, process);
        // Files come and go by the names of temporary files: what the file system says now is truer than what we saw.
        const inode = this.source.inodeOf(target, process);
        const known = inode === 0 ? (this.inodes.get(inodeKey(process, target)) ?? 0) : inode;
        return { path: target, inode: known, replacedInode, lookedUp: true };
      }
    }
  }

  private known({ inode }: NameEvent, key: string): Inode {
    return inode === 0 ? (this.inodes.get(key) ?? 0) : inode;
  }

  /** Who has this path now: `known`, or whom the file system has there. */
  private at(path: string, known: Inode, process: Process): Inode {
    const inode = known === 0 ? this.source.inodeOf(path, process) : known;
    if (inode !== 0) this.inodes.set(inodeKey(process, path), inode);
    return inode;
  }
}
