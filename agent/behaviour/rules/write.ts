import { isDestination, reference } from '../facts.js';
import type { RuleContext } from '../rule.js';

/**
 * A new file is `create`, also when it got content; an existing one is `write`; one that was
 * received over a session is `write` (P2). What programs write for themselves is noise.
 */
export function write({ facts, inSession, isNoiseWritten, report }: RuleContext): void {
  for (const file of facts.files) {
    if (file.consumed || !isDestination(file)) continue;
    file.consumed = true;
    if (isNoiseWritten(file.path)) continue;
    const isNew = file.created && !file.replaced;
    const operation = isNew && !(inSession && file.received) ? 'create' : 'write';
    report(operation, file, [], [reference(file, file.bytesWritten)]);
  }
}
