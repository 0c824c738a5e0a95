import type { IdExtent, IsolationFields } from '../../agent/decode/event.js';
import { isolation as isolationLayout, isolationFact } from '../../agent/kernel/generated/layout.js';
import { hostIsolation } from './isolation.js';
import type { RecordBuilder } from './records.js';

export interface IsolationBytes {
  readonly fields: IsolationFields;
  readonly containerTgid: number;
}

export const someIsolation: IsolationBytes = { fields: hostIsolation, containerTgid: 300 };

/** As the kernel side writes a path: names from the leaf to the root, each ended by NUL. */
function leafFirst(path = '/'): Buffer {
  const names = path.split('/').filter((name) => name !== '');
  return Buffer.from(
    names
      .reverse()
      .map((name) => `${name}\0`)
      .join(''),
  );
}

function mapBytes(map: readonly IdExtent[]): Buffer {
  return Buffer.from(
    Uint32Array.from(map.flatMap(({ first, lowerFirst, count }) => [first, lowerFirst, count])).buffer,
  );
}

/** What stands first in the data of its record. */
export function isolationData({ fields }: IsolationBytes): Buffer {
  return Buffer.concat([mapBytes(fields.idMap), leafFirst(fields.cgroup), leafFirst(fields.rootPath)]);
}

export function withIsolation(builder: RecordBuilder, base: number, { fields, containerTgid }: IsolationBytes): void {
  const cgroupFact = fields.cgroup === undefined ? isolationFact.ISOLATION_CGROUP_TRUNCATED : 0;
  const rootFact = fields.rootPath === undefined ? isolationFact.ISOLATION_ROOT_TRUNCATED : 0;
  builder
    .uint64(base + isolationLayout.cgroupId, fields.cgroupId)
    .uint64(base + isolationLayout.rootInode, BigInt(fields.rootInode))
    .uint32(base + isolationLayout.rootDevice, fields.rootDevice)
    .uint32(base + isolationLayout.mountNamespace, fields.mountNamespace)
    .uint32(base + isolationLayout.pidNamespace, fields.pidNamespace)
    .uint32(base + isolationLayout.networkNamespace, fields.networkNamespace)
    .uint32(base + isolationLayout.userNamespace, fields.userNamespace)
    .uint32(base + isolationLayout.containerTgid, containerTgid)
    .uint16(base + isolationLayout.mapLength, mapBytes(fields.idMap).length)
    .uint16(base + isolationLayout.cgroupLength, leafFirst(fields.cgroup).length)
    .uint16(base + isolationLayout.rootLength, leafFirst(fields.rootPath).length)
    .uint16(base + isolationLayout.facts, cgroupFact | rootFact);
}
