/** A line of /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  /** major << 20 | minor, as records have it */
  readonly device: number;
  /** Directory of the file system that is mounted. */
  readonly root: string;
  readonly mountPoint: string;
  readonly fileSystem: string;
}

export function parseMountInfo(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    const [, , device = '', root, mountPoint] = fields;
    // Optional fields end with a dash.
    const fileSystem = fields[fields.indexOf('-', 6) + 1];
    const [major, minor] = device.split(':').map(Number);
    if (root === undefined || mountPoint === undefined || fileSystem === undefined) return [];
    if (major === undefined || minor === undefined) return [];
    return [{ device: kernelDevice(major, minor), root: unescape(root), mountPoint: unescape(mountPoint), fileSystem }];
  });
}

export function kernelDevice(major: number, minor: number): number {
  return major * 0x10_0000 + minor;
}

/** Space, tab, newline and backslash are in octal. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Path that these mounts give to `path` within the file system `device`, '' where none shows it. */
export function pathThroughMounts(mounts: readonly Mount[], device: number, path: string): string {
  let best: Mount | undefined;
  for (const mount of mounts) {
    if (mount.device !== device || !isBelow(path, mount.root)) continue;
    if (best === undefined || mount.root.length > best.root.length) best = mount;
  }
  if (best === undefined) return '';
  const rest = best.root === '/' ? path : path.slice(best.root.length);
  const joined = `${best.mountPoint === '/' ? '' : best.mountPoint}${rest === '/' ? '' : rest}`;
  return joined === '' ? '/' : joined;
}

function isBelow(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}

/** Kinds of file systems that may keep a caller waiting for a program or a server, for ever if that one wishes. */
const waiting = /^(?:fuse|nfs|cifs|smb|9p|ceph|afs|virtiofs|autofs)/;

export function mayWait({ fileSystem }: Mount): boolean {
  return waiting.test(fileSystem);
}
