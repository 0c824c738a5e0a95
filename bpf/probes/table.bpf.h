/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What concerns a whole table of descriptors: fork shares them; exit, exec and close_range end many at once. */
#ifndef PANORAMA_TABLE_H
#define PANORAMA_TABLE_H

/* Where the kernel has no bpf_loop (before 5.17) only this many descriptors are walked. */
#define WORDS_WITHOUT_LOOP 2
#define WORDS_MAXIMUM 64
#define WORD_BITS 64

enum table_visit {
	VISIT_REPORT, /* report what was moved through each file */
	VISIT_LEAVE, /* the same, and the process ends: what others hold as well it lets go of */
	VISIT_SETTLE, /* put what was moved to the account of this process */
};

struct table_walk {
	struct file **files;
	unsigned long *open; /* bitmap of descriptors that are open */
	unsigned long *selected; /* and of those among them to visit; NULL: all */
	__u32 first;
	__u32 last;
	enum table_visit visit;
};

/*
 * A fork shares every file description. What the parent moved so far is put to its account
 * first, or the child that exits first would be reported for it: `echo` in a script that has
 * redirected its output is no write by the next command.
 */
__noinline int settle_file(__u64 address)
{
	struct file *file = (void *)address;
	struct file_state *state;
	__u64 position;

	if ((file_mode(file) & S_IFMT) != S_IFREG)
		return 0;
	position = BPF_CORE_READ(file, f_pos);
	state = find_file_state(file);
	/* Shells seek back to the end of the line that they read: then the bytes are counted, and the position is the base. */
	if (position == (state ? state->base : 0) && !(state && !state->owner && (state->bytes_read | state->bytes_written)))
		return 0;
	if (!state)
		state = make_file_state(file);
	if (!state)
		return 0;
	if (state->owner && state->owner != current_tgid())
		return report_regular_file((__u64)file);
	state->owner = current_tgid();
	count_position(file, state, position);
	return 0;
}

static __noinline void visit_descriptor(struct table_walk *walk, __u32 fd)
{
	struct file *file = (struct file *)read_word(&walk->files[fd]);

	if (!file)
		return;
	if (walk->visit == VISIT_SETTLE) {
		settle_file((__u64)file);
		return;
	}
	report_file(file, fd);
	/* A child may be done with a pipe before its parent comes to close its own copy of the end. */
	if (walk->visit == VISIT_LEAVE && fd > STANDARD_ERROR)
		report_stream_left(file, fd, STREAM_EXIT);
}

/* By the bitmap: a table has room for 64 descriptors at least, and most programs have a handful open. */
static __always_inline long walk_word(__u32 index, struct table_walk *walk)
{
	__u64 word = read_word(&walk->open[index]);

	if (walk->selected && word)
		word &= read_word(&walk->selected[index]);
	for (__u32 bit = 0; bit < WORD_BITS && word; bit++, word >>= 1) {
		__u32 fd = index * WORD_BITS + bit;

		if (word & 1 && fd >= walk->first && fd <= walk->last)
			visit_descriptor(walk, fd);
	}
	return 0;
}

static long walk_callback(__u32 index, void *context)
{
	return walk_word(index, context);
}

static __always_inline void walk_table(__u32 first, __u32 last, bool on_exec_only, enum table_visit visit)
{
	struct fdtable *table = descriptor_table(current_task());
	struct table_walk walk = { .first = first, .last = last, .visit = visit };
	__u32 words;

	if (!table)
		return;
	walk.files = BPF_CORE_READ(table, fd);
	walk.open = BPF_CORE_READ(table, open_fds);
	if (on_exec_only)
		walk.selected = BPF_CORE_READ(table, close_on_exec);
	words = BPF_CORE_READ(table, max_fds) / WORD_BITS;
	if (words > WORDS_MAXIMUM)
		words = WORDS_MAXIMUM;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		bpf_loop(words, walk_callback, &walk, 0);
		return;
	}
	for (__u32 index = 0; index < WORDS_WITHOUT_LOOP && index < words; index++)
		walk_word(index, &walk);
}

/* Apart, as its record and the walk of the table would not fit on one stack (512 bytes, callees included). */
static __noinline int report_fork(struct task_struct *child, __u32 child_tgid)
{
	struct fork_record record;

	fill_header(&record.header, RECORD_FORK);
	fill_transferred(&record.transferred);
	record.child_start_boottime = BPF_CORE_READ(child, start_boottime);
	record.child_tgid = child_tgid;
	record.child_container_tgid = container_tgid(child);
	emit(&record, sizeof(record));
	/* clone() may have made new namespaces along with the process. */
	if (is_isolated_from_parent(child))
		report_isolation((__u64)child);
	return 0;
}

static __noinline int report_exit(struct task_struct *task)
{
	struct exit_record record;

	fill_header(&record.header, RECORD_EXIT);
	fill_transferred(&record.transferred);
	for (int fd = 0; fd < STANDARD_STREAMS; fd++)
		describe(&record.standard[fd], file_of_descriptor(fd));
	record.exit_code = BPF_CORE_READ(task, exit_code);
	record.reserved = 0;
	emit(&record, sizeof(record));
	return 0;
}

SEC("raw_tp/sched_process_fork")
int process_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *child = (void *)ctx->args[1];
	__u32 child_tgid;

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
	compat_fork(current_tgid(), child_tgid);
	walk_table(0, ~0u, false, VISIT_SETTLE);
	return report_fork(child, child_tgid);
}

SEC("raw_tp/sched_process_exit")
int process_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = current_task();

	/* Only with the last thread; the leader may have left long before. */
	if (BPF_CORE_READ(task, signal, live.counter) || BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return 0;
	if (is_observer()) {
		__u32 tgid = bpf_get_current_pid_tgid() >> 32;

		bpf_map_delete_elem(&observers, &tgid);
		return 0;
	}
	walk_table(0, ~0u, false, VISIT_LEAVE);
	report_mappings_of_process();
	compat_end(current_tgid());
	return report_exit(task);
}

/* The exec may yet fail; then its files were only reported early, and counting goes on. */
SEC("tp/syscalls/sys_enter_execve")
int execve_enter(void *ctx)
{
	walk_table(0, ~0u, true, VISIT_REPORT);
	return 0;
}

SEC("tp/syscalls/sys_enter_execveat")
int execveat_enter(void *ctx)
{
	walk_table(0, ~0u, true, VISIT_REPORT);
	return 0;
}

#define CLOSE_RANGE_CLOEXEC 4

SEC("tp/syscalls/sys_enter_close_range")
int close_range_enter(struct trace_event_raw_sys_enter *ctx)
{
	if (!(ctx->args[2] & CLOSE_RANGE_CLOEXEC))
		walk_table(ctx->args[0], ctx->args[1], false, VISIT_REPORT);
	return 0;
}

#endif
