import { readFileSync, readlinkSync } from 'node:fs';
import type { IsolationFields } from '../decode/event.js';
import { HeldFile } from '../kernel/root-directory.js';
import { parseIdMap } from './id-map.js';
import type { OwnRoot } from './isolation.js';
import { parseMountInfo } from './mount-info.js';

/** Of a process that runs, from /proc; what cannot be read is not known. */
export function snapshotIsolation(tgid: number): IsolationFields {
  const directory = `/proc/${tgid}`;
  const root = rootOf(tgid);
  return {
    cgroupId: 0,
    cgroup: deepestCgroup(readOrEmpty(`${directory}/cgroup`)),
    mountNamespace: namespaceOf(tgid, 'mnt'),
    pidNamespace: namespaceOf(tgid, 'pid'),
    networkNamespace: namespaceOf(tgid, 'net'),
    userNamespace: namespaceOf(tgid, 'user'),
    rootInode: root.inode,
    rootDevice: root.device,
    rootPath: rootPathOf(readOrEmpty(`${directory}/mountinfo`)),
    idMap: parseIdMap(readOrEmpty(`${directory}/uid_map`)),
  };
}

/** The agent's own. */
export function ownRoot(): OwnRoot {
  const { inode, device } = rootOf(process.pid);
  return { mountNamespace: namespaceOf(process.pid, 'mnt'), rootInode: inode, rootDevice: device };
}

function namespaceOf(tgid: number, name: string): number {
  try {
    return Number(/\[(\d+)\]$/.exec(readlinkSync(`/proc/${tgid}/ns/${name}`))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function rootOf(tgid: number): { readonly inode: string; readonly device: number } {
  const root = HeldFile.rootOf(tgid);
  const status = root?.status();
  root?.release();
  return { inode: String(status?.inode ?? ''), device: status?.device ?? 0 };
}

/** A root that is no mount of its own, as chroot makes it, is in none of the lines. */
function rootPathOf(mountInfo: string): string | undefined {
  return parseMountInfo(mountInfo).find(({ mountPoint }) => mountPoint === '/')?.root;
}

/** `hierarchy:controllers:path`; the kernel side too takes the deepest, as version 1 has one group per controller. */
export function deepestCgroup(text: string): string {
  let deepest = '';
  let depth = -1;
  for (const line of text.split('\n')) {
    const [, hierarchy, controllers = '', path = ''] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (hierarchy === undefined || !/^$|(?:^|,)(?:pids|memory)(?:,|$)/.test(controllers)) continue;
    const parts = path.split('/').filter((part) => part !== '').length;
    if (parts > depth || (parts === depth && controllers === '')) [deepest, depth] = [path, parts];
  }
  return deepest;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
