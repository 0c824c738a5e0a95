import { formatAttribute } from '../behaviour/attribute.js';
import type {
  Behaviour,
  ConnectionBehaviour,
  Endpoint,
  FileBehaviour,
  FileOperation,
  FileReference,
} from '../behaviour/behaviour.js';
import { Clock } from './clock.js';
import { escapeField, escapeListItem } from './escape.js';

/** Files of one side beyond this many are only counted: a line stays a line when `unzip` makes a thousand files. */
const filesPerSide = 8;

const twoSided: ReadonlySet<FileOperation> = new Set([
  'rename',
  'copy',
  'split',
  'compress',
  'extract',
  'link',
  'symlink',
]);

/**
 * The line grammar (P2):
 *
 *     YYYY-MM-DD hh:mm:ss.uuuuuu PPID PID USER COMM OPERATION OBJECT
 *
 * OBJECT is `path:inode`, or `SRC:INO -> DST:INO` with each side a comma-separated list cut after 8 by ` (+N more)`,
 * or `path:inode NAME=VALUE` where an attribute was set, or `ip:port`; ` (xN)` follows where N behaviours were folded.
 * An inode that is not known is 0.
 *
 * What stands for several: `/a/*:0` files of a directory, `/a/**:0` files below it, `10.0.0.0/24:*` and `*:80`
 * endpoints, PID 0 processes below PPID. A file that has such a name is written with `\052`.
 */
export class LineFormatter {
  readonly #clock = new Clock();
  readonly #nameOnly: boolean;
  // The log file, the terminal and the stream ask for the same behaviour one after the other.
  #last: Behaviour | undefined;
  #lastBody = '';

  constructor(paths: 'absolute' | 'name') {
    this.#nameOnly = paths === 'name';
  }

  /** The whole line, without a newline. */
  format(behaviour: Behaviour): string {
    return `${this.#clock.format(behaviour.time)} ${this.body(behaviour)}`;
  }

  /** The line from PPID on. */
  body(behaviour: Behaviour): string {
    if (behaviour !== this.#last) {
      this.#lastBody = this.#compose(behaviour);
      this.#last = behaviour;
    }
    return this.#lastBody;
  }

  #compose(behaviour: Behaviour): string {
    const { process, operation, count } = behaviour;
    const who = `${process.ppid} ${process.tgid} ${escapeField(process.user)} ${escapeField(process.image.comm)}`;
    const folded = count > 1 ? ` (x${count})` : '';
    return `${who} ${operation} ${this.#object(behaviour)}${folded}`;
  }

  #object(behaviour: Behaviour): string {
    switch (behaviour.kind) {
      case 'file':
        return this.#files(behaviour);
      case 'connection':
        return formatEndpoint(endpointOf(behaviour));
      case 'exec':
        return `${escapeField(this.#shown(behaviour.process.image.exe))}:0`;
      case 'gap':
        // A sentence for people, made by the agent: its spaces stay.
        return behaviour.text.split(' ').map(escapeField).join(' ');
    }
  }

  #files({ operation, sources, destinations, endpoints, attribute, count }: FileBehaviour): string {
    if (endpoints !== undefined) {
      const remote = formatEndpoint(endpoints.remote);
      return operation === 'upload'
        ? `${this.#list(sources, count)} -> ${remote}`
        : `${remote} -> ${this.#list(destinations, count)}`;
    }
    const both = sources.length > 0 && destinations.length > 0;
    if (both || twoSided.has(operation)) return `${this.#list(sources, count)} -> ${this.#list(destinations, count)}`;
    const file = sources[0] ?? destinations[0];
    if (file === undefined) return '-';
    const object = `${unstarred(escapeField(this.#shown(file.path)), file, count)}:${file.inode}`;
    return attribute === undefined ? object : `${object} ${formatAttribute(attribute)}`;
  }

  #list(files: readonly FileReference[], count: number): string {
    const [first] = files;
    if (first === undefined) return '-';
    let list = this.#item(first, count);
    const shown = Math.min(files.length, filesPerSide);
    for (let index = 1; index < shown; index += 1) {
      const file = files[index];
      if (file !== undefined) list += `,${this.#item(file, count)}`;
    }
    return files.length > shown ? `${list} (+${files.length - shown} more)` : list;
  }

  #item(file: FileReference, count: number): string {
    return `${unstarred(escapeListItem(this.#shown(file.path)), file, count)}:${file.inode}`;
  }

  #shown(path: string): string {
    // The root directory has no other name.
    if (!this.#nameOnly || path.length <= 1) return path;
    const name = path.slice(path.lastIndexOf('/') + 1);
    // Files of a directory are known by it: `d/*`.
    return isStars(name) ? path.slice(path.lastIndexOf('/', path.length - name.length - 2) + 1) : name;
  }
}

/** `connect-by` and `accept` are followed by this host's end, `connect` and `accept-by` by the other (P2). */
function endpointOf({ operation, local, remote }: ConnectionBehaviour): Endpoint {
  return operation === 'connect-by' || operation === 'accept' ? local : remote;
}

/** `ip:port`, IPv6 in brackets (RFC 3986 section 3.2.2), or its port would look like one more group. */
export function formatEndpoint({ address, port }: Endpoint): string {
  // No connection has port 0: it stands for several.
  const shown = port === 0 ? '*' : port;
  return address.includes(':') ? `[${address}]:${shown}` : `${address}:${shown}`;
}

function isStars(name: string): boolean {
  return name === '*' || name === '**';
}

/** A file that somebody named as if it were many. */
function unstarred(text: string, { inode }: FileReference, count: number): string {
  if (!text.endsWith('*') || (count > 1 && inode === 0)) return text;
  const start = text.lastIndexOf('/') + 1;
  return isStars(text.slice(start)) ? text.slice(0, start) + text.slice(start).replaceAll('*', '\\052') : text;
}
