import type { FileFact, NameFact } from './facts.js';

const NONE: readonly never[] = [];

/**
 * Facts by path and by directory. A process may have thousands of them (git, tar, make): rules
 * that search the lists would take quadratic time.
 */
export class FactIndex {
  // Each is built when it is first asked for: most processes change no name, and ask for none of them.
  private filesByPath: Map<string, FileFact[]> | undefined;
  private namesByPath: Map<string, NameFact[]> | undefined;
  private filesByDirectory: Map<string, FileFact[]> | undefined;

  constructor(
    private readonly files: readonly FileFact[],
    private readonly names: readonly NameFact[],
  ) {}

  filesAt(path: string): readonly FileFact[] {
    return this.paths().get(path) ?? NONE;
  }

  /** Names that were changed at `path`: removed, made, or renamed away from it. */
  namesAt(path: string): readonly NameFact[] {
    this.namesByPath ??= group(this.names, ({ path: name }) => name);
    return this.namesByPath.get(path) ?? NONE;
  }

  /** `directory` ends in '/'. */
  filesIn(directory: string): readonly FileFact[] {
    this.filesByDirectory ??= group(this.files, (file) => directoryOf(file.path));
    return this.filesByDirectory.get(directory) ?? NONE;
  }

  /** The file is known by another path from now on. */
  move(file: FileFact, path: string): void {
    const paths = this.paths();
    const before = paths.get(file.path);
    before?.splice(before.indexOf(file), 1);
    file.path = path;
    add(paths, path, file);
    this.filesByDirectory = undefined;
  }

  /** The removal of a file's name that nothing has explained yet. */
  removalOf(file: FileFact): NameFact | undefined {
    return this.namesAt(file.path).find((name) => !name.consumed && name.operation === 'unlink');
  }

  private paths(): Map<string, FileFact[]> {
    return (this.filesByPath ??= group(this.files, ({ path }) => path));
  }
}

function group<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) add(groups, key(item), item);
  return groups;
}

/** Up to and with the last '/'. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
