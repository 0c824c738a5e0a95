import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { containerOfCgroup } from '../../../agent/process/container-id.js';

const id = '7f9c2ba4e88f827d616045507605853ed73b809310f6d0a4e3b2b6c0c1d2e3f4';
const inner = '0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9';
const podUid = '8dbc3577-d0e2-4706-8787-57d52c03ddf2';
const podName = podUid.replaceAll('-', '_');
const staticPod = '2b801b7edc6f1c1cd9f8a4a57c2e0a5c';

/** Who makes such groups, the group, the container, its pod. */
const cases: readonly (readonly [string, string, string, string])[] = [
  ['the root of the hierarchy', '/', '', ''],
  ['nothing known', '', '', ''],
  ['a login session', '/user.slice/user-1000.slice/session-3.scope', '', ''],
  ['a service', '/system.slice/ssh.service', '', ''],
  ['Docker, cgroupfs driver', `/docker/${id}`, id, ''],
  ['Docker, systemd driver', `/system.slice/docker-${id}.scope`, id, ''],
  ['Docker, rootless', `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${id}.scope`, id, ''],
  ['systemd inside Docker', `/system.slice/docker-${id}.scope/system.slice/nginx.service`, id, ''],
  ['Docker 28 with a nested group', `/docker/${id}/init`, id, ''],
  ['Docker inside Docker: the inner one', `/docker/${id}/docker/${inner}`, inner, ''],
  ['Docker with a parent of the user', `/my-parent/${id}`, id, ''],
  ['containerd by hand', `/default/${id}`, id, ''],
  ['nerdctl', `/system.slice/nerdctl-${id}.scope`, id, ''],
  ['GitHub runner', `/actions_job/${id}`, id, ''],
  ['Podman', `/machine.slice/libpod-${id}.scope`, id, ''],
  ['Podman 4, the container itself', `/machine.slice/libpod-${id}.scope/container`, id, ''],
  ['Podman, cgroupfs', `/libpod_parent/libpod-${id}`, id, ''],
  ['Podman, rootless', `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope/container`, id, ''],
  ['the monitor of Podman is on the host', `/machine.slice/libpod-conmon-${id}.scope`, '', ''],
  [
    'containerd in Kubernetes, systemd driver',
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${podName}.slice/cri-containerd-${id}.scope`,
    id,
    podUid,
  ],
  [
    'containerd in Kubernetes, guaranteed quality of service',
    `/kubepods.slice/kubepods-pod${podName}.slice/cri-containerd-${id}.scope`,
    id,
    podUid,
  ],
  ['Kubernetes, cgroupfs driver', `/kubepods/besteffort/pod${podUid}/${id}`, id, podUid],
  ['Kubernetes, a static pod', `/kubepods/burstable/pod${staticPod}/${id}`, id, staticPod],
  [
    'containerd with its driver set unlike the kubelet’s',
    `/system.slice/containerd.service/kubepods-burstable-pod${podName}.slice:cri-containerd:${id}`,
    id,
    podUid,
  ],
  [
    'CRI-O in Kubernetes',
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${podName}.slice/crio-${id}.scope/container`,
    id,
    podUid,
  ],
  [
    'the monitor of CRI-O is in the pod, not in the container',
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${podName}.slice/crio-conmon-${id}.scope`,
    '',
    podUid,
  ],
  [
    'a pod inside a kind node, which is a Docker container',
    `/system.slice/docker-${id}.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${podName}.slice/cri-containerd-${inner}.scope`,
    inner,
    podUid,
  ],
  ['the pause group of a pod', `/kubepods/besteffort/pod${podUid}`, '', podUid],
  ['Amazon ECS', `/ecs/0410eff2-7e59-4111-823e-1e0d98ef7f30/${id}`, id, ''],
  [
    'AWS Fargate',
    '/ecs/55091c13a8b4a2e3f8d9c0b1a2e3f4d5/55091c13a8b4a2e3f8d9c0b1a2e3f4d5-2455435612',
    '55091c13a8b4a2e3f8d9c0b1a2e3f4d5-2455435612',
    '',
  ],
  ['LXC 2', '/lxc/web', 'web', ''],
  ['LXC 4', '/lxc.payload.web/system.slice/ssh.service', 'web', ''],
  ['the monitor of LXC is on the host', '/lxc.monitor.web', '', ''],
  ['systemd-nspawn by hand', '/machine.slice/machine-debian\\x2d12.scope/payload', 'debian-12', ''],
  ['systemd-nspawn as a service', '/machine.slice/systemd-nspawn@web.service/payload', 'web', ''],
  ['its own supervisor is on the host', '/machine.slice/systemd-nspawn@web.service/supervisor', '', ''],
  ['a virtual machine runs on the host', '/machine.slice/machine-qemu\\x2d1\\x2dweb.scope/libvirt/emulator', '', ''],
  ['fewer digits are no container', `/system.slice/docker-${id.slice(1)}.scope`, '', ''],
  ['a service named after the engine', '/system.slice/docker.service', '', ''],
];

describe('container of a control group', () => {
  for (const [name, path, containerId, pod] of cases) {
    test(name, () => {
      assert.deepEqual({ ...containerOfCgroup(path) }, { containerId, podUid: pod });
    });
  }
});
