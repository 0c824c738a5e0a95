import type { Writable } from 'node:stream';
import type { Counter, Metrics } from '../metrics.js';
import type { LineWriter } from './line-sink.js';

/** Bytes a terminal or pipe may lag behind before lines are left out. */
const longestBacklog = 1024 * 1024;

/**
 * Shows lines as they happen (`-d`). The lines of one poll go out in one write. Whoever reads slowly misses lines, and
 * is told how many; whoever stops reading (`| head`) does not stop the agent.
 */
export class Terminal implements LineWriter {
  readonly #dropped: Counter;
  #waiting = '';
  #scheduled = false;
  #missed = 0;
  #closed = false;

  constructor(
    private readonly output: Writable,
    metrics: Metrics,
  ) {
    this.#dropped = metrics.counter(
      'terminal_lines_dropped',
      'Lines not shown because the terminal or pipe did not take them.',
    );
  }

  start(): void {
    this.output.on('error', () => {
      this.#closed = true;
    });
  }

  append(line: string): void {
    if (this.#closed || this.output.writableLength + this.#waiting.length > longestBacklog) {
      this.#dropped.value += 1;
      this.#missed += 1;
      return;
    }
    if (this.#missed > 0) {
      this.#waiting += `(${this.#missed} lines not shown)\n`;
      this.#missed = 0;
    }
    this.#waiting += `${line}\n`;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.flush();
    });
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#waiting === '' || this.#closed) return;
    this.output.write(this.#waiting);
    this.#waiting = '';
  }
}
