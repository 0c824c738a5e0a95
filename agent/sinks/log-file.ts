import { close, closeSync, fstatSync, openSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { AgentError } from '../errors.js';
import type { Counter, Metrics } from '../metrics.js';
import { messageOf, type Report } from './report.js';

const writeBytes = promisify(write);
const closeFile = promisify(close);

/** A line waits this long for others to share its write with. */
const flushMilliseconds = 50;
/** After a write that failed. */
const retryMilliseconds = 1000;
/** Lines kept while the disk takes none, in bytes or nearly so: about 150,000 lines. What comes then is counted and dropped. */
const longestBacklog = 16 * 1024 * 1024;
/** Strings longer than this are encoded at once: joining ever longer ones doubles the cost of a line. */
const chunkLength = 8192;
/** Behaviour lines name files and users: for root and the group of log readers only. */
const mode = 0o640;

/**
 * Appends lines to a file, at most one write at a time, none later than 50 ms after its line. A disk that is full
 * stops neither the agent nor the log: lines are kept and written once there is room.
 */
export class LogFile {
  readonly #written: Counter;
  readonly #dropped: Counter;
  #descriptor: number | undefined;
  /** What waits to be written, in order: first the bytes, then the text. A failed write may have torn a line between two chunks. */
  #chunks: Buffer[] = [];
  #chunkBytes = 0;
  #text = '';
  #waitingLines = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #failing = false;
  #droppedTold = 0;

  constructor(
    readonly path: string,
    metrics: Metrics,
    private readonly report: Report,
  ) {
    this.#written = metrics.counter('log_lines_written', 'Lines written to the log file.');
    this.#dropped = metrics.counter(
      'log_lines_dropped',
      'Lines lost because the log file could not be written for too long.',
    );
  }

  /** Throws an AgentError LOG_UNWRITABLE. Never truncates. */
  start(): void {
    this.#descriptor = openLog(this.path);
  }

  /** Without newline. */
  append(line: string): void {
    if (this.#chunkBytes + this.#text.length > longestBacklog) {
      this.#dropped.value += 1;
      return;
    }
    this.#text += `${line}\n`;
    this.#waitingLines += 1;
    if (this.#text.length > chunkLength) this.#encodeText();
    if (this.#timer === undefined && this.#writing === undefined) this.#schedule(flushMilliseconds);
  }

  /** After log rotation moved the file away. The old file stays in use where the new one cannot be opened. */
  async reopen(): Promise<void> {
    await this.#writing;
    const before = this.#descriptor;
    try {
      this.#descriptor = openLog(this.path);
    } catch (error) {
      this.report(`${messageOf(error)}; going on with the file opened before`);
      return;
    }
    if (before !== undefined) await closeFile(before);
  }

  /** Writes what waits, and closes. What cannot be written now is counted as dropped. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    // The write just awaited may have failed and put off its retry.
    clearTimeout(this.#timer);
    if (this.#descriptor === undefined) return;
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    const lines = this.#waitingLines;
    try {
      let left = this.#takeWaiting();
      while (left.length > 0) left = left.subarray(writeSync(descriptor, left));
      this.#written.value += lines;
    } catch (error) {
      this.#dropped.value += lines;
      this.report(`${lines} lines could not be written to ${this.path}: ${messageOf(error)}`);
    } finally {
      closeSync(descriptor);
    }
  }

  #schedule(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#flush();
    }, milliseconds);
  }

  /** Never rejects. */
  async #flush(): Promise<void> {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    const lines = this.#waitingLines;
    let left = this.#takeWaiting();
    try {
      // A disk that fills up takes a part, and fails with the next.
      while (left.length > 0) left = left.subarray((await writeBytes(descriptor, left)).bytesWritten);
      this.#written.value += lines;
      this.#recovered();
    } catch (error) {
      this.#chunks.unshift(left);
      this.#chunkBytes += left.length;
      this.#waitingLines += lines;
      this.#failed(error);
    }
    this.#writing = undefined;
    if (this.#failing) this.#schedule(retryMilliseconds);
    else if (this.#waitingLines > 0) this.#schedule(flushMilliseconds);
  }

  #encodeText(): void {
    const chunk = Buffer.from(this.#text);
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length;
    this.#text = '';
  }

  #takeWaiting(): Buffer {
    this.#encodeText();
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#chunkBytes = 0;
    this.#waitingLines = 0;
    return bytes;
  }

  #failed(error: unknown): void {
    if (this.#failing) return;
    this.#failing = true;
    this.report(
      `cannot write to the log ${this.path}: ${messageOf(error)}; lines are kept in memory until it works again`,
    );
  }

  #recovered(): void {
    const lost = this.#dropped.value - this.#droppedTold;
    this.#droppedTold = this.#dropped.value;
    if (this.#failing) this.report(`the log ${this.path} is written again; ${lost} lines were lost`);
    else if (lost > 0) this.report(`the log ${this.path} was too slow: ${lost} lines were lost`);
    this.#failing = false;
  }
}

function openLog(path: string): number {
  try {
    const descriptor = openSync(path, 'a', mode);
    if (fstatSync(descriptor).isDirectory()) throw new Error('it is a directory');
    return descriptor;
  } catch (error) {
    throw new AgentError('LOG_UNWRITABLE', `cannot write the log ${path}: ${hintFor(error, path)}`, { cause: error });
  }
}

function hintFor(error: unknown, path: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `there is no directory ${dirname(path)}: create it, or name another file with --log`;
  if (code === 'EISDIR') return 'it is a directory: name a file with --log';
  return `${messageOf(error)}: name another file with --log`;
}
