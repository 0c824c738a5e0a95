import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ImportChunk, ImportSummary } from '../../proto/service.js';
import { AggregatorError } from '../errors.js';
import { Rejection, type LineFormat } from '../formats/format.js';
import { LineSplitter } from '../formats/lines.js';
import { formatNamed } from '../formats/registry.js';
import type { Metrics } from '../metrics.js';
import type { Row } from '../schema/row.js';
import { RowWriter } from '../schema/row-writer.js';
import type { Table } from '../schema/table.js';
import { tables } from '../schema/tables.js';
import type { Store } from '../store/store.js';
import type { Feed } from './feed.js';
import { TouchedHours } from './touched.js';

export interface ImportOptions {
  readonly store: Store;
  readonly feed: Feed;
  readonly metrics: Metrics;
}

/** Rows of one insert: large, because each is synced to disk. */
const insertRows = 100_000;
const insertBytes = 24 * 1024 ** 2;
/** Bytes parsed between two turns of the event loop: a few milliseconds. */
const sliceBytes = 64 * 1024;
const exampleCharacters = 200;
const maximumSource = 1_024;

const tooLong = new Rejection('line is longer than any of this format');

/** Two writers that take turns: one fills while the other is stored. */
class Pipe {
  #filling: RowWriter;
  #spare: RowWriter;
  #published: Row[] = [];
  readonly #touched = new TouchedHours();
  #storing: Promise<void> = Promise.resolve();

  constructor(
    readonly table: Table,
    readonly options: ImportOptions,
  ) {
    this.#filling = new RowWriter(table);
    this.#spare = new RowWriter(table);
  }

  append(row: Row): void {
    this.#filling.append(row);
    this.#touched.addRow(row);
    if (this.options.feed.wants(this.table)) this.#published.push(row);
  }

  get isFull(): boolean {
    return this.#filling.rowCount >= insertRows || this.#filling.byteLength >= insertBytes;
  }

  /** Begins to store what there is, once what was before it is stored. */
  async flush(): Promise<void> {
    await this.#storing;
    const writer = this.#filling;
    const published = this.#published;
    const touches = this.#touched.take();
    this.#filling = this.#spare;
    this.#filling.reset();
    this.#spare = writer;
    this.#published = [];
    this.#storing = this.options.store.insertBytes(this.table, writer.bytes, writer.rowCount).then(() => {
      this.options.feed.publish(this.table, published);
      this.options.feed.touch(this.table, touches);
    });
    // Awaited by the next flush or by `stored`, which may be a turn too late for Node.
    this.#storing.catch(() => undefined);
  }

  /** Resolves when everything appended is on disk. */
  async stored(): Promise<void> {
    await this.flush();
    await this.#storing;
  }
}

/**
 * One import: the chunks of one or more files of one format. Lines that cannot be read are kept in
 * `rejected_lines` with the reason, counted, and listed in the summary with one example each.
 */
export class Import {
  readonly #format: LineFormat;
  readonly #splitter: LineSplitter;
  readonly #rows: Pipe;
  readonly #rejectedRows: Pipe;
  readonly #reasons = new Map<string, { count: number; readonly example: string }>();
  #source = '';
  #receivedTime = 0;
  #imported = 0;
  #rejected = 0;

  /** Throws FORMAT_UNKNOWN. */
  constructor(
    format: string,
    readonly options: ImportOptions,
  ) {
    this.#format = formatNamed(format);
    this.#rows = new Pipe(this.#format.table, options);
    this.#rejectedRows = new Pipe(tables.rejectedLines, options);
    this.#splitter = new LineSplitter(this.#format.maximumLineBytes, (bytes, start, end, number, isTooLong) => {
      this.#line(bytes, start, end, number, isTooLong);
    });
  }

  /** Takes a chunk; resolves when there is room for the next. */
  async add(chunk: ImportChunk): Promise<void> {
    const source = chunk.source ?? '';
    if (source !== '' && source !== this.#source) {
      this.#splitter.end();
      this.#source = source.slice(0, maximumSource);
    }
    const data = chunk.data ?? new Uint8Array(0);
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#receivedTime = Date.now() * 1_000;
    for (let start = 0; start < bytes.length; start += sliceBytes) {
      this.#splitter.push(bytes.subarray(start, start + sliceBytes));
      if (this.#rows.isFull) await this.#rows.flush();
      if (this.#rejectedRows.isFull) await this.#rejectedRows.flush();
      await nextTurn();
    }
  }

  /** Resolves when everything is on disk. */
  async finish(): Promise<ImportSummary> {
    this.#splitter.end();
    await this.#rows.stored();
    await this.#rejectedRows.stored();
    this.options.metrics.add('flows_stored', this.#imported);
    this.options.metrics.add('lines_rejected', this.#rejected);
    const reasons = [...this.#reasons].map(([reason, { count, example }]) => ({ reason, count, example }));
    return { imported: this.#imported, rejected: this.#rejected, reasons: reasons.sort((a, b) => b.count - a.count) };
  }

  #line(bytes: Buffer, start: number, end: number, number: number, isTooLong: boolean): void {
    const context = { source: this.#source, receivedTime: this.#receivedTime };
    const result = isTooLong ? tooLong : this.#format.parse(bytes, start, end, context);
    if (result === null) return;
    if (result instanceof Rejection) {
      this.#reject(bytes.subarray(start, end), number, result.reason);
    } else {
      this.#rows.append(result);
      this.#imported += 1;
    }
  }

  #reject(raw: Buffer, number: number, reason: string): void {
    this.#rejected += 1;
    const known = this.#reasons.get(reason);
    if (known === undefined) {
      const text = raw.toString('utf8').slice(0, exampleCharacters);
      this.#reasons.set(reason, { count: 1, example: `${this.#source}:${number}: ${text}` });
    } else {
      known.count += 1;
    }
    this.#rejectedRows.append({
      received_time: this.#receivedTime,
      format: this.#format.name,
      source: this.#source,
      line_number: number,
      reason,
      raw,
    });
  }
}

/** The import that a first chunk begins. Throws FORMAT_UNKNOWN or REQUEST_INVALID. */
export function importOf(first: ImportChunk, options: ImportOptions): Import {
  const format = first.format ?? '';
  if (format === '') throw new AggregatorError('REQUEST_INVALID', 'The first chunk of an import names its format');
  return new Import(format, options);
}
