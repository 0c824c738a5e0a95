import { existsSync } from 'node:fs';
import { ANYWHERE } from '../behaviour/noise.js';
import { AgentError } from '../errors.js';
import { counters as countersLayout } from './generated/layout.js';
import { errorNumber, Mapping, PROT_READ } from './libc.js';
import { loadLibbpf, type Libbpf, type Pointer } from './libbpf.js';
import { checkPreconditions } from './preconditions.js';
import { attachProbes, IDENTIFY_PROGRAM, isFentry, programsOf, type ProbeState, type Program } from './probes.js';
import { BpfMap } from './map.js';
import { Ring } from './ring.js';
import { ignoredFileSystems } from './file-systems.js';

export interface CaptureOptions {
  /** The compiled object. */
  readonly objectFile: string;
  /** Bytes, a power of two. */
  readonly ringSize: number;
  /** Paths that are not reported when only read: below a directory where it ends in '/', else the file itself. */
  readonly ignoredReadPrefixes: readonly string[];
  /** Let libbpf explain itself on stderr. */
  readonly debug: boolean;
}

/** Loads the BPF object, attaches every probe, and gives access to its ring, maps and counters. */
export class Capture {
  private readonly libbpf: Libbpf;
  private object: Pointer = null;
  private links: readonly Pointer[] = [];
  private states: readonly ProbeState[] = [];
  private counterWords = new BigUint64Array(0);
  private counterMapping: Mapping | undefined;
  private loadedRing: Ring | undefined;

  /** Throws AgentError LIBBPF_MISSING. */
  constructor(private readonly options: CaptureOptions) {
    this.libbpf = loadLibbpf();
  }

  /** Throws AgentError: what is missing and what to do. */
  start(): void {
    checkPreconditions();
    if (!existsSync(this.options.objectFile)) {
      throw new AgentError('OBJECT_MISSING', `the BPF object ${this.options.objectFile} is not there: run make build`);
    }
    // fentry gives the inode of a changed name for every file system, but not every kernel has it.
    const fentry = this.load(true) || (this.load(false), false);
    const programs = programsOf(this.libbpf, this.object);
    this.identifyObserver(programs);
    this.fillFilters();
    this.loadedRing = new Ring(this.map('ring').fd, this.options.ringSize);
    this.loadedRing.start();
    this.mapCounters();
    const { links, states } = attachProbes(this.libbpf, programs, fentry);
    this.links = links;
    this.states = states;
  }

  /** Detaches, so that no further record is written; what is in the ring can still be read. */
  async detach(): Promise<void> {
    const { links } = this;
    this.links = [];
    // Side by side they share the grace periods: a quarter of the time.
    await Promise.all(links.map((link) => this.libbpf.linkDestroyLater(link)));
  }

  async stop(): Promise<void> {
    await this.detach();
    this.loadedRing?.stop();
    this.loadedRing = undefined;
    this.counterWords = new BigUint64Array(0);
    this.counterMapping?.unmap();
    this.counterMapping = undefined;
    if (this.object !== null) this.libbpf.objectClose(this.object);
    this.object = null;
  }

  get isRunning(): boolean {
    return this.loadedRing !== undefined;
  }

  get ring(): Ring {
    if (!this.loadedRing) throw new AgentError('RING_FAILED', 'the ring is read before the probes were loaded');
    return this.loadedRing;
  }

  get probes(): readonly ProbeState[] {
    return this.states;
  }

  /** Value of one counter of `struct counters`, by its byte offset there. */
  counter(byteOffset: number): number {
    return Number(this.counterWords[byteOffset / 8] ?? 0n);
  }

  /** Throws AgentError LOAD_FAILED where the object has no such map. */
  map(name: string): BpfMap {
    const map = this.libbpf.objectFindMapByName(this.object, name);
    if (map === null)
      throw new AgentError('LOAD_FAILED', `the BPF object has no map ${name}: rebuild it with make build`);
    return new BpfMap(this.libbpf, this.libbpf.mapFd(map), name);
  }

  /** Makes a process part of the observer: none of its behaviour is reported. */
  exclude(tgid: number): void {
    this.map('observers').set(uint32(tgid), new Uint8Array(8));
  }

  /** False when the kernel refuses the fentry programs; throws AgentError LOAD_FAILED for anything else. */
  private load(fentry: boolean): boolean {
    // That a kernel has no fentry needs no explanation: it is tried again without.
    const explains = this.options.debug && !fentry;
    const print = this.libbpf.setPrint(null);
    if (explains) this.libbpf.setPrint(print);
    const object = this.libbpf.objectOpenFile(this.options.objectFile, null);
    if (object === null) {
      throw new AgentError(
        'LOAD_FAILED',
        `${this.options.objectFile} is no BPF object that libbpf can open (errno ${errorNumber()}): run make build`,
      );
    }
    for (const program of programsOf(this.libbpf, object)) {
      if (isFentry(program)) this.libbpf.programSetAutoload(program.pointer, fentry);
    }
    this.libbpf.mapSetMaxEntries(this.libbpf.objectFindMapByName(object, 'ring'), this.options.ringSize);
    const result = this.libbpf.objectLoad(object);
    if (this.options.debug) this.libbpf.setPrint(print);
    if (result === 0) {
      this.object = object;
      return true;
    }
    this.libbpf.objectClose(object);
    if (fentry) return false;
    throw new AgentError(
      'LOAD_FAILED',
      `the kernel refuses the BPF programs (errno ${-result}): start the agent with -d to see the verifier's reason`,
    );
  }

  private identifyObserver(programs: readonly Program[]): void {
    const program = programs.find(({ name }) => name === IDENTIFY_PROGRAM);
    // struct bpf_test_run_opts: its size first, everything else zero.
    const options = new Uint8Array(80);
    new DataView(options.buffer).setBigUint64(0, 80n, true);
    if (!program || this.libbpf.programTestRun(this.libbpf.programFd(program.pointer), options) !== 0) {
      throw new AgentError('LOAD_FAILED', `the agent cannot find out its own process id (errno ${errorNumber()})`);
    }
  }

  private fillFilters(): void {
    const one = new Uint8Array(4);
    const systems = this.map('ignored_file_systems');
    for (const magic of ignoredFileSystems) {
      const key = new Uint8Array(8);
      new DataView(key.buffer).setUint32(0, magic, true);
      systems.set(key, one);
    }
    const prefixes = this.map('ignored_prefixes');
    for (const prefix of this.options.ignoredReadPrefixes) {
      const key = prefixKey(prefix);
      if (key) prefixes.set(key, one);
    }
  }

  private mapCounters(): void {
    // libbpf maps .bss for its skeletons only.
    const mapping = Mapping.of(this.map('agent.bss').fd, PAGE, PROT_READ, 0);
    if (!mapping)
      throw new AgentError('LOAD_FAILED', `the counters of the BPF object cannot be mapped (errno ${errorNumber()})`);
    this.counterMapping = mapping;
    this.counterWords = new BigUint64Array(mapping.memory, 0, countersLayout.byteLength / 8);
  }
}

const PAGE = 4096;

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

const PREFIX_CAPACITY = 64;

/** `struct path_prefix`; undefined for a prefix longer than the kernel side compares. */
function prefixKey(prefix: string): Uint8Array | undefined {
  // A file's own NUL is part of its key, so that /etc/passwd does not cover /etc/passwd-.
  // A name anywhere is no prefix: user space alone compares it.
  if (prefix.startsWith(ANYWHERE)) return undefined;
  const text = Buffer.from(prefix.endsWith('/') ? prefix : `${prefix}\0`);
  if (text.length > PREFIX_CAPACITY) return undefined;
  const key = Buffer.alloc(4 + PREFIX_CAPACITY);
  key.writeUInt32LE(text.length * 8, 0);
  text.copy(key, 4);
  return key;
}
