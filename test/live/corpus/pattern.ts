import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Inodes of everything in the directory of a row, by path below it; symbolic links are themselves. */
export type Inodes = ReadonlyMap<string, string>;

export function inodesBelow(directory: string): Inodes {
  const inodes = new Map<string, string>([['.', inodeOf(directory)]]);
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    inodes.set(name, inodeOf(join(directory, name)));
  }
  return inodes;
}

function inodeOf(path: string): string {
  return String(lstatSync(path, { bigint: true }).ino);
}

export interface Places {
  readonly directory: string;
  readonly before: Inodes;
  readonly after: Inodes;
}

/** An expected line with its placeholders filled in; `*` is still there. Throws where it names a file that does not exist. */
export function fillIn(expected: string, { directory, before, after }: Places): string {
  return expected.replace(/\{([^}]+)\}/g, (_, placeholder: string) => {
    if (placeholder === 'dir') return directory;
    const [, dash = '', path = '', at] = /^(-?)=?([^:]+)(?::(.+))?$/.exec(placeholder) ?? [];
    const early = dash === '-';
    const other = at ?? path;
    const inode = (early ? before : after).get(other);
    if (inode === undefined)
      throw new Error(`{${placeholder}}: there is no ${other} ${early ? 'before' : 'after'} the command`);
    return `${join(directory, path)}:${inode}`;
  });
}

export interface Comparison {
  readonly found: readonly string[];
  /** Expected, and not there. */
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
}

/** Each expected line takes one line; those without `*` choose first. */
export function compare(expected: readonly string[], lines: readonly string[]): Comparison {
  const unexpected = [...lines];
  const found: string[] = [];
  const missing: string[] = [];
  const exactFirst = [...expected].sort((left, right) => Number(left.includes('*')) - Number(right.includes('*')));
  for (const line of exactFirst) {
    const pattern = new RegExp(`^${line.split('*').map(escapePattern).join('[^ ,]*')}$`);
    const at = unexpected.findIndex((candidate) => candidate === line || pattern.test(candidate));
    if (at === -1) missing.push(line);
    else found.push(...unexpected.splice(at, 1));
  }
  return { found, missing, unexpected };
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
