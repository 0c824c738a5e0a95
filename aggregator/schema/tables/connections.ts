import type { Table } from '../table.js';
import { communityId, endpointColumns, host, hostId, processColumns, receivedTime } from './columns.js';

export const connections: Table = {
  name: 'connections',
  text: 'What one end of a connection reported about it; the latest version of each counts.',
  time: 'start_time',
  orderBy: ['toStartOfHour(start_time)', 'host_id', 'start_time', 'connection_id'],
  version: 'received_time',
  retentionDays: 90,
  columns: [
    { name: 'start_time', type: 'time', text: 'When it was established, by the clock of the host.', codec: 'Delta, ZSTD(1)', shown: true },
    { name: 'end_time', type: 'time', text: 'When it was closed; the epoch while it is open.', shown: true },
    receivedTime,
    host,
    hostId,
    { name: 'connection_id', type: 'uint64', text: 'Number of the connection on its host.' },
    { name: 'direction', type: 'word', text: 'outbound: this host connected; inbound: it accepted.', groups: ['word'], shown: true },
    { name: 'protocol', type: 'uint8', text: 'IANA protocol number: 6 TCP, 17 UDP.', shown: true },
    ...endpointColumns('local_', 'this end', true),
    ...endpointColumns('remote_', 'the other end', true),
    { name: 'bytes_sent', type: 'uint64', text: 'Payload bytes sent.', shown: true },
    { name: 'bytes_received', type: 'uint64', text: 'Payload bytes received.', shown: true },
    { name: 'packets_sent', type: 'uint64', text: 'Packets sent.' },
    { name: 'packets_received', type: 'uint64', text: 'Packets received.' },
    { name: 'smoothed_rtt', type: 'uint32', text: 'Smoothed round-trip time in microseconds.' },
    { name: 'retransmits', type: 'uint32', text: 'Segments sent again.' },
    communityId,
    { name: 'network_namespace', type: 'uint64', text: 'Inode number of the network namespace.' },
    ...processColumns('owner_', 'the process that held the socket').map((column) => ({ ...column, shown: false })),
    ...processColumns('', 'the program that the connection served'),
  ],
  indexes: ['INDEX community_id community_id TYPE bloom_filter(0.01) GRANULARITY 1'],
};
