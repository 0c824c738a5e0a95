/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Names that change: unlink, rmdir, rename, mkdir, link, symlink; at exit, on success only. The path is the
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
	__u32 evicted; /* seen when it went away, where nothing tells on whose behalf */
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

/* Fills the data of a record with directories and names. */
struct name_writer {
	struct scratch *scratch;
	char *data; /* of a record in the scratch, with room for four paths */
	__u32 used;
	bool of_kernel;
	bool truncated;
	bool overlay; /* the directory of the last name is one of an overlay's */
};

static __always_inline __u16 append_path(struct name_writer *writer, struct path *path)
{
	struct resolved_path resolved;
	__u32 length;

	if (writer->used > 3 * PATH_CAPACITY)
		return 0;
	resolved = resolve_path(writer->scratch, path);
	writer->truncated |= resolved.truncated;
	length = copy_path(writer->scratch, resolved, &writer->data[writer->used]);
	writer->used += length;
	return length;
}

static __always_inline bool is_absolute(struct name_writer *writer, const char *name)
{
	char first = 0;

	if (writer->of_kernel)
		bpf_probe_read_kernel(&first, sizeof(first), name);
	else
		bpf_probe_read_user(&first, sizeof(first), name);
	return first == '/';
}

static __always_inline __u16 append_directory(struct name_writer *writer, int dirfd, const char *name)
{
	struct fs_struct *fs = BPF_CORE_READ(current_task(), fs);
	struct path *path = (void *)fs + bpf_core_field_offset(struct fs_struct, pwd);

	if (is_absolute(writer, name)) {
		path = (void *)fs + bpf_core_field_offset(struct fs_struct, root);
	} else if (dirfd != AT_FDCWD) {
		struct file *file = file_of_descriptor(dirfd);

		if (!file) {
			writer->truncated = true;
			return 0;
		}
		path = (void *)file + bpf_core_field_offset(struct file, f_path);
	}
	writer->overlay = BPF_CORE_READ(path, dentry, d_inode, i_sb, s_magic) == OVERLAYFS_SUPER_MAGIC;
	return append_path(writer, path);
}

/* Empty with AT_EMPTY_PATH: then the directory is the file itself. */
static __always_inline __u16 append_name(struct name_writer *writer, const char *name)
{
	long length;

	if (writer->used > 3 * PATH_CAPACITY)
		return 0;
	if (writer->of_kernel)
		length = bpf_probe_read_kernel_str(&writer->data[writer->used], PATH_CAPACITY, name);
	else
		length = bpf_probe_read_user_str(&writer->data[writer->used], PATH_CAPACITY, name);
	if (length < 1 || length > PATH_CAPACITY) {
		writer->truncated = true;
		return 0;
	}
	length--; /* its NUL */
	writer->used += length;
	return length;
}

#define DESCRIPTOR_DIGITS 10

/*
 * The open file that "/proc/self/fd/N" names, NULL for other names: how the C library changes what a
 * descriptor opened with O_PATH stands for, and how a file made with O_TMPFILE gets its name.
 */
static __always_inline struct file *file_of_proc_name(__u64 name)
{
	static const char directory[] = "/proc/self/fd/";
	char text[sizeof(directory) + DESCRIPTOR_DIGITS] = {};
	__u32 fd = 0;

	bpf_probe_read_user_str(text, sizeof(text), (void *)name);
#pragma unroll
	for (__u32 at = 0; at < sizeof(directory) - 1; at++)
		if (text[at] != directory[at])
			return NULL;
#pragma unroll
	for (__u32 at = sizeof(directory) - 1; at < sizeof(text) && text[at]; at++) {
		if (text[at] < '0' || text[at] > '9')
			return NULL;
		fd = fd * 10 + text[at] - '0';
	}
	return file_of_descriptor(fd);
}

/* Beside enum name_operation. */
#define EXCHANGES (1u << 16)

__noinline int report_name(__u32 operation, int dirfd, __u64 name, int new_dirfd, __u64 new_name)
{
	struct name_writer writer = { .of_kernel = operation & NAME_OF_KERNEL };
	struct name_record *record;
	struct named_inode *seen;
	struct file *file = NULL;
	__u64 key = bpf_get_current_pid_tgid();
	__u16 facts = operation & EXCHANGES ? NAME_EXCHANGED : 0;

	if (is_observer())
		return 0;
	writer.scratch = take_scratch(RECORD_NAME);
	if (!writer.scratch)
		return 0;
	record = (struct name_record *)writer.scratch->record;
	writer.data = record->data;
	fill_header(&record->header, RECORD_NAME);
	seen = bpf_map_lookup_elem(&named_inodes, &key);
	record->inode = seen ? seen->inode : 0;
	record->replaced_inode = seen ? seen->replaced_inode : 0;
	record->device = seen ? seen->device : 0;
	record->operation = operation & ~NAME_OF_KERNEL;
	record->directory_length = 0;
	record->name_length = 0;
	record->new_directory_length = 0;
	record->new_name_length = 0;
	if (record->operation == NAME_LINK && !writer.of_kernel)
		file = file_of_proc_name(name);
	if (file)
		record->directory_length = append_path(&writer, (void *)file + bpf_core_field_offset(struct file, f_path));
	else if (record->operation != NAME_SYMLINK || is_absolute(&writer, (const char *)name))
		record->directory_length = append_directory(&writer, dirfd, (const char *)name);
	if (!file)
		record->name_length = append_name(&writer, (const char *)name);
	/* The directory that ext4 evicts is the overlay's upper one, which may be of its own making. */
	if (record->operation == NAME_RMDIR && writer.overlay && seen && seen->evicted)
		record->inode = 0;
	if (writer.truncated)
		facts |= NAME_PATH_TRUNCATED;
	if (new_name) {
		writer.truncated = false;
		record->new_directory_length = append_directory(&writer, new_dirfd, (const char *)new_name);
		record->new_name_length = append_name(&writer, (const char *)new_name);
		if (writer.truncated)
			facts |= NAME_NEW_PATH_TRUNCATED;
	}
	record->facts = facts;
	if (writer.used <= 4 * PATH_CAPACITY)
		emit(record, sizeof(*record) + writer.used);
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
		return report_name(operation, dirfd, name, new_dirfd, new_name);                                       \
	}

#define ARGUMENT(index) syscall_argument(index)

CHANGES_NAME(unlink, NAME_UNLINK, AT_FDCWD, ARGUMENT(0), 0, 0)
CHANGES_NAME(unlinkat, ARGUMENT(2) & AT_REMOVEDIR ? NAME_RMDIR : NAME_UNLINK, ARGUMENT(0), ARGUMENT(1), 0, 0)
CHANGES_NAME(rmdir, NAME_RMDIR, AT_FDCWD, ARGUMENT(0), 0, 0)
CHANGES_NAME(mkdir, NAME_MKDIR, AT_FDCWD, ARGUMENT(0), 0, 0)
CHANGES_NAME(mkdirat, NAME_MKDIR, ARGUMENT(0), ARGUMENT(1), 0, 0)
CHANGES_NAME(rename, NAME_RENAME, AT_FDCWD, ARGUMENT(0), AT_FDCWD, ARGUMENT(1))
CHANGES_NAME(renameat, NAME_RENAME, ARGUMENT(0), ARGUMENT(1), ARGUMENT(2), ARGUMENT(3))
CHANGES_NAME(renameat2, NAME_RENAME | (ARGUMENT(4) & RENAME_EXCHANGE ? EXCHANGES : 0), ARGUMENT(0), ARGUMENT(1),
	     ARGUMENT(2), ARGUMENT(3))
CHANGES_NAME(link, NAME_LINK, AT_FDCWD, ARGUMENT(0), AT_FDCWD, ARGUMENT(1))
CHANGES_NAME(linkat, NAME_LINK, ARGUMENT(0), ARGUMENT(1), ARGUMENT(2), ARGUMENT(3))
CHANGES_NAME(symlink, NAME_SYMLINK, AT_FDCWD, ARGUMENT(0), AT_FDCWD, ARGUMENT(1))
CHANGES_NAME(symlinkat, NAME_SYMLINK, AT_FDCWD, ARGUMENT(0), ARGUMENT(1), ARGUMENT(2))

#endif
