// long: what is a fact, how facts of one file become one, and what is asked of them
import { fileFact } from '../kernel/generated/layout.js';
import type { FileEvent, NameEvent } from '../decode/event.js';
import type { Process } from '../process/process.js';
import type { Attribute } from './attribute.js';
import type { FileReference, Inode } from './behaviour.js';
import type { ResolvedName } from './inode.js';
import type { TransferAccount } from './transfer.js';

/** What a process did with one file, all its closes taken together. */
export interface FileFact {
  path: string;
  readonly inode: Inode;
  readonly device: number;
  /** Magic number of the kind of file system. */
  readonly fileSystem: number;
  size: number;
  bytesRead: number;
  bytesWritten: number;
  created: boolean;
  /** Truncated at open. */
  truncated: boolean;
  /** Cut or extended since: by ftruncate. */
  resized: boolean;
  /** Truncated at open, changed through a mapping, or otherwise known to have changed without bytes through the position. */
  changed: boolean;
  /** Opened for reading while it had no content, or found to be nothing but holes. */
  empty: boolean;
  mapped: boolean;
  /** Mapped so that what is put into the mapping goes to the file. */
  mappedWrite: boolean;
  /** Another file stood at its path before: a new file that replaces one is a write, not a create. */
  replaced: boolean;
  /** Its name was removed by the same process. */
  removed: boolean;
  /** Had the program, when it closed this one, got as many bytes from elsewhere as it wrote to files, and given away what it read? */
  received: boolean;
  sent: boolean;
  /** Was exactly what was read from it passed on, to anything but files? */
  shown: boolean;
  /** It was not closed yet when it was last told of. */
  open: boolean;
  /** CLOCK_BOOTTIME microseconds, when it was first closed (while it is open: told of), and when it was last told of. */
  since: number;
  time: number;
  /** Position among the facts of the process, by last close. */
  order: number;
  process: Process;
  consumed: boolean;
}

/** A name that a process changed, or an attribute that it set. */
export interface NameFact {
  readonly operation: NameEvent['operation'];
  readonly path: string;
  newPath: string;
  inode: Inode;
  /** Of a rename, of what it replaced or gave its name to; of a symbolic link, of what it leads to. */
  readonly replacedInode: Inode;
  /** The inode was looked up by path, afterwards. */
  readonly lookedUp: boolean;
  readonly exchanged: boolean;
  readonly attribute: Attribute | undefined;
  readonly device: number;
  readonly time: number;
  readonly order: number;
  readonly process: Process;
  consumed: boolean;
}

/** Microseconds between the two closes of a copy, and much more. */
const MOMENT = 1000;

/** Everything a process did that no rule has explained yet. */
export class Facts {
  readonly files: FileFact[];
  readonly names: NameFact[];
  private readonly byPath = new Map<string, FileFact>();
  private readonly aside: FileFact[] = [];
  private nextOrder = 0;
  /** Of a busy process: order of the first fact that may be the half of something. */
  undecidedFrom = Infinity;
  /** When the first of them was over, a file closed or a name changed; CLOCK_BOOTTIME microseconds, 0 for none. */
  firstOver = 0;
  /** When the last of them was told of. */
  lastTime = 0;
  /** When they were last found to be half of something that goes on; 0: never. */
  heldTime = 0;
  /** When the open files among these were told of because their time had come, and not because they were asked for; 0: not yet. */
  visitedTime = 0;

  /** `byPath` of the facts that these are taken from: a path that was given to another file since leads to none of them. */
  constructor(files: FileFact[] = [], names: NameFact[] = [], byPath?: ReadonlyMap<string, FileFact>) {
    this.files = files;
    this.names = names;
    let first = names[0]?.time ?? Infinity;
    for (const file of files) {
      if (byPath?.get(file.path) === file) this.byPath.set(file.path, file);
      if (!file.open) first = Math.min(first, file.since);
    }
    this.firstOver = first === Infinity ? 0 : first;
  }

  get isEmpty(): boolean {
    return this.files.length === 0 && this.names.length === 0;
  }

  get hasOpen(): boolean {
    return this.files.some(({ open }) => open);
  }

  /** When the first of them was told of; CLOCK_BOOTTIME microseconds. */
  get since(): number {
    const [file] = this.files;
    const [name] = this.names;
    return Math.min(file?.since ?? Infinity, name?.time ?? Infinity);
  }

  get length(): number {
    return this.files.length + this.names.length;
  }

  addFile(event: FileEvent, process: Process, account: TransferAccount): void {
    const { actor, facts } = event;
    const fact = this.findOpenFact(event) ?? this.newFact(event, process);
    fact.size = event.size;
    fact.bytesRead += account.bytesRead;
    fact.bytesWritten += account.bytesWritten;
    fact.created ||= (facts & fileFact.FILE_CREATED) !== 0;
    fact.truncated ||= (facts & fileFact.FILE_TRUNCATED) !== 0;
    fact.resized ||= (facts & fileFact.FILE_RESIZED) !== 0;
    fact.changed ||= (facts & (fileFact.FILE_TRUNCATED | fileFact.FILE_MODIFIED)) !== 0;
    fact.empty ||= (facts & fileFact.FILE_EMPTY) !== 0;
    fact.mapped ||= (facts & fileFact.FILE_MAPPED) !== 0;
    fact.mappedWrite ||= (facts & fileFact.FILE_MAPPED_WRITE) !== 0;
    fact.removed ||= (facts & fileFact.FILE_UNLINKED) !== 0;
    fact.received = account.bytesWritten > 0 && account.received;
    fact.sent = account.bytesRead > 0 && account.sent;
    fact.shown = account.shown;
    const open = (facts & fileFact.FILE_OPEN) !== 0;
    if (fact.open && !open) fact.since = actor.time;
    fact.open = open;
    fact.time = actor.time;
    fact.order = this.nextOrder++;
    fact.process = process;
    this.lastTime = actor.time;
    if (!open) this.touch(actor.time);
  }

  addName(event: NameEvent, { path, inode, replacedInode, lookedUp = false }: ResolvedName, process: Process): void {
    const { operation, newPath, device, exchanged, attribute, actor } = event;
    const { time } = actor;
    const order = this.nextOrder++;
    const fact: NameFact = {
      operation,
      path,
      newPath,
      inode,
      replacedInode,
      lookedUp,
      exchanged,
      attribute,
      device,
      time,
      order,
      process,
      consumed: false,
    };
    this.names.push(fact);
    this.touch(time);
    if (attribute) return;
    // Who comes to this path next is another file, even with the same inode number: ext4 reuses them at once.
    if (operation !== 'link' && operation !== 'symlink') this.byPath.delete(path);
    if (newPath !== '') this.byPath.delete(newPath);
  }

  /** What another process is said to have put into the file was put there by this one. */
  takeOver(file: FileFact, process: Process): void {
    file.consumed = true;
    const own = this.byPath.get(file.path);
    if (!own) {
      const taken = { ...file, process, consumed: false, order: this.nextOrder++ };
      this.files.push(taken);
      this.byPath.set(file.path, taken);
      return;
    }
    own.bytesWritten += file.bytesWritten;
    own.created ||= file.created;
    own.truncated ||= file.truncated;
    own.changed ||= file.changed;
  }

  /** Was it closed so shortly before the facts of a busy process were looked at that its other half may be missing? */
  isUndecided({ order, since }: FileFact): boolean {
    return order >= this.undecidedFrom && since > this.lastTime - MOMENT;
  }

  /** For the next facts. */
  setAside(file: FileFact): void {
    file.consumed = true;
    this.aside.push(file);
  }

  /** What was set aside, to begin the next facts of the process with; undefined: nothing. */
  takeAside(): Facts | undefined {
    if (this.aside.length === 0) return undefined;
    for (const file of this.aside) file.consumed = false;
    return this.next(this.aside, []);
  }

  /** The next order that will be given. */
  get end(): number {
    return this.nextOrder;
  }

  /** What was over by `time`, CLOCK_BOOTTIME microseconds; and the rest: what came later, and what is still open. */
  splitAt(time: number): { readonly over: Facts; readonly rest: Facts } {
    const isOver = (fact: FileFact | NameFact): boolean => fact.time <= time && !('open' in fact && fact.open);
    const isRest = (fact: FileFact | NameFact): boolean => !isOver(fact);
    const over = this.next(this.files.filter(isOver), this.names.filter(isOver));
    const rest = this.next(this.files.filter(isRest), this.names.filter(isRest));
    rest.visitedTime = this.visitedTime;
    return { over, rest };
  }

  private next(files: FileFact[], names: NameFact[]): Facts {
    const next = new Facts(files, names, this.byPath);
    next.nextOrder = this.nextOrder;
    next.lastTime = this.lastTime;
    return next;
  }

  private findOpenFact(event: FileEvent): FileFact | undefined {
    const fact = this.byPath.get(event.path);
    return fact?.inode === event.inode && fact.device === event.device ? fact : undefined;
  }

  private newFact(event: FileEvent, process: Process): FileFact {
    const fact = newFileFact(event, process);
    this.files.push(fact);
    this.byPath.set(event.path, fact);
    return fact;
  }

  private touch(time: number): void {
    this.lastTime = time;
    if (this.firstOver === 0) this.firstOver = time;
  }
}

function newFileFact(event: FileEvent, process: Process): FileFact {
  return {
    path: event.path,
    inode: event.inode,
    device: event.device,
    fileSystem: event.fileSystem,
    size: event.size,
    bytesRead: 0,
    bytesWritten: 0,
    created: false,
    truncated: false,
    resized: false,
    changed: false,
    empty: false,
    mapped: false,
    mappedWrite: false,
    replaced: false,
    removed: false,
    received: false,
    sent: false,
    shown: false,
    open: false,
    since: event.actor.time,
    time: event.actor.time,
    order: 0,
    process,
    consumed: false,
  };
}

/** Something was put into it, or it was made. */
export function isDestination(fact: FileFact): boolean {
  return fact.bytesWritten > 0 || fact.created || fact.changed;
}

/** Made without a name (O_TMPFILE): the kernel shows it as `#` and its inode (d_mark_tmpfile), and not as created. */
export function isNameless({ path, inode }: FileFact): boolean {
  return path.endsWith(`/#${inode}`);
}

/** Content was taken from it, and nothing put into it. */
export function isSource(fact: FileFact): boolean {
  return bytesTaken(fact) > 0 && !isDestination(fact);
}

/** Read, or there for the taking through a mapping. */
export function bytesTaken({ bytesRead, mapped, size }: FileFact): number {
  return bytesRead === 0 && mapped ? size : bytesRead;
}

export function reference(fact: FileFact, bytes: number): FileReference {
  return { path: fact.path, inode: fact.inode, device: fact.device, bytes };
}
