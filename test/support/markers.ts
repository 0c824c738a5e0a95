/**
 * The document with the lines between `<!-- NAME -->` and `<!-- end of NAME -->` replaced. Prettier leaves tables
 * there alone (`prettier-ignore-start`). Throws where the markers are missing.
 */
export function replaceBetweenMarkers(document: string, name: string, content: string): string {
  const start = `<!-- ${name} -->\n<!-- prettier-ignore-start -->\n`;
  const end = `<!-- prettier-ignore-end -->\n<!-- end of ${name} -->`;
  const from = document.indexOf(start);
  const to = document.indexOf(end);
  if (from === -1 || to < from)
    throw new Error(`no place for "${name}": put ${JSON.stringify(`${start}${end}`)} into it`);
  return `${document.slice(0, from + start.length)}\n${content}\n\n${document.slice(to)}`;
}
