import { QueryClient } from '../../proto/service.js';
import { messageOf } from '../sinks/report.js';
import type { Finding } from './finding.js';

const LIMIT = 5000;

/** Does the aggregator answer a query? Hosts are the least that it can be asked for. */
export async function checkAggregator(address: string): Promise<Finding> {
  const check = 'aggregator';
  const client = new QueryClient(address);
  try {
    let hosts = 0;
    for await (const message of client.hosts({}, { deadline: Date.now() + LIMIT })) hosts += rowsOf(message);
    return { check, state: 'ok', text: `${address} answers, and knows ${hosts} ${hosts === 1 ? 'host' : 'hosts'}` };
  } catch (error) {
    const text = `${address} does not answer (${reasonOf(error)}): is it running, and is the address right?`;
    return { check, state: 'failed', text };
  } finally {
    client.close();
  }
}

/** The sentence of a gRPC error, without its number and name. */
function reasonOf(error: unknown): string {
  return error instanceof Error && 'details' in error ? String(error.details) : messageOf(error);
}

/** Streams of grpc-js do not say what they carry. */
function rowsOf(message: unknown): number {
  if (typeof message !== 'object' || message === null || !('rows' in message)) return 0;
  return Array.isArray(message.rows) ? message.rows.length : 0;
}
