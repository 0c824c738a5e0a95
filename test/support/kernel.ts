import { existsSync, readFileSync } from 'node:fs';

const capSysAdmin = 1n << 21n;
const capPerfmon = 1n << 38n;
const capBpf = 1n << 39n;

/** Why this process cannot load BPF here, as far as that can be told without trying; undefined: nothing speaks against it. */
export function whyNoLiveTests(): string | undefined {
  if (process.getuid?.() !== 0) return 'loading BPF needs root: run as root';
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const capabilities = BigInt(`0x${effective}`);
  const enough = capBpf | capPerfmon;
  if ((capabilities & capSysAdmin) === 0n && (capabilities & enough) !== enough) {
    return 'root has neither CAP_SYS_ADMIN nor CAP_BPF and CAP_PERFMON here: run outside the container, or give it these capabilities';
  }
  if (!existsSync('/sys/kernel/btf/vmlinux')) {
    return 'the kernel has no BTF (/sys/kernel/btf/vmlinux): use a kernel built with CONFIG_DEBUG_INFO_BTF=y';
  }
  return undefined;
}
