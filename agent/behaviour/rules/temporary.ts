import { directoryOf, type FactIndex } from '../fact-index.js';
import { isDestination, isNameless, type FileFact, type NameFact } from '../facts.js';
import type { RuleContext } from '../rule.js';

/**
 * Files that a process made and removed itself leave nothing behind. What is worth a line is
 * the removal, as in P2 (ssh and its known_hosts.XXXXXXXXXX), unless the file was only an aid
 * to work on another one: a swap, lock or backup file beside it, an empty probe, or where its content was made.
 */
export function temporary({ facts, index, handledBefore }: RuleContext): void {
  const isCopiedOut = (made: FileFact): boolean =>
    made.size > 0 &&
    facts.files.some((file) => file !== made && isDestination(file) && file.bytesWritten === made.size);
  for (const name of facts.names) {
    if (name.consumed || name.operation !== 'unlink') continue;
    const link = index.namesTo(name.path).find((other) => isLink(other) && !other.consumed && other.order < name.order);
    if (link) {
      // A lock: it has no content, and nothing is left of it. Nor of an empty file that had the name before (git init).
      link.consumed = true;
      name.consumed = true;
      for (const file of index.filesAt(name.path)) if (file.created && isProbe(file)) file.consumed = true;
      continue;
    }
    const made = index.filesAt(name.path).findLast((file) => file.created && file.order < name.order);
    if (!made) continue;
    made.consumed = true;
    const isForItself = isProbe(made) || isReadBack(made) || isScratch(name.path);
    if (isForItself || isAid(made, index, handledBefore) || isCopiedOut(made)) name.consumed = true;
  }
  // Without a name from the start or unlinked while open: nobody else can ever see it.
  for (const file of facts.files) {
    if (file.removed && (file.created || isNameless(file) || isScratch(file.path))) file.consumed = true;
  }
}

function isLink({ operation }: NameFact): boolean {
  return operation === 'link' || operation === 'symlink';
}

function isProbe(made: FileFact): boolean {
  return made.bytesWritten === 0 && made.size === 0;
}

/**
 * What the process put into it, it took out again itself: ar and strip on the way to the file that they change. Of
 * a file that is open for both, the direction is not known: then as much again as it holds went through it.
 */
function isReadBack({ bytesRead, bytesWritten, size }: FileFact): boolean {
  return size > 0 && bytesWritten > 0 && bytesRead + bytesWritten >= 2 * size;
}

const scratchDirectories: ReadonlySet<string> = new Set(['/tmp/', '/var/tmp/', '/dev/shm/']);

/** Where files are made to be removed: the text of a long here-document, which bash hands over without a name. */
function isScratch(path: string): boolean {
  return scratchDirectories.has(directoryOf(path));
}

/** Hidden, and named after a file beside it that was handled; or named after one that was written. */
function isAid(made: FileFact, index: FactIndex, handledBefore: (path: string) => boolean): boolean {
  const directory = directoryOf(made.path);
  const base = made.path.slice(directory.length);
  const hidden = base.startsWith('.');
  const isNamedAfter = (file: FileFact): boolean => {
    const name = file.path.slice(directory.length);
    return name.length > 0 && name !== base && base.includes(name) && (hidden || isDestination(file));
  };
  if (index.filesIn(directory).some((file) => file !== made && isNamedAfter(file))) return true;
  return hidden && aidedNames(base).some((name) => handledBefore(directory + name));
}

/** `.f.swp`, `.f.swx`, `.#f`, `.~lock.f#`: the names that the hidden one may stand for. */
function aidedNames(base: string): readonly string[] {
  const inner = base.slice(1);
  const dot = inner.lastIndexOf('.');
  return [
    inner.slice(0, dot === -1 ? undefined : dot),
    inner.replace(/^#/, ''),
    inner.replace(/^~lock\./, '').replace(/#$/, ''),
  ];
}
