import { existsSync, readdirSync } from 'node:fs';
import { AgentError } from '../errors.js';
import { errorNumber, mount } from './libc.js';

const TRACEFS = '/sys/kernel/tracing';
/** The kernel's own types, to which CO-RE fits our programs. */
export const BTF_FILE = '/sys/kernel/btf/vmlinux';

/** What must hold before anything can be loaded; throws AgentError that says what is missing and what to do. */
export function checkPreconditions(): void {
  if (process.geteuid?.() !== 0) {
    throw new AgentError('NOT_ROOT', 'the agent must run as root to load BPF programs: start it with sudo');
  }
  if (!existsSync(BTF_FILE)) {
    throw new AgentError(
      'NO_BTF',
      `this kernel has no BTF (${BTF_FILE}): run a kernel built with CONFIG_DEBUG_INFO_BTF, as Debian 11, Ubuntu 20.10, RHEL 8.2 and newer ship it`,
    );
  }
  mountTracefs();
}

/** libbpf looks up tracepoint ids in tracefs; systemd mounts it on first use, a minimal system may not. */
function mountTracefs(): void {
  if (existsSync(`${TRACEFS}/events`) || existsSync('/sys/kernel/debug/tracing/events')) return;
  if (
    !existsSync(TRACEFS) ||
    mount('tracefs', TRACEFS, 'tracefs', 0, null) !== 0 ||
    readdirSync(TRACEFS).length === 0
  ) {
    throw new AgentError(
      'ATTACH_FAILED',
      `tracefs is not mounted and cannot be (errno ${errorNumber()}): mount -t tracefs tracefs ${TRACEFS}`,
    );
  }
}
