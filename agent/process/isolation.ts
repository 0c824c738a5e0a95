import { LRUCache } from 'lru-cache';
import type { IdExtent, IsolationFields } from '../decode/event.js';
import { containerOfCgroup, type ContainerName } from './container-id.js';
import { insideId } from './id-map.js';

/**
 * Where a process lives: its namespaces, its root directory, its container. One object serves all processes of a
 * container; nothing in it changes.
 */
export interface Isolation extends ContainerName {
  readonly cgroupId: number;
  /** From the root of its hierarchy, '' where it is not known. */
  readonly cgroup: string;
  /** Inode numbers, as in /proc/PID/ns; 0 where not known. */
  readonly mountNamespace: number;
  readonly pidNamespace: number;
  readonly networkNamespace: number;
  readonly userNamespace: number;
  readonly root: RootDirectory;
  readonly idMap: readonly IdExtent[];
}

/** A root directory of processes; two processes with equal keys see the same file under the same path. */
export interface RootDirectory {
  /** '' for the one of the agent itself. */
  readonly key: string;
  /** Whether it is another directory than the agent's, not just the same one in another mount namespace. */
  readonly isOther: boolean;
  /** In decimal. */
  readonly inode: string;
  /** major << 20 | minor */
  readonly device: number;
  /** Absolute path on the host, '' where it is not known or is the host's own root. */
  readonly hostPath: string;
}

/** Whether a directory found by its status is this one. */
export function isRootOf(root: RootDirectory, status: { readonly inode: bigint; readonly device: number }): boolean {
  return status.device === root.device && String(status.inode) === root.inode;
}

/** The root directory and mount namespace that the agent itself sees files in. */
export interface OwnRoot {
  readonly mountNamespace: number;
  readonly rootInode: string;
  readonly rootDevice: number;
}

/** What the files of a host tell about its containers. */
export interface ContainerFiles {
  /** Absolute path on the host of a root directory, '' where no mount of the host shows it. */
  hostPathOf(key: string, device: number, path: string): string;
  /** Name of a user id in the container's own list, '' where it has none; `tgids`: processes in there, the likeliest first. */
  userName(root: RootDirectory, uid: number, tgids: Iterable<number>): string;
}

/** For tests and for recordings without any. */
export const noContainerFiles: ContainerFiles = { hostPathOf: () => '', userName: () => '' };

export const hostRoot: RootDirectory = { key: '', isOther: false, inode: '', device: 0, hostPath: '' };

/** Of a process of which nothing is known. */
export const unknownIsolation: Isolation = {
  containerId: '',
  podUid: '',
  cgroupId: 0,
  cgroup: '',
  mountNamespace: 0,
  pidNamespace: 0,
  networkNamespace: 0,
  userNamespace: 0,
  root: hostRoot,
  idMap: [],
};

const REMEMBERED = 4096;

/** Makes isolations of what records tell; equal ones are one object. */
export class Isolations {
  private readonly known = new LRUCache<string, Isolation>({ max: REMEMBERED });

  constructor(
    private readonly own: OwnRoot,
    private readonly files: ContainerFiles,
  ) {}

  /** `before`: of the same process, for what a record could not hold. */
  of(fields: IsolationFields, before: Isolation): Isolation {
    // Groups nested so deeply that the container's own name is cut off: it has not left its container.
    const cgroup = fields.cgroup ?? before.cgroup;
    const { cgroupId, mountNamespace, pidNamespace, networkNamespace, userNamespace } = fields;
    const { rootInode, rootDevice, idMap } = fields;
    const name = [
      cgroupId,
      mountNamespace,
      pidNamespace,
      networkNamespace,
      userNamespace,
      rootInode,
      rootDevice,
      ...idMap.flatMap(({ first, lowerFirst, count }) => [first, lowerFirst, count]),
      cgroup,
    ].join(' ');
    const known = this.known.get(name);
    if (known) return known;
    const made: Isolation = {
      ...containerOfCgroup(cgroup),
      cgroupId,
      cgroup,
      mountNamespace,
      pidNamespace,
      networkNamespace,
      userNamespace,
      root: this.rootOf(fields),
      idMap,
    };
    this.known.set(name, made);
    return made;
  }

  private rootOf({ mountNamespace, rootInode, rootDevice, rootPath }: IsolationFields): RootDirectory {
    const { own } = this;
    const isOther = rootInode !== own.rootInode || rootDevice !== own.rootDevice;
    if (!isOther && mountNamespace === own.mountNamespace) return hostRoot;
    const key = `${mountNamespace}:${rootDevice}:${rootInode}`;
    const hostPath = isOther && rootPath !== undefined ? this.files.hostPathOf(key, rootDevice, rootPath) : '';
    return { key, isOther, inode: rootInode, device: rootDevice, hostPath };
  }
}

/** User id of a process as its own user namespace sees it. */
export function containerUid(isolation: Isolation, uid: number): number {
  return insideId(isolation.idMap, uid);
}
