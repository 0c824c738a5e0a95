import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import koffi from 'koffi';
import { AggregatorError } from '../errors.js';

/** <sys/file.h>: LOCK_EX | LOCK_NB */
const exclusiveNonBlocking = 2 | 4;
/** The engine of an aggregator that was killed needs a moment to notice. */
const patience = 2_000;

/**
 * The exclusive lock on a data directory. It belongs to the open file, not to this process: the engine's
 * process inherits the descriptor, so a new aggregator cannot open the database while the engine of one
 * that was killed is still there. The kernel releases it when the last of both is gone; no stale locks.
 */
export async function lockDirectory(directory: string): Promise<FileHandle> {
  const file = await open(join(directory, 'lock'), 'a', 0o600);
  // int flock(int fd, int operation);
  const flock = koffi.load('libc.so.6').func('int flock(int fd, int operation)');
  const deadline = Date.now() + patience;
  while (flock(file.fd, exclusiveNonBlocking) !== 0) {
    if (Date.now() < deadline) {
      await delay(50);
      continue;
    }
    await file.close();
    throw new AggregatorError(
      'DATA_DIRECTORY',
      `Another aggregator uses the data directory ${directory}; stop it or give this one its own with --data`,
    );
  }
  return file;
}
