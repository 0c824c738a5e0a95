import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { AgentError } from '../errors.js';
import type { Descriptor, DescriptorKind, IsolationFields, ProcessEvent, Transferred } from '../decode/event.js';
import { snapshotIsolation } from './snapshot-isolation.js';

/** A process that ran before the agent. */
export interface ProcessSnapshot {
  readonly tgid: number;
  readonly ppid: number;
  /** CLOCK_BOOTTIME microseconds. */
  readonly start: number;
  /** `start` comes from /proc, exact to one clock tick. */
  readonly approximate: boolean;
  readonly uid: number;
  readonly loginuid: number;
  readonly sessionId: number;
  readonly comm: string;
  readonly exe: string;
  readonly commandLine: string;
  /** The script that it interprets, '' for none. */
  readonly script: string;
  readonly stdin: Descriptor;
  readonly stdout: Descriptor;
  /** By system calls so far; 0 where it is not known. */
  readonly transferred: Transferred;
  /** Number in its own pid namespace. */
  readonly containerPid: number;
  readonly isolation: IsolationFields;
}

/** USER_HZ: the unit of times in /proc, 100 on every architecture that Linux has today. */
const TICKS_PER_SECOND = 100;

const NOTHING: Transferred = { read: 0, written: 0 };

/** What the kernel told of a process, with what lies in the process's own memory. */
export function snapshotOf(event: ProcessEvent): ProcessSnapshot {
  const { actor, exe, loginuid, sessionId, isolation, containerTgid, stdin, stdout, transferred } = event;
  const { tgid, ppid, start, uid, comm } = actor;
  const parts = readArguments(event.readerTgid);
  return {
    tgid,
    ppid,
    start,
    approximate: false,
    uid,
    loginuid,
    sessionId,
    comm,
    exe,
    commandLine: parts.join(' '),
    script: scriptOf(comm, exe, parts),
    stdin: written(stdin),
    stdout: written(stdout),
    transferred: Number.isFinite(transferred.read) ? transferred : NOTHING,
    containerPid: containerTgid,
    isolation,
  };
}

/** A recording's header is JSON, and only pipes and sockets are ever looked for: their inodes are small numbers. */
function written(descriptor: Descriptor): Descriptor {
  return typeof descriptor.inode === 'bigint' ? { ...descriptor, inode: 0 } : descriptor;
}

/** Everything that runs now, from /proc: for kernels without iterators. Processes that end while we look are left out. */
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
  const parts = readArguments(tgid);
  const exe = readLink(`${directory}/exe`).replace(/ \(deleted\)$/, '');
  const stat = parseStat(readFileSync(`${directory}/stat`, 'utf8'));
  const status = readFileSync(`${directory}/status`, 'utf8');
  return {
    tgid,
    ...stat,
    uid: Number(/^Uid:\s+(\d+)/m.exec(status)?.[1] ?? 0),
    loginuid: readNumber(`${directory}/loginuid`),
    sessionId: readNumber(`${directory}/sessionid`),
    approximate: true,
    exe,
    commandLine: parts.join(' '),
    script: scriptOf(stat.comm, exe, parts),
    stdin: describeLink(`${directory}/fd/0`),
    stdout: describeLink(`${directory}/fd/1`),
    transferred: NOTHING,
    containerPid: Number(/^NSpid:.*?(\d+)$/m.exec(status)?.[1] ?? tgid),
    isolation: snapshotIsolation(tgid),
  };
}

/** Of a process that is gone, or runs in the kernel alone: none. */
function readArguments(tgid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${tgid}/cmdline`, 'utf8').replace(/\0+$/, '').split('\0');
  } catch {
    return [];
  }
}

/** Length of `comm` in the kernel, without its NUL. */
const COMM_LENGTH = 15;

/**
 * An interpreter that was started by a script's #! line has the script among its arguments, and is
 * named after it: the kernel takes the name of the file that was to be run.
 */
export function scriptOf(comm: string, exe: string, commandLine: readonly string[]): string {
  const isNamed = (path: string): boolean => baseOf(path).slice(0, COMM_LENGTH) === comm;
  return isNamed(exe) ? '' : (commandLine.slice(1).find(isNamed) ?? '');
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
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
