/** East Asian wide and fullwidth characters, and emoji, take two columns. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const nothing = /[\p{Mn}\p{Me}\p{Cf}]/u;
const plain = /^[\x20-\x7e]*$/;

function characterWidth(character: string): number {
  if (nothing.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** Columns that a printable text takes on a terminal. */
export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The text in exactly `width` columns: padded, or cut and ended with `…`. */
export function fit(text: string, width: number, alignRight: boolean): string {
  const actual = textWidth(text);
  if (actual <= width) {
    const padding = ' '.repeat(width - actual);
    return alignRight ? padding + text : text + padding;
  }
  let cut = '';
  let used = 0;
  for (const character of text) {
    const next = characterWidth(character);
    if (used + next > width - 1) break;
    cut += character;
    used += next;
  }
  return `${cut}…${' '.repeat(width - used - 1)}`;
}
