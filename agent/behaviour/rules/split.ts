import { bytesTaken, isDestination, isSource, reference } from '../facts.js';
import type { RuleContext } from '../rule.js';

/** One file read, two or more new files, and together they hold exactly what was read. */
export function split({ facts, report }: RuleContext): void {
  const pieces = facts.files.filter(
    (file) => !file.consumed && isDestination(file) && file.created && file.bytesWritten > 0,
  );
  if (pieces.length < 2) return;
  const total = pieces.reduce((sum, piece) => sum + piece.bytesWritten, 0);
  const source = facts.files.find((file) => !file.consumed && isSource(file) && bytesTaken(file) === total);
  const last = pieces.at(-1);
  if (!source || !last) return;
  source.consumed = true;
  for (const piece of pieces) piece.consumed = true;
  report(
    'split',
    last,
    [reference(source, total)],
    pieces.map((piece) => reference(piece, piece.bytesWritten)),
  );
}
