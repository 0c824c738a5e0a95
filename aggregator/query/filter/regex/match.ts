import { compileRegex, type Instruction } from './compile.js';
import type { Assertion, Range, Regex } from './syntax.js';

/** The first character of more than one byte in UTF-8; no letter of a word to RE2. */
const notAscii = 0x80;

/** Whether a regular expression matches somewhere in a text; linear in its length. Throws RegexTooLarge. */
export function regexMatcher(regex: Regex): (text: string) => boolean {
  const program = compileRegex(regex);
  let current = new StateSet(program.length);
  let next = new StateSet(program.length);
  // RE2 goes by bytes: between those of one character `\B` holds, and nothing but an empty match fits there.
  const matchesInCharacter = follow(program, current, 0, notAscii, notAscii);

  return (text) => {
    current.clear();
    let previous = -1;
    for (let offset = 0; ;) {
      const codePoint = text.codePointAt(offset) ?? -1;
      // A match may start at every character.
      if (follow(program, current, 0, previous, codePoint)) return true;
      if (codePoint === -1) return false;
      if (matchesInCharacter && codePoint >= notAscii) return true;
      offset += codePoint > 0xffff ? 2 : 1;
      const following = text.codePointAt(offset) ?? -1;
      next.clear();
      for (let index = 0; index < current.size; index += 1) {
        const state = current.at(index);
        const instruction = program[state];
        if (instruction?.kind === 'set' && contains(instruction.ranges, codePoint)) {
          if (follow(program, next, state + 1, codePoint, following)) return true;
        }
      }
      [current, next] = [next, current];
      previous = codePoint;
    }
  };
}

/** Adds what can be reached from `start` without a character; true once that is a match. -1 stands for no character. */
function follow(
  program: readonly Instruction[],
  states: StateSet,
  start: number,
  before: number,
  after: number,
): boolean {
  const pending = [start];
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    if (!states.add(state)) continue;
    const instruction = program[state];
    switch (instruction?.kind) {
      case 'match':
        return true;
      case 'jump':
        pending.push(instruction.target);
        break;
      case 'split':
        pending.push(instruction.second, instruction.first);
        break;
      case 'assertion':
        if (holds(instruction.assertion, before, after)) pending.push(state + 1);
        break;
      case 'set':
      case undefined:
        break;
    }
  }
  return false;
}

function holds(assertion: Assertion, before: number, after: number): boolean {
  switch (assertion) {
    case 'start':
      return before === -1;
    case 'end':
      return after === -1;
    case 'boundary':
      return isWord(before) !== isWord(after);
    case 'no-boundary':
      return isWord(before) === isWord(after);
  }
}

function isWord(codePoint: number): boolean {
  return (
    (codePoint >= 0x30 && codePoint <= 0x39) ||
    (codePoint >= 0x41 && codePoint <= 0x5a) ||
    codePoint === 0x5f ||
    (codePoint >= 0x61 && codePoint <= 0x7a)
  );
}

function contains(ranges: readonly Range[], codePoint: number): boolean {
  for (const range of ranges) {
    if (codePoint < range.low) return false;
    if (codePoint <= range.high) return true;
  }
  return false;
}

/** A sparse set: cleared in no time, walked in order of insertion. */
class StateSet {
  size = 0;
  readonly #dense: Uint32Array;
  readonly #sparse: Uint32Array;

  constructor(capacity: number) {
    this.#dense = new Uint32Array(capacity);
    this.#sparse = new Uint32Array(capacity);
  }

  /** False if it was there. */
  add(value: number): boolean {
    const place = this.#sparse[value] ?? 0;
    if (place < this.size && this.#dense[place] === value) return false;
    this.#sparse[value] = this.size;
    this.#dense[this.size] = value;
    this.size += 1;
    return true;
  }

  at(index: number): number {
    return this.#dense[index] ?? 0;
  }

  clear(): void {
    this.size = 0;
  }
}
