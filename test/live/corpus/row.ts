/** What a row shows: the figures of the report are given for each. */
export type CorpusBehaviour =
  | 'view'
  | 'create'
  | 'edit'
  | 'append'
  | 'delete'
  | 'copy'
  | 'move'
  | 'split'
  | 'merge'
  | 'directory'
  | 'link'
  | 'attribute'
  | 'compress'
  | 'extract'
  | 'transfer'
  | 'pipeline'
  | 'process'
  | 'container'
  | 'io_uring'
  | 'open-file'
  | 'script'
  | 'version-control'
  | 'volume'
  | 'nothing';

/**
 * One command on the running kernel and every line it has to give. Each row has a fresh directory of its own, which
 * is the working directory of its scripts.
 */
export interface Row {
  /** Unique in the corpus. */
  readonly name: string;
  readonly behaviour: CorpusBehaviour;
  /** Run by bash first. Its lines are not looked at. */
  readonly setup?: string;
  /** A script for `bash -c`, or a program and its arguments, which then run without a shell. */
  readonly command: string | readonly string[];
  /**
   * `COMM OPERATION OBJECT` of all lines of the command and its descendants, in any order. Placeholders:
   *
   * - `{a}`: absolute path and inode of the file a of the directory, after the command; `{-a}` as before it
   * - `{=a:b}`: path of a with the inode of b after the command; `{-=a:b}` the inode of b before it
   * - `{dir}`: path of the directory, without a slash
   * - `*`: any one token, or a part of one: an inode of what is gone, a port
   *
   * `exec` lines are only looked at in a row that expects one.
   */
  readonly expected: readonly string[];
  /** Milliseconds. */
  readonly timeout?: number;
  /** Uid that setup and command run as, which also owns the directory; root by default. Its lines show it. */
  readonly user?: number;
  /** Users that lines may show beside that one: of a command that changes it. */
  readonly otherUsers?: readonly string[];
  /** Programs that must be there; those of the tests are installed by `make test` (tools/setup/packages). */
  readonly needs?: readonly string[];
  /** Exit code of the command, 0 by default. */
  readonly exitCode?: number;
}
