import { queryService, type QueryHandlers } from '../../proto/service.js';
import type { Feed } from '../ingest/feed.js';
import type { StoreLog } from '../store/engine-client.js';
import type { QueryLimits, Store } from '../store/store.js';
import { AggregatorError } from '../errors.js';
import { answerHosts } from './hosts.js';
import { answerSearch } from './search.js';
import { callStatus, failStream } from './status.js';
import { Tail } from './tail.js';
import { answerTrace } from './trace/trace.js';

export interface QueryServiceOptions {
  readonly store: Store;
  readonly feed: Feed;
  readonly log: StoreLog;
  /** Instead of the store's own. */
  readonly limits?: Partial<QueryLimits>;
}

/** The Query service of query.proto. */
export class QueryService {
  readonly #tails = new Set<Tail>();
  readonly definition = queryService;
  readonly handlers: QueryHandlers;

  constructor(readonly options: QueryServiceOptions) {
    const { store, feed, limits = {} } = options;
    this.handlers = {
      search: (call) => {
        answerSearch(call, store, limits).catch((error: unknown) => failStream(call, this.#noted(error)));
      },
      tail: (call) => {
        const tail = new Tail(call, feed);
        this.#tails.add(tail);
        tail
          .run()
          .catch((error: unknown) => failStream(call, this.#noted(error)))
          .finally(() => this.#tails.delete(tail));
      },
      hosts: (call) => {
        answerHosts(call, store, limits).catch((error: unknown) => failStream(call, this.#noted(error)));
      },
      trace: (call, callback) => {
        answerTrace(call.request, store, limits).then(
          (response) => callback(null, response),
          (error: unknown) => callback(callStatus(this.#noted(error))),
        );
      },
    };
  }

  /** Tails end only when asked to: a server that waits for its calls would wait for ever. */
  stop(): void {
    for (const tail of this.#tails) tail.stop();
  }

  /** Callers are told of their own mistakes; the log has the others. */
  #noted(error: unknown): unknown {
    if (!(error instanceof AggregatorError)) this.options.log.error({ error: String(error) }, 'a query failed');
    else if (error.code === 'STORE_FAILED') this.options.log.error({ error: error.message }, 'a query failed');
    return error;
  }
}
