import { AgentError } from '../errors.js';
import { errorNumber, Mapping, PROT_READ, PROT_WRITE } from './libc.js';

const PAGE = 4096;
/** Flags in the length word of each record (include/uapi/linux/bpf.h). */
const BUSY = 0x8000_0000;
const DISCARDED = 0x4000_0000;
const LENGTH = 0x3fff_ffff;
const RECORD_HEADER = 8;
/** Most records taken in one call, so that a flood cannot keep the event loop from its other work. */
const BATCH = 20_000;

/** Bytes of the ring, and where one record lies in them. The memory is only valid during the call. */
export type RecordConsumer = (bytes: Buffer, offset: number, length: number) => void;

/**
 * The BPF ring buffer, mapped and read in place: no system call, no callback, no copy per
 * record. Layout: one page with the consumer position (ours to write), one with the
 * producer position, then the data, mapped twice in a row so that no record ever wraps.
 */
export class Ring {
  private consumerMapping: Mapping | undefined;
  private producerMapping: Mapping | undefined;
  private consumerPosition = new BigUint64Array(1);
  private producerWord = new Int32Array(1);
  private words = new Int32Array(0);
  private bytes = Buffer.alloc(0);
  private position = 0n;

  constructor(
    private readonly fd: number,
    private readonly size: number,
  ) {}

  /** Throws AgentError RING_FAILED. */
  start(): void {
    const consumer = Mapping.of(this.fd, PAGE, PROT_READ | PROT_WRITE, 0);
    const producer = Mapping.of(this.fd, PAGE + 2 * this.size, PROT_READ, PAGE);
    if (!consumer || !producer) {
      throw new AgentError(
        'RING_FAILED',
        `the ring buffer of ${this.size} bytes cannot be mapped: errno ${errorNumber()}`,
      );
    }
    this.consumerMapping = consumer;
    this.producerMapping = producer;
    this.consumerPosition = new BigUint64Array(consumer.memory, 0, 1);
    this.producerWord = new Int32Array(producer.memory, 0, 1);
    this.words = new Int32Array(producer.memory, PAGE);
    this.bytes = Buffer.from(producer.memory, PAGE);
    this.position = Atomics.load(this.consumerPosition, 0);
  }

  /** Hands every finished record to `consume`, in order; returns how many there were. */
  poll(consume: RecordConsumer): number {
    const mask = this.size - 1;
    // The low halves are enough to measure a distance below 2^31.
    const start = Number(this.position & 0xffff_ffffn);
    const available = (Atomics.load(this.producerWord, 0) - start) >>> 0;
    let taken = 0;
    let records = 0;
    try {
      while (taken < available && records < BATCH) {
        const at = (start + taken) & mask;
        const word = Atomics.load(this.words, at >>> 2);
        if (word & BUSY) break;
        const length = word & LENGTH;
        // Counted as taken before it is handed on: a record that makes the consumer throw must not come again.
        taken += (RECORD_HEADER + length + 7) & ~7;
        if (word & DISCARDED) continue;
        records++;
        consume(this.bytes, at + RECORD_HEADER, length);
      }
    } finally {
      if (taken > 0) {
        this.position += BigInt(taken);
        Atomics.store(this.consumerPosition, 0, this.position);
      }
    }
    return records;
  }

  /** Bytes waiting, of `size`. */
  fill(): number {
    return (Atomics.load(this.producerWord, 0) - Number(this.position & 0xffff_ffffn)) >>> 0;
  }

  stop(): void {
    this.words = new Int32Array(0);
    this.bytes = Buffer.alloc(0);
    this.producerWord = new Int32Array(1);
    this.consumerPosition = new BigUint64Array(1);
    this.consumerMapping?.unmap();
    this.producerMapping?.unmap();
    this.consumerMapping = undefined;
    this.producerMapping = undefined;
  }
}
