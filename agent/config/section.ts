import type { Option } from './option.js';

/** One mapping of a configuration file: takes known settings out of it and collects every problem on the way. */
export class Section {
  readonly #taken = new Set<string>();
  readonly #values: Readonly<Record<string, unknown>>;

  /** `path` is where the mapping stands, '' for the whole file; `problems` is shared by all sections of a file. */
  constructor(
    value: unknown,
    readonly path: string,
    readonly problems: string[],
  ) {
    if (isMapping(value)) {
      this.#values = value;
      return;
    }
    this.#values = {};
    // An empty file, or a key whose entries are all commented out, sets nothing.
    if (value !== undefined && value !== null) {
      problems.push(`${path === '' ? 'the file' : path} must hold \`key: value\` pairs`);
    }
  }

  /** The setting's value, or its fallback where it is not set or wrong. */
  take<T>(key: string, option: Option<T>): T {
    this.#taken.add(key);
    const value = this.#values[key];
    if (value === undefined || value === null) return option.fallback;
    const reading = option.read(value);
    if (reading.ok) return reading.value;
    this.problems.push(`${this.#pathOf(key)} ${reading.problem}`);
    return option.fallback;
  }

  section(key: string): Section {
    this.#taken.add(key);
    return new Section(this.#values[key], this.#pathOf(key), this.problems);
  }

  /** To be called last: whatever was not taken is unknown. */
  finish(): void {
    const known = [...this.#taken].join(', ');
    for (const key of Object.keys(this.#values)) {
      if (!this.#taken.has(key)) this.problems.push(`${this.#pathOf(key)} is not a setting (known: ${known})`);
    }
  }

  #pathOf(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
