import { panorama } from '#proto';
import { AggregatorError } from '../../errors.js';
import type { Row } from '../../schema/row.js';
import type { RowWriter } from '../../schema/row-writer.js';
import { behaviourRow, connectionRow, type Origin } from '../rows.js';
import { BehaviourTranscoder } from './behaviour.js';
import { WireMessage } from './message.js';

/** Field numbers of ingest.proto; a test compares them with the file. */
export const batchFields = { hostId: 1, bootId: 2, number: 3, behaviours: 4, connections: 5 } as const;

const { hostId, bootId, number, behaviours, connections } = batchFields;

/** A batch whose rows are still on the wire. */
export interface WireBatch {
  readonly hostId: string;
  readonly bootId: string;
  readonly number: number;
  readonly bytes: Uint8Array;
  /** Start and end of each message in `bytes`. */
  readonly behaviours: readonly number[];
  readonly connections: readonly number[];
}

/** Throws REQUEST_INVALID if the bytes are no batch; its rows are looked at when they are written. */
export function readBatch(bytes: Uint8Array): WireBatch {
  const message = new WireMessage(`batch of ${bytes.length} bytes`, 5, [behaviours, connections]);
  message.parse(bytes, 0, bytes.length);
  return {
    hostId: message.text(hostId),
    bootId: message.text(bootId),
    number: message.number(number),
    bytes,
    behaviours: message.ranges(behaviours),
    connections: message.ranges(connections),
  };
}

/** Writes the rows of batches. */
export class BatchWriter {
  readonly #transcoder = new BehaviourTranscoder();

  /** Throws REQUEST_INVALID or ROW_INVALID, with some rows written: roll both writers back. */
  write(batch: WireBatch, origin: Origin, behaviourWriter: RowWriter, connectionWriter: RowWriter): void {
    this.#transcoder.from(origin);
    for (let index = 0; index < batch.behaviours.length; index += 2) {
      this.#transcoder.write(
        batch.bytes,
        batch.behaviours[index] ?? 0,
        batch.behaviours[index + 1] ?? 0,
        behaviourWriter.buffer,
      );
    }
    // Connections are few beside behaviours: these go the plain way.
    for (const row of connectionRows(batch, origin)) connectionWriter.append(row);
  }
}

export function behaviourRows(batch: WireBatch, origin: Origin): readonly Row[] {
  return decodeEach(batch, batch.behaviours, panorama.v1.Behaviour).map((behaviour) => behaviourRow(behaviour, origin));
}

export function connectionRows(batch: WireBatch, origin: Origin): readonly Row[] {
  return decodeEach(batch, batch.connections, panorama.v1.Connection).map((connection) =>
    connectionRow(connection, origin),
  );
}

function decodeEach<T>(
  batch: WireBatch,
  ranges: readonly number[],
  type: { decode(bytes: Uint8Array): T },
): readonly T[] {
  const messages: T[] = [];
  for (let index = 0; index < ranges.length; index += 2) {
    try {
      messages.push(type.decode(batch.bytes.subarray(ranges[index], ranges[index + 1])));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new AggregatorError('REQUEST_INVALID', `Message ${index / 2 + 1} of its kind cannot be read: ${reason}`);
    }
  }
  return messages;
}
