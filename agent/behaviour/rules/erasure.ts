import type { FactIndex } from '../fact-index.js';
import { isDestination, type NameFact } from '../facts.js';
import type { RuleContext } from '../rule.js';

/**
 * A file that is renamed and then removed is gone under the name it had first: shred overwrites it, and
 * renames it to 000, 00 and 0, so that the directory forgets its name. What an operator misses is that name.
 */
export function erasure({ facts, index, isNoiseWritten, report }: RuleContext): void {
  const renames = facts.names.filter(({ operation, consumed }) => operation === 'rename' && !consumed);
  const byNewPath = new Map<string, NameFact[]>();
  for (const name of renames) byNewPath.set(name.newPath, [...(byNewPath.get(name.newPath) ?? []), name]);
  for (const removal of facts.names) {
    if (removal.operation !== 'unlink' || removal.consumed) continue;
    const path = firstName(removal, byNewPath);
    forgetWrites(path, removal, index);
    if (path === removal.path) continue;
    removal.consumed = true;
    if (isNoiseWritten(path)) continue;
    const { inode, device } = removal;
    report('remove', removal, [{ path, inode, device, bytes: 0 }], []);
  }
}

/** Follows the renames back, and consumes them. */
function firstName(removal: NameFact, byNewPath: ReadonlyMap<string, readonly NameFact[]>): string {
  let path = removal.path;
  let order = removal.order;
  for (;;) {
    const before = order;
    const name = byNewPath.get(path)?.findLast((rename) => !rename.consumed && rename.order < before);
    if (!name) return path;
    name.consumed = true;
    path = name.path;
    order = name.order;
  }
}

/** What was written into a file that the same process removes then is gone with it. */
function forgetWrites(path: string, removal: NameFact, index: FactIndex): void {
  for (const file of index.filesAt(path)) {
    const isGone = file.order < removal.order || file.removed;
    if (isDestination(file) && isGone && file.inode === removal.inode) file.consumed = true;
  }
}
