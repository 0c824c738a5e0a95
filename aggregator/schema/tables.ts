import type { Table } from './table.js';
import { behaviours } from './tables/behaviours.js';
import { batches, hosts, rejectedLines } from './tables/bookkeeping.js';
import { connections } from './tables/connections.js';
import { flows } from './tables/flows.js';
import { sessions } from './tables/sessions.js';

/** Every table of the store. DDL, insert encoding, filter rules and reference documentation derive from it. */
export const tables = { behaviours, connections, flows, sessions, hosts, batches, rejectedLines } as const;

export type TableName = keyof typeof tables;

export const allTables: readonly Table[] = Object.values(tables);
