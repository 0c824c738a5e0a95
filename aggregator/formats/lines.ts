const newline = 10;
const carriageReturn = 13;

/** A line without its end; `tooLong`: only its beginning is there. `number` counts from 1, per source. */
export type LineConsumer = (bytes: Buffer, start: number, end: number, number: number, tooLong: boolean) => void;

/**
 * Cuts chunks of any size into lines ending with LF or CRLF; the last one needs no end. Lines inside one chunk
 * are not copied. Of a line over the limit the beginning is kept and the rest dropped, so that a file
 * without line ends takes no more memory than that.
 */
export class LineSplitter {
  #carry: Buffer = Buffer.alloc(0);
  #tooLong = false;
  #number = 0;

  constructor(
    readonly maximumBytes: number,
    readonly consume: LineConsumer,
  ) {}

  /** `chunk` may be kept until the next call, and must not change until then. */
  push(chunk: Buffer): void {
    let start = 0;
    if (this.#carry.length > 0 || this.#tooLong) {
      const end = chunk.indexOf(newline);
      this.#keep(chunk.subarray(0, end === -1 ? chunk.length : end));
      if (end === -1) return;
      this.#flush();
      start = end + 1;
    }
    for (;;) {
      const end = chunk.indexOf(newline, start);
      if (end === -1) break;
      this.#line(chunk, start, end, false);
      start = end + 1;
    }
    // A copy, lest a short rest hold a whole chunk.
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** The source has ended: what is left is its last line. */
  end(): void {
    if (this.#carry.length > 0 || this.#tooLong) this.#flush();
    this.#number = 0;
  }

  #keep(part: Buffer): void {
    const room = this.maximumBytes + 1 - this.#carry.length;
    if (part.length > room) this.#tooLong = true;
    this.#carry = Buffer.concat([this.#carry, part.subarray(0, Math.max(0, room))]);
  }

  #flush(): void {
    const line = this.#carry;
    const tooLong = this.#tooLong;
    this.#carry = Buffer.alloc(0);
    this.#tooLong = false;
    this.#line(line, 0, line.length, tooLong);
  }

  #line(bytes: Buffer, start: number, end: number, cut: boolean): void {
    this.#number += 1;
    const stripped = !cut && end > start && bytes[end - 1] === carriageReturn ? end - 1 : end;
    const tooLong = cut || stripped - start > this.maximumBytes;
    this.consume(
      bytes,
      start,
      tooLong ? Math.min(stripped, start + this.maximumBytes) : stripped,
      this.#number,
      tooLong,
    );
  }
}
