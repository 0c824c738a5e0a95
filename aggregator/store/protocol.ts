/*
 * What the aggregator and its engine process say to each other, over Node's IPC channel with
 * structured clone (bytes stay bytes).
 */

export interface EngineLimits {
  readonly seconds: number;
  readonly memoryBytes: number;
  /** 0: no bound. */
  readonly resultBytes: number;
}

/** Inserts never wait behind queries: each lane has its own sessions. */
export type Lane = 'write' | 'read';

export type EngineRequest =
  | {
      readonly kind: 'run';
      readonly id: number;
      readonly lane: Lane;
      readonly sql: string;
      readonly limits: EngineLimits;
    }
  | { readonly kind: 'stream'; readonly id: number; readonly sql: string; readonly limits: EngineLimits }
  | { readonly kind: 'pull'; readonly id: number }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'close' };

export type EngineResponse =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'chunk'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly code: number; readonly message: string };

const requestKinds: readonly unknown[] = ['run', 'stream', 'pull', 'cancel', 'close'];
const responseKinds: readonly unknown[] = ['ready', 'done', 'chunk', 'end', 'failed'];

function kindOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'kind' in message ? message.kind : undefined;
}

/** Both ends are ours and of one version: the kind decides. */
export function isRequest(message: unknown): message is EngineRequest {
  return requestKinds.includes(kindOf(message));
}

export function isResponse(message: unknown): message is EngineResponse {
  return responseKinds.includes(kindOf(message));
}
