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
    const code = text.charCodeAt(index);
    if (isFirstOfPair(code)) index += 1;
    else if (breaksLine(code, inList)) return escapeFrom(text, index, inList);
  }
  return text;
}

function breaksLine(code: number, inList: boolean): boolean {
  if (code < del) return code < firstPlain || code === backslash || (inList && code === comma);
  return code <= lastC1 || code === lineSeparator || code === paragraphSeparator || isByte(code);
}

function escapeFrom(text: string, start: number, inList: boolean): string {
  let escaped = text.slice(0, start);
  // By code points: the second half of a pair may look like a byte that stands alone.
  for (const character of text.slice(start)) {
    const breaks = character.length === 1 && breaksLine(character.charCodeAt(0), inList);
    escaped += breaks ? octal(character) : character;
  }
  return escaped;
}

function isFirstOfPair(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** A byte of a name that is no UTF-8, as decodeText keeps it: U+DC80 to U+DCFF. */
function isByte(code: number): boolean {
  return code >= 0xdc80 && code <= 0xdcff;
}

function octal(character: string): string {
  const code = character.charCodeAt(0);
  if (isByte(code)) return `\\${(code & 0xff).toString(8)}`;
  let escaped = '';
  for (const byte of Buffer.from(character, 'utf8')) escaped += `\\${byte.toString(8).padStart(3, '0')}`;
  return escaped;
}
