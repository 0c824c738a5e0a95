import type { ResolveHook } from 'node:module';

/** Module hook: whoever imports `node:test` gets the stand-in. */
export const resolve: ResolveHook = (specifier, context, next) =>
  specifier === 'node:test'
    ? { url: new URL('./count-tests-stand-in.js', import.meta.url).href, shortCircuit: true }
    : next(specifier, context);
