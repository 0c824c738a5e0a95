/** True for the files that `entries` name: all below those that end in '/', the file itself for the others. */
export function prefixMatcher(entries: readonly string[]): (path: string) => boolean {
  const files = new Set(entries.filter((entry) => !entry.endsWith('/')));
  const directories = entries.filter((entry) => entry.endsWith('/'));
  return (path) => files.has(path) || directories.some((directory) => path.startsWith(directory));
}

/** The entry that names a file, for people; undefined for none. */
export function noiseEntry(entries: readonly string[]): (path: string) => string | undefined {
  return (path) => entries.find((entry) => (entry.endsWith('/') ? path.startsWith(entry) : path === entry));
}
