import type { Column } from '../table.js';

/** Columns that name a process, prefixed with its role (`owner_`, `client_`, …; '' where it is the only one). */
export function processColumns(prefix: string, role: string): readonly Column[] {
  return [
    { name: `${prefix}pid`, type: 'uint32', text: `Process id of ${role}.`, groups: ['pid'], shown: true },
    {
      name: `${prefix}process_start_time`,
      type: 'time',
      text: `When ${role} started; with the pid it identifies the process.`,
    },
    { name: `${prefix}user`, type: 'word', text: `User name of ${role}.`, groups: ['user', 'word'], shown: true },
    { name: `${prefix}comm`, type: 'word', text: `Command name of ${role}.`, groups: ['comm', 'word'], shown: true },
  ];
}

/** The container that the process of a row is in. */
export const containerColumns: readonly Column[] = [
  {
    name: 'container_id',
    type: 'word',
    text: 'Container of the process: the id that its engine gave it; empty on the host.',
    groups: ['word'],
  },
  { name: 'pod_uid', type: 'word', text: 'UID of the Kubernetes pod of the process; empty where there is none.' },
];

/** Address and port of one end. */
export function endpointColumns(prefix: string, role: string, shown: boolean): readonly Column[] {
  return [
    { name: `${prefix}address`, type: 'address', text: `Address of ${role}.`, groups: ['address'], shown },
    {
      name: `${prefix}port`,
      type: 'uint16',
      text: `Port of ${role}; 0 where the protocol has none.`,
      groups: ['port'],
      shown,
    },
  ];
}

export const host: Column = {
  name: 'host',
  type: 'word',
  text: 'Name of the host whose agent saw it.',
  groups: ['host', 'word'],
  shown: true,
};

export const hostId: Column = { name: 'host_id', type: 'word', text: 'Machine id of that host.' };

export const communityId: Column = {
  name: 'community_id',
  type: 'text',
  text: 'Community ID v1 of the connection, seed 0; empty where there is none.',
};

export const receivedTime: Column = { name: 'received_time', type: 'time', text: 'When the aggregator received it.' };
