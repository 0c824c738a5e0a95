import { EventDecoder } from '../../agent/decode/decode.js';
import type { FileEvent } from '../../agent/decode/event.js';
import { RecordReader } from '../../agent/decode/reader.js';
import { layoutHash } from '../../agent/kernel/generated/layout.js';
import { Recording } from '../../agent/recording/reader.js';

/** What a recording tells of one file, in the order in which it was told. */
export function fileEvents(recording: string, path: string): readonly FileEvent[] {
  const decoder = new EventDecoder();
  const reader = new RecordReader();
  const events: FileEvent[] = [];
  Recording.open(recording, layoutHash).visit({
    record(bytes, offset, length) {
      reader.open(bytes, offset, length);
      const event = decoder.decode(reader);
      if (event.kind === 'file' && event.path === path) events.push(event);
    },
    observation() {
      // Of no interest here.
    },
  });
  return events;
}
