import { communityId } from '../schema/community-id.js';
import { writeAddress } from '../schema/address.js';
import type { Row } from '../schema/row.js';
import { tables } from '../schema/tables.js';
import { Rejection, type LineContext, type LineFormat } from './format.js';

/*
 * VPC flow logs (T1): version account-id interface-id srcaddr dstaddr srcport dstport protocol packets
 * bytes start end action log-status, separated by spaces. The vendor's document contradicts itself (T2);
 * everything it shows is read: `2` and `V1`, `-` and `-1`, and records without traffic with all 14
 * columns or, short of two dashes, with 12.
 */

const space = 32;
const tab = 9;
const dash = 45;
const zero = 48;
const nine = 57;

const icmp = 1;
const icmpv6 = 58;

const fullColumns = 14;
/** NODATA and SKIPDATA with five dashes where seven columns belong. */
const shortColumns = 12;
/** 2100-01-01: beyond 2106 the store's time to live wraps around and would drop the row at once. */
const latestSecond = 4_102_444_799;

const reasons = {
  columns: new Rejection('not 14 columns, nor the 12 of a record without data'),
  version: new Rejection('unknown version: not 1, 2, V1 or V2'),
  sourceAddress: new Rejection('source address is not an IP address'),
  destinationAddress: new Rejection('destination address is not an IP address'),
  addressFamilies: new Rejection('source and destination are of different address families'),
  sourcePort: new Rejection('source port is not a number from 0 to 65535'),
  destinationPort: new Rejection('destination port is not a number from 0 to 65535'),
  protocol: new Rejection('protocol is not a number from 0 to 255'),
  packets: new Rejection('packets is not a number below 2^53'),
  bytes: new Rejection('bytes is not a number below 2^53'),
  start: new Rejection('start is not a time in Unix seconds from 1970 to 2099'),
  end: new Rejection('end is not a time in Unix seconds from 1970 to 2099'),
  order: new Rejection('start is after end'),
  action: new Rejection('action is not ACCEPT or REJECT'),
  status: new Rejection('log status is not OK, NODATA or SKIPDATA'),
} as const;

/** Column boundaries of the line at hand; one more than there may be, to see that there are too many. */
const starts = new Int32Array(fullColumns + 1);
const ends = new Int32Array(fullColumns + 1);
const scratch = new Uint8Array(16);

/** Fills `starts` and `ends`; gives the number of columns, at most 15. */
function split(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  let index = start;
  while (index < end && count <= fullColumns) {
    let byte = bytes[index] ?? space;
    if (byte === space || byte === tab) {
      index += 1;
      continue;
    }
    starts[count] = index;
    while (index < end && byte !== space && byte !== tab) {
      index += 1;
      byte = bytes[index] ?? space;
    }
    ends[count] = index;
    count += 1;
  }
  return count;
}

function startOf(column: number): number {
  return starts[column] ?? 0;
}

function endOf(column: number): number {
  return ends[column] ?? 0;
}

function text(bytes: Buffer, column: number): string {
  return bytes.toString('latin1', startOf(column), endOf(column));
}

/** The column is `-`: it has no value. */
function isMissing(bytes: Buffer, column: number): boolean {
  const start = startOf(column);
  return endOf(column) === start + 1 && bytes[start] === dash;
}

/** 0 where the column has no value, -1 where it is no whole number up to `highest`. */
function integer(bytes: Buffer, column: number, highest: number): number {
  const start = startOf(column);
  const end = endOf(column);
  if (end - start > 16) return -1;
  if (isMissing(bytes, column)) return 0;
  let value = 0;
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte < zero || byte > nine) return -1;
    value = value * 10 + byte - zero;
  }
  return value <= highest ? value : -1;
}

/** As `integer`, where `-1` too means that there is no value. */
function count(bytes: Buffer, column: number): number {
  const start = startOf(column);
  if (endOf(column) === start + 2 && bytes[start] === dash && bytes[start + 1] === zero + 1) return 0;
  return integer(bytes, column, Number.MAX_SAFE_INTEGER);
}

function isHeader(bytes: Buffer): boolean {
  return endOf(0) - startOf(0) === 7 && text(bytes, 0).toLowerCase() === 'version';
}

/** `V1`, `v2`, `2`, … */
function isVersion(bytes: Buffer): boolean {
  const end = endOf(0);
  const length = end - startOf(0);
  const digit = (bytes[end - 1] ?? 0) - zero;
  const letter = (bytes[startOf(0)] ?? 0) | 32;
  return (digit === 1 || digit === 2) && (length === 1 || (length === 2 && letter === 118));
}

type Status = 'OK' | 'NODATA' | 'SKIPDATA';

function statusOf(bytes: Buffer, column: number): Status | null {
  switch (endOf(column) - startOf(column)) {
    case 2:
      return text(bytes, column) === 'OK' ? 'OK' : null;
    case 6:
      return text(bytes, column) === 'NODATA' ? 'NODATA' : null;
    case 8:
      return text(bytes, column) === 'SKIPDATA' ? 'SKIPDATA' : null;
    default:
      return null;
  }
}

/** '' where there is no value and none is needed; null where it is no address. */
function address(bytes: Buffer, column: number, status: Status): string | null {
  if (isMissing(bytes, column)) return status === 'OK' ? null : '';
  const value = text(bytes, column);
  return writeAddress(value, scratch, 0) ? value : null;
}

function parse(bytes: Buffer, start: number, end: number, context: LineContext): Row | Rejection | null {
  const columns = split(bytes, start, end);
  if (columns === 0 || isHeader(bytes)) return null;
  if (columns === shortColumns) return parseShort(bytes, start, end, context);
  if (columns !== fullColumns) return reasons.columns;
  const status = statusOf(bytes, 13);
  if (status === null) return reasons.status;
  return parseFull(bytes, start, end, context, status);
}

function parseFull(bytes: Buffer, start: number, end: number, context: LineContext, status: Status): Row | Rejection {
  const times = readTimes(bytes, 10);
  if (times !== null) return times;
  const sourceAddress = address(bytes, 3, status);
  if (sourceAddress === null) return reasons.sourceAddress;
  const destinationAddress = address(bytes, 4, status);
  if (destinationAddress === null) return reasons.destinationAddress;
  if (
    sourceAddress.includes(':') !== destinationAddress.includes(':') &&
    sourceAddress !== '' &&
    destinationAddress !== ''
  ) {
    return reasons.addressFamilies;
  }
  const sourcePort = integer(bytes, 5, 0xffff);
  if (sourcePort === -1) return reasons.sourcePort;
  const destinationPort = integer(bytes, 6, 0xffff);
  if (destinationPort === -1) return reasons.destinationPort;
  const protocol = integer(bytes, 7, 255);
  if (protocol === -1 || (status === 'OK' && isMissing(bytes, 7))) return reasons.protocol;
  const packets = count(bytes, 8);
  if (packets === -1) return reasons.packets;
  const byteCount = count(bytes, 9);
  if (byteCount === -1) return reasons.bytes;
  const action = isMissing(bytes, 12) && status !== 'OK' ? '' : text(bytes, 12);
  if (action !== 'ACCEPT' && action !== 'REJECT' && action !== '') return reasons.action;
  // T3: for ICMP these are an identifier, and type and code: never ports.
  const isIcmp = protocol === icmp || protocol === icmpv6;
  const icmpType = isIcmp ? destinationPort >> 8 : 0;
  const icmpCode = isIcmp ? destinationPort & 255 : 0;
  return {
    start_time: integer(bytes, 10, latestSecond) * 1_000_000,
    end_time: integer(bytes, 11, latestSecond) * 1_000_000,
    received_time: context.receivedTime,
    format: 'vpc',
    source: context.source,
    account_id: word(bytes, 1),
    interface_id: word(bytes, 2),
    source_address: sourceAddress,
    source_port: isIcmp ? 0 : sourcePort,
    destination_address: destinationAddress,
    destination_port: isIcmp ? 0 : destinationPort,
    protocol,
    icmp_type: icmpType,
    icmp_code: icmpCode,
    icmp_id: isIcmp ? sourcePort : 0,
    packets,
    bytes: byteCount,
    action,
    log_status: status,
    community_id: isIcmp
      ? communityId(protocol, sourceAddress, icmpType, destinationAddress, icmpCode)
      : communityId(protocol, sourceAddress, sourcePort, destinationAddress, destinationPort),
    raw: bytes.subarray(start, end),
  };
}

/** T2: `V1 1251762227 eni-lq6mkcis - - - - - 1431280876 1431280934 - NODATA` */
function parseShort(bytes: Buffer, start: number, end: number, context: LineContext): Row | Rejection {
  const status = statusOf(bytes, 11);
  if (status === null) return reasons.status;
  if (status === 'OK') return reasons.columns;
  for (const column of [3, 4, 5, 6, 7, 10]) if (!isMissing(bytes, column)) return reasons.columns;
  const times = readTimes(bytes, 8);
  if (times !== null) return times;
  return {
    start_time: integer(bytes, 8, latestSecond) * 1_000_000,
    end_time: integer(bytes, 9, latestSecond) * 1_000_000,
    received_time: context.receivedTime,
    format: 'vpc',
    source: context.source,
    account_id: word(bytes, 1),
    interface_id: word(bytes, 2),
    source_address: '',
    source_port: 0,
    destination_address: '',
    destination_port: 0,
    protocol: 0,
    icmp_type: 0,
    icmp_code: 0,
    icmp_id: 0,
    packets: 0,
    bytes: 0,
    action: '',
    log_status: status,
    community_id: '',
    raw: bytes.subarray(start, end),
  };
}

/** What is wrong with version, start and end, whose columns are `first` and the next; null where nothing is. */
function readTimes(bytes: Buffer, first: number): Rejection | null {
  if (!isVersion(bytes)) return reasons.version;
  const start = isMissing(bytes, first) ? -1 : integer(bytes, first, latestSecond);
  if (start === -1) return reasons.start;
  const end = isMissing(bytes, first + 1) ? -1 : integer(bytes, first + 1, latestSecond);
  if (end === -1) return reasons.end;
  return start > end ? reasons.order : null;
}

/** '' where there is no value. */
function word(bytes: Buffer, column: number): string {
  return isMissing(bytes, column) ? '' : bytes.toString('utf8', startOf(column), endOf(column));
}

export const vpc: LineFormat = { name: 'vpc', table: tables.flows, maximumLineBytes: 4_096, parse };
