import type { RuleContext } from '../rule.js';

/** A name changed: of a file or a directory. */
export function rename({ facts, report }: RuleContext): void {
  for (const name of facts.names) {
    if (name.consumed || name.operation !== 'rename') continue;
    name.consumed = true;
    const { inode, device } = name;
    report(
      'rename',
      name,
      [{ path: name.path, inode, device, bytes: 0 }],
      [{ path: name.newPath, inode, device, bytes: 0 }],
    );
  }
}
