import { AggregatorError } from '../errors.js';
import type { LineFormat } from './format.js';
import { vpc } from './vpc.js';

/** Every format that can be imported. A new one is a file here and a line in this list. */
export const formats: readonly LineFormat[] = [vpc];

/** Throws FORMAT_UNKNOWN. */
export function formatNamed(name: string): LineFormat {
  const format = formats.find((candidate) => candidate.name === name);
  if (format !== undefined) return format;
  const known = formats.map((candidate) => candidate.name).join(', ');
  throw new AggregatorError('FORMAT_UNKNOWN', `There is no log format '${name}'; known formats: ${known}`);
}
