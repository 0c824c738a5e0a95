import type { Table } from '../table.js';
import { communityId, endpointColumns, receivedTime } from './columns.js';

export const flows: Table = {
  name: 'flows',
  text: 'One row per record of a network flow log, kept one to one.',
  time: 'start_time',
  orderBy: ['toStartOfHour(start_time)', 'interface_id', 'start_time'],
  retentionDays: 180,
  columns: [
    { name: 'start_time', type: 'time', text: 'Start of the capture window.', codec: 'Delta, ZSTD(1)', shown: true },
    { name: 'end_time', type: 'time', text: 'End of the capture window.', shown: true },
    receivedTime,
    { name: 'format', type: 'word', text: 'Format it was read from, as vpc.', groups: ['word'] },
    { name: 'source', type: 'word', text: 'File or exporter that it came from.', groups: ['word'] },
    { name: 'account_id', type: 'word', text: 'Account that owns the interface.', groups: ['word'] },
    { name: 'interface_id', type: 'word', text: 'Interface that was observed.', groups: ['word'], shown: true },
    ...endpointColumns('source_', 'the sender', true),
    ...endpointColumns('destination_', 'the receiver', true),
    { name: 'protocol', type: 'uint8', text: 'IANA protocol number.', shown: true },
    { name: 'icmp_type', type: 'uint8', text: 'ICMP type; 0 for other protocols.' },
    { name: 'icmp_code', type: 'uint8', text: 'ICMP code; 0 for other protocols.' },
    { name: 'icmp_id', type: 'uint16', text: 'ICMP identifier; 0 for other protocols.' },
    { name: 'packets', type: 'uint64', text: 'Packets in the window.', shown: true },
    { name: 'bytes', type: 'uint64', text: 'Bytes in the window.', shown: true },
    {
      name: 'action',
      type: 'word',
      text: 'ACCEPT or REJECT; empty where there was no traffic.',
      groups: ['word'],
      shown: true,
    },
    {
      name: 'log_status',
      type: 'word',
      text: 'OK, NODATA (no traffic) or SKIPDATA (records lost: a gap in the evidence).',
      groups: ['word'],
      shown: true,
    },
    communityId,
    { name: 'raw', type: 'text', text: 'The record as it was read.', groups: ['word'] },
  ],
  indexes: ['INDEX community_id community_id TYPE bloom_filter(0.01) GRANULARITY 1'],
};
