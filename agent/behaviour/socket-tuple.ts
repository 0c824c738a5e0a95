import type { SocketTuple } from '../decode/event.js';

/** Are they the same end of the same connection? */
export function isSameTuple(left: SocketTuple, right: SocketTuple): boolean {
  return (
    left.localPort === right.localPort &&
    left.remotePort === right.remotePort &&
    left.localAddress === right.localAddress &&
    left.remoteAddress === right.remoteAddress &&
    left.networkNamespace === right.networkNamespace
  );
}
