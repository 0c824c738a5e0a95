import type { AgentConfiguration } from '../../config.js';
import type { SpoolOptions } from './spool.js';

/** Large enough for few files, small enough that dropping the oldest costs little. */
const largestSegment = 8 * 1024 * 1024;

export function spoolOptions({ spool }: Pick<AgentConfiguration, 'spool'>): SpoolOptions {
  const { directory, bytes, hours, sync } = spool;
  const segmentBytes = Math.min(largestSegment, Math.floor(bytes / 8));
  return { directory, totalBytes: bytes, longestAge: hours * 3_600_000, segmentBytes, sync };
}
