import type { Assertion, Range, Regex } from './syntax.js';

/** RE2 refuses programs somewhat above this; matching costs at most one step for each instruction and character. */
const largestProgram = 1000;

export type Instruction =
  | { readonly kind: 'set'; readonly ranges: readonly Range[] }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  /** Goes on at both. */
  | { readonly kind: 'split'; readonly first: number; readonly second: number }
  | { readonly kind: 'jump'; readonly target: number }
  | { readonly kind: 'match' };

export class RegexTooLarge extends Error {
  override readonly name = 'RegexTooLarge';
  constructor() {
    super('the regular expression is too large');
  }
}

/** A Thompson program. Throws RegexTooLarge. */
export function compileRegex(regex: Regex): readonly Instruction[] {
  const program: Instruction[] = [];
  let steps = 0;

  const emit = (instruction: Instruction): number => {
    if (program.length >= largestProgram) throw new RegexTooLarge();
    return program.push(instruction) - 1;
  };

  const split = (body: () => void, after: (start: number) => void): void => {
    const at = emit({ kind: 'split', first: program.length + 1, second: 0 });
    body();
    after(at);
    program[at] = { kind: 'split', first: at + 1, second: program.length };
  };

  const compile = (node: Regex): void => {
    // Empty groups emit nothing, but a thousand times a thousand of them take their time.
    steps += 1;
    if (steps > largestProgram * 10) throw new RegexTooLarge();
    switch (node.kind) {
      case 'empty':
        return;
      case 'set':
      case 'assertion':
        emit(node);
        return;
      case 'sequence':
        node.items.forEach(compile);
        return;
      case 'choice':
        compileChoice(node.items);
        return;
      case 'repeat':
        for (let count = 0; count < node.minimum; count += 1) compile(node.item);
        if (node.maximum === null) {
          split(
            () => compile(node.item),
            (start) => emit({ kind: 'jump', target: start }),
          );
        } else {
          for (let count = node.minimum; count < node.maximum; count += 1) {
            split(
              () => compile(node.item),
              () => undefined,
            );
          }
        }
    }
  };

  const compileChoice = (items: readonly Regex[]): void => {
    const jumps: number[] = [];
    items.forEach((item, index) => {
      if (index === items.length - 1) compile(item);
      else
        split(
          () => compile(item),
          () => jumps.push(emit({ kind: 'jump', target: 0 })),
        );
    });
    for (const jump of jumps) program[jump] = { kind: 'jump', target: program.length };
  };

  compile(regex);
  emit({ kind: 'match' });
  return program;
}
