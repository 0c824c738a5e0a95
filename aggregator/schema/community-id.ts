import { hash } from 'node:crypto';
import { writeAddress } from './address.js';

/*
 * Community ID v1, https://github.com/corelight/community-id-spec: "1:" and the base64 of the SHA-1
 * over seed, addresses, protocol, a zero byte and ports, with the smaller end first, so
 * that both directions of a conversation hash alike.
 */

const seed = 0;
const icmp = 1;
const tcp = 6;
const udp = 17;
const icmpv6 = 58;
const sctp = 132;

/** ICMP type of a message → type of the message that answers it (the specification's baseline). */
const icmpAnswers: ReadonlyMap<number, number> = new Map([
  [8, 0], // echo → echo reply
  [0, 8],
  [13, 14], // timestamp
  [14, 13],
  [15, 16], // information
  [16, 15],
  [10, 9], // router solicitation → advertisement, which for IPv4 has no way back in the baseline
  [17, 18], // address mask
  [18, 17],
]);

const icmpv6Answers: ReadonlyMap<number, number> = new Map([
  [128, 129], // echo
  [129, 128],
  [133, 134], // router solicitation → advertisement
  [134, 133],
  [135, 136], // neighbour solicitation → advertisement
  [136, 135],
  [130, 131], // multicast listener query → report
  [131, 130],
  [144, 145], // home agent address discovery
  [145, 144],
]);

const source = Buffer.alloc(16);
const destination = Buffer.alloc(16);
const tuple = Buffer.alloc(40);

/**
 * For ICMP and ICMPv6 the ports are type and code of the message; protocols without ports ignore them.
 * '' where an address is missing, and where one end is IPv4 and the other IPv6.
 */
export function communityId(
  protocol: number,
  sourceAddress: string,
  sourcePort: number,
  destinationAddress: string,
  destinationPort: number,
): string {
  if (sourceAddress === '' || destinationAddress === '') return '';
  if (!writeAddress(sourceAddress, source, 0) || !writeAddress(destinationAddress, destination, 0)) return '';
  const start = addressStart(source);
  if (start !== addressStart(destination)) return '';
  switch (protocol) {
    case tcp:
    case udp:
    case sctp:
      return digest(protocol, start, sourcePort, destinationPort, false);
    case icmp:
      return icmpDigest(protocol, start, sourcePort, destinationPort, icmpAnswers);
    case icmpv6:
      return icmpDigest(protocol, start, sourcePort, destinationPort, icmpv6Answers);
    default:
      return digest(protocol, start, -1, -1, false);
  }
}

/** The answer's type stands in for the other end's port; a message without an answer has one direction only. */
function icmpDigest(
  protocol: number,
  start: number,
  type: number,
  code: number,
  answers: ReadonlyMap<number, number>,
): string {
  const answer = answers.get(type);
  return answer === undefined
    ? digest(protocol, start, type, code, true)
    : digest(protocol, start, type, answer, false);
}

/** 12 for an IPv4 address mapped into IPv6: only its last four bytes count; else 0. */
function addressStart(address: Buffer): number {
  for (let index = 0; index < 10; index += 1) if (address[index] !== 0) return 0;
  return address[10] === 255 && address[11] === 255 ? 12 : 0;
}

/** Ports of -1: there are none to hash. */
function digest(protocol: number, start: number, sourcePort: number, destinationPort: number, oneWay: boolean): string {
  const order = Buffer.compare(source, destination);
  const inOrder = oneWay || order < 0 || (order === 0 && sourcePort <= destinationPort);
  const length = 16 - start;
  tuple.writeUInt16BE(seed, 0);
  (inOrder ? source : destination).copy(tuple, 2, start);
  (inOrder ? destination : source).copy(tuple, 2 + length, start);
  const ports = 2 + length * 2;
  tuple[ports] = protocol;
  tuple[ports + 1] = 0;
  if (sourcePort === -1) return `1:${hash('sha1', tuple.subarray(0, ports + 2), 'base64')}`;
  tuple.writeUInt16BE(inOrder ? sourcePort : destinationPort, ports + 2);
  tuple.writeUInt16BE(inOrder ? destinationPort : sourcePort, ports + 4);
  return `1:${hash('sha1', tuple.subarray(0, ports + 6), 'base64')}`;
}
