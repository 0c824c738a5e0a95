import type Long from 'long';

/** 64-bit protobuf fields decode to Long; exact below 2^53, which holds for all counters and times here. */
export function toNumber(value: number | Long | null | undefined): number {
  if (value === null || value === undefined) return 0;
  return typeof value === 'number' ? value : value.toNumber();
}
