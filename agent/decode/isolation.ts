import { idExtent, isolation as layout, isolationFact } from '../kernel/generated/layout.js';
import type { IdExtent, IsolationFields } from './event.js';
import type { RecordReader } from './reader.js';

export interface DecodedIsolation {
  readonly fields: IsolationFields;
  readonly containerTgid: number;
  /** Bytes of its part of the data. */
  readonly length: number;
}

/** `base`: of the struct; `data`: of the record. */
export function decodeIsolation(reader: RecordReader, base: number, data: number): DecodedIsolation {
  const facts = reader.uint16(base + layout.facts);
  const mapLength = reader.uint16(base + layout.mapLength);
  const cgroupLength = reader.uint16(base + layout.cgroupLength);
  const rootLength = reader.uint16(base + layout.rootLength);
  const cgroup = pathOf(reader, data + mapLength, cgroupLength);
  const rootPath = pathOf(reader, data + mapLength + cgroupLength, rootLength);
  return {
    fields: {
      cgroupId: reader.uint64(base + layout.cgroupId),
      cgroup: facts & isolationFact.ISOLATION_CGROUP_TRUNCATED ? undefined : cgroup,
      mountNamespace: reader.uint32(base + layout.mountNamespace),
      pidNamespace: reader.uint32(base + layout.pidNamespace),
      networkNamespace: reader.uint32(base + layout.networkNamespace),
      userNamespace: reader.uint32(base + layout.userNamespace),
      rootInode: String(reader.inode(base + layout.rootInode)),
      rootDevice: reader.uint32(base + layout.rootDevice),
      rootPath: facts & isolationFact.ISOLATION_ROOT_TRUNCATED ? undefined : rootPath,
      idMap: decodeMap(reader, data, mapLength),
    },
    containerTgid: reader.uint32(base + layout.containerTgid),
    length: mapLength + cgroupLength + rootLength,
  };
}

function decodeMap(reader: RecordReader, at: number, length: number): readonly IdExtent[] {
  const map: IdExtent[] = [];
  for (let offset = 0; offset + idExtent.byteLength <= length; offset += idExtent.byteLength) {
    map.push({
      first: reader.uint32(at + offset + idExtent.first),
      lowerFirst: reader.uint32(at + offset + idExtent.lowerFirst),
      count: reader.uint32(at + offset + idExtent.count),
    });
  }
  return map;
}

/** Names from the leaf to the root, each ended by NUL. */
function pathOf(reader: RecordReader, at: number, length: number): string {
  if (length === 0) return '/';
  return `/${reader.text(at, length).split('\0').slice(0, -1).reverse().join('/')}`;
}
