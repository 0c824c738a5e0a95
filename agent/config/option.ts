/** What came of reading a value that a user wrote. */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** One setting: docs/configuration.md is made from these. */
export interface Option<T> {
  readonly text: string;
  /** The values it takes, for people. */
  readonly values: string;
  readonly fallback: T;
  /** `value` comes from YAML, or as text from the command line. */
  read(value: unknown): Reading<T>;
}

interface Description<T> {
  readonly text: string;
  readonly fallback: T;
}

function accept<T>(value: T): Reading<T> {
  return { ok: true, value };
}

function reject(problem: string): Reading<never> {
  return { ok: false, problem };
}

/** A value as it stands in a message, cut where someone pasted a page. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

export function boolean(description: Description<boolean>): Option<boolean> {
  return {
    ...description,
    values: '`true` or `false`',
    read: (value) =>
      typeof value === 'boolean' ? accept(value) : reject(`must be true or false, not ${shown(value)}`),
  };
}

interface Range {
  readonly least: number;
  readonly most: number;
  /** The ring buffer of the kernel only comes in powers of two. */
  readonly powerOfTwo?: true;
}

export function integer(description: Description<number> & Range): Option<number> {
  const { least, most, powerOfTwo } = description;
  const values = `${powerOfTwo === true ? 'power of two' : 'integer'} from ${least} to ${most}`;
  return {
    ...description,
    values,
    read(value) {
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
        return reject(`must be an integer, not ${shown(value)}`);
      }
      const fits = value >= least && value <= most && (powerOfTwo !== true || Number.isInteger(Math.log2(value)));
      return fits ? accept(value) : reject(`must be a ${values}, not ${value}`.replace('a integer', 'an integer'));
    },
  };
}

export function oneOf<const T extends string>(
  description: Description<T> & { readonly choices: readonly T[] },
): Option<T> {
  const { choices } = description;
  return {
    ...description,
    values: choices.map((choice) => `\`${choice}\``).join(' or '),
    read(value) {
      const found = choices.find((choice) => choice === value);
      return found === undefined ? reject(`must be ${choices.join(' or ')}, not ${shown(value)}`) : accept(found);
    },
  };
}

export function absolutePath(description: Description<string>): Option<string> {
  return {
    ...description,
    values: 'absolute path',
    read: (value) => (isAbsolutePath(value) ? accept(value) : reject(`must be an absolute path, not ${shown(value)}`)),
  };
}

/** Absolute paths, and entries `**` + `/name` that stand for a file or directory of that name anywhere. */
export function paths(description: Description<readonly string[]>): Option<readonly string[]> {
  return {
    ...description,
    values: 'list of paths',
    read(value) {
      if (!Array.isArray(value)) return reject(`must be a list of absolute paths or **/NAME, not ${shown(value)}`);
      const entries: readonly unknown[] = value;
      const wrong = entries.find((entry) => !isPathEntry(entry));
      return wrong === undefined
        ? accept(entries.filter(isPathEntry))
        : reject(`must hold absolute paths or **/NAME only, not ${shown(wrong)}`);
    },
  };
}

/** HOST:PORT; an IPv6 address in brackets. */
export function endpoint(description: Description<string | undefined>): Option<string | undefined> {
  return {
    ...description,
    values: '`HOST:PORT`',
    read(value) {
      const parts = typeof value === 'string' ? /^(?:\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):(\d{1,5})$/.exec(value) : null;
      const port = Number(parts?.[1]);
      return parts !== null && port >= 1 && port <= 65535
        ? accept(parts[0])
        : reject(`must be HOST:PORT, as in 10.0.0.5:7443 or [::1]:7443, not ${shown(value)}`);
    },
  };
}

function isPathEntry(value: unknown): value is string {
  return isAbsolutePath(value) || (typeof value === 'string' && /^\*\*\/[^/\0]+\/?$/.test(value));
}

function isAbsolutePath(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('/') && !value.includes('\0');
}
