import { panorama } from '#proto';
import { toNumber } from '../../proto/integer.js';
import type { SearchRequest } from '../../proto/service.js';
import { AggregatorError } from '../errors.js';
import { tables } from '../schema/tables.js';
import type { Table } from '../schema/table.js';

/** Microseconds since the Unix epoch, both included; null: open. */
export interface TimeRange {
  readonly since: number | null;
  readonly until: number | null;
}

/** 2100-01-01: the engine's times end somewhat later. */
const latestTime = 4_102_444_800_000_000;

type Integer = SearchRequest['since'];

export function searchedTable(request: SearchRequest): Table {
  switch (request.table ?? panorama.v1.Table.TABLE_UNSPECIFIED) {
    case panorama.v1.Table.TABLE_UNSPECIFIED:
    case panorama.v1.Table.TABLE_BEHAVIOURS:
      return tables.behaviours;
    case panorama.v1.Table.TABLE_CONNECTIONS:
      return tables.connections;
    case panorama.v1.Table.TABLE_FLOWS:
      return tables.flows;
    case panorama.v1.Table.TABLE_SESSIONS:
      return tables.sessions;
    default:
      throw new AggregatorError('REQUEST_INVALID', `There is no table with the number ${request.table}`);
  }
}

/** Throws REQUEST_INVALID for a range that is empty. */
export function requestedRange(since: Integer, until: Integer): TimeRange {
  const range = { since: bound(since), until: bound(until) };
  if (range.since !== null && range.until !== null && range.until < range.since) {
    throw new AggregatorError(
      'REQUEST_INVALID',
      'The time range ends before it starts: give an earlier --since or a later --until',
    );
  }
  return range;
}

function bound(value: Integer): number | null {
  const microseconds = toNumber(value);
  return microseconds <= 0 ? null : Math.min(microseconds, latestTime);
}
