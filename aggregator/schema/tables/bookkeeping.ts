import type { Table } from '../table.js';
import { hostId, receivedTime } from './columns.js';

export const hosts: Table = {
  name: 'hosts',
  text: 'Hosts that registered; the latest version of each counts.',
  time: 'last_seen_time',
  orderBy: ['host_id'],
  version: 'last_seen_time',
  retentionDays: 3650,
  columns: [
    hostId,
    { name: 'boot_id', type: 'text', text: 'Boot of the host.' },
    { name: 'host', type: 'text', text: 'Host name.', groups: ['host', 'word'], shown: true },
    { name: 'addresses', type: 'text[]', text: 'Addresses of its interfaces.', shown: true },
    { name: 'kernel', type: 'text', text: 'Kernel release.', shown: true },
    { name: 'operating_system', type: 'text', text: 'Operating system.', shown: true },
    { name: 'agent_version', type: 'text', text: 'Version of the agent.', shown: true },
    { name: 'clock_offset', type: 'double', text: 'Seconds by which its clock was ahead of ours when it registered.' },
    { name: 'last_seen_time', type: 'time', text: 'When it was last heard of.', shown: true },
  ],
};

export const batches: Table = {
  name: 'batches',
  text: 'Batches stored, so that one sent again is recognised after a restart.',
  time: 'received_time',
  orderBy: ['host_id', 'boot_id'],
  version: 'number',
  retentionDays: 30,
  columns: [
    hostId,
    { name: 'boot_id', type: 'text', text: 'Boot of the host.' },
    { name: 'number', type: 'uint64', text: 'Highest number stored.' },
    receivedTime,
  ],
};

export const rejectedLines: Table = {
  name: 'rejected_lines',
  text: 'Lines of logs that could not be read, kept as they came, with the reason.',
  time: 'received_time',
  orderBy: ['received_time'],
  retentionDays: 30,
  columns: [
    receivedTime,
    { name: 'format', type: 'word', text: 'Format it was read as.', shown: true },
    { name: 'source', type: 'word', text: 'File or exporter that it came from.', shown: true },
    { name: 'line_number', type: 'uint64', text: 'Line in its source, from 1.', shown: true },
    { name: 'reason', type: 'word', text: 'Why it was rejected.', shown: true },
    { name: 'raw', type: 'text', text: 'The line itself.', shown: true },
  ],
};
