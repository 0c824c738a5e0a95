import { crc32 } from 'node:zlib';

/*
 * A segment of the spool: a header, then frames, each one batch. Integers are little endian.
 *
 *   header  magic 8 · checksum of the rest 4 · length of hostId 2 · length of bootId 2 · hostId · bootId
 *   frame   marker 4 · checksum of the rest 4 · length of body 4 · records 4 · number 8 · body
 *
 * A frame that was cut off by a crash, or changed on the disk, fails its checksum; reading goes on at the next
 * marker that begins a whole frame, so that one bad sector costs one batch.
 */

const magic = Buffer.from('PANSPL01');
const marker = Buffer.from('BTCH');
const headerBytes = 16;
export const frameBytes = 24;
/** No batch comes near it: a length beyond it is damage. */
const longestBody = 64 * 1024 * 1024;

/** Whose batches they are. */
export interface SegmentHeader {
  readonly hostId: string;
  readonly bootId: string;
}

export interface Frame {
  readonly number: number;
  /** Behaviours and connections in the body. */
  readonly records: number;
  readonly body: Buffer;
}

/** Where a frame is in its segment. */
export interface FramePlace {
  readonly number: number;
  readonly records: number;
  readonly at: number;
  readonly bytes: number;
}

export interface Segment {
  readonly header: SegmentHeader;
  readonly frames: readonly FramePlace[];
  /** Bytes that belong to no whole frame. */
  readonly damaged: number;
}

export function encodeHeader({ hostId, bootId }: SegmentHeader): Buffer {
  const host = Buffer.from(hostId);
  const boot = Buffer.from(bootId);
  const header = Buffer.concat([Buffer.alloc(headerBytes), host, boot]);
  magic.copy(header);
  header.writeUInt16LE(host.length, 12);
  header.writeUInt16LE(boot.length, 14);
  header.writeUInt32LE(crc32(header.subarray(12)), 8);
  return header;
}

export function encodeFrame({ number, records, body }: Frame): Buffer {
  const frame = Buffer.allocUnsafe(frameBytes + body.length);
  marker.copy(frame);
  frame.writeUInt32LE(body.length, 8);
  frame.writeUInt32LE(records, 12);
  frame.writeBigUInt64LE(BigInt(number), 16);
  body.copy(frame, frameBytes);
  frame.writeUInt32LE(crc32(frame.subarray(8)), 4);
  return frame;
}

/** undefined where the header is not one: nobody knows then whose frames follow. */
export function decodeSegment(bytes: Buffer): Segment | undefined {
  const header = decodeHeader(bytes);
  if (!header) return undefined;
  const frames: FramePlace[] = [];
  let damaged = 0;
  let at = headerBytes + Buffer.byteLength(header.hostId) + Buffer.byteLength(header.bootId);
  while (at < bytes.length) {
    const frame = decodeFrame(bytes, at);
    if (frame) {
      const length = frameBytes + frame.body.length;
      frames.push({ number: frame.number, records: frame.records, at, bytes: length });
      at += length;
      continue;
    }
    const found = bytes.indexOf(marker, at + 1);
    const next = found === -1 ? bytes.length : found;
    damaged += next - at;
    at = next;
  }
  return { header, frames, damaged };
}

export function decodeHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < headerBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const host = bytes.readUInt16LE(12);
  const boot = bytes.readUInt16LE(14);
  const end = headerBytes + host + boot;
  if (end > bytes.length || crc32(bytes.subarray(12, end)) !== bytes.readUInt32LE(8)) return undefined;
  return {
    hostId: bytes.toString('utf8', headerBytes, headerBytes + host),
    bootId: bytes.toString('utf8', headerBytes + host, end),
  };
}

/** undefined where no whole, undamaged frame begins. The body is a view of `bytes`. */
export function decodeFrame(bytes: Buffer, at: number): Frame | undefined {
  if (at + frameBytes > bytes.length || bytes.compare(marker, 0, marker.length, at, at + marker.length) !== 0) {
    return undefined;
  }
  const length = bytes.readUInt32LE(at + 8);
  const end = at + frameBytes + length;
  if (length > longestBody || end > bytes.length) return undefined;
  if (crc32(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4)) return undefined;
  const number = Number(bytes.readBigUInt64LE(at + 16));
  return { number, records: bytes.readUInt32LE(at + 12), body: bytes.subarray(at + frameBytes, end) };
}
