import { lstatSync } from 'node:fs';
import { LRUCache } from 'lru-cache';
import type { FileEvent, NameEvent } from '../decode/event.js';
import type { Inode } from './behaviour.js';

/** The inode behind a path, where the kernel's probes could not tell. */
export interface InodeSource {
  /** 0: not known. */
  inodeOf(path: string): Inode;
}

/** Asks the file system. */
export class FileSystemInodeSource implements InodeSource {
  constructor(private readonly observed: (path: string, inode: Inode) => void) {}

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
}

/** Answers that a recording carries. */
export class RecordedInodeSource implements InodeSource {
  private readonly answers = new Map<string, Inode>();

  add(path: string, inode: Inode): void {
    this.answers.set(path, inode);
  }

  inodeOf(path: string): Inode {
    return this.answers.get(path) ?? 0;
  }
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

  /** The inode of a changed name; keeps the cache true to what the event did. */
  resolve(event: NameEvent): Inode {
    const { operation, path, newPath } = event;
    const known = event.inode === 0 ? this.inodes.get(path) : event.inode;
    if (operation !== 'mkdir') this.inodes.delete(path);
    if (operation === 'unlink' || operation === 'rmdir') return known ?? 0;
    const target = operation === 'rename' ? newPath : path;
    // A directory may be made again under a path that we know from before.
    const inode =
      event.inode === 0 && (operation === 'mkdir' || known === undefined) ? this.source.inodeOf(target) : (known ?? 0);
    if (inode !== 0) this.inodes.set(target, inode);
    return inode;
  }
}
