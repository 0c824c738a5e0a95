import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { AgentError } from '../errors.js';
import type { Descriptor, DescriptorKind } from '../decode/event.js';

/** A process that ran before the agent, from /proc. Start in CLOCK_BOOTTIME microseconds, exact to one clock tick. */
export interface ProcessSnapshot {
  readonly tgid: number;
  readonly ppid: number;
  readonly start: number;
  readonly uid: number;
  readonly loginuid: number;
  readonly sessionId: number;
  readonly comm: string;
  readonly exe: string;
  readonly commandLine: string;
  readonly stdin: Descriptor;
  readonly stdout: Descriptor;
}

/** USER_HZ: the unit of times in /proc, 100 on every architecture that Linux has today. */
const TICKS_PER_SECOND = 100;

/** Everything that runs now. Processes that end while we look are left out. */
export function snapshotProcesses(): readonly ProcessSnapshot[] {
  const snapshots: ProcessSnapshot[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      snapshots.push(snapshotProcess(Number(entry)));
    } catch (error) {
      if (error instanceof AgentError) throw error;
    }
  }
  return snapshots;
}

function snapshotProcess(tgid: number): ProcessSnapshot {
  const directory = `/proc/${tgid}`;
  const stat = parseStat(readFileSync(`${directory}/stat`, 'utf8'));
  const status = readFileSync(`${directory}/status`, 'utf8');
  return {
    tgid,
    ...stat,
    uid: Number(/^Uid:\s+(\d+)/m.exec(status)?.[1] ?? 0),
    loginuid: readNumber(`${directory}/loginuid`),
    sessionId: readNumber(`${directory}/sessionid`),
    exe: readLink(`${directory}/exe`).replace(/ \(deleted\)$/, ''),
    commandLine: readFileSync(`${directory}/cmdline`, 'utf8').replace(/\0+$/, '').replaceAll('\0', ' '),
    stdin: describeLink(`${directory}/fd/0`),
    stdout: describeLink(`${directory}/fd/1`),
  };
}

/** /proc/PID/stat; the command name stands in parentheses and may itself hold any of ") (". */
export function parseStat(text: string): { readonly comm: string; readonly ppid: number; readonly start: number } {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  return {
    comm: text.slice(open + 1, close),
    ppid: Number(fields[1]),
    start: (Number(fields[19]) / TICKS_PER_SECOND) * 1e6,
  };
}

const UNSET = 0xffff_ffff;

/** Kernels without CONFIG_AUDIT have neither file. */
function readNumber(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return UNSET;
  }
}

function readLink(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

function describeLink(link: string): Descriptor {
  const target = readLink(link);
  const [, type = '', inode = '0'] = /^(pipe|socket):\[(\d+)\]$/.exec(target) ?? [];
  const kind = kindOfLink(type, target);
  return { kind, inode: Number(inode), peer: 0, device: kind === 'pipe' ? deviceOf(link) : 0, progress: 0 };
}

/** As the kernel writes it, from the dev_t of stat(2): twelve bits of major between two parts of minor. */
function deviceOf(link: string): number {
  try {
    const { dev } = statSync(link);
    return (((dev >> 8) & 0xfff) << 20) | (dev & 0xff) | ((dev >> 12) & 0xfff00);
  } catch {
    return 0;
  }
}

function kindOfLink(type: string, target: string): DescriptorKind {
  if (type === 'pipe' || type === 'socket') return type;
  if (target === '') return 'closed';
  return target.startsWith('/dev/') ? 'character' : 'file';
}
