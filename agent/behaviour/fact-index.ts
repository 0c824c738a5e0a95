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
  private namesByNewPath: Map<string, NameFact[]> | undefined;
  private readonly filesByFormerPath = new Map<string, FileFact[]>();

  constructor(
    private readonly files: readonly FileFact[],
    private readonly names: readonly NameFact[],
  ) {}

  filesAt(path: string): readonly FileFact[] {
    return this.paths().get(path) ?? NONE;
  }

  /** Also those that were moved away from `path`. */
  filesEverAt(path: string): readonly FileFact[] {
    const former = this.filesByFormerPath.get(path);
    return former ? [...this.filesAt(path), ...former] : this.filesAt(path);
  }

  /** Names that were changed at `path`: removed, made, or renamed away from it; what was linked from it; attributes set. */
  namesAt(path: string): readonly NameFact[] {
    this.namesByPath ??= group(this.names, ({ path: name }) => name);
    return this.namesByPath.get(path) ?? NONE;
  }

  /** Names that came to be at `path`: renamed to it, or links. */
  namesTo(path: string): readonly NameFact[] {
    this.namesByNewPath ??= group(
      this.names.filter(({ newPath }) => newPath !== ''),
      ({ newPath }) => newPath,
    );
    return this.namesByNewPath.get(path) ?? NONE;
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
    add(this.filesByFormerPath, file.path, file);
    file.path = path;
    add(paths, path, file);
    this.filesByDirectory = undefined;
  }

  /** A link is known by another name from now on. */
  moveName(name: NameFact, newPath: string): void {
    name.newPath = newPath;
    if (this.namesByNewPath) add(this.namesByNewPath, newPath, name);
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
