import { AgentError } from '../errors.js';
import { errorNumber } from './libc.js';
import type { Libbpf } from './libbpf.js';

/** A BPF map by its file descriptor. Keys and values are the raw bytes of the C types. */
export class BpfMap {
  constructor(
    private readonly libbpf: Libbpf,
    readonly fd: number,
    private readonly name: string,
  ) {}

  /** Throws AgentError LOAD_FAILED when the map is full. */
  set(key: Uint8Array, value: Uint8Array): void {
    if (this.libbpf.mapUpdateElement(this.fd, key, value, 0) !== 0) {
      throw new AgentError('LOAD_FAILED', `no entry can be added to the BPF map ${this.name} (errno ${errorNumber()})`);
    }
  }

  /** Calls `visit` with each entry; both buffers are reused. Entries added meanwhile may be missed. */
  forEach(keyLength: number, valueLength: number, visit: (key: Buffer, value: Buffer) => void): void {
    let key = Buffer.alloc(keyLength);
    let next = Buffer.alloc(keyLength);
    const value = Buffer.alloc(valueLength);
    let result = this.libbpf.mapGetNextKey(this.fd, null, next);
    while (result === 0) {
      [key, next] = [next, key];
      if (this.libbpf.mapLookupElement(this.fd, key, value) === 0) visit(key, value);
      result = this.libbpf.mapGetNextKey(this.fd, key, next);
    }
  }
}
