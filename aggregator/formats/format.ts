import type { Row } from '../schema/row.js';
import type { Table } from '../schema/table.js';

/** Why a line cannot be read. One object per reason and format: reasons are counted, and listed in summaries. */
export class Rejection {
  constructor(readonly reason: string) {}
}

/** What every line of one source shares. */
export interface LineContext {
  /** File or exporter that the line came from. */
  readonly source: string;
  /** Microseconds since the Unix epoch. */
  readonly receivedTime: number;
}

/** A log format of one record per line: bytes in; a typed row or a reason out. */
export interface LineFormat {
  /** As in `panorama import NAME`. */
  readonly name: string;
  /** Table of its rows. */
  readonly table: Table;
  /** Longer lines are rejected unread. */
  readonly maximumLineBytes: number;
  /**
   * Reads the line from `start` to `end` of `bytes`, without its line end. null: nothing to store (blank, header).
   * Never throws, and keeps nothing of `bytes` beyond what the row holds.
   */
  readonly parse: (bytes: Buffer, start: number, end: number, context: LineContext) => Row | Rejection | null;
}
