import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when `condition` holds; fails, saying what it waited for (at the end, where that is a function), when it does not within `milliseconds`. */
export async function until(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  milliseconds = 10_000,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > deadline)
      throw new Error(`waited ${milliseconds} ms in vain: ${typeof what === 'string' ? what : what()}`);
    await delay(5);
  }
}
