import { formatAttribute, type Attribute } from '../behaviour/attribute.js';
import type { Endpoint, FileReference } from '../behaviour/behaviour.js';
import type { Process } from '../process/process.js';
import { ANY, pathOf, type Place } from './place.js';
import { identityOf, type Foldable, type Subject } from './subject.js';

/** The files of one side of a group. */
interface Side {
  place: Place;
  /** One of them, for its device; undefined: this side has none. */
  file: FileReference | undefined;
  /** Of each file as long as all behaviours are of the same ones, else of all together. */
  bytes: number[];
}

/** Behaviours of one operation folded into one. As long as all are of the same file, that file is named. */
export class Group {
  private total = 0;
  private readonly first: Foldable;
  private readonly identity: string;
  private readonly source: Side;
  private readonly destination: Side;
  private readonly always: boolean;
  private same = true;
  private process: Process;
  private several = false;
  private connectionId: number;
  private attribute: Attribute | undefined;
  private local: Endpoint | undefined;
  private remote: Endpoint | undefined;
  private time: number;

  /** `ancestor`: tgid of the process that all of them descend from, 0 for none in particular. */
  constructor(
    { behaviour, source, destination, always }: Subject,
    private readonly ancestor: number,
  ) {
    this.first = behaviour;
    this.identity = identityOf(behaviour);
    this.source = { place: source, file: undefined, bytes: [] };
    this.destination = { place: destination, file: undefined, bytes: [] };
    this.always = always;
    this.process = behaviour.process;
    this.connectionId = 'connectionId' in behaviour ? behaviour.connectionId : 0;
    this.attribute = attributeOf(behaviour);
    this.time = behaviour.time;
  }

  get count(): number {
    return this.total;
  }

  get places(): readonly [Place, Place] {
    return [this.source.place, this.destination.place];
  }

  get connection(): number {
    return this.connectionId;
  }

  add({ behaviour, source, destination }: Subject): void {
    if (this.same && this.total > 0 && identityOf(behaviour) !== this.identity) this.same = false;
    this.total += behaviour.count;
    this.time = Math.max(this.time, behaviour.time);
    this.addProcess(behaviour.process);
    switch (behaviour.kind) {
      case 'exec':
        return;
      case 'connection':
        this.addConnection(behaviour.connectionId);
        this.addEndpoints(behaviour.local, behaviour.remote);
        return;
      case 'file':
        this.addConnection(behaviour.connectionId);
        this.addAttribute(behaviour.attribute);
        addFiles(this.source, source, behaviour.sources);
        addFiles(this.destination, destination, behaviour.destinations);
    }
  }

  /** Takes in all of another group of the operation; from now on it is of these places. */
  merge(other: Group, source: Place, destination: Place): void {
    this.same = false;
    this.total += other.total;
    this.time = Math.max(this.time, other.time);
    this.several ||= other.several;
    this.addProcess(other.process);
    this.addConnection(other.connectionId);
    this.addAttribute(other.attribute);
    this.widen(source, destination);
    if (other.local && other.remote) this.addEndpoints(other.local, other.remote);
    mergeSide(this.source, other.source);
    mergeSide(this.destination, other.destination);
  }

  widen(source: Place, destination: Place): void {
    this.source.place = source;
    this.destination.place = destination;
  }

  /** All of them as one behaviour: with their number, the sum of their bytes, and the time of the latest. */
  behaviour(): Foldable {
    const { first, time, total: count, connectionId } = this;
    const process = this.who();
    switch (first.kind) {
      case 'exec': {
        const { image } = process;
        const exe = this.source.place.name === ANY ? ANY : image.exe;
        return { ...first, time, count, process: { ...process, image: { ...image, exe } } };
      }
      case 'connection': {
        const { local = first.local, remote = first.remote } = this;
        return { ...first, time, count, process, connectionId, local, remote };
      }
      case 'file': {
        const sources = this.files(first.sources, this.source);
        const destinations = this.files(first.destinations, this.destination);
        const { attribute, ...rest } = first;
        const shared = attribute && this.attribute && { attribute };
        return { ...rest, time, count, process, connectionId, sources, destinations, ...shared };
      }
    }
  }

  private files(first: readonly FileReference[], { place, file, bytes }: Side): readonly FileReference[] {
    if (this.same) return first.map((each, index) => ({ ...each, bytes: bytes[index] ?? 0 }));
    if (file === undefined) return [];
    const path = this.always && place.name === file.path ? file.path : pathOf(place);
    return [{ path, inode: 0, device: file.device, bytes: sum(bytes) }];
  }

  private addProcess(process: Process): void {
    this.several ||= process.tgid !== this.process.tgid || process.startTime !== this.process.startTime;
    this.process = process;
  }

  private addConnection(connectionId: number): void {
    if (connectionId !== this.connectionId) this.connectionId = 0;
  }

  /** As long as all set the same, that is told. */
  private addAttribute(attribute: Attribute | undefined): void {
    if (!this.attribute || !attribute) return;
    if (formatAttribute(attribute) !== formatAttribute(this.attribute)) this.attribute = undefined;
  }

  private addEndpoints(local: Endpoint, remote: Endpoint): void {
    this.local = join(this.local, local, ANY);
    this.remote = join(this.remote, remote, this.destination.place.name);
  }

  /** Several processes have no pid: 0 stands for those below the parent. */
  private who(): Process {
    const { process, ancestor } = this;
    if (!this.several) return process;
    return { ...process, tgid: 0, ppid: ancestor, startTime: 0, image: { ...process.image, commandLine: '' } };
  }
}

function attributeOf(behaviour: Foldable): Attribute | undefined {
  return behaviour.kind === 'file' ? behaviour.attribute : undefined;
}

/** Endpoints that are not the same: `network` stands for their addresses, port 0 for their ports. */
function join(known: Endpoint | undefined, { address, port }: Endpoint, network: string): Endpoint {
  if (!known) return { address, port };
  return { address: known.address === address ? address : network, port: known.port === port ? port : 0 };
}

function addFiles(side: Side, place: Place, files: readonly FileReference[]): void {
  if (place.deep && !side.place.deep) side.place = { ...side.place, deep: true };
  side.file ??= files[0];
  const { bytes } = side;
  for (const [index, file] of files.entries()) bytes[index] = (bytes[index] ?? 0) + file.bytes;
}

function mergeSide(side: Side, other: Side): void {
  side.file ??= other.file;
  side.bytes = [sum(side.bytes) + sum(other.bytes)];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
