import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when `condition` holds; fails, naming what it waited for, when it does not within `milliseconds`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  milliseconds = 10_000,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${milliseconds} ms in vain: ${what}`);
    await delay(5);
  }
}
