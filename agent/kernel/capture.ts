import { existsSync } from 'node:fs';
import { ANYWHERE } from '../behaviour/noise.js';
import { AgentError } from '../errors.js';
import { CompatProbes, isCompat, type CompatMode } from './compat.js';
import { counters as countersLayout } from './generated/layout.js';
import { errorNumber, Mapping, PROT_READ } from './libc.js';
import { loadLibbpf, type Libbpf, type Pointer } from './libbpf.js';
import { checkPreconditions } from './preconditions.js';
import {
  attachProbes,
  IDENTIFY_PROGRAM,
  isFentry,
  isIterator,
  programsOf,
  type ProbeState,
  type Program,
} from './probes.js';
import { BpfIterator, iteratorLoss, TAKE_STOCK, VISIT_FILES, VISIT_PROCESSES } from './iterator.js';
import { BpfMap } from './map.js';
import { Ring, type RecordConsumer } from './ring.js';
import { ignoredFileSystems } from './file-systems.js';

export interface CaptureOptions {
  /** The compiled object. */
  readonly objectFile: string;
  /** Bytes, a power of two. */
  readonly ringSize: number;
  /** Paths that are not reported when only read: below a directory where it ends in '/', else the file itself. */
  readonly ignoredReadPrefixes: readonly string[];
  readonly compat: CompatMode;
  /** 32-bit programs ran before their system calls were hooked. */
  readonly late: () => void;
  /** Let libbpf explain itself on stderr. */
  readonly debug: boolean;
}

/** What was there when the agent started: raw records, none where the kernel has no iterators. */
export interface Stock {
  readonly processes: readonly Buffer[];
  readonly sockets: readonly Buffer[];
}

/** Kinds of programs that not every kernel takes. */
interface Accepted {
  readonly fentry: boolean;
  readonly iterators: boolean;
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
  private compat: CompatProbes | undefined;
  private readonly iterators = new Map<string, BpfIterator>();

  /** Throws AgentError LIBBPF_MISSING. */
  constructor(private readonly options: CaptureOptions) {
    this.libbpf = loadLibbpf();
  }

  /** What was there before; throws AgentError: what is missing and what to do. */
  start(): Stock {
    checkPreconditions();
    if (!existsSync(this.options.objectFile)) {
      throw new AgentError('OBJECT_MISSING', `the BPF object ${this.options.objectFile} is not there: run make build`);
    }
    // fentry gives the inode of a changed name for every file system, but not every kernel has it.
    const accepted: Accepted = { fentry: this.accepts(isFentry), iterators: this.accepts(isIterator) };
    this.load(accepted);
    const programs = programsOf(this.libbpf, this.object);
    this.identifyObserver(programs);
    this.fillFilters();
    this.loadedRing = new Ring(this.map('ring').fd, this.options.ringSize);
    this.loadedRing.start();
    this.mapCounters();
    const iterators = this.startIterators(programs, accepted.iterators);
    // Before the probes: what is moved from here on counts, what was moved before does not.
    const stock = this.collect(TAKE_STOCK);
    const { links, states } = attachProbes(this.libbpf, programs, accepted.fentry);
    this.links = links;
    this.states = [...states, ...iterators];
    const { compat, late } = this.options;
    const compatPrograms = compat === 'never' ? [] : programs.filter(isCompat);
    const count = (): number => this.counter(countersLayout.compatProcesses);
    this.compat = new CompatProbes(this.libbpf, compatPrograms, compat, count, late);
    this.compat.start();
    // After the probes: who starts in between is in both, who started before in this one alone.
    return { processes: this.collect(VISIT_PROCESSES), sockets: stock };
  }

  /**
   * Hands to `consume` a record for each open file that moved since it was last told of; of all processes, or of the one
   * with this tgid. False where the kernel has no iterators, or the process is gone.
   */
  visitFiles(consume: RecordConsumer, tgid?: number): boolean {
    const iterator = this.iterators.get(VISIT_FILES);
    if (!iterator) return false;
    return tgid === undefined ? iterator.run(consume) : iterator.runFor(tgid, consume);
  }

  /** To be called often: attaches and detaches what only 32-bit programs need. `time`: CLOCK_BOOTTIME, microseconds. */
  look(time: number): void {
    this.compat?.look(time);
  }

  /** Detaches, so that no further record is written; what is in the ring can still be read. */
  async detach(): Promise<void> {
    const { links } = this;
    this.links = [];
    // Side by side they share the grace periods: a quarter of the time.
    await Promise.all([this.compat?.stop(), ...links.map((link) => this.libbpf.linkDestroyLater(link))]);
  }

  async stop(): Promise<void> {
    await this.detach();
    for (const iterator of this.iterators.values()) iterator.stop();
    this.iterators.clear();
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

  private startIterators(programs: readonly Program[], loaded: boolean): readonly ProbeState[] {
    return programs.filter(isIterator).map(({ name, section, pointer }) => {
      const iterator = new BpfIterator(this.libbpf, pointer);
      const problem = loaded ? iterator.start() : 'this kernel refuses bpf iterators';
      if (problem === '') this.iterators.set(name, iterator);
      return {
        name,
        section,
        attached: problem === '',
        detail: problem === '' ? '' : `${problem}: ${iteratorLoss[name] ?? ''}`,
      };
    });
  }

  /** Copies of all records of one run. */
  private collect(name: string): readonly Buffer[] {
    const records: Buffer[] = [];
    this.iterators.get(name)?.run((bytes, offset, length) => {
      records.push(Buffer.from(bytes.subarray(offset, offset + length)));
    });
    return records;
  }

  /** Does the kernel take the programs of one kind? They are loaded alone, since a refusal costs all that were verified before. */
  private accepts(kind: (program: Program) => boolean): boolean {
    const print = this.libbpf.setPrint(null);
    const object = this.open(kind);
    const accepted = object !== null && this.libbpf.objectLoad(object) === 0;
    if (object !== null) this.libbpf.objectClose(object);
    this.libbpf.setPrint(print);
    return accepted;
  }

  /** The object, of whose programs only those chosen will be loaded; null where libbpf cannot read it. */
  private open(isChosen: (program: Program) => boolean): Pointer {
    const object = this.libbpf.objectOpenFile(this.options.objectFile, null);
    if (object === null) return null;
    for (const program of programsOf(this.libbpf, object)) {
      this.libbpf.programSetAutoload(program.pointer, isChosen(program));
    }
    return object;
  }

  /** Throws AgentError LOAD_FAILED. */
  private load({ fentry, iterators }: Accepted): void {
    const print = this.libbpf.setPrint(null);
    if (this.options.debug) this.libbpf.setPrint(print);
    const isCompatWanted = this.options.compat !== 'never';
    const object = this.open(
      (program) =>
        (fentry || !isFentry(program)) && (iterators || !isIterator(program)) && (isCompatWanted || !isCompat(program)),
    );
    if (object === null) {
      throw new AgentError(
        'LOAD_FAILED',
        `${this.options.objectFile} is no BPF object that libbpf can open (errno ${errorNumber()}): run make build`,
      );
    }
    this.libbpf.mapSetMaxEntries(this.libbpf.objectFindMapByName(object, 'ring'), this.options.ringSize);
    const result = this.libbpf.objectLoad(object);
    if (this.options.debug) this.libbpf.setPrint(print);
    if (result === 0) {
      this.object = object;
      return;
    }
    this.libbpf.objectClose(object);
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
