import { isSource } from '../facts.js';
import type { RuleContext } from '../rule.js';

/** An interpreter reads the script that it was started for: that is the exec, and no behaviour of its own. */
export function script({ facts, script: name }: RuleContext): void {
  if (name === '') return;
  // The name as it was called may be relative, or a symbolic link: its last part has to do.
  const suffix = `/${name.slice(name.lastIndexOf('/') + 1)}`;
  for (const file of facts.files) {
    if (isSource(file) && file.path.endsWith(suffix)) file.consumed = true;
  }
}
