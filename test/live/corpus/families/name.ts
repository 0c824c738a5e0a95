import type { Row } from '../row.js';

/** The command itself; the same one may run in several places. */
export function nameOf(command: Row['command'], setup = ''): string {
  const text = typeof command === 'string' ? command : command.join(' ');
  return setup === '' ? text : `${text}  [${setup}]`;
}
