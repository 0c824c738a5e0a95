import type { Table } from '../../schema/table.js';
import type { Condition } from './condition.js';
import { parseFilter } from './parser.js';
import { resolveFilter } from './resolve.js';

/** The meaning of a filter for a table. Throws FILTER_SYNTAX with the column at fault. */
export function compileFilter(text: string, table: Table): Condition {
  return resolveFilter(parseFilter(text), table, text);
}
