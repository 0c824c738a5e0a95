import {
  status,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleUnaryCall,
  type ServerDuplexStream,
  type ServerReadableStream,
} from '@grpc/grpc-js';
import { panorama } from '#proto';
import {
  ingestService,
  type Acknowledgement,
  type Host,
  type ImportChunk,
  type ImportSummary,
  type Registered,
} from '../../proto/service.js';
import { AggregatorError, type AggregatorErrorCode } from '../errors.js';
import type { Metrics } from '../metrics.js';
import type { StoreLog } from '../store/engine-client.js';
import type { Store } from '../store/store.js';
import type { Feed } from './feed.js';
import type { GroupCommit } from './group-commit.js';
import type { HostRegistry, HostState } from './hosts.js';
import { importOf, type Import } from './import.js';
import { readBatch, type WireBatch } from './wire/batch.js';

export interface IngestServiceOptions {
  readonly version: string;
  readonly store: Store;
  readonly hosts: HostRegistry;
  readonly commit: GroupCommit;
  readonly feed: Feed;
  readonly metrics: Metrics;
  readonly log: StoreLog;
}

const maximumIdentity = 255;

/**
 * Streamed messages arrive as bytes: a garbled one then ends its own call with INVALID_ARGUMENT and a
 * sentence, where grpc-js would answer INTERNAL.
 */
const asBytes = (bytes: Buffer): Buffer => bytes;
const definition = {
  ...ingestService,
  stream: { ...ingestService.stream, requestDeserialize: asBytes },
  import: { ...ingestService.import, requestDeserialize: asBytes },
} as const;

type BatchCall = ServerDuplexStream<Buffer, Acknowledgement>;

type Handlers = {
  readonly register: handleUnaryCall<Host, Registered>;
  readonly stream: handleBidiStreamingCall<Buffer, Acknowledgement>;
  readonly import: handleClientStreamingCall<Buffer, ImportSummary>;
};

interface GrpcError {
  readonly code: status;
  readonly details: string;
}

const statuses: Readonly<Partial<Record<AggregatorErrorCode, status>>> = {
  REQUEST_INVALID: status.INVALID_ARGUMENT,
  ROW_INVALID: status.INVALID_ARGUMENT,
  FORMAT_UNKNOWN: status.INVALID_ARGUMENT,
  STORE_UNAVAILABLE: status.UNAVAILABLE,
  STORE_FAILED: status.UNAVAILABLE,
};

function grpcError(error: unknown): GrpcError {
  const code = error instanceof AggregatorError ? statuses[error.code] : undefined;
  return { code: code ?? status.INTERNAL, details: error instanceof Error ? error.message : String(error) };
}

/** The Ingest service: numbered batches of agents, and log files. */
export class IngestService {
  readonly definition = definition;
  readonly #calls = new Set<BatchCall>();

  constructor(readonly options: IngestServiceOptions) {}

  get handlers(): Handlers {
    return {
      register: (call, callback) => {
        this.#register(call.request).then(
          (registered) => callback(null, registered),
          (error: unknown) => callback(grpcError(error)),
        );
      },
      stream: (call) => {
        this.#calls.add(call);
        void this.#stream(call).finally(() => this.#calls.delete(call));
      },
      import: (call, callback) => {
        this.#import(call).then(
          (summary) => callback(null, summary),
          (error: unknown) => callback(grpcError(error)),
        );
      },
    };
  }

  /** Ends every stream; what was taken is stored and acknowledged first. */
  async stop(): Promise<void> {
    await this.options.commit.stop();
    for (const call of this.#calls)
      fail(call, { code: status.UNAVAILABLE, details: 'The aggregator is shutting down' });
  }

  async #register(host: Host): Promise<Registered> {
    checkIdentity(host.hostId, host.bootId);
    const state = await this.options.hosts.register(host, Date.now() * 1_000);
    this.options.log.info(
      { host: state.registration['host'], host_id: state.hostId, stored: state.stored },
      'a host registered',
    );
    return { aggregatorVersion: this.options.version, acknowledged: state.stored };
  }

  async #stream(call: BatchCall): Promise<void> {
    const acknowledge = acknowledger(call);
    let last: HostState | null = null;
    try {
      // Without the option, leaving this loop destroys the call before its status can be sent.
      for await (const batch of decoded(call.iterator({ destroyOnReturn: false }), readBatch)) {
        checkIdentity(batch.hostId, batch.bootId);
        last = await this.options.hosts.state(batch.hostId, batch.bootId);
        this.#take(last, batch);
        acknowledge(last);
        await this.options.commit.capacity();
      }
      await last?.pending;
      call.end();
    } catch (error) {
      if (call.cancelled) return;
      const answer = grpcError(error);
      if (answer.code === status.INVALID_ARGUMENT) {
        this.options.metrics.add('batches_rejected');
        this.options.log.warn(
          { host_id: last?.hostId, peer: call.getPeer(), reason: answer.details },
          'a batch was rejected',
        );
      }
      fail(call, answer);
    }
  }

  /** Takes a batch, unless it was taken before: agents send again what was not acknowledged to them. */
  #take(host: HostState, batch: WireBatch): void {
    const { number } = batch;
    if (number < 1 || number > Number.MAX_SAFE_INTEGER) throw invalid('A batch has no number: they count from 1');
    if (number <= host.accepted) {
      this.options.metrics.add('batches_repeated');
      return;
    }
    try {
      this.options.commit.add(host, batch);
    } catch (error) {
      if (!(error instanceof AggregatorError)) throw error;
      throw new AggregatorError(error.code, `Batch ${number}: ${error.message}`, { cause: error });
    }
  }

  async #import(call: ServerReadableStream<Buffer, ImportSummary>): Promise<ImportSummary> {
    let running: Import | null = null;
    for await (const chunk of decoded(call, readChunk)) {
      running ??= importOf(chunk, this.options);
      await running.add(chunk);
    }
    if (running === null) throw invalid('The import has no chunk');
    return running.finish();
  }
}

/**
 * One acknowledgement per group of batches that were stored together, of the highest number: it covers
 * those before it.
 */
function acknowledger(call: BatchCall): (host: HostState) => void {
  let awaited: Promise<void> | null = null;
  return (host) => {
    if (host.pending === awaited) return;
    const pending = host.pending;
    awaited = pending;
    pending.then(
      () => {
        if (!call.cancelled && !call.writableEnded) call.write({ number: host.stored });
        // What comes again after this needs its own answer.
        if (awaited === pending) awaited = null;
      },
      () => undefined,
    );
  };
}

function fail(call: BatchCall, error: GrpcError): void {
  call.emit('error', error);
}

/** Throws REQUEST_INVALID at a message that cannot be read. */
async function* decoded<T>(
  messages: AsyncIterable<unknown>,
  decode: (bytes: Uint8Array) => T,
): AsyncGenerator<T, void, undefined> {
  for await (const bytes of messages) {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('a message is not bytes');
    yield decode(bytes);
  }
}

function readChunk(bytes: Uint8Array): ImportChunk {
  try {
    return panorama.v1.ImportChunk.decode(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid(`A chunk of an import of ${bytes.length} bytes cannot be read: ${reason}`);
  }
}

function checkIdentity(hostId: string | null | undefined, bootId: string | null | undefined): void {
  for (const [name, value] of [
    ['host_id', hostId],
    ['boot_id', bootId],
  ] as const) {
    const length = value?.length ?? 0;
    if (length === 0 || length > maximumIdentity) throw invalid(`${name} must have 1 to ${maximumIdentity} characters`);
  }
}

function invalid(text: string): AggregatorError {
  return new AggregatorError('REQUEST_INVALID', text);
}
