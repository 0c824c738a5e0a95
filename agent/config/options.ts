import { defaultReadNoise } from './noise.js';
import { absolutePath, absolutePaths, boolean, endpoint, integer, oneOf } from './option.js';

/** Every setting of the agent's configuration file, by its key there. */
export const options = {
  log: absolutePath({
    text: 'File that behaviour lines are appended to. Its directory must exist. SIGHUP opens it anew (log rotation). `--log`',
    fallback: '/var/log/syslog.log',
  }),
  paths: oneOf({
    text: 'How a line names files: by `absolute` path, or by the last component of it.',
    choices: ['absolute', 'name'],
    fallback: 'absolute',
  }),
  exec_lines: boolean({
    text: 'Whether each program start gets a line as well. An aggregator is told of it in any case.',
    fallback: false,
  }),
  aggregator: endpoint({
    text: 'Aggregator to send behaviours and connections to. `--aggregator`',
    fallback: undefined,
  }),
  settle_milliseconds: integer({
    text: 'How long the agent waits for what belongs together (the parts of a copy, repeats of the same read) before it writes the line.',
    fallback: 1000,
    least: 0,
    most: 60_000,
  }),
  ring_bytes: integer({
    text: 'Size of the buffer between kernel and agent. What does not fit is lost, and told as a `gap` line.',
    fallback: 16 * 1024 * 1024,
    least: 256 * 1024,
    most: 1024 * 1024 * 1024,
    powerOfTwo: true,
  }),
  poll_milliseconds: integer({
    text: 'How often the agent empties that buffer.',
    fallback: 10,
    least: 1,
    most: 1000,
  }),
} as const;

/** Settings below the key `noise`. */
export const noiseOptions = {
  reads: absolutePaths({
    text: 'Files whose reading gets no line: all below an entry that ends in `/`, else that file alone. Replaces the default list.',
    fallback: defaultReadNoise,
  }),
} as const;
