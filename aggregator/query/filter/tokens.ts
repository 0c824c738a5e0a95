import { isIP } from 'node:net';
import { filterError, quoted } from './syntax-error.js';
import { literalText, type Operator, type PatternPart, type Value } from './syntax.js';

/** What a field may be followed by; `!=` is NOT and `=` to the parser. */
export type TokenOperator = Operator | '!=';

export type Token =
  | { readonly kind: 'open' | 'close' | 'and' | 'or' | 'not' | 'minus' | 'end'; readonly at: number }
  /** Its value follows as the next token. */
  | { readonly kind: 'field'; readonly at: number; readonly name: string; readonly operator: TokenOperator }
  | { readonly kind: 'value'; readonly at: number; readonly value: Value };

const keywords: ReadonlyMap<string, 'and' | 'or' | 'not'> = new Map([
  ['AND', 'and'],
  ['OR', 'or'],
  ['NOT', 'not'],
]);

const space = /\s*/y;
const field = /([A-Za-z_]\w*)(?:(:)|\s*(!=|>=|<=|=|>|<)\s*)/y;
const word = /(?:\\[\s\S]|[^\s()"\\])+/y;
const phrase = /"((?:\\[\s\S]|[^"\\])*)"/y;
/** Ends at its first unescaped slash, which ends the word too: `/etc/passwd` and `/tmp` are paths. */
const regex = /\/((?:\\[\s\S]|[^/\\])+)\/(?=[\s)]|$)/y;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The tokens of a filter, closed by `end`. Throws FILTER_SYNTAX. */
export function tokenize(filter: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += match(space, filter, at)?.[0].length ?? 0;
    if (at >= filter.length) {
      tokens.push({ kind: 'end', at: filter.length });
      return tokens;
    }
    const afterField = tokens.at(-1)?.kind === 'field';
    const { token, length } = nextToken(filter, at, afterField);
    tokens.push(token);
    at += length;
    if (token.kind === 'field' && (at >= filter.length || /[\s)]/.test(filter.charAt(at)))) {
      throw filterError(filter, at, `${quoted(token.name)} needs a value`);
    }
  }
}

interface Lexed {
  readonly token: Token;
  readonly length: number;
}

function nextToken(filter: string, at: number, afterField: boolean): Lexed {
  const character = filter.charAt(at);
  if (character === '(') return { token: { kind: 'open', at }, length: 1 };
  if (character === ')') return { token: { kind: 'close', at }, length: 1 };
  if (character === '"') return quotedValue(filter, at);
  if (character === '/') {
    const found = match(regex, filter, at);
    if (found !== null) {
      const source = (found[1] ?? '').replace(/\\([\s\S])/g, (pair, escaped: string) => (escaped === '/' ? '/' : pair));
      return { token: { kind: 'value', at, value: { kind: 'regex', source } }, length: found[0].length };
    }
  }
  if (!afterField && character === '-' && /[^\s)]/.test(filter.charAt(at + 1))) {
    return { token: { kind: 'minus', at }, length: 1 };
  }
  const raw = match(word, filter, at)?.[0];
  if (raw === undefined) throw filterError(filter, at, 'a backslash needs a character after it');
  if (!afterField) {
    const keyword = keywords.get(raw);
    if (keyword !== undefined) return { token: { kind: keyword, at }, length: raw.length };
    // An IPv6 address looks like a field with a value.
    if (!isAddress(raw)) {
      const name = match(field, filter, at);
      if (name !== null) return fieldToken(name, at);
      if (/^(?:[:=<>]|!=)/.test(raw)) throw filterError(filter, at, `${quoted(raw)} has no field before it`);
    }
  }
  return { token: { kind: 'value', at, value: { kind: 'word', parts: patternParts(raw) } }, length: raw.length };
}

function isAddress(raw: string): boolean {
  return isIP(raw.replace(/\/\d+$/, '')) !== 0;
}

function fieldToken(found: RegExpExecArray, at: number): Lexed {
  const [all, name = '', colon, comparison] = found;
  return { token: { kind: 'field', at, name, operator: operatorOf(colon ?? comparison ?? '') }, length: all.length };
}

function operatorOf(text: string): TokenOperator {
  switch (text) {
    case '=':
    case '!=':
    case '>':
    case '>=':
    case '<':
    case '<=':
      return text;
    default:
      return ':';
  }
}

function quotedValue(filter: string, at: number): Lexed {
  const found = match(phrase, filter, at);
  if (found === null) throw filterError(filter, at, 'the quote is not closed that opens');
  const text = (found[1] ?? '').replace(/\\([\s\S])/g, '$1');
  return { token: { kind: 'value', at, value: { kind: 'phrase', text } }, length: found[0].length };
}

/** `a\*b*` → text `a*b`, any. */
function patternParts(raw: string): readonly PatternPart[] {
  const parts: PatternPart[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
  };
  for (let index = 0; index < raw.length; index += 1) {
    const character = raw.charAt(index);
    if (character === '\\') {
      index += 1;
      text += raw.charAt(index);
    } else if (character === '*') {
      flush();
      // Several stars say no more than one.
      if (parts.at(-1)?.kind !== 'any') parts.push({ kind: 'any' });
    } else if (character === '?') {
      flush();
      parts.push({ kind: 'one' });
    } else {
      text += character;
    }
  }
  flush();
  return parts;
}

/** A token as the filter says it, for errors. */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end';
    case 'open':
      return '"("';
    case 'close':
      return '")"';
    case 'minus':
      return '"-"';
    case 'and':
    case 'or':
    case 'not':
      return token.kind.toUpperCase();
    case 'field':
      return quoted(`${token.name}${token.operator}`);
    case 'value':
      return quoted(
        token.value.kind === 'word'
          ? literalText(token.value.parts)
          : token.value.kind === 'phrase'
            ? token.value.text
            : `/${token.value.source}/`,
      );
  }
}
