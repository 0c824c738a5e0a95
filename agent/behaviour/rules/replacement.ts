import { directoryOf, type FactIndex } from '../fact-index.js';
import { isDestination, type FileFact, type NameFact } from '../facts.js';
import type { RuleContext } from '../rule.js';

/**
 * Programs rarely write a file in place. They write a new one and rename it over the old
 * (zip, sed -i), or move the old one away and write a new one (vim), or remove the old one
 * first (unzip). All of it is one write of the path the user knows.
 */
export function replacement({ facts, index, handledBefore }: RuleContext): void {
  for (const file of facts.files) {
    if (file.bytesRead > 0 && isDestination(file)) forgetBackups(file, index);
  }
  for (const name of facts.names) {
    if (name.operation === 'rename') followRename(name, index, handledBefore);
  }
  for (const name of facts.names) {
    if (!name.consumed && (name.operation === 'rename' || name.operation === 'unlink')) followVacated(name, index);
  }
}

/** A file that this process made, renamed: it is known by its final name. */
function followRename(name: NameFact, index: FactIndex, handledBefore: (path: string) => boolean): void {
  const made = index.filesAt(name.path).find((file) => file.created && !file.removed && file.order < name.order);
  if (!made) return;
  const former = index.filesAt(name.newPath).find((file) => file !== made);
  // zip makes an empty file first, to see that it may: that is no file that was there before.
  const probe = former?.created === true && former.bytesWritten === 0;
  made.replaced ||= !probe && (name.replacedInode !== 0 || former !== undefined || handledBefore(name.newPath));
  index.move(made, name.newPath);
  // It is there since now, not since it was closed: the old one may have been moved away in between (sed -i.bak).
  made.order = name.order;
  // The old content was only read to make the new one: zip copies the old entries, sed the old lines.
  if (former && (probe || !isDestination(former))) former.consumed = true;
  name.consumed = true;
  // zip removes the old archive before it renames the new one, which was complete by then.
  const vacated = index.namesAt(name.newPath).find((other) => isRemoval(other) && other.order < name.order);
  if (!vacated) return;
  vacated.consumed = true;
  made.replaced ||= former?.created !== true;
}

/** Before an editor overwrites a file in place it may copy it to one that is named after it (nano -B, vim's backupcopy). */
function forgetBackups(edited: FileFact, index: FactIndex): void {
  const directory = directoryOf(edited.path);
  const base = edited.path.slice(directory.length);
  for (const file of index.filesIn(directory)) {
    const isBackup = file !== edited && file.created && file.bytesWritten === edited.bytesRead;
    if (isBackup && file.path.slice(directory.length).includes(base)) file.consumed = true;
  }
}

function isRemoval({ operation, consumed }: NameFact): boolean {
  return operation === 'unlink' && !consumed;
}

/** A path that was vacated, and then filled again by the same process. */
function followVacated(name: NameFact, index: FactIndex): void {
  const here = index.filesAt(name.path);
  const successor = here.find((file) => file.created && file.order > name.order);
  if (!successor) return;
  name.consumed = true;
  const former = here.find((file) => file.order < name.order);
  // What the process had made itself was no file of before: vim tries its swap file's name first.
  successor.replaced = !former?.created;
  if (former && (former.created || !isDestination(former))) former.consumed = true;
  if (name.operation !== 'rename') return;
  // The one that was moved away is a backup: read for the new content (Python's fileinput), removed when that is safe.
  for (const backup of index.filesAt(name.newPath)) {
    if (backup.inode === name.inode && !isDestination(backup)) backup.consumed = true;
  }
  const discarded = index
    .namesAt(name.newPath)
    .find(({ operation, order }) => operation === 'unlink' && order > name.order);
  if (discarded) discarded.consumed = true;
}
