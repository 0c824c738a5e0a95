import { alwaysNamed } from './always.js';
import { defaultReadNoise, defaultWriteNoise } from './noise.js';
import { absolutePath, boolean, endpoint, integer, oneOf, paths } from './option.js';

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
    least: 64 * 1024,
    most: 1024 * 1024 * 1024,
    powerOfTwo: true,
  }),
  priority: integer({
    text: 'Nice value that the agent gives itself. On a host whose processors are all busy, what it cannot read in time is lost.',
    fallback: -10,
    least: -20,
    most: 19,
  }),
  compat: oneOf({
    text: 'When the system calls of 32-bit programs are hooked. It costs every program of the host: `auto` does it from when such a program is seen until ten minutes after the last one ended, and misses the first moment; `always` misses nothing; `never` sees only their starts and ends.',
    choices: ['auto', 'always', 'never'],
    fallback: 'auto',
  }),
  poll_milliseconds: integer({
    text: 'How often the agent empties that buffer.',
    fallback: 10,
    least: 1,
    most: 1000,
  }),
  snapshot_milliseconds: integer({
    text: 'How often the agent looks at files that are kept open, so that programs that never close them are told of as they go. 0: only when files are closed.',
    fallback: 5000,
    least: 0,
    most: 3_600_000,
  }),
} as const;

/** Settings below the key `limits`. */
export const limitOptions = {
  lines_per_directory: integer({
    text: 'Lines in full of one process per operation and directory, in one window.',
    fallback: 20,
    least: 1,
    most: 1_000_000,
  }),
  lines_per_process: integer({
    text: 'Lines in full of one process over all, in one window.',
    fallback: 40,
    least: 1,
    most: 1_000_000,
  }),
  processes_per_family: integer({
    text: 'Processes of one program below one ancestor (`make`, a loop in a script) whose lines are in full, per operation and directory, in one window.',
    fallback: 8,
    least: 1,
    most: 1_000_000,
  }),
  window_seconds: integer({
    text: 'How long folded lines are held back while the process goes on. Doubled each time that there is more to fold.',
    fallback: 10,
    least: 1,
    most: 3600,
  }),
  longest_window_seconds: integer({
    text: 'What that doubling ends at.',
    fallback: 600,
    least: 1,
    most: 86_400,
  }),
  lines_per_second: integer({
    text: 'Lines of the whole host per second, on average.',
    fallback: 100,
    least: 1,
    most: 1_000_000,
  }),
  burst_lines: integer({
    text: 'Lines of the whole host that may come at once after a quiet time.',
    fallback: 2000,
    least: 1,
    most: 10_000_000,
  }),
  always: paths({
    text: 'Files that are folded under their own path only, never as one of many in a directory: entries as in `noise.reads`. Replaces the default list.',
    fallback: alwaysNamed,
  }),
  aggregator_factor: integer({
    text: 'An aggregator is told this many times more lines in full (and per second) than the log.',
    fallback: 10,
    least: 1,
    most: 1000,
  }),
} as const;

/** Settings below the key `noise`. */
export const noiseOptions = {
  reads: paths({
    text: 'Files whose reading gets no line: all below an entry that ends in `/`, else that file alone; `**/` in front stands for any directory. Replaces the default list.',
    fallback: defaultReadNoise,
  }),
  writes: paths({
    text: 'Files and directories whose making, writing and removal gets no line: entries as in `noise.reads`. What is copied to or from them, or renamed from or to elsewhere, is told, and what the command line names. Replaces the default list.',
    fallback: defaultWriteNoise,
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
