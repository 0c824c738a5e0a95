import { isDestination, isSource, reference, type FileFact } from '../facts.js';
import type { RuleContext } from '../rule.js';

/**
 * As many bytes went into one file as came out of another: a copy, whoever made it. Where the
 * source is removed afterwards it was a move across file systems.
 */
export function copy(context: RuleContext): void {
  pairUp(context);
  setAside(context);
}

/**
 * A process that goes on has to be looked at some time, and may have closed the new file of a copy and not yet the
 * old one. What it did last, and is no half of anything so far, waits for what it does next.
 */
function setAside({ facts }: RuleContext): void {
  for (const file of facts.files) {
    if (!file.consumed && facts.isUndecided(file)) facts.setAside(file);
  }
}

function pairUp({ facts, index, report }: RuleContext): void {
  const sources = sourcesBySize(facts.files);
  if (sources.size === 0) return;
  for (const destination of facts.files) {
    if (destination.consumed || !isDestination(destination)) continue;
    const source = nearest(sources.get(destination.bytesWritten) ?? [], destination, !facts.isUndecided(destination));
    if (!source) continue;
    const removal = index.removalOf(source);
    if (removal) removal.consumed = true;
    source.consumed = true;
    destination.consumed = true;
    const bytes = destination.bytesWritten;
    report(removal ? 'rename' : 'copy', destination, [reference(source, bytes)], [reference(destination, bytes)]);
  }
}

function sourcesBySize(files: readonly FileFact[]): ReadonlyMap<number, readonly FileFact[]> {
  const sources = new Map<number, FileFact[]>();
  for (const file of files) {
    if (file.consumed || isDestination(file) || (file.bytesRead === 0 && !file.empty)) continue;
    add(sources, file.bytesRead, file);
    // A part of it may have been read twice: bash gives back what it read beyond a line, others look at the head first.
    if (file.bytesRead > file.size && file.size > 0) add(sources, file.size, file);
  }
  return sources;
}

function add(sources: Map<number, FileFact[]>, bytes: number, file: FileFact): void {
  const list = sources.get(bytes);
  if (list) list.push(file);
  else sources.set(bytes, [file]);
}

/** Several files into one, byte for byte: `cat a b > c`. */
export function concatenate({ facts, report }: RuleContext): void {
  const sources = facts.files.filter((file) => !file.consumed && isSource(file));
  const destinations = facts.files.filter((file) => !file.consumed && isDestination(file) && file.bytesWritten > 0);
  const [destination] = destinations;
  if (sources.length < 2 || destinations.length !== 1 || !destination) return;
  const total = sources.reduce((sum, source) => sum + source.bytesRead, 0);
  if (total !== destination.bytesWritten) return;
  for (const source of sources) source.consumed = true;
  destination.consumed = true;
  report(
    'copy',
    destination,
    sources.map((source) => reference(source, source.bytesRead)),
    [reference(destination, destination.bytesWritten)],
  );
}

/**
 * Files of equal size are told apart by order: a copy closes both its files together, so the first
 * that comes near enough is taken. A source may be copied more than once (tee), where `again` allows it.
 */
function nearest(sources: readonly FileFact[], destination: FileFact, again: boolean): FileFact | undefined {
  let best: FileFact | undefined;
  let bestDistance = Infinity;
  for (const source of sources) {
    if (source.path === destination.path || (source.empty && !destination.created)) continue;
    if (source.consumed && !again) continue;
    const candidate = distance(source, destination);
    if (candidate >= bestDistance) continue;
    best = source;
    bestDistance = candidate;
    if (bestDistance === 1) break;
  }
  return best;
}

function distance(source: FileFact, destination: FileFact): number {
  // One that was copied already serves again only if there is no other.
  return Math.abs(source.order - destination.order) + (source.consumed ? 1e6 : 0);
}
