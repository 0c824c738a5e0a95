import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { loadLibbpf, type Libbpf, type Pointer } from '../../../agent/kernel/libbpf.js';
import { root } from '../../support/files.js';

const target = process.arch === 'arm64' ? 'arm64' : 'x86';
const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

/** Counts system calls of a process and its descendants, by a BPF program of its own: strace would slow them down. */
export class CallCounter {
  private readonly libbpf: Libbpf = loadLibbpf();
  private readonly links: Pointer[] = [];
  private object: Pointer = null;

  /** `directory`: for the compiled program. */
  constructor(private readonly directory: string) {}

  start(): void {
    const file = join(this.directory, 'calls.bpf.o');
    const source = join(root, 'test/bench/volume/calls.bpf.c');
    const include = ['-I', join(root, 'bpf'), '-idirafter', `/usr/include/${machine}-linux-gnu`];
    const options = ['-target', 'bpf', '-mcpu=v3', '-g', '-O2', `-D__TARGET_ARCH_${target}`];
    execFileSync('clang', [...options, ...include, '-c', source, '-o', file]);
    this.object = this.libbpf.objectOpenFile(file, null);
    if (this.object === null || this.libbpf.objectLoad(this.object) !== 0) throw new Error(`${file} does not load`);
    for (let program: Pointer = null; ;) {
      program = this.libbpf.objectNextProgram(this.object, program);
      if (program === null) return;
      const link = this.libbpf.programAttach(program);
      if (link === null) throw new Error(`${this.libbpf.programName(program)} does not attach`);
      this.links.push(link);
    }
  }

  /** From now on. */
  count(pid: number): void {
    this.libbpf.mapUpdateElement(this.map('family'), word(pid), word(1), 0);
  }

  /** Of all that were counted. */
  read(): number {
    const value = new BigUint64Array(1);
    const failed = this.libbpf.mapLookupElement(this.map('calls'), word(0), new Uint8Array(value.buffer));
    if (failed !== 0) throw new Error(`the calls cannot be read: ${failed}`);
    return Number(value[0]);
  }

  stop(): void {
    for (const link of this.links.splice(0)) this.libbpf.linkDestroy(link);
    if (this.object !== null) this.libbpf.objectClose(this.object);
    this.object = null;
  }

  private map(name: string): number {
    return this.libbpf.mapFd(this.libbpf.objectFindMapByName(this.object, name));
  }
}

function word(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
