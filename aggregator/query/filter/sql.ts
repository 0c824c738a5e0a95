import { clickhouseTypes } from '../../schema/clickhouse.js';
import type { Column, Table } from '../../schema/table.js';
import type { Parameter, Statement } from '../../store/store.js';
import type { Bound, Condition, Test } from './condition.js';
import { printRegex } from './regex/print.js';
import { addressText, valueKind } from './value.js';

/** An n-gram index answers only for texts of its gram length and above. */
const gramLength = 4;

/**
 * The condition as an expression for WHERE. Values are bound as parameters named `filter0`, `filter1`, …;
 * the only text in the SQL is what we declare: column names, types, index expressions.
 */
export function conditionSql(condition: Condition, table: Table): Statement {
  const writer = new SqlWriter(table);
  return { sql: writer.condition(condition), parameters: writer.parameters };
}

class SqlWriter {
  readonly parameters: Record<string, Parameter> = {};
  #count = 0;

  constructor(readonly table: Table) {}

  condition(condition: Condition): string {
    switch (condition.kind) {
      case 'all':
        return '1';
      case 'and':
        return condition.operands.map((operand) => `(${this.condition(operand)})`).join(' AND ') || '1';
      case 'or':
        return condition.operands.map((operand) => `(${this.condition(operand)})`).join(' OR ') || '0';
      case 'not':
        return `NOT (${this.condition(condition.operand)})`;
      case 'test':
        return this.#columnTest(condition.column, condition.test);
    }
  }

  #bind(type: string, value: Parameter): string {
    const name = `filter${this.#count}`;
    this.#count += 1;
    this.parameters[name] = value;
    return `{${name}:${type}}`;
  }

  #columnTest(column: Column, test: Test): string {
    if (!column.type.endsWith('[]')) return this.#test(column, column.name, test);
    const exists = `arrayExists(item -> ${this.#test(column, 'item', test)}, ${column.name})`;
    const indexed = this.#indexed(column, test);
    return indexed === null ? exists : `${indexed} AND ${exists}`;
  }

  #test(column: Column, operand: string, test: Test): string {
    switch (test.kind) {
      case 'equals':
        return `${operand} = ${this.#bind('String', test.text)}`;
      case 'contains':
        return `position(${operand}, ${this.#bind('String', test.text)}) > 0`;
      case 'starts':
        return `startsWith(${operand}, ${this.#bind('String', test.text)})`;
      case 'ends':
        return `endsWith(${operand}, ${this.#bind('String', test.text)})`;
      case 'regex':
        return `match(${operand}, ${this.#bind('String', printRegex(test.regex))})`;
      case 'range':
        return this.#range(column, operand, test.low, test.high);
    }
  }

  #range(column: Column, operand: string, low: Bound | null, high: Bound | null): string {
    if (low !== null && high !== null && low.included && high.included && low.value === high.value) {
      return `${operand} = ${this.#boundValue(column, low.value)}`;
    }
    const parts: string[] = [];
    if (low !== null) parts.push(`${operand} ${low.included ? '>=' : '>'} ${this.#boundValue(column, low.value)}`);
    if (high !== null) parts.push(`${operand} ${high.included ? '<=' : '<'} ${this.#boundValue(column, high.value)}`);
    return parts.length === 1 ? parts.join('') : `(${parts.join(' AND ')})`;
  }

  #boundValue(column: Column, value: number | bigint): string {
    if (valueKind(column.type) === 'address') return this.#bind('IPv6', addressText(BigInt(value)));
    return this.#bind(column.type === 'uint64[]' ? 'UInt64' : clickhouseTypes[column.type], value);
  }

  /** What the n-gram index over the joined elements can answer; true for every row that the test is true for. */
  #indexed(column: Column, test: Test): string | null {
    if (test.kind === 'range' || test.kind === 'regex' || Buffer.byteLength(test.text) < gramLength) return null;
    const joined = this.table.indexes
      ?.map((index) => /^INDEX \w+ (arrayStringConcat\((\w+),.*\)) TYPE ngrambf_v1\(/.exec(index))
      .find((found) => found?.[2] === column.name)?.[1];
    if (joined === undefined) return null;
    const escaped = test.text.replace(/[\\%_]/g, '\\$&');
    return `${joined} LIKE ${this.#bind('String', `%${escaped}%`)}`;
  }
}
