/**
 * Absolute path of a name as a program gave it, relative to a directory. `.` and `..` are
 * removed by text; a `..` after a symbolic link may therefore name another place than the
 * kernel's, which costs only that line its exact directory.
 */
export function joinPath(directory: string, name: string): string {
  const path =
    directory === '' || directory === '/' ? (name.startsWith('/') ? name : `/${name}`) : `${directory}/${name}`;
  return needsNormalising(path) ? normalise(path) : path;
}

/** The end of a path that is too long looks like another file's: it must not pass for one. */
export function markCut(path: string, isCut: number): string {
  return isCut === 0 ? path : `...${path}`;
}

/** '' of a file in the root directory. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** An empty part, "." or "..", or a slash at the end; but not a hidden name. */
const untidy = /\/(?:\/|\.{1,2}(?:\/|$))|.\/$/;

function needsNormalising(path: string): boolean {
  return untidy.test(path);
}

/** How the kernel marks a path that does not begin at the root directory of the process. */
const UNREACHABLE = '(unreachable)';

function normalise(path: string): string {
  if (path.startsWith(UNREACHABLE)) return `${UNREACHABLE}${normalise(path.slice(UNREACHABLE.length))}`;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}
