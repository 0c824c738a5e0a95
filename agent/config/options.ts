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

/** Settings below the key `spool`. */
export const spoolOptions = {
  directory: absolutePath({
    text: 'Where batches for the aggregator are kept until it has them; made if it is missing. One agent at a time.',
    fallback: '/var/lib/panorama/agent/spool',
  }),
  bytes: integer({
    text: 'Most that is kept there. Beyond it the oldest batches are dropped, counted, and told as a gap.',
    fallback: 1024 * 1024 * 1024,
    least: 1024 * 1024,
    most: 1024 * 1024 * 1024 * 1024,
  }),
  hours: integer({
    text: 'What is older than this is dropped, delivered or not.',
    fallback: 7 * 24,
    least: 1,
    most: 10 * 365 * 24,
  }),
  sync: oneOf({
    text: 'When a batch is forced to the disk: within half a second (`interval`), before it is sent (`always`), or when the kernel sees fit (`never`). A power cut loses what was not.',
    choices: ['interval', 'always', 'never'],
    fallback: 'interval',
  }),
} as const;
