import type {
  Connection,
  ConnectionBehaviour,
  FileBehaviour,
  FileOperation,
  FileReference,
} from '../../agent/behaviour/behaviour.js';
import { unknownIsolation } from '../../agent/process/isolation.js';
import type { Process } from '../../agent/process/process.js';

/** A process with everything set, for tests to vary. */
export function processOf(changes: Partial<Process> & { readonly comm?: string } = {}): Process {
  const { comm = 'scp', ...rest } = changes;
  return {
    tgid: 3760,
    ppid: 2682,
    startTime: 1_680_454_345_000_000,
    uid: 1000,
    user: 'parallels',
    loginuid: 1000,
    sessionId: 3,
    containerPid: 3760,
    containerUid: 1000,
    containerUser: '',
    isolation: { ...unknownIsolation, cgroupId: 77 },
    image: {
      comm,
      exe: `/usr/bin/${comm}`,
      commandLine: `${comm} f2.txt root@172.17.0.2:/root`,
      script: './upload.sh',
    },
    ...rest,
  };
}

export function file(path: string, inode: number | bigint = 11, bytes = 0): FileReference {
  return { path, inode, device: 8 << 20, bytes };
}

/** One-sided operations take the file from the side that belongs to them. */
export function fileBehaviour(
  operation: FileOperation,
  sources: readonly FileReference[],
  destinations: readonly FileReference[],
  changes: Partial<FileBehaviour> = {},
): FileBehaviour {
  const time = 1_680_454_347_276_747;
  return {
    kind: 'file',
    operation,
    sources,
    destinations,
    time,
    process: processOf(),
    count: 1,
    connectionId: 0,
    ...changes,
  };
}

export function connectionBehaviour(changes: Partial<ConnectionBehaviour> = {}): ConnectionBehaviour {
  return {
    kind: 'connection',
    operation: 'connect',
    time: 1_680_454_345_468_648,
    process: processOf(),
    count: 1,
    connectionId: 5,
    local: { address: '172.17.0.1', port: 43716 },
    remote: { address: '172.17.0.2', port: 22 },
    ...changes,
  };
}

export function connection(changes: Partial<Connection> = {}): Connection {
  return {
    connectionId: 5,
    direction: 'outbound',
    protocol: 6,
    local: { address: '172.17.0.1', port: 43716 },
    remote: { address: '172.17.0.2', port: 22 },
    startTime: 1_680_454_345_468_648,
    endTime: 0,
    bytesSent: 100,
    bytesReceived: 200,
    packetsSent: 3,
    packetsReceived: 4,
    smoothedRtt: 250,
    retransmits: 1,
    networkNamespace: 4_026_531_840,
    owner: processOf({ comm: 'ssh', tgid: 3761, ppid: 3760 }),
    process: processOf(),
    ...changes,
  };
}
