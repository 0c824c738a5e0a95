import { isDestination, type Facts, type FileFact, type NameFact } from './facts.js';

/** A process whose files hold together is waited for, up to this many times the settle time. */
const LONGEST_OPERATION = 60;
/** Operations that moved less are over in no time; what is open longer belongs to a process that goes on and on. */
const SMALLEST_OPERATION = 256 * 1024;

/**
 * Is a process in the middle of something that has a source and a destination, of which at least one is
 * still open: `tar` that writes its archive, `split` that reads the file it cuts up? Then the facts
 * so far are only half of it. A file that was told of before is none that an operation began with:
 * the log that a server keeps open. Nor is it one where everything stands still but a file that
 * little was put into: a program that has read its modules, and opened its log.
 */
export function isInProgress(
  { files }: Facts,
  time: number,
  settle: number,
  handledBefore: (path: string) => boolean,
): boolean {
  if (files.some(({ since }) => time - since >= LONGEST_OPERATION * settle)) return false;
  const source = total(files, (file) => !isDestination(file) && file.bytesRead > 0 && !handledBefore(file.path));
  const destination = total(files, (file) => (file.created || file.changed) && !handledBefore(file.path));
  const lastTime = Math.max(source.lastTime, destination.lastTime);
  return (
    source.count > 0 &&
    destination.count > 0 &&
    source.open + destination.open > 0 &&
    source.bytes + destination.bytes >= SMALLEST_OPERATION &&
    (source.open > 0 || destination.bytes >= SMALLEST_OPERATION || time - lastTime < settle)
  );
}

function total(
  files: readonly FileFact[],
  counts: (file: FileFact) => boolean,
): { readonly count: number; readonly open: number; readonly bytes: number; readonly lastTime: number } {
  let count = 0;
  let open = 0;
  let bytes = 0;
  let lastTime = 0;
  for (const file of files) {
    if (!counts(file)) continue;
    count++;
    if (file.open) open++;
    bytes += file.bytesRead + file.bytesWritten;
    lastTime = Math.max(lastTime, file.time);
  }
  return { count, open, bytes, lastTime };
}

/**
 * A process that goes on and on cannot be waited for: of what it did, what began before `due` is told
 * now. Returns the time up to which: where the longest pause was, so that things that belong
 * together, which follow each other closely, are not torn apart.
 */
export function settledUntil(facts: Facts, due: number, now: number): number {
  const over = [...facts.files.filter(({ open }) => !open), ...facts.names].sort(
    (left, right) => left.time - right.time,
  );
  let from = 0;
  over.forEach((fact, index) => {
    if (('since' in fact ? fact.since : fact.time) <= due) from = index;
  });
  let until = over.at(-1)?.time ?? 0;
  let longest = now - until;
  for (let index = from; index + 1 < over.length; index++) {
    const left = over[index];
    const right = over[index + 1];
    if (!left || !right || right.time - left.time <= longest || belongTogether(left, right)) continue;
    longest = right.time - left.time;
    until = left.time;
  }
  return until;
}

/** The two ends of a copy, or a file and the name that it gets. */
function belongTogether(left: FileFact | NameFact, right: FileFact | NameFact): boolean {
  if ('open' in left && 'open' in right) {
    return (
      isDestination(left) !== isDestination(right) &&
      left.bytesRead + left.bytesWritten === right.bytesRead + right.bytesWritten
    );
  }
  return left.path === right.path;
}
