import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseDocument } from 'yaml';
import { AggregatorError } from './errors.js';

export interface AggregatorConfig {
  /** Directory of the database; created if it is not there. */
  readonly data: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly ingest: {
    /** Rows of agents are stored together this often, in milliseconds. */
    readonly commitInterval: number;
    /** Agents wait while more than this is not stored yet, in bytes. */
    readonly pendingBytes: number;
  };
  readonly query: {
    /** A query that takes longer fails, in seconds. */
    readonly seconds: number;
    readonly memoryBytes: number;
  };
  readonly logLevel: LogLevel;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
type LogLevel = (typeof logLevels)[number];

export const usage = 'Usage: panorama aggregator [--config FILE] [--data DIR] [--listen HOST:PORT]';

const megabyte = 1024 ** 2;

export const defaults: AggregatorConfig = {
  data: '/var/lib/panorama',
  listen: { host: '127.0.0.1', port: 7443 },
  ingest: { commitInterval: 150, pendingBytes: 64 * megabyte },
  query: { seconds: 60, memoryBytes: 2048 * megabyte },
  logLevel: 'info',
};

/** Configuration from the defaults, the file and the flags, later ones first. Throws USAGE or CONFIG_INVALID. */
export function readConfig(argv: readonly string[]): AggregatorConfig {
  const flags = readFlags(argv);
  const fromFile = flags.config === undefined ? defaults : readFile(flags.config);
  return {
    ...fromFile,
    data: flags.data ?? fromFile.data,
    listen: flags.listen === undefined ? fromFile.listen : endpoint(flags.listen, '--listen', 'USAGE'),
  };
}

interface Flags {
  readonly config: string | undefined;
  readonly data: string | undefined;
  readonly listen: string | undefined;
}

function readFlags(argv: readonly string[]): Flags {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { config: { type: 'string' }, data: { type: 'string' }, listen: { type: 'string' } },
      strict: true,
      allowPositionals: false,
    });
    if (values.data === '') throw new Error('--data needs a directory');
    return { config: values.config, data: values.data, listen: values.listen };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AggregatorError('USAGE', `${reason}\n${usage}`, { cause: error });
  }
}

function readFile(file: string): AggregatorConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AggregatorError('CONFIG_INVALID', `The configuration ${file} cannot be read: ${reason}`, {
      cause: error,
    });
  }
  return parseConfig(text, file);
}

/** The defaults, changed by YAML text. Throws CONFIG_INVALID naming the file and the path of the value. */
export function parseConfig(text: string, file: string): AggregatorConfig {
  const document = parseDocument(text);
  const [syntax] = document.errors;
  if (syntax !== undefined) throw new AggregatorError('CONFIG_INVALID', `${file}: ${syntax.message}`);
  const content: unknown = document.toJS();
  const root = new Section(content ?? {}, file, '');
  const config: AggregatorConfig = {
    data: root.text('data', defaults.data),
    listen: root.endpoint('listen', defaults.listen),
    ...root.section('ingest', (section) => ({
      ingest: {
        commitInterval: section.integer('commit_interval_ms', defaults.ingest.commitInterval, 10, 5_000),
        pendingBytes: section.integer('pending_mb', defaults.ingest.pendingBytes / megabyte, 1, 4_096) * megabyte,
      },
    })),
    ...root.section('query', (section) => ({
      query: {
        seconds: section.integer('seconds', defaults.query.seconds, 1, 3_600),
        memoryBytes: section.integer('memory_mb', defaults.query.memoryBytes / megabyte, 64, 1_048_576) * megabyte,
      },
    })),
    logLevel: root.choice('log_level', logLevels, defaults.logLevel),
  };
  root.refuseOthers();
  return config;
}

/** A mapping of the file, whose keys are asked for one by one; what nobody asked for is unknown. */
class Section {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #asked = new Set<string>();

  constructor(
    value: unknown,
    readonly file: string,
    readonly path: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#invalid('', 'must be a mapping');
    this.#values = new Map(Object.entries(value));
  }

  text(key: string, fallback: string): string {
    const value = this.#take(key);
    if (value === undefined) return fallback;
    if (typeof value !== 'string' || value === '') throw this.#invalid(key, 'must be text');
    return value;
  }

  integer(key: string, fallback: number, lowest: number, highest: number): number {
    const value = this.#take(key);
    if (value === undefined) return fallback;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < lowest || value > highest) {
      throw this.#invalid(key, `must be a whole number from ${lowest} to ${highest}`);
    }
    return value;
  }

  choice<T extends string>(key: string, choices: readonly T[], fallback: T): T {
    const value = this.#take(key);
    if (value === undefined) return fallback;
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined) throw this.#invalid(key, `must be one of ${choices.join(', ')}`);
    return chosen;
  }

  endpoint(key: string, fallback: AggregatorConfig['listen']): AggregatorConfig['listen'] {
    const value = this.#take(key);
    if (value === undefined) return fallback;
    if (typeof value !== 'string') throw this.#invalid(key, 'must be text, as 127.0.0.1:7443');
    return endpoint(value, `${this.file}: ${this.#pathOf(key)}`, 'CONFIG_INVALID');
  }

  section<T>(key: string, read: (section: Section) => T): T {
    const section = new Section(this.#take(key) ?? {}, this.file, this.#pathOf(key));
    const result = read(section);
    section.refuseOthers();
    return result;
  }

  refuseOthers(): void {
    const unknown = [...this.#values.keys()].find((key) => !this.#asked.has(key));
    if (unknown !== undefined)
      throw this.#invalid(unknown, `is not a setting; known here: ${[...this.#asked].join(', ')}`);
  }

  #take(key: string): unknown {
    this.#asked.add(key);
    return this.#values.get(key) ?? undefined;
  }

  #pathOf(key: string): string {
    return [this.path, key].filter((part) => part !== '').join('.');
  }

  #invalid(key: string, what: string): AggregatorError {
    return new AggregatorError('CONFIG_INVALID', `${this.file}: ${this.#pathOf(key) || 'the file'} ${what}`);
  }
}

/** `HOST:PORT` or `[IPv6]:PORT`; port 0 takes any that is free. */
function endpoint(text: string, where: string, code: 'USAGE' | 'CONFIG_INVALID'): AggregatorConfig['listen'] {
  const [, bracketed, plain, portText = ''] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(portText);
  if (host === undefined || port > 65_535) {
    throw new AggregatorError(
      code,
      `${where} must be HOST:PORT with a port up to 65535, as 127.0.0.1:7443, not ${text}`,
    );
  }
  return { host, port };
}
