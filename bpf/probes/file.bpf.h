/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What was moved through an open file, reported when a descriptor of it goes away. */
#ifndef PANORAMA_FILE_H
#define PANORAMA_FILE_H

static __always_inline void fill_file(struct file_record *record, struct scratch *scratch, struct resolved_path resolved,
				      struct inode *inode, struct file_state *state, struct movement *movement)
{
	if (resolved.truncated)
		record->facts |= FILE_PATH_TRUNCATED;
	if (!BPF_CORE_READ(inode, i_nlink))
		record->facts |= FILE_UNLINKED;
	if (state)
		record->facts |= state->facts & FILE_APPEND;
	record->inode = BPF_CORE_READ(inode, i_ino);
	record->size = BPF_CORE_READ(inode, i_size);
	record->bytes_read = movement->bytes_read;
	record->bytes_written = movement->bytes_written;
	record->modification_time = inode_modification_time(inode);
	record->device = BPF_CORE_READ(inode, i_sb, s_dev);
	record->mode = BPF_CORE_READ(inode, i_mode);
	record->file_system = BPF_CORE_READ(inode, i_sb, s_magic);
	record->path_length = copy_path(scratch, resolved, record->path);
}

__noinline int report_regular_file(__u64 address)
{
	struct file *file = (void *)address;
	__u32 opened_for = BPF_CORE_READ(file, f_mode);
	__u64 position = BPF_CORE_READ(file, f_pos);
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct file_state *state = find_file_state(file);
	__u32 known = state ? state->facts : 0;
	struct movement movement;
	struct resolved_path resolved;
	struct file_record *record;
	struct scratch *scratch;
	bool last, others;
	__u64 size;

	size = BPF_CORE_READ(inode, i_size);
	/* A mapping holds a reference of its own, so the count says nothing about a mapped file. */
	last = known & (FILE_MAPPED | FILE_MAPPED_WRITE | STATE_MAPPED_EXECUTABLE) || file_references(file) <= 1;
	/* What the parent moved before it forked is for the parent to report. */
	others = state && !last && state->owner && state->owner != current_tgid();
	measure_movement(&movement, inode, opened_for, state, position, !others);
	if (!(opened_for & FMODE_WRITE) && !size && !(known & STATE_MAPPED_EXECUTABLE))
		movement.facts |= FILE_EMPTY;
	/* An empty file that someone inherited, or a new one that is still to be filled, waits for its last descriptor. */
	if (!last && !(movement.bytes_read | movement.bytes_written))
		return 0;
	if (!(movement.bytes_read | movement.bytes_written | movement.facts) && !(known & STATE_REPORTED_OPEN)) {
		if (state)
			drop_file_state(file);
		return 0;
	}
	if (is_observer() || is_ignored_file_system(inode)) {
		if (state)
			drop_file_state(file);
		return 0;
	}
	scratch = take_scratch(RECORD_FILE);
	if (!scratch)
		return 0;
	resolved = resolve_path(scratch, (void *)file + bpf_core_field_offset(struct file, f_path));
	/* Only mapped: the loader's cache, a locale archive. What was read may have been copied, so user space decides. */
	if (!(opened_for & FMODE_WRITE) && !movement.bytes_read && is_ignored_path(scratch, resolved)) {
		__sync_fetch_and_add(&counters.filtered, 1);
		goto done;
	}
	record = (struct file_record *)scratch->record;
	fill_header(&record->header, RECORD_FILE);
	fill_transferred(&record->transferred);
	record->facts = movement.facts | (last ? 0 : FILE_SHARED) |
			(bpf_get_current_task_btf()->signal->nr_threads > 1 ? FILE_THREADED : 0);
	fill_file(record, scratch, resolved, inode, state, &movement);
	emit(record, sizeof(*record) + (record->path_length & (PATH_CAPACITY - 1)));
done:
	release_scratch(scratch);
	/* While a mapping stands, more may be written through it. */
	if (last && !(state && state->facts & FILE_MAPPED_WRITE && file_references(file) > 1)) {
		if (state)
			drop_file_state(file);
		return 0;
	}
	/* Someone else goes on with this file description: count from here. */
	if (!state)
		state = make_file_state(file);
	if (state) {
		state->base = position;
		if (!others) {
			state->bytes_read = 0;
			state->bytes_written = 0;
			state->owner = 0;
		}
		if (state->facts & FILE_MAPPED_WRITE)
			state->opened_modification = inode_modification_time(inode);
		state->facts = (state->facts & ~(FILE_TRUNCATED | FILE_RESIZED | FILE_CLONED)) | STATE_CREATION_REPORTED;
	}
	return 0;
}

static __always_inline __u16 report_moved(struct file *file, __u32 fd)
{
	__u16 mode = file_mode(file);

	if ((mode & S_IFMT) == S_IFREG)
		report_regular_file((__u64)file);
	else if ((mode & S_IFMT) == S_IFIFO ||
		 ((mode & S_IFMT) == S_IFSOCK && report_socket_end((__u64)file) == NOT_TCP))
		report_stream_end(file, fd);
	return mode & S_IFMT;
}

/* Rings of io_uring whose own table of files was used. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64); /* struct io_ring_ctx * */
	__type(value, __u32);
} rings_with_files SEC(".maps");

#define RING_FILES 256

/* Files of a ring are in no table of descriptors: they end with it. */
__noinline int report_files_of_ring(__u64 ring_context)
{
	if (!bpf_map_lookup_elem(&rings_with_files, &ring_context))
		return 0;
	for (__u32 slot = 0; slot < RING_FILES; slot++) {
		struct file *file = file_of_ring((struct io_ring_ctx *)ring_context, slot);

		if (file)
			report_moved(file, ~0u);
	}
	bpf_map_delete_elem(&rings_with_files, &ring_context);
	return 0;
}

static __always_inline void report_file(struct file *file, __u32 fd)
{
	/* Neither file nor socket, pipe or device: an anonymous inode, as epoll and io_uring have. */
	if (!report_moved(file, fd))
		report_files_of_ring(AS_NUMBER((__u64)BPF_CORE_READ(file, private_data)));
}

static __always_inline void report_descriptor(__u32 fd)
{
	struct file *file = file_of_descriptor(fd);

	if (!file)
		return;
	report_file(file, fd);
	if ((file_mode(file) & S_IFMT) == S_IFIFO)
		report_stream_left(file, fd, 0);
}

/* Enter, not exit: the file is still in the table. */
SEC("tp/syscalls/sys_enter_close")
int close_enter(struct trace_event_raw_sys_enter *ctx)
{
	report_descriptor(ctx->args[0]);
	return 0;
}

/* dup2 and dup3 close the descriptor that they replace. */
static __always_inline int before_duplicate(__u32 from, __u32 to)
{
	if (from != to)
		report_descriptor(to);
	standard_stream_replaced(from, to);
	return 0;
}

SEC("tp/syscalls/sys_enter_dup2")
int dup2_enter(struct trace_event_raw_sys_enter *ctx)
{
	return before_duplicate(ctx->args[0], ctx->args[1]);
}

SEC("tp/syscalls/sys_enter_dup3")
int dup3_enter(struct trace_event_raw_sys_enter *ctx)
{
	return before_duplicate(ctx->args[0], ctx->args[1]);
}

#endif
