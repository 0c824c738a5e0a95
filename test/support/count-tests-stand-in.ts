/* Has the names of `node:test` that tests here import; counts declarations, runs the bodies of suites only. */

let count = 0;

/** Tests declared so far. */
export function declared(): number {
  return count;
}

function declareTest(): Promise<void> {
  count += 1;
  return Promise.resolve();
}

function declareSuite(...parameters: readonly unknown[]): Promise<void> {
  const body = parameters.find((parameter) => typeof parameter === 'function');
  if (body !== undefined) Reflect.apply(body, undefined, [{}]);
  return Promise.resolve();
}

function nothing(): void {
  // Hooks do not run.
}

const variants = { skip: nothing, todo: nothing };
export const test = Object.assign(declareTest, variants, { only: declareTest });
export const it = test;
export const describe = Object.assign(declareSuite, variants, { only: declareSuite });
export const suite = describe;
export const before = nothing;
export const after = nothing;
export const beforeEach = nothing;
export const afterEach = nothing;
export default test;
