import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { ClientWritableStream } from '@grpc/grpc-js';
import { toNumber } from '../../proto/integer.js';
import { IngestClient, type ImportChunk, type ImportSummary } from '../../proto/service.js';
import { aggregatorAddress, callError } from '../client.js';
import { CommandError, UsageError } from '../errors.js';
import { parseArguments } from '../input/options.js';
import { printable } from '../output/escape.js';

const formats: readonly string[] = ['vpc'];
const chunkBytes = 256 * 1024;

/** `panorama import FORMAT FILE…` */
export async function runImport(argv: readonly string[]): Promise<number> {
  const { positionals, values } = parseArguments(argv, ['aggregator']);
  const [format, ...files] = positionals;
  if (format === undefined || !formats.includes(format)) {
    throw new UsageError(
      `name the format first: ${formats.join(', ')}${format === undefined ? '' : `; "${format}" is none`}`,
    );
  }
  if (files.length === 0) throw new UsageError('name the files to import, or - for standard input');
  const address = aggregatorAddress(values.aggregator);

  const client = new IngestClient(address);
  try {
    const { summary, readable } = await send(client, format, files);
    if (!readable) throw new CommandError('nothing could be read');
    return report(summary);
  } catch (error) {
    throw error instanceof CommandError ? error : callError(error, address);
  } finally {
    client.close();
  }
}

interface Sent {
  readonly summary: ImportSummary;
  /** At least one of the files could be read. */
  readonly readable: boolean;
}

async function send(client: IngestClient, format: string, files: readonly string[]): Promise<Sent> {
  const { chunks, summary } = client.import();
  // An aggregator that ends the call ends it for the writer too: nobody would wake a wait for `drain`.
  const failed = summary.then(() => undefined);
  failed.catch(() => undefined);
  let readable = false;
  await writeChunk(chunks, failed, { format });
  for (const file of files) {
    const source = file === '-' ? 'standard input' : file;
    try {
      for await (const data of readFile(file)) {
        if (!(data instanceof Uint8Array)) continue;
        await writeChunk(chunks, failed, { source, data });
      }
      readable = true;
    } catch (error) {
      if (!isFileError(error)) throw error;
      process.stderr.write(`panorama import: cannot read ${printable(source)}: ${error.message}\n`);
    }
  }
  chunks.end();
  return { summary: await summary, readable };
}

function readFile(file: string): Readable {
  return file === '-' ? process.stdin : createReadStream(file, { highWaterMark: chunkBytes });
}

/** Waits while the aggregator is behind. Rejects when the call has failed. */
async function writeChunk(
  chunks: ClientWritableStream<ImportChunk>,
  failed: Promise<void>,
  chunk: ImportChunk,
): Promise<void> {
  if (chunks.write(chunk)) return;
  let drained: () => void = () => undefined;
  const drain = new Promise<void>((resolve) => (drained = resolve));
  chunks.once('drain', drained);
  try {
    await Promise.race([drain, failed]);
  } finally {
    chunks.off('drain', drained);
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

function report(summary: ImportSummary): number {
  const imported = toNumber(summary.imported);
  const rejected = toNumber(summary.rejected);
  for (const { reason, count, example } of summary.reasons ?? []) {
    process.stderr.write(`${toNumber(count)} rejected: ${printable(reason ?? '')}, as ${printable(example ?? '')}\n`);
  }
  process.stdout.write(`${imported} imported, ${rejected} rejected\n`);
  return imported === 0 && rejected > 0 ? 1 : 0;
}
