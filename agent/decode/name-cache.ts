import type { RecordReader } from './reader.js';

const SLOTS = 1024;
const COMM_LENGTH = 16;

/**
 * Command names repeat in nearly every record: decoding the same sixteen bytes again would be
 * a tenth of the whole cost. One slot per hash, compared word by word.
 */
export class NameCache {
  private readonly words = new Uint32Array(SLOTS * 4);
  private readonly names: string[] = new Array<string>(SLOTS).fill('');

  read(reader: RecordReader, field: number): string {
    const a = reader.uint32(field);
    const b = reader.uint32(field + 4);
    const c = reader.uint32(field + 8);
    const d = reader.uint32(field + 12);
    const slot = (Math.imul(a ^ Math.imul(b, 31) ^ Math.imul(c, 961) ^ d, 0x9e3779b1) >>> 22) & (SLOTS - 1);
    const { words } = this;
    const at = slot * 4;
    if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d)
      return this.names[slot] ?? '';
    const name = reader.terminatedText(field, COMM_LENGTH);
    words[at] = a;
    words[at + 1] = b;
    words[at + 2] = c;
    words[at + 3] = d;
    this.names[slot] = name;
    return name;
  }
}
