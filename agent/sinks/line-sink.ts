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
  ) {}

  behaviour(behaviour: Behaviour): void {
    this.writer.append(this.formatter.format(behaviour));
  }

  /** What a line tells of connections comes as behaviours. */
  connection(): void {
    // Nothing to write.
  }
}
