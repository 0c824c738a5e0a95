import { formatAttribute } from '../behaviour/attribute.js';
import type { FileFact, NameFact } from '../behaviour/facts.js';
import type { Fact } from '../behaviour/trace.js';
import type { SocketEvent } from '../decode/event.js';
import { formatEndpoint } from '../sinks/line.js';
import { escapeField } from '../sinks/escape.js';

export function isName(fact: Fact): fact is NameFact {
  return 'operation' in fact;
}

/** `/w/a:11`, of two names `/w/a:11 -> /w/b`. */
export function describeObject(fact: Fact): string {
  const object = `${escapeField(fact.path)}:${fact.inode}`;
  return isName(fact) && fact.newPath !== '' ? `${object} -> ${escapeField(fact.newPath)}` : object;
}

/** What was done, in the words of the facts. `from`: the paths that it was known by before. */
export function describeDetails(fact: Fact, from: readonly string[]): readonly string[] {
  const before = from.map((path) => `was ${escapeField(path)}`);
  if (isName(fact)) {
    const replaced = fact.replacedInode === 0 ? [] : [`replaced inode ${fact.replacedInode}`];
    const set = fact.attribute ? [formatAttribute(fact.attribute)] : [];
    return [fact.operation, ...(fact.exchanged ? ['exchanged'] : []), ...set, ...replaced, ...before];
  }
  return [...moved(fact), ...marks(fact), ...before];
}

function moved(fact: FileFact): readonly string[] {
  const details: string[] = [];
  if (fact.bytesRead > 0) details.push(`read ${fact.bytesRead}`);
  if (fact.bytesWritten > 0) details.push(`written ${fact.bytesWritten}`);
  details.push(`size ${fact.size}`);
  return details;
}

/** Every mark that is set, so that a new kind of fact is shown without a change here. */
function marks(fact: FileFact): readonly string[] {
  return Object.entries(fact).flatMap(([name, value]) => (value === true && name !== 'consumed' ? [name] : []));
}

/** `10.0.0.1:40000 -> 10.0.0.2:22`: from who connected to who accepted. */
export function describeConnection({ kind, tuple }: SocketEvent): string {
  const local = formatEndpoint({ address: tuple.localAddress, port: tuple.localPort });
  const remote = formatEndpoint({ address: tuple.remoteAddress, port: tuple.remotePort });
  return kind === 'accept' ? `${remote} -> ${local}` : `${local} -> ${remote}`;
}
