import { EventDecoder } from '../../../agent/decode/decode.js';
import { RecordReader } from '../../../agent/decode/reader.js';
import { layoutHash } from '../../../agent/kernel/generated/layout.js';
import { Recording } from '../../../agent/recording/reader.js';

/** Parents by child, as the recording of the agent's run tells them: a process without a line is in it too. */
export function parentsInRecording(file: string): ReadonlyMap<number, number> {
  const parents = new Map<number, number>();
  const reader = new RecordReader();
  const decoder = new EventDecoder();
  Recording.open(file, layoutHash).visit({
    record: (bytes, offset, length) => {
      reader.open(bytes, offset, length);
      const event = decoder.decode(reader);
      if (event.kind === 'fork') parents.set(event.childTgid, event.actor.tgid);
    },
    observation: () => undefined,
  });
  return parents;
}

/** The process itself, and those that it and its descendants started. */
export function isBelow(tgid: number, ancestor: number, parents: ReadonlyMap<number, number>): boolean {
  let current: number | undefined = tgid;
  for (let depth = 0; current !== undefined && depth < 100; depth++) {
    if (current === ancestor) return true;
    current = parents.get(current);
  }
  return false;
}
