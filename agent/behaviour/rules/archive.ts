import { bytesTaken, isDestination, isSource, reference, type FileFact } from '../facts.js';
import type { ContentSource } from '../content.js';
import type { RuleContext } from '../rule.js';

/**
 * Bytes went in and other bytes came out. Where the result is an archive or compressed it is
 * `compress`, where the source is one it is `extract`: by the signature in the file. Only where
 * the file is gone already (gunzip removes its input, the next zip replaces the archive) the shape
 * decides: a name that lost, or gained, a suffix, or that is one of an archive.
 */
export function archive(context: RuleContext): void {
  const { facts, isNoise, cameOver } = context;
  const read = facts.files.filter((file) => !file.consumed && isSource(file));
  const made = facts.files.filter((file) => !file.consumed && isDestination(file) && file.bytesWritten > 0);
  // What the C library reads on the way goes into no archive, unless it was all there was and is enough to fill it.
  const meant = read.filter((file) => !isNoise(file.path));
  const sources = meant.length > 0 || !canFill(read, made) ? meant : read;
  const destinations = sources.length === 0 ? [] : made.filter((file) => !cameOver(file));
  if (destinations.length === 0) return;
  for (const pair of pairUp(context, sources, destinations)) classify(context, pair);
}

/** One that was rewritten came from what it was before (zip -d). */
function canFill(sources: readonly FileFact[], destinations: readonly FileFact[]): boolean {
  const taken = sources.reduce((sum, source) => sum + bytesTaken(source), 0);
  const made = destinations.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
  return HEADERS * taken >= made && destinations.every(({ replaced }) => !replaced);
}

/** An archive of small files may be mostly headers. */
const HEADERS = 16;

interface Transformation {
  readonly sources: readonly FileFact[];
  readonly destinations: readonly FileFact[];
}

/** `gzip a b c` makes three of three, `zip z a b c` one of three, `unzip z` three of one. */
function pairUp(
  { index, content }: RuleContext,
  sources: readonly FileFact[],
  destinations: readonly FileFact[],
): readonly Transformation[] {
  const together = [{ sources, destinations }];
  if (sources.length !== destinations.length || sources.length === 1) return together;
  const left = new Set(sources);
  const byStem = new Map(sources.map((source) => [stem(source), source]));
  const pairs: Transformation[] = [];
  for (const destination of destinations) {
    const shorter = index.filesAt(stem(destination)).find((file) => left.has(file));
    const source = shorter ?? byStem.get(destination.path);
    if (!source || !left.delete(source)) return inOrder(sources, destinations, content) ?? together;
    pairs.push({ sources: [source], destinations: [destination] });
  }
  return pairs;
}

/** Its path without the last suffix: a of a.gz. */
function stem({ path }: FileFact): string {
  return path.slice(0, path.lastIndexOf('.'));
}

/**
 * The suffix that was lost could have been any (a.tgz, a.tar). But an archive and a list of what to
 * take out of it are two sources by chance, whatever the number of files that come out.
 */
function inOrder(
  sources: readonly FileFact[],
  destinations: readonly FileFact[],
  content: ContentSource,
): readonly Transformation[] | undefined {
  const archives = sources.filter((file) => isArchive(file, content)).length;
  if (archives !== 0 && archives !== sources.length) return undefined;
  return destinations.map((destination, at) => ({ sources: sources.slice(at, at + 1), destinations: [destination] }));
}

function classify({ index, content, report }: RuleContext, { sources, destinations }: Transformation): void {
  const [destination] = destinations;
  if (!destination) return;
  const made = destinations.filter((file) => isArchive(file, content) || content.contentOf(file) === 'library');
  const opened = openedOf(sources, content);
  const compresses = made.length === 1 && destinations.length === 1 && !extractsArchive(opened, destination, sources);
  const operation = compresses
    ? 'compress'
    : opened.length > 0
      ? 'extract'
      : operationByShape(sources, destination, content.contentOf(destination) === undefined);
  if (!operation) return;
  const used = operation === 'extract' && opened.length > 0 ? opened : sources;
  for (const source of used) {
    source.consumed = true;
    // gzip and gunzip replace their input: its removal is part of it.
    const removal = index.removalOf(source);
    if (removal) removal.consumed = true;
  }
  for (const file of destinations) file.consumed = true;
  report(
    operation,
    destinations.at(-1) ?? destination,
    used.map((source) => reference(source, bytesTaken(source))),
    destinations.map((file) => reference(file, file.bytesWritten)),
  );
}

/** A linker reads libraries beside other files; who reads nothing else unpacks them. */
function openedOf(sources: readonly FileFact[], content: ContentSource): readonly FileFact[] {
  const isUnpacked = (file: FileFact): boolean => isArchive(file, content) || content.contentOf(file) === 'library';
  return sources.every(isUnpacked) ? sources : sources.filter((file) => isArchive(file, content));
}

const suffixes =
  /\.(?:gz|tgz|bz2|tbz2?|xz|txz|zst|tzst|lz4|lzma|lzo|lz|Z|zip|jar|war|ear|whl|apk|7z|rar|cab|tar|cpio|rpm|deb)$/;

/** Compressed by formats that begin with nothing of their own: zlib, brotli. */
const withoutSignature = /\.(?:zz|br)$/;

/** By its signature; by its name only where nobody can look any more. */
function isArchive(file: FileFact, content: ContentSource): boolean {
  const type = content.contentOf(file);
  return type === undefined ? suffixes.test(file.path) : type === 'archive';
}

/** Both are archives: a tar out of a tar.gz, or a gz around a zip? The name that lost its suffix tells. */
function extractsArchive(opened: readonly FileFact[], destination: FileFact, sources: readonly FileFact[]): boolean {
  return (
    opened.length > 0 &&
    opened.length === sources.length &&
    !opened.some((source) => hasSuffix(destination, source)) &&
    destination.bytesWritten > Math.max(...opened.map(bytesTaken))
  );
}

function operationByShape(
  sources: readonly FileFact[],
  destination: FileFact,
  unknown: boolean,
): 'compress' | 'extract' | undefined {
  if (sources.some((source) => hasSuffix(source, destination))) return 'extract';
  const mayBe = unknown || withoutSignature.test(destination.path);
  if (mayBe && sources.some((source) => hasSuffix(destination, source))) return 'compress';
  return undefined;
}

/** Is `longer` named as `shorter` with a suffix: a.gz of a? */
function hasSuffix(longer: FileFact, shorter: FileFact): boolean {
  return longer.path.startsWith(`${shorter.path}.`);
}
