import { isIPv4, isIPv6 } from 'node:net';

/*
 * Addresses are stored as 16 bytes, IPv4 mapped into ::ffff:0:0/96 (RFC 4291 2.5.5.2), and shown
 * as IPv4 again. '' (no address) is stored as ::, which is never the end of a connection.
 */

const zero = 48;
const dot = 46;

/** Writes the 16 bytes of a textual address at `offset`; false if it is no address. Clears nothing on failure. */
export function writeAddress(text: string, target: Uint8Array, offset: number): boolean {
  if (text === '') {
    target.fill(0, offset, offset + 16);
    return true;
  }
  return writeIPv4(text, target, offset) || writeIPv6(text, target, offset);
}

/** Dotted quad without leading zeros, which some read as octal. */
function writeIPv4(text: string, target: Uint8Array, offset: number): boolean {
  const length = text.length;
  if (length < 7 || length > 15) return false;
  let part = 0;
  let value = 0;
  let digits = 0;
  let packed = 0;
  for (let index = 0; index <= length; index += 1) {
    const code = index === length ? dot : text.charCodeAt(index);
    if (code === dot) {
      if (digits === 0 || part === 4) return false;
      packed = ((packed << 8) | value) >>> 0;
      part += 1;
      value = 0;
      digits = 0;
    } else {
      const digit = code - zero;
      if (digit < 0 || digit > 9 || (digits > 0 && value === 0)) return false;
      value = value * 10 + digit;
      digits += 1;
      if (value > 255) return false;
    }
  }
  if (part !== 4) return false;
  target.fill(0, offset, offset + 10);
  target[offset + 10] = 255;
  target[offset + 11] = 255;
  target[offset + 12] = packed >>> 24;
  target[offset + 13] = (packed >>> 16) & 255;
  target[offset + 14] = (packed >>> 8) & 255;
  target[offset + 15] = packed & 255;
  return true;
}

/** RFC 4291 2.2, without a zone: fe80::1%eth0 names an interface of another machine. */
function writeIPv6(text: string, target: Uint8Array, offset: number): boolean {
  if (text.includes('%') || !isIPv6(text)) return false;
  const groups = expandTail(text);
  const gap = groups.indexOf('::');
  const head = gap === -1 ? groups : groups.slice(0, gap);
  const tail = gap === -1 ? '' : groups.slice(gap + 2);
  target.fill(0, offset, offset + 16);
  const headGroups = head === '' ? [] : head.split(':');
  const tailGroups = tail === '' ? [] : tail.split(':');
  writeGroups(headGroups, target, offset);
  writeGroups(tailGroups, target, offset + 16 - tailGroups.length * 2);
  return true;
}

function writeGroups(groups: readonly string[], target: Uint8Array, offset: number): void {
  groups.forEach((group, index) => {
    const value = Number.parseInt(group, 16);
    target[offset + index * 2] = value >>> 8;
    target[offset + index * 2 + 1] = value & 255;
  });
}

/** ::ffff:192.0.2.1 → ::ffff:c000:201 */
function expandTail(text: string): string {
  const colon = text.lastIndexOf(':');
  const last = text.slice(colon + 1);
  if (!isIPv4(last)) return text;
  const [a = 0, b = 0, c = 0, d = 0] = last.split('.').map(Number);
  return `${text.slice(0, colon + 1)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** The 16 bytes at `offset` as text: IPv4 where mapped, else RFC 5952; '' for ::. */
export function readAddress(source: Uint8Array, offset: number): string {
  const groups: number[] = [];
  for (let index = 0; index < 8; index += 1) {
    groups.push(((source[offset + index * 2] ?? 0) << 8) | (source[offset + index * 2 + 1] ?? 0));
  }
  if (groups.every((group) => group === 0)) return '';
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return source.subarray(offset + 12, offset + 16).join('.');
  }
  const { start, length } = longestZeroRun(groups);
  const text = groups.map((group) => group.toString(16));
  if (length < 2) return text.join(':');
  return `${text.slice(0, start).join(':')}::${text.slice(start + length).join(':')}`;
}

/** RFC 5952 4.2: the longest run of zero groups is shortened, the first of equals. */
function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}
