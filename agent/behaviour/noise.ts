/** What is no behaviour of a user. Entries ending in `/` stand for everything below, others for one file. */
export interface NoiseSettings {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/**
 * True for the files that `entries` name: all below those that end in '/', the file itself for the others. Entries
 * that begin with a doubled asterisk and a slash name a directory or a file wherever it is.
 */
export function prefixMatcher(entries: readonly string[]): (path: string) => boolean {
  const anywhere = entries.filter((entry) => entry.startsWith(ANYWHERE)).map((entry) => entry.slice(ANYWHERE.length));
  const fixed = entries.filter((entry) => !entry.startsWith(ANYWHERE));
  const files = new Set(fixed.filter((entry) => !entry.endsWith('/')));
  const directories = fixed.filter((entry) => entry.endsWith('/'));
  const inside = anywhere.filter((entry) => entry.endsWith('/')).map((entry) => `/${entry}`);
  const named = anywhere.filter((entry) => !entry.endsWith('/'));
  const names = new Set(named.filter((entry) => !entry.includes('/')));
  const ends = named.filter((entry) => entry.includes('/')).map((entry) => `/${entry}`);
  return (path) =>
    files.has(path) ||
    directories.some((directory) => path.startsWith(directory)) ||
    (names.size > 0 && names.has(path.slice(path.lastIndexOf('/') + 1))) ||
    inside.some((directory) => path.includes(directory)) ||
    ends.some((end) => path.endsWith(end));
}

/** The entry that names a file, for people; undefined for none. */
export function noiseEntry(entries: readonly string[]): (path: string) => string | undefined {
  const matchers = entries.map((entry) => [entry, prefixMatcher([entry])] as const);
  return (path) => matchers.find(([, matches]) => matches(path))?.[0];
}

export const ANYWHERE = '**/';
