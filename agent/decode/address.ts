import type { RecordReader } from './reader.js';

/** Text of the 16-byte address at `field`: IPv4 where it is mapped (::ffff:a.b.c.d), else IPv6 as RFC 5952 writes it. */
export function decodeAddress(reader: RecordReader, field: number): string {
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2)
    groups.push((reader.byte(field + index) << 8) | reader.byte(field + index + 1));
  return formatAddress(groups);
}

/** `groups`: eight 16-bit numbers. */
export function formatAddress(groups: readonly number[]): string {
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6);
    return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
  }
  const { start, length } = longestZeroRun(groups);
  const hexadecimal = groups.map((group) => group.toString(16));
  if (length < 2) return hexadecimal.join(':');
  return `${hexadecimal.slice(0, start).join(':')}::${hexadecimal.slice(start + length).join(':')}`;
}

/** The first of the longest runs (RFC 5952 section 4.2.3). */
function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let index = 0; index <= groups.length; index++) {
    if (groups[index] === 0) continue;
    if (index - start > best.length) best = { start, length: index - start };
    start = index + 1;
  }
  return best;
}
