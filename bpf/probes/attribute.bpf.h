/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Mode, owner and size, set by path or through an open file; at exit, on success only. What a
 * program sets through the very open that made the file is part of making it (cp -p, tar x), and
 * not reported. The size that ftruncate sets is a fact of the open file: position.bpf.h.
 */
#ifndef PANORAMA_ATTRIBUTE_H
#define PANORAMA_ATTRIBUTE_H

/* Beside enum attribute. */
#define FOLLOWS_NO_LINK (1u << 16)

/* `address`: of a struct file, or 0 for what `dirfd` and `name` lead to. `value`: mode, size, or owner and group << 32. */
__noinline int report_attribute(__u64 address, int dirfd, __u64 name, __u32 attribute, __u64 value)
{
	struct file *file = (void *)address;
	struct name_writer writer = {};
	struct attribute_record *record;
	struct inode *inode = NULL;

	if (is_observer())
		return 0;
	if (file) {
		inode = BPF_CORE_READ(file, f_inode);
		/* Without a name nobody else can ever see it. */
		if (BPF_CORE_READ(file, f_mode) & FMODE_CREATED || !BPF_CORE_READ(inode, i_nlink) ||
		    is_ignored_file_system(inode))
			return 0;
	}
	writer.scratch = take_scratch(RECORD_ATTRIBUTE);
	if (!writer.scratch)
		return 0;
	record = (struct attribute_record *)writer.scratch->record;
	writer.data = record->data;
	fill_header(&record->header, RECORD_ATTRIBUTE);
	record->inode = inode ? BPF_CORE_READ(inode, i_ino) : 0;
	record->device = inode ? BPF_CORE_READ(inode, i_sb, s_dev) : 0;
	record->attribute = attribute;
	record->size = record->attribute == ATTRIBUTE_SIZE ? value : 0;
	record->mode = record->attribute == ATTRIBUTE_MODE ? value & ALLPERMS : 0;
	record->owner = record->attribute == ATTRIBUTE_OWNER ? value : 0;
	record->group = record->attribute == ATTRIBUTE_OWNER ? value >> 32 : 0;
	record->facts = attribute & FOLLOWS_NO_LINK ? ATTRIBUTE_NOT_FOLLOWED : 0;
	record->name_length = 0;
	if (file) {
		record->directory_length = append_path(&writer, (void *)file + bpf_core_field_offset(struct file, f_path));
	} else {
		record->directory_length = append_directory(&writer, dirfd, (const char *)name);
		record->name_length = append_name(&writer, (const char *)name);
	}
	if (writer.truncated)
		record->facts |= ATTRIBUTE_PATH_TRUNCATED;
	if (writer.used <= 2 * PATH_CAPACITY)
		emit(record, sizeof(*record) + writer.used);
	release_scratch(writer.scratch);
	return 0;
}

static __always_inline int open_attribute(__u32 fd, __u32 attribute, __u64 value)
{
	struct file *file = file_of_descriptor(fd);

	return file ? report_attribute((__u64)file, 0, 0, attribute, value) : 0;
}

static __always_inline int named_attribute(int dirfd, __u64 name, __u64 flags, __u32 attribute, __u64 value)
{
	struct file *file = NULL;
	char first = 1;

	if (flags & AT_EMPTY_PATH)
		bpf_probe_read_user(&first, sizeof(first), (void *)name);
	if (first)
		file = file_of_proc_name(name);
	else if (dirfd != AT_FDCWD)
		file = file_of_descriptor(dirfd);
	if (flags & AT_SYMLINK_NOFOLLOW)
		attribute |= FOLLOWS_NO_LINK;
	return report_attribute((__u64)file, dirfd, name, attribute, value);
}

static __always_inline __u64 owner_and_group(__u64 owner, __u64 group)
{
	return (__u32)owner | group << 32;
}

#define SETS_ATTRIBUTE(syscall, call)                                                                                  \
	SEC("tp/syscalls/sys_exit_" #syscall)                                                                          \
	int syscall##_exit(struct trace_event_raw_sys_exit *ctx)                                                       \
	{                                                                                                              \
		return ctx->ret ? 0 : call;                                                                            \
	}

SETS_ATTRIBUTE(chmod, named_attribute(AT_FDCWD, ARGUMENT(0), 0, ATTRIBUTE_MODE, ARGUMENT(1)))
SETS_ATTRIBUTE(fchmod, open_attribute(ARGUMENT(0), ATTRIBUTE_MODE, ARGUMENT(1)))
SETS_ATTRIBUTE(fchmodat, named_attribute(ARGUMENT(0), ARGUMENT(1), 0, ATTRIBUTE_MODE, ARGUMENT(2)))
SETS_ATTRIBUTE(fchmodat2, named_attribute(ARGUMENT(0), ARGUMENT(1), ARGUMENT(3), ATTRIBUTE_MODE, ARGUMENT(2)))
SETS_ATTRIBUTE(chown, named_attribute(AT_FDCWD, ARGUMENT(0), 0, ATTRIBUTE_OWNER,
				      owner_and_group(ARGUMENT(1), ARGUMENT(2))))
SETS_ATTRIBUTE(lchown, named_attribute(AT_FDCWD, ARGUMENT(0), AT_SYMLINK_NOFOLLOW, ATTRIBUTE_OWNER,
				       owner_and_group(ARGUMENT(1), ARGUMENT(2))))
SETS_ATTRIBUTE(fchown, open_attribute(ARGUMENT(0), ATTRIBUTE_OWNER, owner_and_group(ARGUMENT(1), ARGUMENT(2))))
SETS_ATTRIBUTE(fchownat, named_attribute(ARGUMENT(0), ARGUMENT(1), ARGUMENT(4), ATTRIBUTE_OWNER,
					 owner_and_group(ARGUMENT(2), ARGUMENT(3))))
SETS_ATTRIBUTE(truncate, named_attribute(AT_FDCWD, ARGUMENT(0), 0, ATTRIBUTE_SIZE, ARGUMENT(1)))

#endif
