import type { IdExtent } from '../decode/event.js';

/** What getuid() says to a process whose user namespace has no id for it (/proc/sys/kernel/overflowuid). */
export const OVERFLOW_ID = 65_534;

/** An id of the initial user namespace as a namespace with this map sees it; an empty map is the initial one's. */
export function insideId(map: readonly IdExtent[], id: number): number {
  if (map.length === 0) return id;
  for (const { first, lowerFirst, count } of map) {
    if (id >= lowerFirst && id - lowerFirst < count) return first + (id - lowerFirst);
  }
  return OVERFLOW_ID;
}

/** /proc/PID/uid_map: first id inside, first id outside, count. */
export function parseIdMap(text: string): readonly IdExtent[] {
  const map = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([first, lowerFirst, count]) =>
      first === undefined || lowerFirst === undefined || count === undefined ? [] : [{ first, lowerFirst, count }],
    );
  const [only] = map;
  const isInitial = map.length === 1 && only?.first === 0 && only.lowerFirst === 0 && only.count === 0xffff_ffff;
  return isInitial ? [] : map;
}
