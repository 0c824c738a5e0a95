import { bytesTaken, isDestination, isSource, reference, type FileFact } from '../facts.js';
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

function pairUp({ facts, index, isNoise, report }: RuleContext): void {
  const sources = sourcesBySize(facts.files);
  if (sources.size === 0) return;
  const noise = new Map<string, boolean>();
  const isKnownNoise = (path: string): boolean => {
    const known = noise.get(path);
    if (known !== undefined) return known;
    const answer = isNoise(path);
    noise.set(path, answer);
    return answer;
  };
  for (const destination of facts.files) {
    if (destination.consumed || !isDestination(destination)) continue;
    const again = !facts.isUndecided(destination);
    const accepts = (source: FileFact): boolean =>
      (again || !source.consumed) && isLikely(source, destination) && isMeant(source, destination, isKnownNoise);
    const source =
      nearest(sources.get(destination.bytesWritten) ?? [], destination, accepts) ??
      (isFilled(destination) || isOverwritten(destination)
        ? nearest(sources.get(destination.size) ?? [], destination, (other) => isWhole(other) && accepts(other))
        : undefined);
    if (!source) continue;
    const removal = index.removalOf(source);
    if (removal) removal.consumed = true;
    source.consumed = true;
    destination.consumed = true;
    const bytes = Math.max(destination.bytesWritten, bytesTaken(source));
    report(removal ? 'rename' : 'copy', destination, [reference(source, bytes)], [reference(destination, bytes)]);
  }
}

/** Of two without a byte the sizes have to say more: a file of nothing but holes is not read, and not written. */
function isLikely(source: FileFact, destination: FileFact): boolean {
  if (!source.empty) return true;
  return destination.created && (destination.bytesWritten > 0 || source.size === destination.size);
}

/** More was put into it than it holds: parts of it were written again. */
function isOverwritten({ bytesWritten, size }: FileFact): boolean {
  return bytesWritten > size && size > 0;
}

/** Made anew, and holds more than was written: by a mapping, or zeros that became holes (cp --sparse=always). */
function isFilled({ created, truncated, bytesWritten, mappedWrite, resized, size }: FileFact): boolean {
  return (created || truncated) && bytesWritten < size && (mappedWrite || resized);
}

function isWhole(source: FileFact): boolean {
  return bytesTaken(source) >= source.size;
}

/** What every program reads has the size of what it writes by chance, unless the two were closed together. */
function isMeant(source: FileFact, destination: FileFact, isNoise: (path: string) => boolean): boolean {
  return source.shown || Math.abs(source.order - destination.order) === 1 || !isNoise(source.path);
}

function sourcesBySize(files: readonly FileFact[]): ReadonlyMap<number, readonly FileFact[]> {
  const sources = new Map<number, FileFact[]>();
  for (const file of files) {
    const taken = bytesTaken(file);
    if (file.consumed || isDestination(file) || (taken === 0 && !file.empty)) continue;
    add(sources, taken, file);
    // A part of it may have been read twice: bash gives back what it read beyond a line, others look at the head first.
    if (taken > file.size && file.size > 0) add(sources, file.size, file);
  }
  for (const list of sources.values()) list.sort((left, right) => left.order - right.order);
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
  const total = sources.reduce((sum, source) => sum + bytesTaken(source), 0);
  if (total !== destination.bytesWritten) return;
  for (const source of sources) source.consumed = true;
  destination.consumed = true;
  report(
    'copy',
    destination,
    sources.map((source) => reference(source, bytesTaken(source))),
    [reference(destination, destination.bytesWritten)],
  );
}

/**
 * Files of equal size are told apart by order: a copy closes both its files together, so the nearest
 * is taken. One that was copied already serves again (tee) only if there is no other. `sources` are by order.
 */
function nearest(
  sources: readonly FileFact[],
  destination: FileFact,
  accepts: (source: FileFact) => boolean,
): FileFact | undefined {
  let later = firstAfter(sources, destination.order);
  let earlier = later - 1;
  let again: FileFact | undefined;
  for (;;) {
    const one = sources[earlier];
    const other = sources[later];
    const source = one && (!other || destination.order - one.order <= other.order - destination.order) ? one : other;
    if (!source) return again;
    if (source === one) earlier--;
    else later++;
    if (source.path === destination.path || (source.consumed && again) || !accepts(source)) continue;
    if (!source.consumed) return source;
    again = source;
  }
}

function firstAfter(sources: readonly FileFact[], order: number): number {
  let low = 0;
  let high = sources.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sources[middle]?.order ?? 0) < order) low = middle + 1;
    else high = middle;
  }
  return low;
}
