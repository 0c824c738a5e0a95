import { isDestination, isSource, reference } from '../facts.js';
import type { RuleContext } from '../rule.js';

/** Content taken from a file, by reading or through a mapping, that went nowhere we can see. */
export function read({ facts, report }: RuleContext): void {
  for (const file of facts.files) {
    if (file.consumed || isDestination(file)) continue;
    file.consumed = true;
    if (isSource(file)) report('read', file, [reference(file, file.bytesRead)], []);
    else if (file.mapped && file.size > 0) report('read', file, [reference(file, file.size)], []);
  }
}
