import type { FactIndex } from '../fact-index.js';
import type { NameFact } from '../facts.js';
import type { RuleContext } from '../rule.js';

/** A name changed: of a file or a directory. */
export function rename({ facts, index, isNoiseWritten, report }: RuleContext): void {
  for (const name of facts.names) {
    if (name.consumed || !isRename(name, index)) continue;
    name.consumed = true;
    if (isNoiseWritten(name.path) && isNoiseWritten(name.newPath)) continue;
    const { inode, replacedInode, device, exchanged } = name;
    const source = { path: name.path, inode, device, bytes: 0 };
    const destination = { path: name.newPath, inode, device, bytes: 0 };
    if (!exchanged) {
      report('rename', name, [source], [destination]);
      continue;
    }
    const other = { inode: replacedInode, device, bytes: 0 };
    report('rename', name, [source, { ...other, path: name.newPath }], [destination, { ...other, path: name.path }]);
  }
}

/** Also a file that was linked to its new name and then lost the old one, as is done where nothing may be overwritten. */
function isRename({ operation, path, order }: NameFact, index: FactIndex): boolean {
  if (operation !== 'link') return operation === 'rename';
  const removal = index
    .namesAt(path)
    .find((name) => name.operation === 'unlink' && !name.consumed && name.order > order);
  if (removal) removal.consumed = true;
  return removal !== undefined;
}
