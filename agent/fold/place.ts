import type { FileReference } from '../behaviour/behaviour.js';

/** Where one side of a behaviour happened: what happened at the same place is folded together. */
export interface Place {
  /** `/a/b/` of files, `10.0.0.0/24` of connections, the whole path of a program or of a file that is always named; '' for none. */
  readonly name: string;
  /** Stands for what is below the directory too. */
  readonly deep: boolean;
}

export const NOWHERE: Place = { name: '', deep: false };
/** Names of every kind, folded together. */
export const ANY = '*';

/** The directory of a file, or the one that several files have in common. */
export function placeOfFiles(files: readonly FileReference[]): Place {
  const [first, ...others] = files;
  if (first === undefined) return NOWHERE;
  let common = directoryOf(first.path);
  // A line that was folded before.
  let deep = first.path.endsWith('/**');
  for (const { path } of others) {
    const directory = directoryOf(path);
    if (directory === common) continue;
    while (!directory.startsWith(common)) common = parentOf(common);
    deep = true;
  }
  return { name: common, deep };
}

/** With the closing slash; '' for what is no path. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** The directory above one, both with their closing slash; '' above the root, and for names that are no paths (memfd). */
function parentOf(directory: string): string {
  return directory.length <= 1 ? '' : directory.slice(0, directory.lastIndexOf('/', directory.length - 2) + 1);
}

/** Directories between the root and this one, itself included; 0 for what is no directory. */
export function depthOf({ name }: Place): number {
  if (!name.endsWith('/')) return 0;
  let depth = -1;
  for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) depth++;
  return depth;
}

/** The place, no deeper than `depth` directories. What is no directory stays as it is. */
export function upTo(place: Place, depth: number): Place {
  const { name } = place;
  if (!name.endsWith('/')) return place;
  let end = 0;
  for (let level = 0; level < depth; level++) {
    const next = name.indexOf('/', end + 1);
    if (next === -1) return place;
    end = next;
  }
  return end === name.length - 1 ? place : { name: name.slice(0, end + 1), deep: true };
}

/** As it stands in a line: `/a/b/*`, or `/a/**` where directories below are meant as well. */
export function pathOf({ name, deep }: Place): string {
  return `${name}${deep ? '**' : '*'}`;
}

/**
 * The network of an address, as a unit of folding: /24 (IPv4) and /64 (IPv6, RFC 4291 section 2.5.4) are what
 * one site usually holds.
 */
export function networkOf(address: string): string {
  if (address === ANY) return ANY;
  if (!address.includes(':')) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`;
  const [head = '', tail] = address.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  const prefix = [...first, ...(tail === undefined ? [] : zeros), ...last].slice(0, 4);
  while (prefix.at(-1) === '0') prefix.pop();
  return `${prefix.join(':')}::/64`;
}
