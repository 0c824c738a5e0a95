import type { Column, Table } from '../table.js';
import { communityId, endpointColumns, processColumns } from './columns.js';

function sideColumns(prefix: string, role: string): readonly Column[] {
  return [
    {
      name: `${prefix}host`,
      type: 'word',
      text: `Host of ${role}; empty where no agent saw it.`,
      groups: ['host', 'word'],
      shown: true,
    },
    ...endpointColumns(prefix, role, true),
    ...processColumns(prefix, `the process of ${role}`),
    { name: `${prefix}connection_id`, type: 'uint64', text: `Connection of ${role}; 0 where no agent saw it.` },
  ];
}

export const sessions: Table = {
  name: 'sessions',
  text: 'A connection with both its ends and what the network saw of it, joined by Community ID and time.',
  time: 'start_time',
  orderBy: ['toStartOfHour(start_time)', 'community_id', 'session_id'],
  version: 'computed_time',
  retentionDays: 180,
  columns: [
    { name: 'session_id', type: 'text', text: 'Stable for the same connection however often it is computed again.' },
    { name: 'start_time', type: 'time', text: 'Earliest sight of it.', codec: 'Delta, ZSTD(1)', shown: true },
    { name: 'end_time', type: 'time', text: 'Latest sight of it; the epoch while it is open.', shown: true },
    { name: 'computed_time', type: 'time', text: 'When the row was computed; a later one replaces it.' },
    communityId,
    { name: 'protocol', type: 'uint8', text: 'IANA protocol number.', shown: true },
    ...sideColumns('client_', 'the client'),
    ...sideColumns('server_', 'the server'),
    {
      name: 'bytes_to_server',
      type: 'uint64',
      text: 'Payload from client to server as the ends saw it; flow bytes where no end did.',
      shown: true,
    },
    {
      name: 'bytes_to_client',
      type: 'uint64',
      text: 'Payload from server to client as the ends saw it; flow bytes where no end did.',
      shown: true,
    },
    {
      name: 'smoothed_rtt',
      type: 'uint32',
      text: 'Smoothed round-trip time in microseconds, of the client where it is known.',
    },
    { name: 'retransmits', type: 'uint32', text: 'Segments sent again, both ends.' },
    { name: 'flow_count', type: 'uint32', text: 'Flow records that belong to it.', shown: true },
    { name: 'flow_packets', type: 'uint64', text: 'Packets in those records.' },
    { name: 'flow_bytes', type: 'uint64', text: 'Bytes in those records.' },
    { name: 'interfaces', type: 'text[]', text: 'Interfaces that observed it.', groups: ['word'] },
    {
      name: 'action',
      type: 'word',
      text: 'ACCEPT, REJECT or, where the directions differ, MIXED.',
      groups: ['word'],
      shown: true,
    },
    { name: 'confidence', type: 'double', text: 'Of the join, 0 to 1.', shown: true },
    {
      name: 'superseded',
      type: 'uint8',
      text: '1: later data made another session of it; such rows are left out of every result.',
    },
    { name: 'reason', type: 'text', text: 'Why this confidence, and what is missing.', groups: ['word'] },
  ],
};
