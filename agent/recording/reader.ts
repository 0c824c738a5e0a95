import { readFileSync } from 'node:fs';
import { AgentError } from '../errors.js';
import { FRAME_HEADER, frameKind, MAGIC, padded, type Observation, type RecordingHeader } from './format.js';
import { isObservation, isRecordingHeader } from './valid.js';

export interface RecordingVisitor {
  record(bytes: Buffer, offset: number, length: number): void;
  observation(observation: Observation): void;
}

/** A recording, read whole: they are bug reports and fixtures, not archives. */
export class Recording {
  private constructor(
    private readonly file: string,
    private readonly bytes: Buffer,
    private readonly body: number,
    readonly header: RecordingHeader,
  ) {}

  /** Throws AgentError RECORDING_INVALID. */
  static open(file: string, layout: string): Recording {
    const bytes = readBytes(file);
    if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) throw invalid(file, 'it does not begin as one');
    const start = MAGIC.length;
    if (start + FRAME_HEADER > bytes.length || bytes.readUInt32LE(start + 4) !== frameKind.header) {
      throw invalid(file, 'its header is missing');
    }
    const length = bytes.readUInt32LE(start);
    const body = start + FRAME_HEADER + padded(length);
    if (body > bytes.length) throw invalid(file, 'it ends within its header');
    const header = parseJson(file, bytes.toString('utf8', start + FRAME_HEADER, start + FRAME_HEADER + length));
    if (!isRecordingHeader(header)) throw invalid(file, 'its header is none');
    if (header.layout !== layout) {
      throw invalid(file, 'it was made by an agent with other record layouts: replay it with the version that made it');
    }
    return new Recording(file, bytes, body, header);
  }

  /** Throws AgentError RECORDING_INVALID where a frame is cut off or of an unknown kind; what came before was visited. */
  visit(visitor: RecordingVisitor): void {
    const { bytes, file } = this;
    let at = this.body;
    while (at < bytes.length) {
      if (at + FRAME_HEADER > bytes.length) throw invalid(file, `it ends within the frame at ${at}`);
      const length = bytes.readUInt32LE(at);
      const kind = bytes.readUInt32LE(at + 4);
      const payload = at + FRAME_HEADER;
      if (payload + length > bytes.length) throw invalid(file, `it ends within the frame at ${at}`);
      if (kind === frameKind.record) visitor.record(bytes, payload, length);
      else if (kind === frameKind.observation) {
        const observation = parseJson(file, bytes.toString('utf8', payload, payload + length));
        if (!isObservation(observation)) throw invalid(file, `the frame at ${at} is no observation`);
        visitor.observation(observation);
      } else throw invalid(file, `the frame at ${at} is of the unknown kind ${kind}`);
      at = payload + padded(length);
    }
  }
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw invalid(file, `it cannot be read: ${String(cause)}`);
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw invalid(file, 'a frame is no JSON');
  }
}

function invalid(file: string, reason: string): AgentError {
  return new AgentError('RECORDING_INVALID', `${file} is no recording that can be replayed: ${reason}`);
}
