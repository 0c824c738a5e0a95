import { status, type ServiceError } from '@grpc/grpc-js';
import { CommandError, UsageError } from './errors.js';

const defaultAggregator = '127.0.0.1:7443';

/** HOST:PORT of the aggregator: the option, the environment, or the default. */
export function aggregatorAddress(option: string | undefined): string {
  const address = option ?? process.env['PANORAMA_AGGREGATOR'] ?? defaultAggregator;
  const port = Number(/^(?:[\w.-]+|\[[\da-f:.]+\]):(\d{1,5})$/i.exec(address)?.[1] ?? 0);
  if (port < 1 || port > 65_535) {
    throw new UsageError(
      `${option === undefined ? 'PANORAMA_AGGREGATOR' : '--aggregator'} takes HOST:PORT, not "${address}"`,
    );
  }
  return address;
}

/** What grpc-js says when there is nobody to say anything. */
const nobodyThere = /No connection established|Name resolution failed|ECONNREFUSED|Failed to connect|DNS resolution/i;

/** A failed call in a sentence. */
export function callError(error: unknown, address: string): Error {
  if (!isServiceError(error)) return error instanceof Error ? error : new Error(String(error));
  switch (error.code) {
    case status.INVALID_ARGUMENT:
      return new UsageError(error.details);
    case status.UNAVAILABLE:
      if (nobodyThere.test(error.details)) {
        return new CommandError(
          `No aggregator answers at ${address}: start one with "panorama aggregator", or name another with --aggregator`,
        );
      }
      return new CommandError(`The aggregator at ${address} is not available: ${error.details}`);
    case status.UNIMPLEMENTED:
      return new CommandError(`What answers at ${address} is no aggregator of this version: ${error.details}`);
    default:
      return new CommandError(error.details === '' ? `The aggregator at ${address} failed` : error.details);
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && typeof error.details === 'string';
}
