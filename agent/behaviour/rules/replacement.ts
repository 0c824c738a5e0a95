import { directoryOf, type FactIndex } from '../fact-index.js';
import { isDestination, isNameless, type FileFact, type NameFact } from '../facts.js';
import type { RuleContext } from '../rule.js';

/**
 * Programs rarely write a file in place. They write a new one and rename it over the old
 * (zip, sed -i), or move the old one away and write a new one (vim), or remove the old one
 * first (unzip). All of it is one write of the path the user knows. Links are made in the same ways (ln -f).
 */
export function replacement({ facts, index, handledBefore }: RuleContext): void {
  for (const file of facts.files) {
    if (file.bytesRead > 0 && isDestination(file)) forgetBackups(file, index);
  }
  for (const name of facts.names) {
    if (name.operation === 'rename') followRename(name, index, handledBefore);
    else if (name.operation === 'link') followLink(name, index);
  }
  for (const name of facts.names) {
    if (!name.consumed && (name.operation === 'rename' || name.operation === 'unlink')) followVacated(name, index);
  }
  for (const name of facts.names) if (isLink(name)) forgetBackupLink(name, index);
}

/** A file that this process made, renamed: it is known by its final name. */
function followRename(name: NameFact, index: FactIndex, handledBefore: (path: string) => boolean): void {
  const before = index.filesAt(name.path).find((file) => file.created && !file.removed && file.order < name.order);
  const made = before ?? renamedWhileOpen(name, index);
  if (!made) {
    followLinkName(name, index);
    return;
  }
  if (name.exchanged) {
    // The old one is removed by the name that the new one had. If it stays, two names were exchanged.
    const discarded = removalAfter(name, index);
    if (!discarded) return;
    discarded.consumed = true;
  }
  // What is read there later is the new one itself, or one that takes its place in turn.
  const there = index
    .filesAt(name.newPath)
    .filter(
      (file) => file !== made && !file.consumed && (file.order < name.order || !isMadeAt(name.newPath, file, index)),
    );
  const former = there.findLast((file) => file.created && isDestination(file)) ?? there.at(-1);
  // zip makes an empty file first, to see that it may: that is no file that was there before.
  const probe = former?.created === true && former.bytesWritten === 0;
  // Made by this process itself: the one after it takes its place also in what is told (git writes its settings thrice).
  const superseded = former?.created === true && isDestination(former) && !probe && !name.exchanged;
  if (superseded) {
    made.replaced ||= former.replaced;
    former.consumed = true;
  } else {
    made.replaced ||=
      !probe && (name.exchanged || name.replacedInode !== 0 || former !== undefined || handledBefore(name.newPath));
  }
  if (before) index.move(made, name.newPath);
  // It is there since now, not since it was closed: the old one may have been moved away in between (sed -i.bak).
  if (made.order < name.order) made.order = name.order;
  // The old content was only read to make the new one: zip copies the old entries, sed the old lines.
  if (former && (probe || !isDestination(former))) former.consumed = true;
  name.consumed = true;
  // zip removes the old archive before it renames the new one, which was complete by then.
  const vacated = index.namesAt(name.newPath).find((other) => isRemoval(other) && other.order < name.order);
  if (!vacated) return;
  vacated.consumed = true;
  made.replaced ||= former?.created !== true;
}

/** Did this process make the file itself, now or later at this path? */
function isMadeAt(path: string, { inode }: FileFact, index: FactIndex): boolean {
  const isOne = (name: NameFact): boolean => name.operation === 'rename' && name.inode === inode;
  return index.namesTo(path).some(isOne) || index.filesAt(path).some((file) => file.created && file.inode === inode);
}

/** Before an editor overwrites a file in place it may copy it to one that is named after it (nano -B, vim's backupcopy). */
function forgetBackups(edited: FileFact, index: FactIndex): void {
  const directory = directoryOf(edited.path);
  const base = edited.path.slice(directory.length);
  for (const file of index.filesIn(directory)) {
    if (file === edited || !file.created || file.bytesWritten === 0) continue;
    // Read once for the screen, and once more for the backup.
    const isBackup = edited.bytesRead % file.bytesWritten === 0;
    if (isBackup && file.path.slice(directory.length).includes(base)) file.consumed = true;
  }
}

/** Or keep it by another name, until then and after (perl -i.bak, ssh-keygen -R). */
function forgetBackupLink(name: NameFact, index: FactIndex): void {
  const { operation, path, newPath, order } = name;
  const base = path.slice(directoryOf(path).length);
  if (operation !== 'link' || !newPath.slice(directoryOf(newPath).length).includes(base)) return;
  if (index.filesAt(path).some((file) => file.replaced && file.order > order)) name.consumed = true;
}

/** Its path is the new one when it is closed. */
function renamedWhileOpen({ newPath, inode, order }: NameFact, index: FactIndex): FileFact | undefined {
  return index.filesAt(newPath).find((file) => file.created && file.order > order && file.inode === inode);
}

/** A link that was made by a temporary name, to replace another one (ln -sf). */
function followLinkName(name: NameFact, index: FactIndex): void {
  const made = index.namesTo(name.path).find((other) => isLink(other) && other.order < name.order);
  if (!made || name.exchanged) return;
  index.moveName(made, name.newPath);
  if (made.inode === 0) made.inode = name.inode;
  name.consumed = true;
}

/** A file that this process made, linked to its final name: by a temporary one, or by none (O_TMPFILE) before. */
function followLink(name: NameFact, index: FactIndex): void {
  const removal = removalAfter(name, index);
  const isIt = (file: FileFact): boolean => name.inode === 0 || name.inode === file.inode;
  const made = index
    .filesAt(name.path)
    .find((file) => isIt(file) && (isNameless(file) || (file.created && removal !== undefined)));
  if (!made) return;
  made.created = true;
  index.move(made, name.newPath);
  name.consumed = true;
  if (removal) removal.consumed = true;
}

function isLink({ operation, consumed }: NameFact): boolean {
  return (operation === 'link' || operation === 'symlink') && !consumed;
}

function removalAfter({ path, order }: NameFact, index: FactIndex): NameFact | undefined {
  return index.namesAt(path).find((other) => isRemoval(other) && other.order > order);
}

function isRemoval({ operation, consumed }: NameFact): boolean {
  return operation === 'unlink' && !consumed;
}

/** A path that was vacated, and then filled again by the same process. */
function followVacated(name: NameFact, index: FactIndex): void {
  if (
    name.operation === 'unlink' &&
    index.namesTo(name.path).some((other) => isLink(other) && other.order > name.order)
  ) {
    name.consumed = true;
    return;
  }
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
