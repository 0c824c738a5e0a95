/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Processes that move into or out of a container without starting a program. All of these calls are rare. */
#ifndef PANORAMA_ISOLATION_H
#define PANORAMA_ISOLATION_H

/* Of any process, so the header is not that of the current one. */
__noinline int report_isolation(__u64 address)
{
	struct task_struct *task = (void *)address;
	struct isolation_record *record;
	struct scratch *scratch;
	__u32 length;

	if (is_observer_process(BPF_CORE_READ(task, tgid)))
		return 0;
	scratch = take_scratch(RECORD_ISOLATION);
	if (!scratch)
		return 0;
	record = (struct isolation_record *)scratch->record;
	fill_header_of(&record->header, RECORD_ISOLATION, task);
	length = append_isolation(scratch, task, record->data);
	emit(record, sizeof(*record) + length);
	release_scratch(scratch);
	return 0;
}

/* A thread alone may have moved; what counts is the process, so the leader's is what is told. */
#define CHANGES_ISOLATION(syscall)                                                                                     \
	SEC("tp/syscalls/sys_exit_" #syscall)                                                                          \
	int syscall##_exit(struct trace_event_raw_sys_exit *ctx)                                                       \
	{                                                                                                              \
		return ctx->ret ? 0 : report_isolation((__u64)current_task());                                         \
	}

CHANGES_ISOLATION(setns)
CHANGES_ISOLATION(unshare)
CHANGES_ISOLATION(chroot)
CHANGES_ISOLATION(pivot_root)

/* (cgroup, path, task, threadgroup); after the move, in the process that asked for it. */
SEC("raw_tp/cgroup_attach_task")
int cgroup_attached(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[2];

	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return 0;
	return report_isolation((__u64)task);
}

#endif
