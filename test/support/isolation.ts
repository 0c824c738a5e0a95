import type { IsolationFields } from '../../agent/decode/event.js';
import type { OwnRoot } from '../../agent/process/isolation.js';

/** What the agent of the tests sees. */
export const someOwnRoot: OwnRoot = { mountNamespace: 4_026_531_841, rootInode: '2', rootDevice: 8 << 20 };

/** Of a process of the host itself. */
export const hostIsolation: IsolationFields = {
  cgroupId: 77,
  cgroup: '/user.slice',
  mountNamespace: 4_026_531_841,
  pidNamespace: 4_026_531_836,
  networkNamespace: 4_026_531_840,
  userNamespace: 4_026_531_837,
  rootInode: '2',
  rootDevice: 8 << 20,
  rootPath: '/',
  idMap: [],
};

export const someContainerId = '0123456789abcdef'.repeat(4);

/** Of a process in a container that Docker made, with a user namespace. */
export const containerIsolation: IsolationFields = {
  cgroupId: 78,
  cgroup: `/system.slice/docker-${someContainerId}.scope`,
  mountNamespace: 4_026_532_001,
  pidNamespace: 4_026_532_002,
  networkNamespace: 4_026_532_003,
  userNamespace: 4_026_532_004,
  rootInode: '18446744073709551615',
  rootDevice: 45,
  rootPath: '/',
  idMap: [{ first: 0, lowerFirst: 100_000, count: 65_536 }],
};
