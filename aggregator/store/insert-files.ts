import { createHash } from 'node:crypto';
import { mkdir, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Files through which rows reach the engine: memory of /dev/shm where there is any, else (and when it is
 * full: containers give it 64 MB) the data directory. Fastest of all ways measured; see docs/store.md.
 */
export class InsertFiles {
  #memory: string | null = null;
  readonly #fallback: string;
  #next = 0;

  constructor(
    readonly dataDirectory: string,
    readonly memoryDirectory: string,
  ) {
    this.#fallback = join(dataDirectory, 'inserts');
  }

  /** Call with the data directory locked: removes what a killed aggregator left. */
  async start(): Promise<void> {
    await rm(this.#fallback, { recursive: true, force: true });
    await mkdir(this.#fallback, { mode: 0o700 });
    const name = createHash('sha256').update(this.dataDirectory).digest('hex').slice(0, 16);
    const memory = join(this.memoryDirectory, `panorama-${name}`);
    try {
      await rm(memory, { recursive: true, force: true });
      // Fails where another user was there first: what we write must not go through a directory of theirs.
      await mkdir(memory, { mode: 0o700 });
      this.#memory = memory;
    } catch {
      this.#memory = null;
    }
  }

  async stop(): Promise<void> {
    if (this.#memory !== null) await rm(this.#memory, { recursive: true, force: true });
    await rm(this.#fallback, { recursive: true, force: true });
  }

  /** Writes a file, lets `use` work with its path, and removes it. */
  async with(bytes: Uint8Array, use: (path: string) => Promise<void>): Promise<void> {
    const path = await this.#write(bytes);
    try {
      await use(path);
    } finally {
      await unlink(path).catch(() => undefined);
    }
  }

  async #write(bytes: Uint8Array): Promise<string> {
    const name = `${this.#next}.bin`;
    this.#next += 1;
    if (this.#memory !== null) {
      const path = join(this.#memory, name);
      try {
        await writeFile(path, bytes, { mode: 0o600 });
        return path;
      } catch {
        await unlink(path).catch(() => undefined);
      }
    }
    const path = join(this.#fallback, name);
    await writeFile(path, bytes, { mode: 0o600 });
    return path;
  }
}
