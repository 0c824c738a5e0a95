import type { RuleContext } from '../rule.js';

/** Directories made and removed. */
export function directories({ facts, report }: RuleContext): void {
  for (const name of facts.names) {
    if (name.consumed || (name.operation !== 'mkdir' && name.operation !== 'rmdir')) continue;
    name.consumed = true;
    const { path, inode, device } = name;
    const directory = [{ path, inode, device, bytes: 0 }];
    if (name.operation === 'mkdir') report('mkdir', name, [], directory);
    else report('rmdir', name, directory, []);
  }
}
