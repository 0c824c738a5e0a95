import type { FileFact, NameFact } from './facts.js';

const NONE: readonly never[] = [];

/**
 * Facts by path and by directory. A process may have thousands of them (git, tar, make): rules
 * that search the lists would take quadratic time.
 */
export class FactIndex {
  private readonly filesByPath = new Map<string, FileFact[]>();
  private readonly namesByPath = new Map<string, NameFact[]>();
  private filesByDirectory: Map<string, FileFact[]> | undefined;

  constructor(
    private readonly files: readonly FileFact[],
    names: readonly NameFact[],
  ) {
    for (const file of files) add(this.filesByPath, file.path, file);
    for (const name of names) add(this.namesByPath, name.path, name);
  }

  filesAt(path: string): readonly FileFact[] {
    return this.filesByPath.get(path) ?? NONE;
  }

  /** Names that were changed at `path`: removed, made, or renamed away from it. */
  namesAt(path: string): readonly NameFact[] {
    return this.namesByPath.get(path) ?? NONE;
  }

  /** `directory` ends in '/'. */
  filesIn(directory: string): readonly FileFact[] {
    if (!this.filesByDirectory) {
      this.filesByDirectory = new Map();
      for (const file of this.files) add(this.filesByDirectory, directoryOf(file.path), file);
    }
    return this.filesByDirectory.get(directory) ?? NONE;
  }

  /** The file is known by another path from now on. */
  move(file: FileFact, path: string): void {
    const before = this.filesByPath.get(file.path);
    before?.splice(before.indexOf(file), 1);
    file.path = path;
    add(this.filesByPath, path, file);
    this.filesByDirectory = undefined;
  }

  /** The removal of a file's name that nothing has explained yet. */
  removalOf(file: FileFact): NameFact | undefined {
    return this.namesAt(file.path).find((name) => !name.consumed && name.operation === 'unlink');
  }
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
