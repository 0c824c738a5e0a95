import { AggregatorError } from '../errors.js';
import type { Parameter, Parameters, Statement } from './store.js';

/*
 * Why parameters are written into the SQL here, and here only: the embedded engine keeps bound
 * parameters per process, so its binding runs such queries one at a time (a query of 2 ms waited
 * 1.1 s behind a slow one), and streams cannot be ordered into that queue at all. The type in the
 * placeholder decides the form: integers and floats become checked digits, all else a quoted
 * string in which every character that could end or change the literal is escaped, cast to its type.
 * A value can therefore never be more than one constant expression.
 */

/** Quoted text, quoted names and comments are passed over; braces inside them are no placeholders. */
const tokens = /'(?:[^'\\]|\\.)*'|`[^`]*`|"[^"]*"|--[^\n]*|\/\*[\s\S]*?\*\/|\{(\w+):([^{}]*)\}/g;

const integerType = /^(U?)Int(8|16|32|64)$/;
const scalarType =
  /^(?:String|Bool|Float(?:32|64)|U?Int(?:8|16|32|64)|IPv4|IPv6|UUID|Date|DateTime(?:\('[\w/+-]+'\))?|DateTime64\(\d(?:, ?'[\w/+-]+')?\))$/;

/** SQL with its parameters written in. Throws STATEMENT_INVALID; a value out of range is such a case too. */
export function render(statement: Statement): string {
  const used = new Set<string>();
  const sql = statement.sql.replace(tokens, (token, name: string | undefined, type: string | undefined) => {
    if (name === undefined || type === undefined) return token;
    used.add(name);
    return literal(name, type.trim(), lookUp(statement.parameters, name));
  });
  const unused = Object.keys(statement.parameters).find((name) => !used.has(name));
  if (unused !== undefined) throw invalid(`has no place for its parameter ${unused}`);
  return sql;
}

function lookUp(parameters: Parameters, name: string): Parameter {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (value === undefined) throw invalid(`misses its parameter ${name}`);
  return value;
}

function literal(name: string, type: string, value: Parameter): string {
  const item = /^Array\((.+)\)$/.exec(type)?.[1];
  if (item === undefined) {
    if (Array.isArray(value)) throw invalid(`takes one ${type} as ${name}, not a list`);
    return scalar(name, type, value);
  }
  if (!Array.isArray(value)) throw invalid(`takes a list as ${name}`);
  const items: readonly (string | number)[] = value;
  return `CAST([${items.map((element) => scalar(name, item, element)).join(', ')}], ${quote(type)})`;
}

function scalar(name: string, type: string, value: Parameter): string {
  if (!scalarType.test(type)) throw invalid(`binds ${name} as ${type}, which is not supported`);
  const integer = integerType.exec(type);
  if (integer !== null) {
    return `CAST(${integerText(name, value, integer[1] === 'U', Number(integer[2]))}, ${quote(type)})`;
  }
  if (type === 'String') return quote(textOf(name, type, value));
  if (type.startsWith('Float')) return `CAST(${floatText(name, value)}, ${quote(type)})`;
  if (type === 'Bool') {
    if (typeof value !== 'boolean') throw invalid(`takes true or false as ${name}`);
    return String(value);
  }
  if (type.startsWith('DateTime64') && typeof value !== 'string') {
    return `CAST(fromUnixTimestamp64Micro(CAST(${integerText(name, value, false, 64)}, 'Int64'), 'UTC'), ${quote(type)})`;
  }
  return `CAST(${quote(textOf(name, type, value))}, ${quote(type)})`;
}

/** Digits in parentheses, so that a sign never meets an operator before it (`- -1` is a comment). */
function integerText(name: string, value: Parameter, unsigned: boolean, bits: number): string {
  const text = typeof value === 'string' ? value : String(value);
  if (!/^-?\d{1,20}$/.test(text) || (typeof value === 'number' && !Number.isSafeInteger(value))) {
    throw invalid(`takes an integer as ${name}`);
  }
  const exact = BigInt(text);
  const lowest = unsigned ? 0n : -(1n << BigInt(bits - 1));
  const highest = unsigned ? (1n << BigInt(bits)) - 1n : (1n << BigInt(bits - 1)) - 1n;
  if (exact < lowest || exact > highest) throw invalid(`takes ${name} from ${lowest} to ${highest}, not ${exact}`);
  return `(${exact})`;
}

function floatText(name: string, value: Parameter): string {
  const number = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw invalid(`takes a finite number as ${name}`);
  return `(${number})`;
}

function textOf(name: string, type: string, value: Parameter): string {
  if (typeof value !== 'string') throw invalid(`takes text as ${name}, which is ${type}`);
  return value;
}

const escaped = /[\\'\p{Cc}]/gu;
const loneSurrogate = /\p{Surrogate}/gu;

/** A ClickHouse string literal. Lone surrogates become U+FFFD, as in what is stored. */
function quote(text: string): string {
  const safe = text.replace(loneSurrogate, '\uFFFD').replace(escaped, (character) => {
    if (character === '\\' || character === "'") return `\\${character}`;
    const code = character.charCodeAt(0);
    // The escape means a byte: control characters above ASCII stay as they are.
    return code > 127 ? character : `\\x${code.toString(16).padStart(2, '0')}`;
  });
  return `'${safe}'`;
}

function invalid(what: string): AggregatorError {
  return new AggregatorError('STATEMENT_INVALID', `A query ${what}`);
}
