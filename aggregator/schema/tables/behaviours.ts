import type { Table } from '../table.js';
import { endpointColumns, host, hostId, processColumns, receivedTime } from './columns.js';

export const behaviours: Table = {
  name: 'behaviours',
  text: 'One row per behaviour line of an agent.',
  time: 'time',
  orderBy: ['toStartOfHour(time)', 'host', 'time'],
  retentionDays: 90,
  columns: [
    { name: 'time', type: 'time', text: 'When it happened, by the clock of the host.', codec: 'Delta, ZSTD(1)', shown: true },
    receivedTime,
    host,
    hostId,
    { name: 'ppid', type: 'uint32', text: 'Process id of the parent.' },
    ...processColumns('', 'the process'),
    { name: 'uid', type: 'uint32', text: 'User id of the process.' },
    { name: 'loginuid', type: 'uint32', text: 'User id of the login; 4294967295 where there is none.' },
    { name: 'session_id', type: 'uint32', text: 'Audit session id; 4294967295 where there is none.' },
    { name: 'exe', type: 'word', text: 'Path of the executable.', groups: ['word'] },
    { name: 'command_line', type: 'text', text: 'Arguments of the process, joined by spaces.', groups: ['word'] },
    { name: 'cgroup_id', type: 'uint64', text: 'Control group of the process.' },
    { name: 'operation', type: 'word', text: 'What was done: read, create, write, remove, rename, copy, …', groups: ['word'], shown: true },
    { name: 'source_paths', type: 'text[]', text: 'Files that were read, removed, or copied from.', groups: ['path', 'word'], shown: true },
    { name: 'source_inodes', type: 'uint64[]', text: 'Their inode numbers; 0 where not known.', groups: ['inode'] },
    { name: 'destination_paths', type: 'text[]', text: 'Files that were made or changed.', groups: ['path', 'word'], shown: true },
    { name: 'destination_inodes', type: 'uint64[]', text: 'Their inode numbers; 0 where not known.', groups: ['inode'] },
    { name: 'bytes', type: 'uint64', text: 'Bytes moved: written where something was written, else read.', shown: true },
    ...endpointColumns('local_', 'the local end of connect and accept', true),
    ...endpointColumns('remote_', 'the remote end of connect and accept', true),
    { name: 'connection_id', type: 'uint64', text: 'Connection of this host that it belongs to; 0 where there is none.' },
    { name: 'count', type: 'uint32', text: 'Identical behaviours folded into this row.' },
    { name: 'line', type: 'text', text: 'The line as the agent logged it, without its time.', groups: ['word'] },
  ],
  indexes: [
    'INDEX source_paths_ngrams arrayStringConcat(source_paths, \'\\n\') TYPE ngrambf_v1(4, 8192, 2, 0) GRANULARITY 1',
    'INDEX destination_paths_ngrams arrayStringConcat(destination_paths, \'\\n\') TYPE ngrambf_v1(4, 8192, 2, 0) GRANULARITY 1',
  ],
};
