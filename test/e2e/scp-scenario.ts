import { panorama } from '#proto';
import { IngestClient, type Acknowledgement, type Batch } from '../../proto/service.js';
import { toNumber } from '../../proto/integer.js';

/*
 * One `scp f2.txt root@10.0.0.2:/root` between two hosts, as their agents tell it: the file was a copy
 * on alpha before, and is copied on beta after. Alpha's connection is held by ssh, and lifted to scp.
 */

const { Operation, Direction } = panorama.v1;
type Behaviour = panorama.v1.Behaviour.$Properties;
type Process = panorama.v1.Process.$Properties;

const second = 1_000_000;
/** The minute in which it happens, ten minutes ago: flow records have whole seconds. */
export const minute = Math.floor(Date.now() / 60_000) * 60 * second - 10 * 60 * second;
export const size = 123_456;

function process(pid: number, ppid: number, user: string, comm: string): Process {
  return {
    pid,
    ppid,
    user,
    comm,
    uid: user === 'root' ? 0 : 1000,
    loginuid: 1000,
    sessionId: 3,
    startTime: minute - second * (pid % 60),
    exe: `/usr/bin/${comm}`,
    commandLine: comm,
  };
}

const cp = process(3700, 2682, 'parallels', 'cp');
const scp = process(3760, 2682, 'parallels', 'scp');
const ssh = process(3761, 3760, 'parallels', 'ssh');
const sshd = process(3762, 1, 'root', 'sshd');
const sftp = process(3777, 3762, 'root', 'sftp-server');
const backup = process(3800, 1, 'root', 'cp');

function file(path: string, inode: number): panorama.v1.File.$Properties {
  return { path, inode, bytes: size };
}

function behaviour(time: number, actor: Process, operation: panorama.v1.Operation, rest: Behaviour): Behaviour {
  return { time, process: actor, operation, count: 1, ...rest };
}

export const alpha: Omit<Batch, 'number'> = {
  hostId: 'id-alpha',
  bootId: 'boot-alpha',
  behaviours: [
    behaviour(minute + second, cp, Operation.OPERATION_COPY, {
      sources: [file('/home/p/original.txt', 3015800)],
      destinations: [file('/home/p/f2.txt', 3015807)],
      line: '2682 3700 parallels cp copy /home/p/original.txt:3015800 -> /home/p/f2.txt:3015807',
    }),
    behaviour(minute + 5 * second, scp, Operation.OPERATION_CONNECT_BY, {
      connectionId: 71,
      localAddress: '10.0.0.1',
      localPort: 43716,
      remoteAddress: '10.0.0.2',
      remotePort: 22,
      line: '2682 3760 parallels scp connect-by 10.0.0.1:43716',
    }),
    behaviour(minute + 5 * second, scp, Operation.OPERATION_CONNECT, {
      connectionId: 71,
      localAddress: '10.0.0.1',
      localPort: 43716,
      remoteAddress: '10.0.0.2',
      remotePort: 22,
      line: '2682 3760 parallels scp connect 10.0.0.2:22',
    }),
    behaviour(minute + 7 * second + 276_747, scp, Operation.OPERATION_READ, {
      sources: [file('/home/p/f2.txt', 3015807)],
      connectionId: 71,
      line: '2682 3760 parallels scp read /home/p/f2.txt:3015807',
    }),
  ],
  connections: [
    {
      connectionId: 71,
      direction: Direction.DIRECTION_OUTBOUND,
      protocol: 6,
      localAddress: '10.0.0.1',
      localPort: 43716,
      remoteAddress: '10.0.0.2',
      remotePort: 22,
      startTime: minute + 5 * second,
      endTime: minute + 8 * second,
      bytesSent: 127_000,
      bytesReceived: 4_200,
      smoothedRtt: 250,
      owner: ssh,
      process: scp,
    },
  ],
};

export const beta: Omit<Batch, 'number'> = {
  hostId: 'id-beta',
  bootId: 'boot-beta',
  behaviours: [
    behaviour(minute + 7 * second + 276_845, sftp, Operation.OPERATION_WRITE, {
      destinations: [file('/root/f2.txt', 1049529)],
      connectionId: 5,
      line: '3762 3777 root sftp-server write /root/f2.txt:1049529',
    }),
    behaviour(minute + 20 * second, backup, Operation.OPERATION_COPY, {
      sources: [file('/root/f2.txt', 1049529)],
      destinations: [file('/backup/f2.txt', 1049600)],
      line: '1 3800 root cp copy /root/f2.txt:1049529 -> /backup/f2.txt:1049600',
    }),
  ],
  connections: [
    {
      connectionId: 5,
      direction: Direction.DIRECTION_INBOUND,
      protocol: 6,
      localAddress: '10.0.0.2',
      localPort: 22,
      remoteAddress: '10.0.0.1',
      remotePort: 43716,
      startTime: minute + 5 * second + 12_000,
      endTime: minute + 8 * second + 1_000,
      bytesSent: 4_200,
      bytesReceived: 127_000,
      smoothedRtt: 260,
      owner: sshd,
      process: sftp,
    },
  ],
};

/** The VPC flow records of the tuple: both directions, seen by beta's interface. */
export function vpcLines(): string {
  const [start, end] = [minute / second, minute / second + 60];
  return [
    `2 123456789010 eni-beta 10.0.0.1 10.0.0.2 43716 22 6 101 133000 ${start} ${end} ACCEPT OK`,
    `2 123456789010 eni-beta 10.0.0.2 10.0.0.1 22 43716 6 88 9000 ${start} ${end} ACCEPT OK`,
    '',
  ].join('\n');
}

/** Sends a batch as the agent of a host would, after it registered; resolves when it is stored. */
export async function sendBatch(
  address: string,
  hostname: string,
  addresses: readonly string[],
  batch: Batch,
): Promise<void> {
  const client = new IngestClient(address);
  try {
    const { hostId = '', bootId = '' } = batch;
    await client.register({
      hostId,
      bootId,
      hostname,
      addresses: [...addresses],
      kernel: '6.1.0',
      operatingSystem: 'Debian 12',
      agentVersion: '0.1.0',
      time: Date.now() * 1000,
    });
    const call = client.stream();
    await new Promise<void>((resolve, reject) => {
      call.on('data', ({ number }: Acknowledgement) => {
        if (toNumber(number) === toNumber(batch.number)) resolve();
      });
      call.on('error', reject);
      call.write(batch);
    });
    call.end();
  } finally {
    client.close();
  }
}
