/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What is there without having been seen to begin, and what does not end: read by user space at
 * its start and then from time to time. The records go to the reader of the iterator and not
 * through the ring: the kernel waits for the reader, so none can be lost. A record that does not
 * fit into the reader's buffer makes the kernel run the program for the same object once more:
 * nothing may be changed before the record is written. All of these programs are optional:
 * bpf iterators came with 5.8.
 */
#ifndef PANORAMA_ITERATOR_H
#define PANORAMA_ITERATOR_H

/* How much a process had moved by system calls when its shared files were last divided among their holders. */
struct divided {
	__u64 start_boottime;
	__u64 read;
	__u64 written;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32); /* tgid */
	__type(value, struct divided);
} divisions SEC(".maps");

static __always_inline void fill_divided(struct divided *divided, struct task_struct *task)
{
	struct transferred transferred;

	fill_transferred_of(&transferred, task);
	divided->start_boottime = BPF_CORE_READ(task, group_leader, start_boottime);
	divided->read = transferred.read;
	divided->written = transferred.written;
}

/*
 * Several processes hold one file description: how much of what was moved can be the work of this
 * one? No more than all that it moved since it was last asked. What others did is left for them.
 */
static __always_inline __u64 own_part(struct task_struct *task, __u64 moved, bool written)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);
	struct divided now, *before;
	__u64 own;

	fill_divided(&now, task);
	if (now.read == ~0ull || has_threads(task))
		return moved;
	before = bpf_map_lookup_elem(&divisions, &tgid);
	own = written ? now.written : now.read;
	if (before && before->start_boottime == now.start_boottime)
		own -= written ? before->written : before->read;
	return own < moved ? own : moved;
}

static __always_inline void divide(struct task_struct *task)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);
	struct divided now;

	fill_divided(&now, task);
	if (bpf_map_update_elem(&divisions, &tgid, &now, BPF_ANY))
		__sync_fetch_and_add(&counters.lost_state, 1);
}

/* The iterator itself holds a reference of the file that it stands at. */
static __always_inline bool is_shared(struct file *file, __u32 known)
{
	return !(known & (FILE_MAPPED | FILE_MAPPED_WRITE | STATE_MAPPED_EXECUTABLE)) && file_references(file) > 2;
}

struct visit {
	__u32 size; /* of the record in scratch->record */
	__u64 position; /* up to which it tells */
	__u64 modification_time;
	bool others; /* what the state holds beside the position is another process's */
};

/* Builds the record of what was moved since the last one; false where there is nothing to tell. */
static __always_inline bool build_visit(struct visit *visit, struct scratch *scratch, struct file *file,
					struct task_struct *task, struct file_state *state)
{
	struct file_record *record = (struct file_record *)scratch->record;
	__u32 opened_for = BPF_CORE_READ(file, f_mode), known = state ? state->facts : 0;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	bool shared = is_shared(file, known);
	struct resolved_path resolved;
	struct movement movement;
	__u64 counted, own;

	visit->position = BPF_CORE_READ(file, f_pos);
	visit->others = shared && state && state->owner && state->owner != BPF_CORE_READ(task, tgid);
	measure_movement(&movement, inode, opened_for, state, visit->position, !visit->others);
	if (shared) {
		/* Only the last descriptor of a new file tells that it stayed empty. */
		if (!(movement.bytes_read | movement.bytes_written))
			return false;
		own = own_part(task, movement.bytes_read | movement.bytes_written, movement.bytes_written);
		counted = visit->others || !state ? 0 : state->bytes_read | state->bytes_written;
		if (own <= counted)
			own = counted;
		visit->position -= (movement.bytes_read | movement.bytes_written) - own;
		if (movement.bytes_written)
			movement.bytes_written = own;
		else
			movement.bytes_read = own;
	}
	if (!(movement.bytes_read | movement.bytes_written) && !(movement.facts & (FILE_CREATED | FILE_MODIFIED | FILE_CLONED)))
		return false;
	resolved = resolve_path_for(scratch, (void *)file + bpf_core_field_offset(struct file, f_path), BPF_CORE_READ(task, fs));
	visit->modification_time = inode_modification_time(inode);
	fill_header_of(&record->header, RECORD_FILE, task);
	fill_transferred_of(&record->transferred, task);
	record->facts = movement.facts | FILE_OPEN | (has_threads(task) ? FILE_THREADED : 0);
	fill_file(record, scratch, resolved, inode, state, &movement);
	visit->size = sizeof(*record) + (record->path_length & (PATH_CAPACITY - 1));
	record->header.size = visit->size;
	return true;
}

/* The record was taken: counting goes on from here. */
static __always_inline void commit_visit(struct visit *visit, struct file *file, struct task_struct *task,
					 struct file_state *state)
{
	if (!state)
		state = make_file_state(file);
	if (!state)
		return;
	state->base = visit->position;
	if (!visit->others) {
		state->bytes_read = 0;
		state->bytes_written = 0;
		state->owner = 0;
	}
	if (state->opened_modification)
		state->opened_modification = visit->modification_time;
	state->facts = (state->facts & ~(FILE_TRUNCATED | FILE_RESIZED | FILE_CLONED)) | STATE_CREATION_REPORTED | STATE_REPORTED_OPEN;
}

/*
 * Every open file of every process. The first questions are plain loads and one look-up: nearly all
 * files stand still, and most open files of a host are no regular ones.
 */
SEC("?iter/task_file")
int visit_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct file_state *state;
	struct scratch *scratch;
	struct visit visit = {};
	__u64 position;

	if (!task || !file || (file->f_inode->i_mode & S_IFMT) != S_IFREG)
		return 0;
	position = file->f_pos;
	state = find_file_state(file);
	if (!state && !position && !(file->f_mode & FMODE_CREATED))
		return 0;
	if (state && state->base == position && state->facts & STATE_CREATION_REPORTED &&
	    !(state->bytes_read | state->bytes_written) && !(state->facts & FILE_CLONED) && !state->opened_modification)
		return 0;
	if (is_observer_process(task->tgid) || is_ignored_file_system(file->f_inode))
		return 0;
	scratch = take_scratch(RECORD_FILE);
	if (!scratch)
		return 0;
	if (build_visit(&visit, scratch, file, task, state) && visit.size <= RECORD_CAPACITY &&
	    !bpf_seq_write(ctx->meta->seq, scratch->record, visit.size))
		commit_visit(&visit, file, task, state);
	release_scratch(scratch);
	return 0;
}

static __always_inline int visit_socket(struct seq_file *seq, struct task_struct *task, struct file *file)
{
	struct socket_record record;
	struct sock *sk = tcp_sock_of_file(file);

	if (!sk || sock_state(sk) == TCP_CLOSE)
		return 0;
	fill_header_of(&record.header, RECORD_OPEN_SOCKET, task);
	record.header.size = sizeof(record);
	record.socket = BPF_CORE_READ(file, f_inode, i_ino);
	record.facts = sock_state(sk) == TCP_LISTEN ? SOCKET_LISTENING : 0;
	/* Read, and not passed on: to a global function the verifier lets numbers only. */
	if (!record.facts && joined_to_parent((__u64)BPF_CORE_READ(task, group_leader)))
		record.facts = SOCKET_SERVES_PARENT;
	record.reserved = 0;
	if (fill_tuple(&record.tuple, sk))
		bpf_seq_write(seq, &record, sizeof(record));
	return 0;
}

/*
 * Once, at the start: what was moved before was not moved under our eyes, and the connections that
 * stand are told of.
 */
SEC("?iter/task_file")
int take_stock(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct file_state *state;
	__u16 kind;

	if (!task || !file || is_observer_process(task->tgid))
		return 0;
	kind = file->f_inode->i_mode & S_IFMT;
	if (kind == S_IFSOCK)
		return visit_socket(ctx->meta->seq, task, file);
	if (kind != S_IFREG)
		return 0;
	if (is_shared(file, 0))
		divide(task);
	/* Who only reads from the beginning needs no entry. */
	if (!file->f_pos && !(file->f_mode & (FMODE_CREATED | FMODE_WRITE)))
		return 0;
	state = find_file_state(file);
	if (state)
		return 0;
	state = make_file_state(file);
	if (!state)
		return 0;
	state->base = file->f_pos;
	state->facts = STATE_CREATION_REPORTED;
	if (file->f_flags & O_APPEND)
		state->facts |= FILE_APPEND;
	if (file->f_mode & FMODE_WRITE && file->f_mode & FMODE_READ)
		state->opened_modification = inode_modification_time(file->f_inode);
	return 0;
}

/* What runs when the agent starts. */
SEC("?iter/task")
int visit_processes(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct exec_record *record;
	struct scratch *scratch;
	__u32 isolated, level, size;

	if (!task || task->pid != task->tgid || task->flags & PF_KTHREAD || is_observer_process(task->tgid))
		return 0;
	scratch = take_scratch(RECORD_PROCESS);
	if (!scratch)
		return 0;
	compat_found(task);
	record = (struct exec_record *)scratch->record;
	fill_header_of(&record->header, RECORD_PROCESS, task);
	fill_transferred_of(&record->transferred, task);
	describe_process(record, task);
	level = BPF_CORE_READ(current_task(), thread_pid, level);
	/* As a number: the verifier of 6.1 lets no unknown be added to a pointer that it knows. */
	bpf_probe_read_kernel(&record->reader_tgid, sizeof(record->reader_tgid),
			      (void *)AS_NUMBER((__u64)task->thread_pid) + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid));
	isolated = append_isolation(scratch, task, record->data);
	record->path_length = append_executable(record, scratch, task, isolated);
	record->arguments_length = 0;
	record->script_length = 0;
	size = sizeof(*record) + (isolated & (ISOLATION_CAPACITY - 1)) + (record->path_length & (PATH_CAPACITY - 1));
	record->header.size = size;
	bpf_seq_write(ctx->meta->seq, record, size);
	release_scratch(scratch);
	return 0;
}

#endif
