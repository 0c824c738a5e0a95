import { formatAttribute } from '../behaviour/attribute.js';
import type { Behaviour, FileReference } from '../behaviour/behaviour.js';
import { networkOf, NOWHERE, placeOfFiles, type Place } from './place.js';

/** Gaps are never folded. */
export type Foldable = Exclude<Behaviour, { readonly kind: 'gap' }>;

/** A behaviour as folding sees it. */
export class Subject {
  private text = '';

  constructor(
    readonly behaviour: Foldable,
    readonly source: Place,
    readonly destination: Place,
    /** Of a file that is folded under its own path only. */
    readonly always: boolean,
  ) {}

  /** What went over a connection stays with it: a session is known by its files. */
  get connection(): number {
    return this.behaviour.kind === 'file' ? this.behaviour.connectionId : 0;
  }

  /** One mode or owner does not hide another one; of sizes there may be as many as files. */
  private get attribute(): string {
    const attribute = this.behaviour.kind === 'file' ? this.behaviour.attribute : undefined;
    return attribute === undefined || attribute.kind === 'size' ? '' : `\0${formatAttribute(attribute)}`;
  }

  /** Operation, places and attribute: what is folded together. Made when it is asked for: a flood needs none. */
  get key(): string {
    if (this.text === '') {
      const { operation } = this.behaviour;
      this.text = `${operation}\0${this.source.name}\0${this.destination.name}\0${this.connection}${this.attribute}`;
    }
    return this.text;
  }
}

/** `isAlways`: is this a file that is folded under its own path only? */
export function subjectOf(behaviour: Foldable, isAlways: (path: string) => boolean): Subject {
  switch (behaviour.kind) {
    case 'exec':
      return new Subject(behaviour, { name: behaviour.process.image.exe, deep: false }, NOWHERE, false);
    case 'connection':
      return new Subject(behaviour, NOWHERE, { name: networkOf(behaviour.remote.address), deep: false }, false);
    case 'file': {
      const { sources, destinations } = behaviour;
      const source = sources.find(({ path }) => isAlways(path));
      const destination = destinations.find(({ path }) => isAlways(path));
      const always = source !== undefined || destination !== undefined;
      return new Subject(behaviour, placeOf(sources, source), placeOf(destinations, destination), always);
    }
  }
}

function placeOf(files: readonly FileReference[], named: FileReference | undefined): Place {
  return named === undefined ? placeOfFiles(files) : { name: named.path, deep: false };
}

/** What `identityOf` differs by most, without making a string. */
export function firstOf(behaviour: Foldable): string {
  switch (behaviour.kind) {
    case 'exec':
      return behaviour.process.image.exe;
    case 'connection':
      return behaviour.remote.address;
    case 'file':
      return (behaviour.sources[0] ?? behaviour.destinations[0])?.path ?? '';
  }
}

/** The same for behaviours that say the same of the same things, whoever did it. */
export function identityOf(behaviour: Foldable): string {
  switch (behaviour.kind) {
    case 'exec':
      return `exec\0${behaviour.process.image.exe}\0${behaviour.process.image.commandLine}`;
    case 'connection':
      // Never repeated: each connection has its own.
      return `${behaviour.operation}\0${behaviour.connectionId}`;
    case 'file': {
      let identity = `${behaviour.operation}\0${behaviour.connectionId}`;
      for (const { path, inode } of behaviour.sources) identity += `\0${path}\0${inode}`;
      identity += '\0';
      for (const { path, inode } of behaviour.destinations) identity += `\0${path}\0${inode}`;
      if (behaviour.attribute) identity += `\0${formatAttribute(behaviour.attribute)}`;
      return identity;
    }
  }
}
