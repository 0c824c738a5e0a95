import { parseClass, parseEscape } from './class.js';
import { Cursor } from './cursor.js';
import { caseVariants, invertRanges, anything, type Regex } from './syntax.js';

/** RE2's own limit on counts; with the limit of compile.ts on the whole, no small pattern becomes a large program. */
const highestCount = 1000;
const deepestNesting = 50;

interface Flags {
  readonly ignoreCase: boolean;
  /** `.` takes line breaks too: the default here, as in the engine. */
  readonly dotAll: boolean;
}

/** Throws RegexError on what is wrong, or outside of what this language has in common with RE2. */
export function parseRegex(source: string): Regex {
  return new RegexParser(source).parse();
}

class RegexParser {
  readonly #cursor: Cursor;
  #depth = 0;

  constructor(source: string) {
    this.#cursor = new Cursor(source);
  }

  parse(): Regex {
    const regex = this.#choice({ ignoreCase: false, dotAll: true });
    if (!this.#cursor.ended) throw this.#cursor.fail('")" without "("');
    return regex;
  }

  #choice(flags: Flags): Regex {
    const items: Regex[] = [];
    // Flags set within one branch hold for those after it, as in Perl.
    let current = flags;
    do {
      const branch = this.#sequence(current);
      items.push(branch.regex);
      current = branch.flags;
    } while (this.#cursor.take('|'));
    const [first, ...others] = items;
    return first !== undefined && others.length === 0 ? first : { kind: 'choice', items };
  }

  #sequence(initial: Flags): { readonly regex: Regex; readonly flags: Flags } {
    const items: Regex[] = [];
    let flags = initial;
    while (!this.#cursor.ended && !this.#cursor.starts('|') && !this.#cursor.starts(')')) {
      const change = this.#cursor.match(/\(\?([a-zA-Z-]*)\)/y);
      if (change === null) items.push(this.#repeated(flags));
      else flags = this.#flags(change[1] ?? '', flags, this.#cursor.offset - change[0].length);
    }
    const [first, ...others] = items;
    if (first === undefined) return { regex: { kind: 'empty' }, flags };
    return { regex: others.length === 0 ? first : { kind: 'sequence', items }, flags };
  }

  #repeated(flags: Flags): Regex {
    const item = this.#atom(flags);
    const counts = this.#counts();
    if (counts === null) return item;
    // Lazy or not decides what is captured, not whether it matches.
    this.#cursor.take('?');
    const offset = this.#cursor.offset;
    if (this.#counts() !== null) throw this.#cursor.fail('a repetition of a repetition needs a group', offset);
    return { kind: 'repeat', item, ...counts };
  }

  #counts(): { readonly minimum: number; readonly maximum: number | null } | null {
    if (this.#cursor.take('*')) return { minimum: 0, maximum: null };
    if (this.#cursor.take('+')) return { minimum: 1, maximum: null };
    if (this.#cursor.take('?')) return { minimum: 0, maximum: 1 };
    const start = this.#cursor.offset;
    const found = this.#cursor.match(/\{(\d+)(?:(,)(\d*))?\}/y);
    if (found === null) return null;
    const minimum = Number(found[1]);
    const maximum = found[2] === undefined ? minimum : found[3] === '' ? null : Number(found[3]);
    if (Math.max(minimum, maximum ?? 0) > highestCount) throw this.#cursor.fail(`a count above ${highestCount}`, start);
    if (maximum !== null && maximum < minimum)
      throw this.#cursor.fail('a range of counts that ends before it starts', start);
    return { minimum, maximum };
  }

  #atom(flags: Flags): Regex {
    const cursor = this.#cursor;
    const start = cursor.offset;
    if (cursor.take('(')) return this.#group(flags, start);
    if (cursor.take('[')) return { kind: 'set', ranges: parseClass(cursor, start, flags.ignoreCase) };
    if (cursor.take('^')) return { kind: 'assertion', assertion: 'start' };
    if (cursor.take('$')) return { kind: 'assertion', assertion: 'end' };
    if (cursor.take('.')) {
      return { kind: 'set', ranges: flags.dotAll ? anything : invertRanges([{ low: 0x0a, high: 0x0a }]) };
    }
    if (cursor.starts('*') || cursor.starts('+') || cursor.starts('?')) throw cursor.fail('nothing to repeat');
    if (cursor.take('\\')) return this.#escape(start, flags);
    return literal(cursor.codePoint(), flags);
  }

  #escape(start: number, flags: Flags): Regex {
    const cursor = this.#cursor;
    if (cursor.take('b')) return { kind: 'assertion', assertion: 'boundary' };
    if (cursor.take('B')) return { kind: 'assertion', assertion: 'no-boundary' };
    if (cursor.take('A')) return { kind: 'assertion', assertion: 'start' };
    if (cursor.take('z')) return { kind: 'assertion', assertion: 'end' };
    const escaped = parseEscape(cursor, start);
    return typeof escaped === 'number' ? literal(escaped, flags) : { kind: 'set', ranges: escaped };
  }

  #group(flags: Flags, start: number): Regex {
    const cursor = this.#cursor;
    const special = cursor.match(/\?(?:(P?<\w+>)|([a-zA-Z-]*):)/y);
    if (special === null && cursor.starts('?'))
      throw cursor.fail('look-around and other (?…) groups are not supported', start);
    const inner = special?.[2] === undefined ? flags : this.#flags(special[2], flags, start);
    this.#depth += 1;
    if (this.#depth > deepestNesting) throw cursor.fail(`more than ${deepestNesting} levels of groups`, start);
    const regex = this.#choice(inner);
    this.#depth -= 1;
    if (!cursor.take(')')) throw cursor.fail('a group is not closed', start);
    return regex;
  }

  #flags(text: string, flags: Flags, start: number): Flags {
    const on = !text.includes('-') ? text : text.slice(0, text.indexOf('-'));
    const off = text.slice(on.length + 1);
    const empty = text.endsWith('-') || this.#cursor.source.startsWith('(?)', start);
    if (!/^[is]*$/.test(on + off) || empty) {
      throw this.#cursor.fail('flags other than i and s are not supported', start);
    }
    return {
      ignoreCase: on.includes('i') || (flags.ignoreCase && !off.includes('i')),
      dotAll: on.includes('s') || (flags.dotAll && !off.includes('s')),
    };
  }
}

function literal(codePoint: number, flags: Flags): Regex {
  return { kind: 'set', ranges: flags.ignoreCase ? caseVariants(codePoint) : [{ low: codePoint, high: codePoint }] };
}
