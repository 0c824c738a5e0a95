import { defaultReadNoise, defaultWriteNoise } from '../../agent/config/noise.js';
import { Metrics } from '../../agent/metrics.js';
import { replay } from '../../agent/replay.js';
import { LineFormatter } from '../../agent/sinks/line.js';
import { processOf } from './behaviours.js';

/** The lines of a recording as the agent writes them by default, without their times (which are in local time). */
export function replayedLines(file: string): readonly string[] {
  const formatter = new LineFormatter('absolute');
  const lines: string[] = [];
  const sink = {
    behaviour: (behaviour: Parameters<LineFormatter['body']>[0]): void => {
      if (behaviour.kind !== 'exec') lines.push(formatter.body(behaviour));
    },
    connection: (): void => undefined,
  };
  replay(file, sink, processOf(), new Metrics(), {
    settle: 1_000_000,
    noise: { reads: defaultReadNoise, writes: defaultWriteNoise },
  });
  return lines;
}
