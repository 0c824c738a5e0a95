/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What concerns a whole table of descriptors: fork shares them; exit, exec and close_range end many at once. */
#ifndef PANORAMA_TABLE_H
#define PANORAMA_TABLE_H

/* Where the kernel has no bpf_loop (before 5.17) only this many descriptors are walked. */
#define DESCRIPTORS_WITHOUT_LOOP 64
#define DESCRIPTORS_MAXIMUM 4096

struct table_walk {
	struct fdtable *table;
	__u32 first;
	__u32 on_exec_only;
};

static __noinline long walk_step(__u32 index, struct table_walk *walk)
{
	__u32 fd = walk->first + index;
	struct fdtable *table = walk->table;
	struct file *file = file_of_table(table, fd);
	unsigned long *bitmap, word = 0;

	if (!file)
		return 0;
	if (walk->on_exec_only) {
		bitmap = BPF_CORE_READ(table, close_on_exec);
		bpf_probe_read_kernel(&word, sizeof(word), &bitmap[fd / 64]);
		if (!(word >> (fd & 63) & 1))
			return 0;
	}
	report_file(file);
	return 0;
}

static long walk_callback(__u32 index, void *context)
{
	return walk_step(index, context);
}

static __always_inline __u32 open_descriptors(struct fdtable *table)
{
	__u32 count = BPF_CORE_READ(table, max_fds);

	return count > DESCRIPTORS_MAXIMUM ? DESCRIPTORS_MAXIMUM : count;
}

static __always_inline void walk_table(__u32 first, __u32 last, bool on_exec_only)
{
	struct fdtable *table = descriptor_table(current_task());
	struct table_walk walk = { .table = table, .first = first, .on_exec_only = on_exec_only };
	__u32 count;

	if (!table)
		return;
	count = open_descriptors(table);
	if (first >= count)
		return;
	if (last < count)
		count = last + 1;
	count -= first;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		bpf_loop(count, walk_callback, &walk, 0);
		return;
	}
	for (__u32 index = 0; index < DESCRIPTORS_WITHOUT_LOOP && index < count; index++)
		walk_step(index, &walk);
}

/*
 * A fork shares every file description. What the parent moved so far is put to its account
 * first, or the child that exits first would be reported for it: `echo` in a script that has
 * redirected its output is no write by the next command.
 */
static __noinline long settle_step(__u32 index, struct table_walk *walk)
{
	struct fdtable *table = walk->table;
	struct file *file = file_of_table(table, index);
	struct file_state *state;
	__u64 position;

	if (!file || (file_mode(file) & S_IFMT) != S_IFREG)
		return 0;
	position = BPF_CORE_READ(file, f_pos);
	state = find_file_state(file);
	if (position == (state ? state->base : 0))
		return 0;
	if (!state)
		state = make_file_state(file);
	if (!state)
		return 0;
	if (state->owner && state->owner != current_tgid())
		return report_regular_file((__u64)file, file_mode(file));
	state->owner = current_tgid();
	count_position(file, state, position);
	return 0;
}

static long settle_callback(__u32 index, void *context)
{
	return settle_step(index, context);
}

SEC("raw_tp/sched_process_fork")
int process_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *child = (void *)ctx->args[1];
	struct table_walk walk = {};
	struct fork_record record;
	__u32 child_tgid, count;

	if (is_thread(child) || BPF_CORE_READ(child, flags) & PF_KTHREAD)
		return 0;
	child_tgid = BPF_CORE_READ(child, tgid);
	if (is_observer()) {
		/* What the observer starts is part of it. */
		__u64 start = BPF_CORE_READ(child, start_boottime);

		if (bpf_map_update_elem(&observers, &child_tgid, &start, BPF_ANY))
			__sync_fetch_and_add(&counters.lost_state, 1);
		return 0;
	}
	walk.table = descriptor_table(current_task());
	if (walk.table) {
		count = open_descriptors(walk.table);
		if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
			bpf_loop(count, settle_callback, &walk, 0);
		} else {
			for (__u32 fd = 0; fd < DESCRIPTORS_WITHOUT_LOOP && fd < count; fd++)
				settle_step(fd, &walk);
		}
	}
	fill_header(&record.header, RECORD_FORK);
	record.child_start_boottime = BPF_CORE_READ(child, start_boottime);
	record.child_tgid = child_tgid;
	record.reserved = 0;
	emit(&record, sizeof(record));
	return 0;
}

SEC("raw_tp/sched_process_exit")
int process_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = current_task();
	struct exit_record record;

	/* Only with the last thread; the leader may have left long before. */
	if (BPF_CORE_READ(task, signal, live.counter) || BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return 0;
	if (is_observer()) {
		__u32 tgid = bpf_get_current_pid_tgid() >> 32;

		bpf_map_delete_elem(&observers, &tgid);
		return 0;
	}
	walk_table(0, ~0u - 1, false);
	fill_header(&record.header, RECORD_EXIT);
	record.exit_code = BPF_CORE_READ(task, exit_code);
	record.reserved = 0;
	emit(&record, sizeof(record));
	return 0;
}

/* The exec may yet fail; then its files were only reported early, and counting goes on. */
SEC("tp/syscalls/sys_enter_execve")
int execve_enter(void *ctx)
{
	walk_table(0, ~0u - 1, true);
	return 0;
}

SEC("tp/syscalls/sys_enter_execveat")
int execveat_enter(void *ctx)
{
	walk_table(0, ~0u - 1, true);
	return 0;
}

#define CLOSE_RANGE_CLOEXEC 4

SEC("tp/syscalls/sys_enter_close_range")
int close_range_enter(struct trace_event_raw_sys_enter *ctx)
{
	__u32 last = ctx->args[1];

	if (!(ctx->args[2] & CLOSE_RANGE_CLOEXEC))
		walk_table(ctx->args[0], last == ~0u ? last - 1 : last, false);
	return 0;
}

#endif
