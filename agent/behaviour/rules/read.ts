import { bytesTaken, isDestination, isSource, reference } from '../facts.js';
import type { RuleContext } from '../rule.js';

/**
 * Content taken from a file, by reading or through a mapping, that went nowhere we can see. Every
 * program reads /etc/passwd to show a name, which is noise; one that passes on what it read byte for
 * byte shows the file to someone, which is not.
 */
export function read({ facts, isNoise, report }: RuleContext): void {
  for (const file of facts.files) {
    if (file.consumed || isDestination(file)) continue;
    file.consumed = true;
    if (!file.shown && isNoise(file.path)) continue;
    if (isSource(file)) report('read', file, [reference(file, bytesTaken(file))], []);
  }
}
