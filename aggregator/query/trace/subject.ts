import { isIP } from 'node:net';
import { AggregatorError } from '../../errors.js';
import { parseNetwork, addressText } from '../filter/value.js';

export type Subject =
  | { readonly kind: 'path'; readonly path: string }
  /** `bound`: the address in the form that the engine reads. */
  | { readonly kind: 'endpoint'; readonly address: string; readonly bound: string; readonly port: number };

/** `10.0.0.2:22` and `[fd00::2]:22` are endpoints, all else is a path. Throws REQUEST_INVALID. */
export function parseSubject(text: string): Subject {
  if (text === '') throw new AggregatorError('REQUEST_INVALID', 'A trace needs a path or an endpoint as 10.0.0.2:22');
  const [, bracketed, plain, digits = ''] = /^(?:\[([\da-f:.]+)\]|([\d.]+)):(\d{1,5})$/i.exec(text) ?? [];
  const address = bracketed ?? plain ?? '';
  const bits = isIP(address) === 0 ? undefined : parseNetwork(address)?.first;
  if (bits === undefined) return { kind: 'path', path: text };
  const port = Number(digits);
  if (port > 65_535) throw new AggregatorError('REQUEST_INVALID', `There is no port ${port}: ports end at 65535`);
  return { kind: 'endpoint', address, bound: addressText(BigInt(bits)), port };
}
