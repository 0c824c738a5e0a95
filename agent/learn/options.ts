import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { agentConfiguration, type AgentConfiguration } from '../config.js';
import { options } from '../config/options.js';
import { AgentError } from '../errors.js';

export interface LearnOptions {
  readonly configuration: AgentConfiguration;
  /** Empty for a replay. */
  readonly command: readonly string[];
  /** Absolute path of a recording; undefined: run the command. */
  readonly replay: string | undefined;
  readonly json: boolean;
  /** Noise one by one. */
  readonly all: boolean;
  /** Absolute path; undefined: stdout. */
  readonly report: string | undefined;
}

/** Throws AgentError: USAGE for wrong arguments, CONFIG_INVALID for a wrong configuration file. */
export function learnOptions(argv: readonly string[]): LearnOptions {
  const { values, positionals: command } = parse(argv);
  const { record, replay, settle, report } = values;
  const agent = agentConfiguration(values.config === undefined ? [] : ['--config', values.config]);
  if (replay === undefined && command.length === 0) throw usage('a command is missing: panorama learn -- CMD…');
  if (replay !== undefined && (command.length > 0 || record !== undefined)) {
    throw usage('--replay explains a recording: it takes neither a command nor --record');
  }
  return {
    configuration: {
      ...agent,
      debug: false,
      aggregator: undefined,
      record: record === undefined ? undefined : resolve(record),
      replay: undefined,
      settleMilliseconds: settle === undefined ? agent.settleMilliseconds : milliseconds(settle),
    },
    command,
    replay: replay === undefined ? undefined : resolve(replay),
    json: values.json ?? false,
    all: values.all ?? false,
    report: report === undefined ? undefined : resolve(report),
  };
}

function parse(argv: readonly string[]): ReturnType<typeof parseFlags> {
  try {
    return parseFlags(argv);
  } catch (cause) {
    throw usage(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Up to the first word that is no option: what follows is the command with options of its own. */
function parseFlags(argv: readonly string[]) {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  const { values, positionals } = parseArgs({
    args: [...own],
    strict: true,
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      record: { type: 'string' },
      replay: { type: 'string' },
      settle: { type: 'string' },
      report: { type: 'string' },
      json: { type: 'boolean' },
      all: { type: 'boolean' },
    },
  });
  if (positionals.length > 0) throw usage(`the command goes after --: panorama learn -- ${positionals.join(' ')}`);
  return { values, positionals: end === -1 ? [] : argv.slice(end + 1) };
}

function milliseconds(text: string): number {
  const reading = options.settle_milliseconds.read(/^\d+$/.test(text) ? Number(text) : text);
  if (!reading.ok) throw usage(`--settle ${reading.problem}`);
  return reading.value;
}

function usage(problem: string, cause?: unknown): AgentError {
  return new AgentError('USAGE', problem, { cause });
}
