import { closeSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { decodeFrame, decodeSegment, type Frame, type FramePlace, type SegmentHeader } from './frame.js';

/** A segment on disk. */
export interface SegmentFile {
  readonly path: string;
  /** Number of its first batch. */
  readonly first: number;
  /** Milliseconds since the Unix epoch. */
  readonly created: number;
  bytes: number;
  /** In order; undefined until somebody asks what an earlier run left. */
  places: FramePlace[] | undefined;
}

/** Bytes of a segment that cannot be read as they were written. */
export type DamageReport = (path: string, bytes: number) => void;

/**
 * The batches of one run of the agent that are not acknowledged yet, on disk, in order. The run that goes on
 * appends to the last segment; those of earlier runs, or boots, are only read.
 */
export class Epoch {
  readonly segments: SegmentFile[] = [];

  constructor(
    readonly header: SegmentHeader,
    private readonly damaged: DamageReport,
  ) {}

  get bytes(): number {
    return this.segments.reduce((total, { bytes }) => total + bytes, 0);
  }

  /** Behaviours and connections of the batches after `number`. */
  recordsAfter(number: number): number {
    const places = this.segments.flatMap((segment) => this.placesOf(segment));
    return places.reduce((total, place) => (place.number > number ? total + place.records : total), 0);
  }

  /** The first batch after `number`; undefined: there is none. Passes over what is damaged. */
  after(number: number): Frame | undefined {
    for (const [index, segment] of this.segments.entries()) {
      const next = this.segments[index + 1];
      if (next && next.first <= number + 1) continue;
      const places = this.placesOf(segment);
      for (let at = firstAfter(places, number); at < places.length; at++) {
        const place = places[at];
        const frame = place && readFrame(segment.path, place);
        if (frame) return frame;
        if (place) this.damaged(segment.path, place.bytes);
      }
    }
    return undefined;
  }

  /** Deletes the segments that hold nothing after `number`; the last one stays while it grows. */
  acknowledge(number: number, growing: boolean): void {
    for (let [segment, next] = this.segments; segment; [segment, next] = this.segments) {
      const done = next ? next.first <= number + 1 : !growing && this.recordsAfter(number) === 0;
      if (!done) return;
      this.remove(segment);
    }
  }

  /** Deletes the oldest segment, delivered or not; returns what was in it. */
  dropOldest(): readonly FramePlace[] {
    const [segment] = this.segments;
    if (!segment) return [];
    const places = this.placesOf(segment);
    this.remove(segment);
    return places;
  }

  private remove(segment: SegmentFile): void {
    rmSync(segment.path, { force: true });
    this.segments.shift();
  }

  private placesOf(segment: SegmentFile): readonly FramePlace[] {
    if (segment.places) return segment.places;
    const decoded = decodeSegment(readFileSync(segment.path));
    const damaged = decoded?.damaged ?? segment.bytes;
    if (damaged > 0) this.damaged(segment.path, damaged);
    segment.places = [...(decoded?.frames ?? [])];
    return segment.places;
  }
}

/** Index of the first place with a higher number, `places.length` for none. */
function firstAfter(places: readonly FramePlace[], number: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle]?.number ?? 0) > number) high = middle;
    else low = middle + 1;
  }
  return low;
}

function readFrame(path: string, { at, bytes, number }: FramePlace): Frame | undefined {
  const buffer = Buffer.allocUnsafe(bytes);
  const fd = openSync(path, 'r');
  try {
    if (readSync(fd, buffer, 0, bytes, at) < bytes) return undefined;
  } finally {
    closeSync(fd);
  }
  const frame = decodeFrame(buffer, 0);
  return frame?.number === number ? frame : undefined;
}
