import { LRUCache } from 'lru-cache';
import type { ConnectionTable } from './behaviour/connections.js';
import { decodeAddress } from './decode/address.js';
import { RecordReader } from './decode/reader.js';
import { datagramKey, datagramTotals } from './kernel/generated/layout.js';
import type { BpfMap } from './kernel/map.js';

const REMEMBERED = 16_384;

/**
 * The kernel side reports UDP traffic at most once a second per peer. What came after its last
 * report, and would stay unsaid when the traffic ends, is fetched from its map.
 */
export class DatagramSweep {
  private readonly reader = new RecordReader();
  private readonly told = new LRUCache<string, number>({ max: REMEMBERED });

  constructor(private readonly connections: ConnectionTable) {}

  run(map: BpfMap): void {
    map.forEach(datagramKey.byteLength, datagramTotals.byteLength, (key, value) => {
      const { reader } = this;
      reader.openRaw(key);
      const socket = reader.uint64(datagramKey.socket);
      const tgid = reader.uint32(datagramKey.tgid);
      const remoteAddress = decodeAddress(reader, datagramKey.remoteAddress);
      const remotePort = reader.uint16(datagramKey.remotePort);
      reader.openRaw(value);
      const packetsSent = reader.uint64(datagramTotals.packetsSent);
      const packetsReceived = reader.uint64(datagramTotals.packetsReceived);
      const name = `${socket}:${tgid}:${remoteAddress}:${remotePort}`;
      const packets = packetsSent + packetsReceived;
      if (this.told.get(name) === packets) return;
      this.told.set(name, packets);
      this.connections.datagramTotals(name, {
        bytesSent: reader.uint64(datagramTotals.bytesSent),
        bytesReceived: reader.uint64(datagramTotals.bytesReceived),
        packetsSent,
        packetsReceived,
        smoothedRtt: 0,
        retransmits: 0,
      });
    });
  }
}
