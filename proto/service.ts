import {
  Client,
  type CallOptions,
  type ChannelOptions,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientWritableStream,
  credentials,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type MethodDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { panorama } from '#proto';
import type { Writer } from 'protobufjs/minimal.js';

/*
 * What protoc's gRPC plugin would generate: the static protobufjs classes know how to
 * encode and decode a message, the paths and kinds of the calls are in the .proto files.
 */

export type Host = panorama.v1.Host.$Properties;
export type Registered = panorama.v1.Registered.$Properties;
export type Batch = panorama.v1.Batch.$Properties;
export type Acknowledgement = panorama.v1.Acknowledgement.$Properties;
export type ImportChunk = panorama.v1.ImportChunk.$Properties;
export type ImportSummary = panorama.v1.ImportSummary.$Properties;
export type SearchRequest = panorama.v1.SearchRequest.$Properties;
export type Rows = panorama.v1.Rows.$Properties;
export type TraceRequest = panorama.v1.TraceRequest.$Properties;
export type TraceResponse = panorama.v1.TraceResponse.$Properties;
export type HostsRequest = panorama.v1.HostsRequest.$Properties;

/** Messages above gRPC's default of 4 MB: a batch of long paths, a chunk of search results. */
export const maximumMessageBytes = 32 * 1024 * 1024;

/** For clients and servers. Half-open connections are noticed within 30 s from either end, also while nothing is sent. */
export const channelOptions: ChannelOptions = {
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_receive_message_length': maximumMessageBytes,
  'grpc.max_send_message_length': maximumMessageBytes,
  // A proxy in the environment is meant for the web; it would swallow even connections to 127.0.0.1.
  'grpc.enable_http_proxy': 0,
};

interface MessageClass<T> {
  encode(message: T): Writer;
  decode(bytes: Uint8Array): T;
}

function serializer<T>(type: MessageClass<T>): (message: T) => Buffer {
  return (message) => {
    const bytes = type.encode(message).finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

function method<Request, Response>(
  path: string,
  request: MessageClass<Request>,
  response: MessageClass<Response>,
  kind: { readonly requestStream?: true; readonly responseStream?: true } = {},
): MethodDefinition<Request, Response> {
  return {
    path,
    requestStream: kind.requestStream ?? false,
    responseStream: kind.responseStream ?? false,
    requestSerialize: serializer(request),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: serializer(response),
    responseDeserialize: (bytes) => response.decode(bytes),
  };
}

const v1 = panorama.v1;

/** For `server.addService(ingestService, handlers)` with handlers of type `IngestHandlers`. */
export const ingestService = {
  register: method<Host, Registered>('/panorama.v1.Ingest/Register', v1.Host, v1.Registered),
  stream: method<Batch, Acknowledgement>('/panorama.v1.Ingest/Stream', v1.Batch, v1.Acknowledgement, {
    requestStream: true,
    responseStream: true,
  }),
  import: method<ImportChunk, ImportSummary>('/panorama.v1.Ingest/Import', v1.ImportChunk, v1.ImportSummary, {
    requestStream: true,
  }),
} as const;

/** For `server.addService(queryService, handlers)` with handlers of type `QueryHandlers`. */
export const queryService = {
  search: method<SearchRequest, Rows>('/panorama.v1.Query/Search', v1.SearchRequest, v1.Rows, { responseStream: true }),
  tail: method<SearchRequest, Rows>('/panorama.v1.Query/Tail', v1.SearchRequest, v1.Rows, { responseStream: true }),
  trace: method<TraceRequest, TraceResponse>('/panorama.v1.Query/Trace', v1.TraceRequest, v1.TraceResponse),
  hosts: method<HostsRequest, Rows>('/panorama.v1.Query/Hosts', v1.HostsRequest, v1.Rows, { responseStream: true }),
} as const;

/* Type aliases, not interfaces: only those are accepted where grpc-js asks for an index signature. */
export type IngestHandlers = {
  readonly register: handleUnaryCall<Host, Registered>;
  readonly stream: handleBidiStreamingCall<Batch, Acknowledgement>;
  readonly import: handleClientStreamingCall<ImportChunk, ImportSummary>;
};

export type QueryHandlers = {
  readonly search: handleServerStreamingCall<SearchRequest, Rows>;
  readonly tail: handleServerStreamingCall<SearchRequest, Rows>;
  readonly trace: handleUnaryCall<TraceRequest, TraceResponse>;
  readonly hosts: handleServerStreamingCall<HostsRequest, Rows>;
};

/** Rejects with grpc-js's ServiceError: `code` is a `status`, `details` the server's sentence. */
function unary<Request, Response>(
  client: Client,
  definition: MethodDefinition<Request, Response>,
  request: Request,
  options: CallOptions,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      definition.path,
      definition.requestSerialize,
      definition.responseDeserialize,
      request,
      options,
      (error: ServiceError | null, response?: Response) => {
        if (error !== null) reject(error);
        else if (response === undefined) reject(new Error(`${definition.path} answered nothing`));
        else resolve(response);
      },
    );
  });
}

/** A connection to an aggregator's Ingest service; `address` is HOST:PORT. Connects on the first call. */
export class IngestClient {
  readonly #client: Client;

  constructor(address: string, options: ChannelOptions = {}) {
    this.#client = new Client(address, credentials.createInsecure(), { ...channelOptions, ...options });
  }

  register(host: Host, options: CallOptions = {}): Promise<Registered> {
    return unary(this.#client, ingestService.register, host, options);
  }

  stream(options: CallOptions = {}): ClientDuplexStream<Batch, Acknowledgement> {
    const { path, requestSerialize, responseDeserialize } = ingestService.stream;
    return this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, options);
  }

  /** As `stream`, with batches that the caller has encoded already. */
  encodedStream(options: CallOptions = {}): ClientDuplexStream<Buffer, Acknowledgement> {
    const { path, responseDeserialize } = ingestService.stream;
    return this.#client.makeBidiStreamRequest(path, (batch: Buffer) => batch, responseDeserialize, options);
  }

  /** Write the chunks to `chunks` and end it; `summary` settles when the aggregator has stored them. */
  import(options: CallOptions = {}): {
    readonly chunks: ClientWritableStream<ImportChunk>;
    readonly summary: Promise<ImportSummary>;
  } {
    const { path, requestSerialize, responseDeserialize } = ingestService.import;
    let settle: (error: ServiceError | null, summary?: ImportSummary) => void = () => undefined;
    const summary = new Promise<ImportSummary>((resolve, reject) => {
      settle = (error, value) => {
        if (error !== null) reject(error);
        else if (value === undefined) reject(new Error(`${path} answered nothing`));
        else resolve(value);
      };
    });
    const chunks = this.#client.makeClientStreamRequest<ImportChunk, ImportSummary>(
      path,
      requestSerialize,
      responseDeserialize,
      options,
      (error, value) => {
        settle(error, value);
      },
    );
    return { chunks, summary };
  }

  close(): void {
    this.#client.close();
  }
}

/** A connection to an aggregator's Query service; `address` is HOST:PORT. Connects on the first call. */
export class QueryClient {
  readonly #client: Client;

  constructor(address: string, options: ChannelOptions = {}) {
    this.#client = new Client(address, credentials.createInsecure(), { ...channelOptions, ...options });
  }

  search(request: SearchRequest, options: CallOptions = {}): ClientReadableStream<Rows> {
    return this.#serverStream(queryService.search, request, options);
  }

  tail(request: SearchRequest, options: CallOptions = {}): ClientReadableStream<Rows> {
    return this.#serverStream(queryService.tail, request, options);
  }

  trace(request: TraceRequest, options: CallOptions = {}): Promise<TraceResponse> {
    return unary(this.#client, queryService.trace, request, options);
  }

  hosts(request: HostsRequest = {}, options: CallOptions = {}): ClientReadableStream<Rows> {
    return this.#serverStream(queryService.hosts, request, options);
  }

  close(): void {
    this.#client.close();
  }

  #serverStream<Request, Response>(
    definition: MethodDefinition<Request, Response>,
    request: Request,
    options: CallOptions,
  ): ClientReadableStream<Response> {
    return this.#client.makeServerStreamRequest(
      definition.path,
      definition.requestSerialize,
      definition.responseDeserialize,
      request,
      options,
    );
  }
}
