import { tables } from '../../schema/tables.js';
import type { Column, Table } from '../../schema/table.js';

/** The tables that people search. */
export const searchable: readonly Table[] = [tables.behaviours, tables.connections, tables.flows, tables.sessions];

export const wordGroup = 'word';
const addressGroup = 'address';

/**
 * The columns that a field of a filter stands for: those of the group of that name, else the column.
 * A group wins over a column of its name: `user` of a connection is the owner of the socket or the
 * user that it served. Empty: there is no such field.
 */
export function fieldColumns(table: Table, field: string): readonly Column[] {
  const group = groupColumns(table, field);
  return group.length > 0 ? group : table.columns.filter((column) => column.name === field);
}

export function groupColumns(table: Table, group: string): readonly Column[] {
  return table.columns.filter((column) => column.groups?.includes(group) === true);
}

/** The columns that a value without a field is looked for in; one that is an address is looked for among addresses too. */
export function wordColumns(table: Table): readonly Column[] {
  return groupColumns(table, wordGroup);
}

export function addressColumns(table: Table): readonly Column[] {
  return groupColumns(table, addressGroup);
}

/** All names that a filter of this table may use, groups first. */
export function fieldNames(table: Table): readonly string[] {
  const groups = table.columns.flatMap((column) => column.groups ?? []).filter((group) => group !== wordGroup);
  return [...new Set([...groups, ...table.columns.map((column) => column.name)])];
}

/** What to say after `unknown field "…" at column …`. */
export function fieldAdvice(table: Table, field: string): string {
  const others = searchable.filter((other) => other !== table && fieldColumns(other, field).length > 0);
  if (others.length > 0) {
    return `: ${table.name} have none, but ${listed(others.map((other) => other.name))} do`;
  }
  const closest = closestName(fieldNames(table), field);
  return closest === null ? `: a text with a colon needs quotes` : `, did you mean "${closest}"?`;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

function closestName(names: readonly string[], field: string): string | null {
  const most = Math.max(1, Math.floor(field.length / 3));
  let best: { readonly name: string; readonly distance: number } | null = null;
  for (const name of names) {
    const distance = editDistance(name, field.toLowerCase());
    if (distance <= most && (best === null || distance < best.distance)) best = { name, distance };
  }
  return best?.name ?? null;
}

/** Letters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (beforeLast[j - 2] ?? 0) + 1 : replaced;
      row.push(Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, replaced, swapped));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
