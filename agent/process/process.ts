import type { Isolation } from './isolation.js';

/**
 * A process as the agent knows it. (tgid, startBoottime) identifies it: pids are reused.
 * One object lives in the process table per process; behaviours hold a frozen copy
 * of nothing: they refer to this object, whose identity fields never change and whose
 * image fields (comm, exe, …) are replaced as a whole on exec.
 */
export interface ProcessImage {
  readonly comm: string;
  /** Absolute path of the executable, '' when it is not known. */
  readonly exe: string;
  /** Arguments joined by one space, '' when they are not known. */
  readonly commandLine: string;
  /** The script that the executable interprets (#!), as it was called, so perhaps relative; '' for none. */
  readonly script: string;
}

export interface Process {
  readonly tgid: number;
  readonly ppid: number;
  /** Microseconds since the Unix epoch. */
  readonly startTime: number;
  readonly uid: number;
  /** Name of `uid`, or the number as text where it has no name. */
  readonly user: string;
  /** 4294967295 when the process belongs to no login. */
  readonly loginuid: number;
  /** Audit session id, 4294967295 when unset. */
  readonly sessionId: number;
  /** In its own pid namespace; equal to tgid on the host. */
  readonly containerPid: number;
  /** In its own user namespace; equal to uid on the host. */
  readonly containerUid: number;
  /** Name of containerUid in the container's own list of users: what the container says, not to be trusted. '' on the host. */
  readonly containerUser: string;
  readonly isolation: Isolation;
  readonly image: ProcessImage;
}
