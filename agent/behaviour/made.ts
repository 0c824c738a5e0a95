import { LRUCache } from 'lru-cache';
import type { Facts } from './facts.js';

const DIRECTORIES = 16_384;
const FILES = 1024;

/**
 * What a process made itself, for as long as it may set the attributes of it: tar does so for its
 * directories at the very end, for a file right after it was written. The oldest are forgotten, which costs
 * a line too many.
 */
export class MadePaths<Owner extends object> {
  private readonly directories = new LRUCache<string, Owner>({ max: DIRECTORIES });
  private readonly files = new LRUCache<string, Owner>({ max: FILES });

  remember(owner: Owner, facts: Facts): void {
    for (const { path, created } of facts.files) if (created) this.files.set(path, owner);
    for (const { operation, path, newPath } of facts.names) {
      if (operation === 'mkdir') this.directories.set(path, owner);
      else if (operation === 'symlink') this.files.set(newPath, owner);
    }
  }

  has(owner: Owner, path: string): boolean {
    return this.directories.get(path) === owner || this.files.get(path) === owner;
  }
}
