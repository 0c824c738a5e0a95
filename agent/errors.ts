/** Every way the agent can fail, by code; docs/errors.md explains each. */
export type AgentErrorCode =
  | 'USAGE'
  | 'NOT_ROOT'
  | 'NO_BTF'
  | 'LIBBPF_MISSING'
  | 'OBJECT_MISSING'
  | 'LOAD_FAILED'
  | 'ATTACH_FAILED'
  | 'RING_FAILED'
  | 'CONFIG_INVALID'
  | 'LOG_UNWRITABLE'
  | 'SPOOL_UNUSABLE'
  | 'RECORDING_INVALID'
  | 'RECORD_INVALID';

/** What happened, where, and what to do, in one sentence; the code says which kind. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  constructor(
    readonly code: AgentErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}
