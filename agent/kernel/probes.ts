import { AgentError } from '../errors.js';
import { isCompat } from './compat.js';
import { errorNumber } from './libc.js';
import type { Libbpf, Pointer } from './libbpf.js';

/**
 * Probes that a kernel or an architecture may lack without harm, and what is lost then.
 * Every other one must attach.
 */
const optional: Readonly<Record<string, string>> = {
  open_exit: 'architectures without open(2) have openat only',
  creat_exit: 'architectures without creat(2) have openat only',
  dup2_enter: 'architectures without dup2(2) have dup3 only',
  unlink_exit: 'architectures without unlink(2) have unlinkat only',
  rmdir_exit: 'architectures without rmdir(2) have unlinkat only',
  mkdir_exit: 'architectures without mkdir(2) have mkdirat only',
  rename_exit: 'architectures without rename(2) have renameat only',
  renameat_exit: 'architectures without renameat(2) have renameat2 only',
  link_exit: 'architectures without link(2) have linkat only',
  symlink_exit: 'architectures without symlink(2) have symlinkat only',
  chmod_exit: 'architectures without chmod(2) have fchmodat only',
  fchmodat2_exit: 'kernels before 6.6 have fchmodat only',
  chown_exit: 'architectures without chown(2) have fchownat only',
  lchown_exit: 'architectures without lchown(2) have fchownat only',
  ext4_unlink: "the inode of a removed file comes from the agent's cache",
  ext4_make: 'the inode of a new directory or symbolic link is looked up by its path',
  ext4_evict: "the inode of a removed directory comes from the agent's cache",
  uring_submit_req: 'what programs do through io_uring is not seen, unless the older tracepoint submit_sqe is there',
  uring_submit_sqe: 'newer kernels call it submit_req',
  uring_complete: 'what programs do through io_uring is not seen',
  vfs_unlink_entry: "the inode of a removed file comes from ext4 tracepoints or the agent's cache",
  vfs_rmdir_entry: "the inode of a removed directory comes from ext4 tracepoints or the agent's cache",
  vfs_rename_entry: 'the inode of a renamed file is looked up by its path',
};

/** Never attached: run once. */
export const IDENTIFY_PROGRAM = 'identify_observer';

export interface ProbeState {
  readonly name: string;
  /** As `tp/syscalls/sys_enter_close`. */
  readonly section: string;
  readonly attached: boolean;
  /** Why not, and what that means; '' when attached. */
  readonly detail: string;
}

export interface Program {
  readonly name: string;
  readonly section: string;
  readonly pointer: Pointer;
}

export function programsOf(libbpf: Libbpf, object: Pointer): readonly Program[] {
  const programs: Program[] = [];
  for (let program = libbpf.objectNextProgram(object, null); program !== null;) {
    programs.push({
      name: libbpf.programName(program),
      section: libbpf.programSectionName(program).replace('?', ''),
      pointer: program,
    });
    program = libbpf.objectNextProgram(object, program);
  }
  return programs;
}

export function isIterator(program: Program): boolean {
  return program.section.startsWith('iter/');
}

export function isFentry(program: Program): boolean {
  return program.section.startsWith('fentry/');
}

/** The attached links, and the state of every probe. Throws AgentError ATTACH_FAILED where one that must be there is not. */
export function attachProbes(
  libbpf: Libbpf,
  programs: readonly Program[],
  fentry: boolean,
): { readonly links: readonly Pointer[]; readonly states: readonly ProbeState[] } {
  const links: Pointer[] = [];
  const states: ProbeState[] = [];
  for (const { name, section, pointer } of programs) {
    if (name === IDENTIFY_PROGRAM || section.startsWith('iter/') || isCompat({ section })) continue;
    const skipped = section.startsWith('fentry/') && !fentry ? 'this kernel refuses fentry' : undefined;
    // With fentry the file system's own tracepoints would only repeat what is known.
    const link = skipped === undefined ? libbpf.programAttach(pointer) : null;
    const reason = skipped ?? `errno ${errorNumber()}`;
    if (link !== null) {
      links.push(link);
      states.push({ name, section, attached: true, detail: '' });
      continue;
    }
    const loss = optional[name];
    if (loss === undefined) {
      for (const attached of links) libbpf.linkDestroy(attached);
      throw new AgentError(
        'ATTACH_FAILED',
        `the probe ${section} cannot be attached (${reason}): this kernel lacks it`,
      );
    }
    states.push({ name, section, attached: false, detail: `${reason}: ${loss}` });
  }
  return { links, states };
}
