import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { limitOptions, noiseOptions, options, spoolOptions } from './config/options.js';
import type { Option } from './config/option.js';
import { Section } from './config/section.js';
import type { NoiseSettings } from './behaviour/noise.js';
import type { Limits } from './fold/limits.js';
import { AgentError } from './errors.js';

/** All the agent can be told; docs/configuration.md describes each setting. */
export interface AgentConfiguration {
  /** Lines and state to the terminal as well (P1). */
  readonly debug: boolean;
  /** Absolute. */
  readonly log: string;
  readonly paths: 'absolute' | 'name';
  readonly execLines: boolean;
  /** HOST:PORT; undefined: do not send. */
  readonly aggregator: string | undefined;
  /** Absolute path to write raw records to. */
  readonly record: string | undefined;
  /** Absolute path to read raw records from, instead of the kernel. */
  readonly replay: string | undefined;
  readonly settleMilliseconds: number;
  /** A power of two. */
  readonly ringBytes: number;
  /** A nice value. */
  readonly priority: number;
  readonly compat: 'auto' | 'always' | 'never';
  readonly pollMilliseconds: number;
  /** 0: never. */
  readonly snapshotMilliseconds: number;
  readonly limits: Limits;
  /** Limits of what is sent are this many times those of the log. */
  readonly aggregatorFactor: number;
  readonly noise: NoiseSettings;
  readonly spool: {
    readonly directory: string;
    readonly bytes: number;
    readonly hours: number;
    readonly sync: 'interval' | 'always' | 'never';
  };
}

export const agentUsage =
  'usage: panorama agent [-d] [--config FILE] [--log FILE] [--aggregator HOST:PORT] [--record FILE | --replay FILE]';

/**
 * From the arguments after `panorama agent` and the configuration file they name; a flag goes before the file.
 * Throws an AgentError: USAGE for wrong arguments (to be shown with `agentUsage`), CONFIG_INVALID for a wrong file.
 */
export function agentConfiguration(args: readonly string[]): AgentConfiguration {
  const flags = parseFlags(args);
  const file = flags.config === undefined ? undefined : resolve(flags.config);
  const settings = parseSettings(file);
  if (flags.record !== undefined && flags.replay !== undefined) throw usage('--record and --replay exclude each other');
  return {
    ...settings,
    debug: flags.debug ?? false,
    log: flags.log === undefined ? settings.log : resolve(flags.log),
    aggregator: fromFlag('--aggregator', flags.aggregator, options.aggregator) ?? settings.aggregator,
    record: flags.record === undefined ? undefined : resolve(flags.record),
    replay: flags.replay === undefined ? undefined : resolve(flags.replay),
  };
}

interface Flags {
  readonly debug?: boolean;
  readonly config?: string;
  readonly log?: string;
  readonly aggregator?: string;
  readonly record?: string;
  readonly replay?: string;
}

function parseFlags(args: readonly string[]): Flags {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        debug: { type: 'boolean', short: 'd' },
        config: { type: 'string' },
        log: { type: 'string' },
        aggregator: { type: 'string' },
        record: { type: 'string' },
        replay: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error), error);
  }
}

function usage(problem: string, cause?: unknown): AgentError {
  return new AgentError('USAGE', problem, { cause });
}

function fromFlag<T>(flag: string, value: string | undefined, option: Option<T>): T | undefined {
  if (value === undefined) return undefined;
  const reading = option.read(value);
  if (!reading.ok) throw usage(`${flag} ${reading.problem}`);
  return reading.value;
}

type Settings = Omit<AgentConfiguration, 'debug' | 'record' | 'replay'>;

function parseSettings(file: string | undefined): Settings {
  const problems: string[] = [];
  const top = new Section(file === undefined ? undefined : readYaml(file), '', problems);
  const noise = top.section('noise');
  const spool = top.section('spool');
  const limits = top.section('limits');
  const settings: Settings = {
    log: top.take('log', options.log),
    paths: top.take('paths', options.paths),
    execLines: top.take('exec_lines', options.exec_lines),
    aggregator: top.take('aggregator', options.aggregator),
    settleMilliseconds: top.take('settle_milliseconds', options.settle_milliseconds),
    ringBytes: top.take('ring_bytes', options.ring_bytes),
    priority: top.take('priority', options.priority),
    compat: top.take('compat', options.compat),
    pollMilliseconds: top.take('poll_milliseconds', options.poll_milliseconds),
    snapshotMilliseconds: top.take('snapshot_milliseconds', options.snapshot_milliseconds),
    limits: {
      linesPerDirectory: limits.take('lines_per_directory', limitOptions.lines_per_directory),
      linesPerProcess: limits.take('lines_per_process', limitOptions.lines_per_process),
      processesPerFamily: limits.take('processes_per_family', limitOptions.processes_per_family),
      linesPerSecond: limits.take('lines_per_second', limitOptions.lines_per_second),
      burstLines: limits.take('burst_lines', limitOptions.burst_lines),
      window: limits.take('window_seconds', limitOptions.window_seconds) * 1e6,
      longestWindow: limits.take('longest_window_seconds', limitOptions.longest_window_seconds) * 1e6,
      always: limits.take('always', limitOptions.always),
    },
    aggregatorFactor: limits.take('aggregator_factor', limitOptions.aggregator_factor),
    noise: {
      reads: noise.take('reads', noiseOptions.reads),
      writes: noise.take('writes', noiseOptions.writes),
    },
    spool: {
      directory: spool.take('directory', spoolOptions.directory),
      bytes: spool.take('bytes', spoolOptions.bytes),
      hours: spool.take('hours', spoolOptions.hours),
      sync: spool.take('sync', spoolOptions.sync),
    },
  };
  top.finish();
  noise.finish();
  spool.finish();
  limits.finish();
  if (problems.length > 0) throw invalid(file, problems.join('; '));
  return settings;
}

function readYaml(file: string): unknown {
  try {
    const content: unknown = parse(readFileSync(file, 'utf8'), { prettyErrors: true });
    return content;
  } catch (error) {
    // The YAML parser's message goes on with an excerpt; its first line has the place.
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw invalid(file, String(reason).replace(/:$/, ''), error);
  }
}

function invalid(file: string | undefined, problem: string, cause?: unknown): AgentError {
  return new AgentError('CONFIG_INVALID', `configuration file ${file ?? ''}: ${problem}`, { cause });
}
