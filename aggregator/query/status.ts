import { status, type ServiceError, type ServerWritableStream } from '@grpc/grpc-js';
import { AggregatorError, type AggregatorErrorCode } from '../errors.js';

/** What the other end is told. */
export interface CallStatus {
  readonly code: status;
  readonly details: string;
}

function statusCode(code: AggregatorErrorCode): status {
  switch (code) {
    case 'FILTER_SYNTAX':
    case 'REQUEST_INVALID':
    case 'FORMAT_UNKNOWN':
      return status.INVALID_ARGUMENT;
    case 'QUERY_LIMIT':
      return status.RESOURCE_EXHAUSTED;
    case 'QUERY_CANCELLED':
      return status.CANCELLED;
    case 'STORE_UNAVAILABLE':
      return status.UNAVAILABLE;
    case 'USAGE':
    case 'CONFIG_INVALID':
    case 'LISTEN_FAILED':
    case 'DATA_DIRECTORY':
    case 'STORE_FAILED':
    case 'ROW_INVALID':
    case 'STATEMENT_INVALID':
    case 'IMPORT_UNREADABLE':
      return status.INTERNAL;
  }
}

/** Errors of ours as they are; what was not foreseen without its inner life. */
export function callStatus(error: unknown): CallStatus {
  if (error instanceof AggregatorError) return { code: statusCode(error.code), details: error.message };
  return { code: status.INTERNAL, details: 'The aggregator met an error that it did not foresee; its log tells more' };
}

/** Ends a server stream with an error; harmless when the caller is gone. */
export function failStream<Request, Response>(call: ServerWritableStream<Request, Response>, error: unknown): void {
  if (call.cancelled) return;
  const failure: Partial<ServiceError> = callStatus(error);
  call.emit('error', failure);
}

/** Resolves when more may be written, or the caller is gone. */
export function written<Request, Response>(
  call: ServerWritableStream<Request, Response>,
  message: Response,
): Promise<void> {
  if (call.cancelled || call.write(message)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      call.off('drain', done);
      call.off('cancelled', done);
      call.off('close', done);
      resolve();
    };
    call.on('drain', done);
    call.on('cancelled', done);
    call.on('close', done);
  });
}
