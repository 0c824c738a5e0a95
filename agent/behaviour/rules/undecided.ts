import type { RuleContext } from '../rule.js';

/**
 * A process that goes on has to be looked at some time, and may have closed the new file of a copy and not yet the
 * old one. What it did last, and is no half of anything so far, waits for what it does next.
 */
export function undecided({ facts }: RuleContext): void {
  for (const file of facts.files) {
    if (!file.consumed && facts.isUndecided(file)) facts.setAside(file);
  }
}
