import { filterError } from './syntax-error.js';
import type { Filter, Operator, Term } from './syntax.js';
import { describeToken, tokenize, type Token, type TokenOperator } from './tokens.js';

/** A filter is typed by a person or made by a program with some sense: beyond this it is an attack on the parser or the engine. */
const longestFilter = 10_000;
const deepestNesting = 50;
const mostTerms = 500;

/** The field that a list of values belongs to. */
interface ListField {
  readonly name: string;
  readonly at: number;
  readonly operator: Operator;
}

/**
 * The syntax tree of a filter; '' and blanks select everything. Throws FILTER_SYNTAX with the column.
 *
 *     or      := and ('OR' and)*
 *     and     := not (['AND'] not)*
 *     not     := ('NOT' | '-') not | primary
 *     primary := '(' or ')' | field operator value | field (':' | '=' | '!=') '(' or ')' | value
 */
export function parseFilter(filter: string): Filter {
  if (filter.length > longestFilter) {
    throw filterError(filter, longestFilter, `the filter is longer than ${longestFilter} characters`);
  }
  return new Parser(filter, tokenize(filter)).parse();
}

class Parser {
  #position = 0;
  #depth = 0;
  #terms = 0;

  constructor(
    readonly filter: string,
    readonly tokens: readonly Token[],
  ) {}

  parse(): Filter {
    if (this.#peek().kind === 'end') return { kind: 'all' };
    const filter = this.#or(null);
    const rest = this.#peek();
    if (rest.kind === 'close') throw filterError(this.filter, rest.at, '")" without "("');
    return filter;
  }

  #peek(): Token {
    return this.tokens[this.#position] ?? { kind: 'end', at: this.filter.length };
  }

  #next(): Token {
    const token = this.#peek();
    this.#position += 1;
    return token;
  }

  #or(list: ListField | null): Filter {
    const operands = [this.#and(list)];
    while (this.#peek().kind === 'or') {
      this.#next();
      operands.push(this.#and(list));
    }
    return combine('or', operands);
  }

  #and(list: ListField | null): Filter {
    const operands = [this.#not(list)];
    for (;;) {
      const { kind } = this.#peek();
      if (kind === 'end' || kind === 'close' || kind === 'or') return combine('and', operands);
      if (kind === 'and') this.#next();
      operands.push(this.#not(list));
    }
  }

  #not(list: ListField | null): Filter {
    const { kind, at } = this.#peek();
    if (kind !== 'not' && kind !== 'minus') return this.#primary(list);
    this.#next();
    return this.#nested(at, () => ({ kind: 'not', operand: this.#not(list) }));
  }

  #primary(list: ListField | null): Filter {
    const token = this.#next();
    switch (token.kind) {
      case 'open':
        return this.#parentheses(token.at, list);
      case 'value':
        return this.#term({
          kind: 'term',
          at: list?.at ?? token.at,
          field: list?.name ?? null,
          operator: list?.operator ?? ':',
          value: token.value,
          valueAt: token.at,
        });
      case 'field':
        if (list !== null)
          throw filterError(
            this.filter,
            token.at,
            `a list of ${list.name} holds values only, not ${describeToken(token)}`,
          );
        return this.#field(token);
      default:
        throw filterError(this.filter, token.at, `expected a value, not ${describeToken(token)}`);
    }
  }

  #field(token: Token & { readonly kind: 'field' }): Filter {
    const positive = positiveOperator(token.operator);
    const filter = this.#fieldValue(token, positive);
    return token.operator === '!=' ? { kind: 'not', operand: filter } : filter;
  }

  #fieldValue({ name, at }: Token & { readonly kind: 'field' }, operator: Operator): Filter {
    const value = this.#next();
    if (value.kind === 'value') {
      return this.#term({ kind: 'term', at, field: name, operator, value: value.value, valueAt: value.at });
    }
    if (value.kind !== 'open')
      throw filterError(this.filter, value.at, `expected a value of ${name}, not ${describeToken(value)}`);
    if (operator !== ':' && operator !== '=')
      throw filterError(this.filter, value.at, `"${operator}" takes one value, not a list,`);
    return this.#parentheses(value.at, { name, at, operator });
  }

  #parentheses(at: number, list: ListField | null): Filter {
    return this.#nested(at, () => {
      const inner = this.#or(list);
      const close = this.#next();
      if (close.kind !== 'close') throw filterError(this.filter, at, 'the parenthesis is not closed that opens');
      return inner;
    });
  }

  #nested(at: number, parse: () => Filter): Filter {
    this.#depth += 1;
    if (this.#depth > deepestNesting)
      throw filterError(this.filter, at, `more than ${deepestNesting} levels of nesting`);
    const filter = parse();
    this.#depth -= 1;
    return filter;
  }

  #term(term: Term): Term {
    this.#terms += 1;
    if (this.#terms > mostTerms) throw filterError(this.filter, term.at, `more than ${mostTerms} terms`);
    return term;
  }
}

function positiveOperator(operator: TokenOperator): Operator {
  return operator === '!=' ? '=' : operator;
}

function combine(kind: 'and' | 'or', operands: readonly Filter[]): Filter {
  const [first, ...others] = operands;
  if (first !== undefined && others.length === 0) return first;
  return { kind, operands };
}
