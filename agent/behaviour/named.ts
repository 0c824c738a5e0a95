import type { FactIndex } from './fact-index.js';

/**
 * Is a file among what a program was started for? Its command line then holds the path (`grep x /etc/passwd`, or a
 * line of code with it), the end of the path (`cd /etc; head passwd`), or a directory that the file is in (`tar c
 * /etc/ssh`). The shortest directories are left to chance: `--prefix=/usr` is no request to read all of /usr.
 */
export function namesOf(commandLine: string): (path: string) => boolean {
  let words: readonly string[] | undefined;
  return (path) => {
    words ??= argumentsIn(commandLine);
    return words.some((word) => names(word, path)) || (path !== '' && commandLine.includes(path));
  };
}

/** Without the program itself. */
function argumentsIn(commandLine: string): readonly string[] {
  return commandLine
    .split(' ')
    .slice(1)
    .map((word) => word.replace(/^(?:\.{1,2}\/)+|\/+$/g, ''))
    .filter((word) => word !== '' && !word.startsWith('-'));
}

const SHORTEST_DIRECTORY = 3;

function names(word: string, path: string): boolean {
  // What is kept in a hidden directory is named with it: `git show HEAD` is not about .git/HEAD.
  if (!word.startsWith('/')) return path.endsWith(`/${word}`) && !path.slice(0, -word.length).includes('/.');
  return word.split('/').length >= SHORTEST_DIRECTORY && path.startsWith(`${word}/`);
}

const nameService = '/etc/nsswitch.conf';
const nameServiceFiles: ReadonlySet<string> = new Set([
  '/etc/passwd',
  '/etc/group',
  '/etc/hosts',
  '/etc/services',
  '/etc/protocols',
]);

/**
 * Was the file read by the C library, to look up a name? It reads how to do that first, and then the file once: `bash -c
 * 'cat /etc/passwd'` does so as well, though it names it.
 */
export function isLookedUp(path: string, index: FactIndex): boolean {
  if (!nameServiceFiles.has(path) || index.filesAt(nameService).length === 0) return false;
  return index.filesAt(path).every(({ bytesRead, size }) => bytesRead <= size);
}
