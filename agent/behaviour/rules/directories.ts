import type { RuleContext } from '../rule.js';

/** Directories made and removed. */
export function directories({ facts, isNoiseWritten, report }: RuleContext): void {
  for (const name of facts.names) {
    if (name.consumed || (name.operation !== 'mkdir' && name.operation !== 'rmdir')) continue;
    name.consumed = true;
    const { path, inode, device } = name;
    // That the whole of what a program keeps for itself is removed is told.
    if (isNoiseWritten(name.operation === 'mkdir' ? `${path}/` : path)) continue;
    const directory = [{ path, inode, device, bytes: 0 }];
    if (name.operation === 'mkdir') report('mkdir', name, [], directory);
    else report('rmdir', name, directory, []);
  }
}
