import { closeSync, mkdirSync, openSync, readdirSync, readSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError } from '../../errors.js';
import { lockExclusively } from '../../kernel/libc.js';
import type { Counter, Metrics } from '../../metrics.js';
import { messageOf, type Report } from '../report.js';
import { Epoch } from './epoch.js';
import { decodeHeader, frameBytes, type Frame, type FramePlace, type SegmentHeader } from './frame.js';
import { SegmentWriter } from './segment-writer.js';

export interface SpoolOptions {
  /** Made where it is missing. One agent at a time. */
  readonly directory: string;
  readonly totalBytes: number;
  /** Milliseconds after which a segment goes, delivered or not. */
  readonly longestAge: number;
  readonly segmentBytes: number;
  /** `interval`: what was appended is on disk half a second later; `always`: before it is sent; `never`: when the kernel sees fit. */
  readonly sync: 'interval' | 'always' | 'never';
}

const syncMilliseconds = 500;
const ageCheckMilliseconds = 60_000;
/** Longest header there can be: two identities of 65,535 bytes. */
const headerCapacity = 16 + 2 * 0xffff;

/**
 * Batches on disk until the aggregator has them: they outlive the agent, the boot, and an aggregator that is away
 * for hours. Bounded by size and age: the oldest segments go first, and what went with them is counted (X5).
 */
export class Spool {
  /** Of earlier runs, oldest first; they are delivered before this run's. */
  private earlier: Epoch[] = [];
  private readonly own: Epoch;
  private writer: SegmentWriter | undefined;
  private lock: number | undefined;
  private syncTimer: NodeJS.Timeout | undefined;
  private ageTimer: NodeJS.Timeout | undefined;
  private failing = false;
  /** Highest number that the aggregator has of this run. */
  private acknowledged = 0;
  private readonly damagedBytes: Counter;

  constructor(
    private readonly options: SpoolOptions,
    private readonly identity: SegmentHeader,
    metrics: Metrics,
    private readonly report: Report,
    /** Hears of batches that went with a segment for which there was no room, or which was too old. */
    private readonly dropped: (epoch: Epoch, places: readonly FramePlace[]) => void,
  ) {
    this.damagedBytes = metrics.counter('spool_bytes_damaged', 'Bytes of the spool that could not be read back.');
    this.own = this.epoch(identity);
  }

  get records(): number {
    return this.earlier.reduce(
      (total, epoch) => total + epoch.recordsAfter(0),
      this.own.recordsAfter(this.acknowledged),
    );
  }

  get bytes(): number {
    return this.earlier.reduce((total, epoch) => total + epoch.bytes, this.own.bytes);
  }

  /** Throws SPOOL_UNUSABLE where the directory cannot be used, or another agent uses it. */
  start(): void {
    const { directory } = this.options;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      this.lock = openSync(join(directory, 'lock'), 'a', 0o600);
    } catch (error) {
      throw unusable(`the spool directory ${directory} cannot be used: ${messageOf(error)}`, error);
    }
    if (!lockExclusively(this.lock)) {
      closeSync(this.lock);
      throw unusable(`another agent uses the spool directory ${directory}: give this one its own (spool.directory)`);
    }
    this.earlier = this.found(directory);
    this.ageTimer = setInterval(() => {
      this.dropAged();
    }, ageCheckMilliseconds).unref();
    this.dropAged();
  }

  /** The run whose batches are to be delivered now: an earlier one as long as there is any, then this one. */
  get current(): Epoch {
    return this.earlier[0] ?? this.own;
  }

  isOwn(epoch: Epoch): boolean {
    return epoch === this.own;
  }

  /** Keeps a batch of this run. Where the disk is full the oldest go; false: not even that made room. */
  append(frame: Frame): boolean {
    for (;;) {
      try {
        this.write(frame);
        this.recovered();
        return true;
      } catch (error) {
        if (isDiskFull(error) && this.dropOldest()) continue;
        this.failed(error);
        return false;
      }
    }
  }

  /** The aggregator has every batch of `epoch` up to `number`. An earlier run that is delivered is forgotten. */
  acknowledge(epoch: Epoch, number: number): void {
    if (epoch === this.own) this.acknowledged = Math.max(this.acknowledged, number);
    epoch.acknowledge(number, epoch === this.own);
    if (epoch !== this.own && epoch.segments.length === 0) this.earlier = this.earlier.filter((one) => one !== epoch);
  }

  stop(): void {
    clearInterval(this.ageTimer);
    clearTimeout(this.syncTimer);
    try {
      this.writer?.syncNow();
    } catch (error) {
      this.failed(error);
    }
    this.writer?.close();
    this.writer = undefined;
    // All delivered: nothing for the next run to look at.
    this.own.acknowledge(this.acknowledged, false);
    if (this.lock !== undefined) closeSync(this.lock);
    this.lock = undefined;
  }

  private write(frame: Frame): void {
    const { number, records, body } = frame;
    const { segmentBytes, totalBytes, sync } = this.options;
    if (this.writer && this.writer.bytes + body.length > segmentBytes) this.rotate();
    while (this.bytes + body.length + frameBytes > totalBytes && this.dropOldest());
    this.writer ??= this.open(number);
    const at = this.writer.bytes;
    this.writer.append(frame);
    const segment = this.own.segments.at(-1);
    if (segment) {
      segment.bytes = this.writer.bytes;
      segment.places?.push({ number, records, at, bytes: this.writer.bytes - at });
    }
    if (sync === 'always') this.writer.syncNow();
    else if (sync === 'interval') this.syncSoon();
  }

  private open(first: number): SegmentWriter {
    const created = Date.now();
    const path = join(this.options.directory, `${pad(created)}-${pad(first)}.spool`);
    const writer = new SegmentWriter(path, this.identity);
    this.own.segments.push({ path, first, created, bytes: writer.bytes, places: [] });
    return writer;
  }

  private rotate(): void {
    this.writer?.syncNow();
    this.writer?.close();
    this.writer = undefined;
  }

  private syncSoon(): void {
    this.syncTimer ??= setTimeout(() => {
      this.syncTimer = undefined;
      this.writer?.sync((error) => {
        this.failed(error);
      });
    }, syncMilliseconds);
  }

  /** false: there is nothing left to drop. The segment that is being written goes only when it is the last. */
  private dropOldest(): boolean {
    const epoch = this.current;
    if (epoch === this.own && epoch.segments.length === 1) this.rotate();
    if (epoch.segments.length === 0) return false;
    this.dropped(epoch, epoch.dropOldest());
    if (epoch !== this.own && epoch.segments.length === 0) this.earlier.shift();
    return true;
  }

  private dropAged(): void {
    const oldest = Date.now() - this.options.longestAge;
    for (let [segment] = this.current.segments; segment; [segment] = this.current.segments) {
      if (segment.created > oldest || !this.dropOldest()) return;
    }
  }

  private failed(error: unknown): void {
    if (this.failing) return;
    this.failing = true;
    const { directory } = this.options;
    this.report(
      `the spool ${directory} cannot be written (${messageOf(error)}): until it can, records wait in memory only`,
    );
  }

  private recovered(): void {
    if (!this.failing) return;
    this.failing = false;
    this.report(`the spool ${this.options.directory} is written again`);
  }

  private epoch(header: SegmentHeader): Epoch {
    return new Epoch(header, (path, bytes) => {
      this.damagedBytes.value += bytes;
      this.report(
        `${bytes} bytes of the spool segment ${path} are damaged: the batches in them are lost, the others are sent`,
      );
    });
  }

  /** What earlier runs left, by run, oldest first. A file whose header is damaged is put aside. */
  private found(directory: string): Epoch[] {
    const epochs = new Map<string, Epoch>();
    for (const name of readdirSync(directory).sort()) {
      const [, created, first] = /^(\d{16})-(\d{16})\.spool$/.exec(name) ?? [];
      if (created === undefined || first === undefined) continue;
      const path = join(directory, name);
      const header = headerOf(path);
      const bytes = statSync(path).size;
      if (!header) {
        this.damagedBytes.value += bytes;
        renameSync(path, `${path}.damaged`);
        this.report(`${path} is no segment of a spool any more: it is kept as ${path}.damaged, and not sent`);
        continue;
      }
      const key = `${header.hostId}\0${header.bootId}`;
      const epoch = epochs.get(key) ?? this.epoch(header);
      epochs.set(key, epoch);
      epoch.segments.push({ path, first: Number(first), created: Number(created), bytes, places: undefined });
    }
    return [...epochs.values()];
  }
}

function headerOf(path: string): SegmentHeader | undefined {
  const buffer = Buffer.alloc(headerCapacity);
  const fd = openSync(path, 'r');
  try {
    return decodeHeader(buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, 0)));
  } finally {
    closeSync(fd);
  }
}

/** So that names sort as their numbers do. */
function pad(number: number): string {
  return String(number).padStart(16, '0');
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function unusable(message: string, cause?: unknown): AgentError {
  return new AgentError('SPOOL_UNUSABLE', message, { cause });
}
