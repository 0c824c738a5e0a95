import type { RuleContext } from '../rule.js';

/** Files removed. */
export function remove({ facts, isNoiseWritten, report }: RuleContext): void {
  for (const name of facts.names) {
    if (name.consumed || name.operation !== 'unlink') continue;
    name.consumed = true;
    const { path, inode, device } = name;
    if (isNoiseWritten(path)) continue;
    report('remove', name, [{ path, inode, device, bytes: 0 }], []);
  }
}
