import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Rows, SearchRequest } from '../../proto/service.js';
import type { Feed } from '../ingest/feed.js';
import type { Row } from '../schema/row.js';
import { conditionPredicate } from './filter/predicate.js';
import { isCurrent, protocolColumns, rowValues, type ProtocolRow } from './rows.js';
import { searchOf } from './search.js';
import { written } from './status.js';

/** Rows that wait for one slow reader at most; those beyond are counted and the reader is told. */
const longestQueue = 10_000;
const rowsPerMessage = 500;

type TailCall = ServerWritableStream<SearchRequest, Rows>;

/** New rows for one caller, until it leaves or has as many as it asked for. */
export class Tail {
  #queue: ProtocolRow[] = [];
  #dropped = 0;
  #taken = 0;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(
    readonly call: TailCall,
    readonly feed: Feed,
  ) {}

  /** Ends the tail from this side: the aggregator stops. */
  stop(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Resolves when the tail has ended. Throws FILTER_SYNTAX or REQUEST_INVALID before it begins. */
  async run(): Promise<void> {
    const { table, condition } = searchOf(this.call.request);
    const most = this.call.request.limit ?? 0;
    const predicate = conditionPredicate(condition);
    const listener = (rows: readonly Row[]): void => {
      for (const row of rows) {
        if (most > 0 && this.#taken >= most) break;
        if (!isCurrent(row) || !predicate(row)) continue;
        this.#taken += 1;
        if (this.#queue.length >= longestQueue) this.#dropped += 1;
        else this.#queue.push({ values: rowValues(table, row) });
      }
      this.#wake();
    };
    this.call.on('cancelled', () => this.stop());
    this.feed.subscribe(table, listener);
    try {
      // Sent at once: who has the columns knows that the tail has begun.
      await written(this.call, { columns: protocolColumns(table) });
      await this.#pump(most);
    } finally {
      this.feed.unsubscribe(table, listener);
    }
    this.call.end();
  }

  async #pump(most: number): Promise<void> {
    while (!this.#ended) {
      const rows = this.#queue.splice(0, rowsPerMessage);
      if (rows.length > 0 || this.#dropped > 0) {
        // What is dropped comes after what waits: it is told once the queue is empty.
        const dropped = this.#queue.length === 0 ? this.#dropped : 0;
        this.#dropped -= dropped;
        if (rows.length > 0) await written(this.call, { rows });
        if (dropped > 0) await written(this.call, { dropped });
        continue;
      }
      if (most > 0 && this.#taken >= most) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
