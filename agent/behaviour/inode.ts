import { lstatSync, realpathSync } from 'node:fs';
import { LRUCache } from 'lru-cache';
import type { FileEvent, NameEvent } from '../decode/event.js';
import type { Inode } from './behaviour.js';

/** The inode behind a path, where the kernel's probes could not tell. */
export interface InodeSource {
  /** 0: not known. */
  inodeOf(path: string): Inode;
  /** Where symbolic links at the end of a path lead to; the path itself where there are none. */
  follow(path: string): string;
}

/** Asks the file system. */
export class FileSystemInodeSource implements InodeSource {
  constructor(
    private readonly observed: (path: string, inode: Inode) => void,
    private readonly followed: (path: string, target: string) => void,
  ) {}

  inodeOf(path: string): Inode {
    try {
      const { ino } = lstatSync(path, { bigint: true });
      const inode = ino <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(ino) : ino;
      this.observed(path, inode);
      return inode;
    } catch {
      return 0;
    }
  }

  follow(path: string): string {
    try {
      if (!lstatSync(path).isSymbolicLink()) return path;
      const target = realpathSync.native(path);
      this.followed(path, target);
      return target;
    } catch {
      return path;
    }
  }
}

/** Answers that a recording carries. */
export class RecordedInodeSource implements InodeSource {
  private readonly answers = new Map<string, Inode>();
  private readonly targets = new Map<string, string>();

  add(path: string, inode: Inode): void {
    this.answers.set(path, inode);
  }

  addTarget(path: string, target: string): void {
    this.targets.set(path, target);
  }

  inodeOf(path: string): Inode {
    return this.answers.get(path) ?? 0;
  }

  follow(path: string): string {
    return this.targets.get(path) ?? path;
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

const REMEMBERED = 65_536;

/**
 * Paths and their inodes as events told them: the last resort for a name that is gone, on a
 * kernel without fentry and a file system without tracepoints (tmpfs, xfs).
 */
export class PathCache {
  private readonly inodes = new LRUCache<string, Inode>({ max: REMEMBERED });

  constructor(private readonly source: InodeSource) {}

  sawFile(event: FileEvent): void {
    // Most files are seen again and again, unchanged.
    if (this.inodes.peek(event.path) !== event.inode) this.inodes.set(event.path, event.inode);
  }

  /** The inodes of a changed name; keeps the cache true to what the event did. */
  resolve(event: NameEvent): ResolvedName {
    const { operation, path, newPath, replacedInode } = event;
    switch (operation) {
      case 'unlink':
      case 'rmdir': {
        const inode = this.known(event);
        this.inodes.delete(path);
        return { path, inode, replacedInode };
      }
      // A directory may be made again under a path that we know from before.
      case 'mkdir':
        return { path, inode: this.at(path, event.inode), replacedInode };
      case 'rename': {
        const known = this.known(event);
        const before = this.inodes.get(newPath) ?? 0;
        this.inodes.delete(path);
        const inode = this.at(newPath, known);
        if (event.exchanged) return { path, inode, replacedInode: this.at(path, replacedInode) };
        // Only fentry tells what was there before; else we may have seen it.
        return { path, inode, replacedInode: replacedInode === 0 && before !== inode ? before : replacedInode };
      }
      case 'link':
        return { path, inode: this.at(newPath, this.known(event)), replacedInode };
      case 'symlink':
        return {
          path,
          inode: this.at(newPath, event.inode),
          replacedInode: this.inodes.get(path) ?? this.source.inodeOf(path),
        };
      case 'chmod':
      case 'chown':
      case 'truncate': {
        if (event.inode !== 0) return { path, inode: event.inode, replacedInode };
        const target = event.notFollowed ? path : this.source.follow(path);
        // Files come and go by the names of temporary files: what the file system says now is truer than what we saw.
        const inode = this.source.inodeOf(target);
        const known = inode === 0 ? (this.inodes.get(target) ?? 0) : inode;
        return { path: target, inode: known, replacedInode, lookedUp: true };
      }
    }
  }

  private known({ inode, path }: NameEvent): Inode {
    return inode === 0 ? (this.inodes.get(path) ?? 0) : inode;
  }

  /** Who has this path now: `known`, or whom the file system has there. */
  private at(path: string, known: Inode): Inode {
    const inode = known === 0 ? this.source.inodeOf(path) : known;
    if (inode !== 0) this.inodes.set(path, inode);
    return inode;
  }
}
