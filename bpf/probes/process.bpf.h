/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* exec, and what a process is. fork and exit are in table.bpf.h: they have open files to see to first. */
#ifndef PANORAMA_PROCESS_H
#define PANORAMA_PROCESS_H

static __always_inline bool is_thread(struct task_struct *task)
{
	return BPF_CORE_READ(task, pid) != BPF_CORE_READ(task, tgid);
}

/* What a process is, whether it starts now or was there before. */
static __always_inline void describe_process(struct exec_record *record, struct task_struct *task)
{
	struct fdtable *table = descriptor_table(task);

	/* Kernels built without CONFIG_AUDIT have neither. */
	record->loginuid = bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : ~0u;
	record->session_id = bpf_core_field_exists(task->sessionid) ? BPF_CORE_READ(task, sessionid) : ~0u;
	record->reader_tgid = 0;
	record->reserved = 0;
	record->reserved2 = 0;
	for (int fd = 0; fd < STANDARD_DESCRIPTORS; fd++)
		describe(&record->standard[fd], table ? file_of_table(table, fd) : NULL);
}

/* Puts the path of the executable, as the process sees it, behind `used` bytes of the record's data; returns its length. */
static __always_inline __u32 append_executable(struct exec_record *record, struct scratch *scratch, struct task_struct *task,
					       __u32 used)
{
	struct file *executable = BPF_CORE_READ(task, mm, exe_file);

	if (!executable)
		return 0;
	return copy_path(scratch,
			 resolve_path_for(scratch, (void *)executable + bpf_core_field_offset(struct file, f_path),
					  BPF_CORE_READ(task, fs)),
			 &record->data[used & (ISOLATION_CAPACITY - 1)]);
}

SEC("raw_tp/sched_process_exec")
int process_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct linux_binprm *bprm = (void *)ctx->args[2];
	struct task_struct *task = current_task();
	struct scratch *scratch;
	struct exec_record *record;
	const char *script;
	struct mm_struct *mm;
	unsigned long start, length;
	__u32 isolated, used, total;
	long script_length = 0;

	if (is_observer())
		return 0;
	scratch = take_scratch(RECORD_EXEC);
	if (!scratch)
		return 0;
	record = (struct exec_record *)scratch->record;
	compat_exec();
	fill_header(&record->header, RECORD_EXEC);
	fill_transferred(&record->transferred);
	isolated = append_isolation(scratch, task, record->data);
	describe_process(record, task);

	mm = BPF_CORE_READ(task, mm);
	used = append_executable(record, scratch, task, isolated);
	record->path_length = used;
	used = isolated + (used & (PATH_CAPACITY - 1));
	start = BPF_CORE_READ(mm, arg_start);
	length = BPF_CORE_READ(mm, arg_end) - start;
	if (length > ARGUMENTS_CAPACITY - 1)
		length = ARGUMENTS_CAPACITY - 1;
	if (bpf_probe_read_user(&record->data[used & (2 * PATH_CAPACITY - 1)], length & (ARGUMENTS_CAPACITY - 1), (void *)start))
		length = 0;
	record->arguments_length = length;
	total = (used & (2 * PATH_CAPACITY - 1)) + (length & (ARGUMENTS_CAPACITY - 1));
	/* The kernel replaced the program by an interpreter (#!): the program that was asked for is a script. */
	script = BPF_CORE_READ(bprm, filename);
	if (script != BPF_CORE_READ(bprm, interp))
		script_length = bpf_probe_read_kernel_str(&record->data[total & (2 * PATH_CAPACITY - 1)], PATH_CAPACITY, script);
	if (script_length < 1 || script_length > PATH_CAPACITY)
		script_length = 1;
	record->script_length = script_length - 1;
	emit(record, sizeof(*record) + (total & (2 * PATH_CAPACITY - 1)) + script_length - 1);
	release_scratch(scratch);
	return 0;
}

#endif
