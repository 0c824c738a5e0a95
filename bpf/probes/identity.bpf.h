/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef PANORAMA_IDENTITY_H
#define PANORAMA_IDENTITY_H

/*
 * Run once by user space through BPF_PROG_RUN, never attached: marks the calling process as
 * observer. In a pid namespace getpid() is not the tgid that the other programs see.
 */
SEC("raw_tp")
int identify_observer(void *ctx)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 start = BPF_CORE_READ(current_task(), group_leader, start_boottime);

	return bpf_map_update_elem(&observers, &tgid, &start, BPF_ANY) ? 0 : (int)tgid;
}

#endif
