import { printableJson } from './escape.js';
import type { PrintedColumn, Printer } from './printer.js';
import { isoTime } from './time.js';

/** One object per line, all columns. Integers keep all their digits; a time that is not known is null. */
export class JsonPrinter implements Printer {
  constructor(readonly columns: readonly PrintedColumn[]) {}

  row(values: readonly string[]): string {
    const members = this.columns.map(
      ({ name, type }, index) => `${JSON.stringify(name)}:${jsonValue(type, values[index] ?? '')}`,
    );
    return `${printableJson(`{${members.join(',')}}`)}\n`;
  }

  flush(): string {
    return '';
  }
}

function jsonValue(type: string, value: string): string {
  switch (type) {
    case 'integer':
      return /^-?\d+$/.test(value) ? value : JSON.stringify(value);
    case 'decimal':
      return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/.test(value) ? value : 'null';
    case 'time':
      return Number(value) === 0 ? 'null' : JSON.stringify(isoTime(Number(value)));
    case 'list':
      return isJson(value) ? value : JSON.stringify(value);
    default:
      return JSON.stringify(value);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
