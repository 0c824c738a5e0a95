import type { NameFact } from '../facts.js';
import type { RuleContext } from '../rule.js';

/** Names made for a file that has one already, and symbolic links. */
export function links({ facts, isNoiseWritten, report }: RuleContext): void {
  for (const name of facts.names) {
    if (name.consumed || (name.operation !== 'link' && name.operation !== 'symlink')) continue;
    name.consumed = true;
    const { path, newPath, inode, device } = name;
    if (isNoiseWritten(path) && isNoiseWritten(newPath)) continue;
    const source = { path, inode: linkedInode(name), device, bytes: 0 };
    report(name.operation, name, [source], [{ path: newPath, inode, device, bytes: 0 }]);
  }
}

function linkedInode({ operation, inode, replacedInode }: NameFact): NameFact['inode'] {
  return operation === 'link' ? inode : replacedInode;
}
