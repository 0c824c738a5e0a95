import { isDestination, isSource, reference, removalOf, type FileFact } from '../facts.js';
import type { RuleContext } from '../rule.js';

/**
 * As many bytes went into one file as came out of another: a copy, whoever made it. Where the
 * source is removed afterwards it was a move across file systems.
 */
export function copy({ facts, report }: RuleContext): void {
  const sources = facts.files.filter((file) => !file.consumed && (isSource(file) || isEmptySource(file)));
  for (const destination of facts.files) {
    if (destination.consumed || !isDestination(destination)) continue;
    const source = nearestEqual(sources, destination);
    if (!source) continue;
    const removal = removalOf(source, facts.names);
    if (removal) removal.consumed = true;
    source.consumed = true;
    destination.consumed = true;
    const bytes = destination.bytesWritten;
    report(removal ? 'rename' : 'copy', destination, [reference(source, bytes)], [reference(destination, bytes)]);
  }
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

function isEmptySource(file: FileFact): boolean {
  return file.empty && !isDestination(file);
}

/** Files of equal size are told apart by order: a copy closes both its files together. A source may be copied more than once (tee). */
function nearestEqual(sources: readonly FileFact[], destination: FileFact): FileFact | undefined {
  let nearest: FileFact | undefined;
  for (const source of sources) {
    if (source.bytesRead !== destination.bytesWritten || source.path === destination.path) continue;
    if (source.empty && !destination.created) continue;
    if (nearest === undefined || distance(source, destination) < distance(nearest, destination)) nearest = source;
  }
  return nearest;
}

function distance(source: FileFact, destination: FileFact): number {
  // One that was copied already serves again only if there is no other.
  return Math.abs(source.order - destination.order) + (source.consumed ? 1e6 : 0);
}
