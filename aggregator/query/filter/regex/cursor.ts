/** `offset` is in UTF-16 units of the source. */
export class RegexError extends Error {
  override readonly name = 'RegexError';
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** A position in the source, which parseClass and parseEscape move on. */
export class Cursor {
  offset = 0;
  constructor(readonly source: string) {}

  get ended(): boolean {
    return this.offset >= this.source.length;
  }

  starts(text: string): boolean {
    return this.source.startsWith(text, this.offset);
  }

  /** Moves over `text` if it comes next. */
  take(text: string): boolean {
    if (!this.starts(text)) return false;
    this.offset += text.length;
    return true;
  }

  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.offset;
    const found = pattern.exec(this.source);
    if (found !== null) this.offset += found[0].length;
    return found;
  }

  codePoint(): number {
    const value = this.source.codePointAt(this.offset) ?? 0;
    this.offset += value > 0xffff ? 2 : 1;
    return value;
  }

  fail(message: string, offset = this.offset): RegexError {
    return new RegexError(message, offset);
  }
}
