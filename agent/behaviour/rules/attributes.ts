import type { FactIndex } from '../fact-index.js';
import type { FileFact, NameFact } from '../facts.js';
import type { RuleContext } from '../rule.js';

/**
 * Mode and owner. Who makes a file, or fills one anew, sets them as part of it (cp -p, tar x, install,
 * an editor, a directory of an archive); set on what was there before they are a behaviour.
 */
export function attributes({ facts, index, isNoiseWritten, madeBefore, report }: RuleContext): void {
  for (const name of facts.names) {
    const { operation, path, inode, device, attribute } = name;
    if (name.consumed || (operation !== 'chmod' && operation !== 'chown')) continue;
    name.consumed = true;
    if (!setsAnything(name) || isMadeHere(name, index) || madeBefore(path) || isNoiseWritten(path)) continue;
    report(operation, name, [], [{ path, inode, device, bytes: 0 }], attribute);
  }
}

/** chown(2) may be called with nothing to change. */
function setsAnything({ attribute }: NameFact): boolean {
  return attribute?.kind !== 'owner' || attribute.owner !== undefined || attribute.group !== undefined;
}

function isMadeHere(name: NameFact, index: FactIndex): boolean {
  // Where the kernel did not tell the inode it is looked up later: a temporary name is gone by then, and another file
  // may have taken the place of this one.
  const files = index.filesEverAt(name.path);
  const isIt = (file: FileFact): boolean =>
    name.inode === 0 ||
    name.inode === file.inode ||
    (name.lookedUp && file.path === name.path && file.order < name.order);
  if (files.some((file) => isWrittenAnew(file) && isIt(file))) return true;
  return (
    index.namesAt(name.path).some(({ operation }) => operation === 'mkdir') ||
    index.namesTo(name.path).some(({ operation }) => operation === 'symlink')
  );
}

function isWrittenAnew({ created, truncated, bytesWritten, size }: FileFact): boolean {
  return created || truncated || (bytesWritten > 0 && bytesWritten >= size);
}
