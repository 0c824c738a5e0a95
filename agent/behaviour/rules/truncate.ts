import { reference } from '../facts.js';
import type { RuleContext } from '../rule.js';

/**
 * A file that was there was cut or extended and nothing was put into it: `truncate`, `> f`, the end of
 * a log rotation. With something put into it, it is part of writing it.
 */
export function truncate({ facts, index, report }: RuleContext): void {
  for (const file of facts.files) {
    const cut = file.resized || (file.truncated && file.size === 0);
    if (file.consumed || !cut || file.created || file.bytesWritten > 0 || file.mappedWrite) continue;
    report('truncate', file, [], [reference(file, 0)], { kind: 'size', size: file.size });
    // What was read from it before may still have been copied.
    file.resized = false;
    file.changed = false;
    if (file.bytesRead === 0) file.consumed = true;
  }
  for (const name of facts.names) {
    if (name.consumed || name.operation !== 'truncate') continue;
    name.consumed = true;
    const { path, inode, device, attribute } = name;
    if (index.filesEverAt(path).some((file) => file.created || file.bytesWritten > 0)) continue;
    report('truncate', name, [], [{ path, inode, device, bytes: 0 }], attribute);
  }
}
