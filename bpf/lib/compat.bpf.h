/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which processes run 32-bit programs on a 64-bit kernel. The tracepoints of single system calls do not fire for
 * them (arch_trace_is_compat_syscall); the raw ones do, but cost every program of the host: user space attaches
 * those while there are such processes.
 */
#ifndef PANORAMA_COMPAT_LIB_H
#define PANORAMA_COMPAT_LIB_H

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32); /* tgid */
	__type(value, __u32);
} compat_processes SEC(".maps");

static __always_inline void compat_begin(__u32 tgid)
{
	__u32 one = 1;
	long result = bpf_map_update_elem(&compat_processes, &tgid, &one, BPF_NOEXIST);

	if (!result)
		__sync_fetch_and_add(&counters.compat_processes, 1);
	else if (result != -EEXIST)
		__sync_fetch_and_add(&counters.lost_state, 1);
}

static __always_inline void compat_end(__u32 tgid)
{
	/* Plain: nearly always there is none. */
	if (counters.compat_processes && !bpf_map_delete_elem(&compat_processes, &tgid))
		__sync_fetch_and_add(&counters.compat_processes, -1);
}

/* By the mode in which it goes on in user space: its flag in thread_info has another bit on every other kernel. */
static __always_inline bool runs_in_32_bits(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

#if defined(__TARGET_ARCH_x86)
	return (regs->cs & 0xff) == 0x23; /* __USER32_CS; with Xen's bits above it */
#else
	return regs->pstate & 0x10; /* PSR_MODE32_BIT */
#endif
}

/* At its exec the kernel has set the task up for the new program already. */
static __always_inline void compat_exec(void)
{
	if (runs_in_32_bits(bpf_get_current_task_btf()))
		compat_begin(current_tgid());
	else
		compat_end(current_tgid());
}

/* A process that is older than the agent. */
static __always_inline void compat_found(struct task_struct *task)
{
	if (runs_in_32_bits(task))
		compat_begin(BPF_CORE_READ(task, tgid));
}

static __always_inline void compat_fork(__u32 parent, __u32 child)
{
	if (counters.compat_processes && bpf_map_lookup_elem(&compat_processes, &parent))
		compat_begin(child);
}

#if defined(__TARGET_ARCH_x86)

#define TS_COMPAT 0x0002

/* Of this system call, not of the program: int 0x80 from a 64-bit program is one, too. */
static __always_inline bool in_compat_call(void)
{
	return bpf_get_current_task_btf()->thread_info.status & TS_COMPAT;
}

static __always_inline __u32 compat_argument(int index)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());

	switch (index) {
	case 0: return regs->bx;
	case 1: return regs->cx;
	case 2: return regs->dx;
	case 3: return regs->si;
	case 4: return regs->di;
	default: return regs->bp;
	}
}

#endif

#endif
