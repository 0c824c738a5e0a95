/**
 * What a terminal would obey instead of showing: control characters (ECMA-48 C0, DEL, C1), line and
 * paragraph separators, and the marks that turn the direction of text (which make one thing look like another).
 */
const unsafe = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function hexadecimal(character: string, width: number): string {
  return character.charCodeAt(0).toString(16).padStart(width, '0');
}

/** Text that is safe to print: `\x1b`, `\u202e` instead of the character itself. */
export function printable(text: string): string {
  return text.replace(unsafe, (character) =>
    character.charCodeAt(0) < 0x100 ? `\\x${hexadecimal(character, 2)}` : `\\u${hexadecimal(character, 4)}`,
  );
}

/** The same within a JSON text, in which such characters stand in strings only. */
export function printableJson(json: string): string {
  return json.replace(unsafe, (character) => `\\u${hexadecimal(character, 4)}`);
}
