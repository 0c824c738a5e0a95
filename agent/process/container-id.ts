/** What a control group says about the container that its processes are in. */
export interface ContainerName {
  /** As the engine names it: 64 hexadecimal digits, or the name of a machine; '' for none. */
  readonly containerId: string;
  /** UID of the Kubernetes pod, '' for none. */
  readonly podUid: string;
}

export const noContainer: ContainerName = { containerId: '', podUid: '' };

/**
 * Docker, containerd, CRI-O, Podman, nerdctl and others: 64 hexadecimal digits, alone (/docker/ID, /kubepods/…/ID) or after
 * the engine's name (docker-ID.scope, cri-containerd-ID.scope, ….slice:cri-containerd:ID); Fargate: a task's 32 and a number.
 */
const engineId = /^(?:(?<engine>.*)[-:_])?(?<id>[0-9a-f]{64}|(?<=^)[0-9a-f]{32}-\d{6,10})(?:\.scope)?$/;
/** The container's monitor lives in a group beside it, but on the host. */
const monitor = 'conmon';

/** One component of a path that names a machine: LXC, systemd-nspawn and whoever else registers with systemd-machined. */
const machines: readonly RegExp[] = [
  /^lxc\.payload\.(.+)$/,
  // A virtual machine's process (machine-qemu…) runs on the host.
  /^machine-(?!qemu)(.+)\.scope$/,
  /^systemd-nspawn@(.+)\.service$/,
];
/** Of a machine with groups of its own: the part that is not inside. */
const supervisor = 'supervisor';
/** The machine's name is the component after one of these. */
const machineParents: ReadonlySet<string> = new Set(['lxc', 'lxc.payload']);

/** `kubepods-burstable-pod8dbc3577_d0e2_….slice` or `pod8dbc3577-d0e2-…`; static pods have a hash for a UID. */
const pod = /(?:^|-)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?(?::|$)/;

/** `path`: of the control group, from the root of its hierarchy. The innermost container counts. */
export function containerOfCgroup(path: string): ContainerName {
  const parts = path.split('/');
  let podUid = '';
  let containerId = '';
  for (let index = parts.length - 1; index > 0; index--) {
    const part = parts[index] ?? '';
    if (containerId === '') containerId = idOf(part, parts[index - 1] ?? '', parts[index + 1] ?? '');
    podUid = pod.exec(part)?.[1]?.replaceAll('_', '-') ?? '';
    if (podUid !== '') break;
  }
  return containerId === '' && podUid === '' ? noContainer : { containerId, podUid };
}

function idOf(part: string, parent: string, child: string): string {
  const match = engineId.exec(part);
  if (match) return match.groups?.['engine']?.endsWith(monitor) ? '' : (match.groups?.['id'] ?? '');
  if (machineParents.has(parent)) return part;
  if (child === supervisor) return '';
  for (const machine of machines) {
    const name = machine.exec(part)?.[1];
    if (name !== undefined) return unescapeUnit(name);
  }
  return '';
}

/** systemd.unit(5): `\x2d` stands for a dash. */
function unescapeUnit(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
