/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Names that change: unlink, rmdir, rename, mkdir; at exit, on success only. The path is the
 * program's own (user memory, resident since the kernel just read it) after the directory it
 * is relative to, which we resolve. The inode comes from the probes of inode.bpf.h.
 */
#ifndef PANORAMA_NAME_H
#define PANORAMA_NAME_H

/* What the file system's own probe saw in the system call that this thread is in. */
struct named_inode {
	__u64 inode;
	__u64 replaced_inode;
	__u32 device;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64); /* pid_tgid: threads of one process race otherwise */
	__type(value, struct named_inode);
} named_inodes SEC(".maps");

/* A worker of io_uring has one inode for each request, and does not report it itself: the request is the key. */
static __always_inline __u64 named_inode_key(void)
{
	struct io_kiocb *request = request_of_worker();

	return request ? (__u64)request : bpf_get_current_pid_tgid();
}

/* Beside enum name_operation: the names are in the kernel's memory, not in the program's. */
#define NAME_OF_KERNEL (1u << 31)

struct name_writer {
	struct scratch *scratch;
	struct name_record *record;
	__u32 used;
	bool of_kernel;
};

static __always_inline __u16 append_directory(struct name_writer *writer, int dirfd, const char *name)
{
	struct fs_struct *fs = BPF_CORE_READ(current_task(), fs);
	struct path *path = (void *)fs + bpf_core_field_offset(struct fs_struct, pwd);
	char first = 0;
	__u32 length;

	if (writer->of_kernel)
		bpf_probe_read_kernel(&first, sizeof(first), name);
	else
		bpf_probe_read_user(&first, sizeof(first), name);
	if (first == '/') {
		path = (void *)fs + bpf_core_field_offset(struct fs_struct, root);
	} else if (dirfd != AT_FDCWD) {
		struct file *file = file_of_descriptor(dirfd);

		if (!file)
			return 0;
		path = (void *)file + bpf_core_field_offset(struct file, f_path);
	}
	if (writer->used > 3 * PATH_CAPACITY)
		return 0;
	length = copy_path(writer->scratch, resolve_path(writer->scratch, path), &writer->record->data[writer->used]);
	writer->used += length;
	return length;
}

static __always_inline __u16 append_name(struct name_writer *writer, const char *name)
{
	long length;

	if (writer->used > 3 * PATH_CAPACITY)
		return 0;
	if (writer->of_kernel)
		length = bpf_probe_read_kernel_str(&writer->record->data[writer->used], PATH_CAPACITY, name);
	else
		length = bpf_probe_read_user_str(&writer->record->data[writer->used], PATH_CAPACITY, name);
	if (length <= 1 || length > PATH_CAPACITY)
		return 0;
	length--; /* its NUL */
	writer->used += length;
	return length;
}

__noinline int report_name(__u32 operation, int dirfd, __u64 name, int new_dirfd, __u64 new_name)
{
	struct name_writer writer = { .of_kernel = operation & NAME_OF_KERNEL };
	struct named_inode *seen;
	__u64 key = bpf_get_current_pid_tgid();

	if (is_observer())
		return 0;
	writer.scratch = take_scratch(RECORD_NAME);
	if (!writer.scratch)
		return 0;
	writer.record = (struct name_record *)writer.scratch->record;
	fill_header(&writer.record->header, RECORD_NAME);
	seen = bpf_map_lookup_elem(&named_inodes, &key);
	writer.record->inode = seen ? seen->inode : 0;
	writer.record->replaced_inode = seen ? seen->replaced_inode : 0;
	writer.record->device = seen ? seen->device : 0;
	writer.record->operation = operation & ~NAME_OF_KERNEL;
	writer.record->exchanged = 0;
	writer.record->directory_length = append_directory(&writer, dirfd, (const char *)name);
	writer.record->name_length = append_name(&writer, (const char *)name);
	writer.record->new_directory_length = 0;
	writer.record->new_name_length = 0;
	if (new_name) {
		writer.record->new_directory_length = append_directory(&writer, new_dirfd, (const char *)new_name);
		writer.record->new_name_length = append_name(&writer, (const char *)new_name);
	}
	if (writer.used <= 4 * PATH_CAPACITY)
		emit(writer.record, sizeof(*writer.record) + writer.used);
	release_scratch(writer.scratch);
	if (seen)
		bpf_map_delete_elem(&named_inodes, &key);
	return 0;
}

/* A call that failed after the file system's probe fired must not lend its inode to the next one. */
static __always_inline int forget_named_inode(void)
{
	__u64 key = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&named_inodes, &key);
	return 0;
}

#define CHANGES_NAME(syscall, operation, dirfd, name, new_dirfd, new_name)                                             \
	SEC("tp/syscalls/sys_exit_" #syscall)                                                                          \
	int syscall##_exit(struct trace_event_raw_sys_exit *ctx)                                                       \
	{                                                                                                              \
		if (ctx->ret)                                                                                          \
			return forget_named_inode();                                                                   \
		return report_name(operation, dirfd, name, new_dirfd, new_name);           \
	}

#define ARGUMENT(index) syscall_argument(index)

CHANGES_NAME(unlink, NAME_UNLINK, AT_FDCWD, ARGUMENT(0), 0, 0)
CHANGES_NAME(unlinkat, ARGUMENT(2) & AT_REMOVEDIR ? NAME_RMDIR : NAME_UNLINK, ARGUMENT(0), ARGUMENT(1), 0, 0)
CHANGES_NAME(rmdir, NAME_RMDIR, AT_FDCWD, ARGUMENT(0), 0, 0)
CHANGES_NAME(mkdir, NAME_MKDIR, AT_FDCWD, ARGUMENT(0), 0, 0)
CHANGES_NAME(mkdirat, NAME_MKDIR, ARGUMENT(0), ARGUMENT(1), 0, 0)
CHANGES_NAME(rename, NAME_RENAME, AT_FDCWD, ARGUMENT(0), AT_FDCWD, ARGUMENT(1))
CHANGES_NAME(renameat, NAME_RENAME, ARGUMENT(0), ARGUMENT(1), ARGUMENT(2), ARGUMENT(3))
CHANGES_NAME(renameat2, NAME_RENAME, ARGUMENT(0), ARGUMENT(1), ARGUMENT(2), ARGUMENT(3))

#endif
