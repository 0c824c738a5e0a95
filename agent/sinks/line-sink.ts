import type { Behaviour, Sink } from '../behaviour/behaviour.js';
import type { LineFormatter } from './line.js';

/** Whatever takes finished lines, without newline: the log file, the terminal. */
export interface LineWriter {
  append(line: string): void;
}

export class LineSink implements Sink {
  constructor(
    private readonly formatter: LineFormatter,
    private readonly writer: LineWriter,
    private readonly execLines: boolean,
  ) {}

  behaviour(behaviour: Behaviour): void {
    if (behaviour.kind === 'exec' && !this.execLines) return;
    this.writer.append(this.formatter.format(behaviour));
  }

  /** What a line tells of connections comes as behaviours. */
  connection(): void {
    // Nothing to write.
  }
}
