import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { AgentError } from '../errors.js';
import { loadLibbpf } from '../kernel/libbpf.js';
import { BTF_FILE } from '../kernel/preconditions.js';
import type { Finding } from './finding.js';

/** What must be there before anything is loaded; each is looked at, whatever the others said. */
export function checkHost(objectFile: string): readonly Finding[] {
  return [checkRoot(), checkKernel(), checkBtf(), checkLibbpf(), checkObject(objectFile)];
}

function checkRoot(): Finding {
  const check = 'root';
  const uid = process.geteuid?.();
  if (uid === 0) return { check, state: 'ok', text: 'running as root' };
  return {
    check,
    state: 'failed',
    text: `running as user ${uid ?? '?'}: BPF programs can only be loaded by root, use sudo`,
  };
}

/** The release says nothing about what a kernel can do, distributions backport; it is for whoever reads a report. */
function checkKernel(): Finding {
  return { check: 'kernel', state: 'ok', text: `Linux ${release()} on ${process.arch}` };
}

function checkBtf(): Finding {
  const check = 'BTF';
  if (existsSync(BTF_FILE)) return { check, state: 'ok', text: `the kernel describes its types in ${BTF_FILE}` };
  const text = `no ${BTF_FILE}: the programs cannot be fitted to this kernel, run one built with CONFIG_DEBUG_INFO_BTF`;
  return { check, state: 'failed', text };
}

function checkLibbpf(): Finding {
  const check = 'libbpf';
  try {
    return { check, state: 'ok', text: `libbpf ${loadLibbpf().versionString().replace(/^v/, '')}` };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { check, state: 'failed', text: error.message };
  }
}

function checkObject(objectFile: string): Finding {
  const check = 'BPF object';
  if (existsSync(objectFile)) return { check, state: 'ok', text: objectFile };
  return { check, state: 'failed', text: `${objectFile} is not there: run make build` };
}
