const backslash = 0x5c;
const comma = 0x2c;
const del = 0x7f;
const firstPlain = 0x21;
const lastC1 = 0x9f;
const lineSeparator = 0x2028;
const paragraphSeparator = 0x2029;

/**
 * Spaces, newlines, backslashes and control characters as `\ooo`, one group per byte of UTF-8, as in
 * /proc/mounts; everything else, also beyond ASCII, as it is. A file name can hold any byte but `/` and NUL: written
 * raw it could end the line and forge the next one, or steer the terminal of whoever reads it (ESC, and the C1
 * controls of 8-bit terminals). `''` becomes `-`: every column of a line holds something.
 */
export function escapeField(text: string): string {
  return escapeWith(text, false);
}

/** As escapeField, and commas too: for paths in a list, where a directory named `a:1,` would look like two entries. */
export function escapeListItem(text: string): string {
  return escapeWith(text, true);
}

function escapeWith(text: string, inList: boolean): string {
  if (text === '') return '-';
  // Nearly all text has nothing to escape: look first, and build nothing.
  for (let index = 0; index < text.length; index += 1) {
    if (breaksLine(text.charCodeAt(index), inList)) return escapeFrom(text, index, inList);
  }
  return text;
}

function breaksLine(code: number, inList: boolean): boolean {
  if (code < del) return code < firstPlain || code === backslash || (inList && code === comma);
  return code <= lastC1 || code === lineSeparator || code === paragraphSeparator;
}

function escapeFrom(text: string, start: number, inList: boolean): string {
  let escaped = text.slice(0, start);
  for (let index = start; index < text.length; index += 1) {
    const character = text.charAt(index);
    escaped += breaksLine(character.charCodeAt(0), inList) ? octal(character) : character;
  }
  return escaped;
}

function octal(character: string): string {
  let escaped = '';
  for (const byte of Buffer.from(character, 'utf8')) escaped += `\\${byte.toString(8).padStart(3, '0')}`;
  return escaped;
}
