/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * long: one position of a file, and all that sets it
 * What sets the position, or moves bytes without it. All of it is rare beside read and write.
 */
#ifndef PANORAMA_POSITION_H
#define PANORAMA_POSITION_H

/* Most opens only read: their position starts at 0, and nothing has to be remembered. */
static __always_inline bool open_is_remembered(__u64 flags)
{
	return flags & (O_TRUNC | O_APPEND) || (flags & O_ACCMODE) == O_RDWR;
}

static __always_inline int opened(struct file *file, __u64 flags)
{
	struct file_state *state;
	struct inode *inode;

	if (!open_is_remembered(flags) || (file_mode(file) & S_IFMT) != S_IFREG)
		return 0;
	/* The kernel reuses struct file: this replaces what another file may have left here. */
	state = make_file_state(file);
	if (!state)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	state->opened_modification = inode_modification_time(inode);
	if (flags & O_TRUNC)
		state->facts |= FILE_TRUNCATED;
	if (flags & O_APPEND) {
		/* The first write jumps to the end: counting starts there. */
		state->facts |= FILE_APPEND;
		state->base = BPF_CORE_READ(inode, i_size);
	}
	return 0;
}

static __always_inline int file_opened(long fd, __u64 flags)
{
	struct file *file = fd < 0 || !open_is_remembered(flags) ? NULL : file_of_descriptor(fd);

	return file ? opened(file, flags) : 0;
}

SEC("tp/syscalls/sys_exit_openat")
int openat_exit(struct trace_event_raw_sys_exit *ctx)
{
	return file_opened(ctx->ret, syscall_argument(2));
}

SEC("tp/syscalls/sys_exit_open")
int open_exit(struct trace_event_raw_sys_exit *ctx)
{
	return file_opened(ctx->ret, syscall_argument(1));
}

SEC("tp/syscalls/sys_exit_creat")
int creat_exit(struct trace_event_raw_sys_exit *ctx)
{
	return file_opened(ctx->ret, O_TRUNC | 1);
}

SEC("tp/syscalls/sys_exit_openat2")
int openat2_exit(struct trace_event_raw_sys_exit *ctx)
{
	__u64 flags = 0; /* first field of struct open_how */

	bpf_probe_read_user(&flags, sizeof(flags), (void *)syscall_argument(2));
	return file_opened(ctx->ret, flags);
}

/* Before a seek: what the position says so far. After it (below): where counting goes on. */
static __always_inline int before_seek(__u32 fd)
{
	struct file *file = regular_file_of_descriptor(fd);
	struct file_state *state;
	__u64 position;

	if (!file)
		return 0;
	position = BPF_CORE_READ(file, f_pos);
	state = find_file_state(file);
	if (!state && position)
		state = make_file_state(file);
	if (state && !(state->facts & FILE_APPEND && position < state->base))
		count_position(file, state, position);
	return 0;
}

static __always_inline int after_seek(struct file *file, __u64 position)
{
	struct file_state *state = position ? file_state_of(file) : find_file_state(file);

	/* A write in append mode goes to the end, wherever the seek went. */
	if (state && !(state->facts & FILE_APPEND))
		state->base = position;
	return 0;
}

SEC("tp/syscalls/sys_enter_lseek")
int lseek_enter(struct trace_event_raw_sys_enter *ctx)
{
	return before_seek(ctx->args[0]);
}

SEC("tp/syscalls/sys_exit_lseek")
int lseek_exit(struct trace_event_raw_sys_exit *ctx)
{
	struct file *file;
	struct file_state *state;

	/* Nothing but holes: who copies such a file has no need to read it. */
	if (ctx->ret < 0 && (ctx->ret != -ENXIO || syscall_argument(2) != SEEK_DATA || syscall_argument(1)))
		return 0;
	file = regular_file_of_descriptor(syscall_argument(0));
	if (!file)
		return 0;
	if (ctx->ret >= 0)
		return after_seek(file, ctx->ret);
	state = file_state_of(file);
	if (state)
		state->facts |= FILE_EMPTY;
	return 0;
}

/*
 * The modification time moves with the size, so it says no longer in which direction bytes go through
 * a file that is read and written. What went through before was read if the time had not moved by then.
 */
static __always_inline int before_resize(__u32 fd)
{
	struct file *file = regular_file_of_descriptor(fd);
	struct file_state *state = file ? find_file_state(file) : NULL;
	__u64 position;

	if (!state || state->facts & (FILE_RESIZED | FILE_APPEND) || !(BPF_CORE_READ(file, f_mode) & FMODE_READ) ||
	    state->opened_modification != inode_modification_time(BPF_CORE_READ(file, f_inode)))
		return 0;
	position = BPF_CORE_READ(file, f_pos);
	if (position > state->base)
		state->bytes_read += position - state->base;
	state->base = position;
	return 0;
}

static __always_inline int resized(long ret, __u32 fd)
{
	struct file *file = ret ? NULL : regular_file_of_descriptor(fd);
	struct file_state *state = file ? file_state_of(file) : NULL;

	if (state)
		state->facts |= FILE_RESIZED;
	return 0;
}

SEC("tp/syscalls/sys_enter_ftruncate")
int ftruncate_enter(struct trace_event_raw_sys_enter *ctx)
{
	return before_resize(ctx->args[0]);
}

SEC("tp/syscalls/sys_exit_ftruncate")
int ftruncate_exit(struct trace_event_raw_sys_exit *ctx)
{
	return resized(ctx->ret, syscall_argument(0));
}

static __always_inline int bytes_moved(struct file *file, __u64 bytes, bool written)
{
	struct file_state *state = bytes ? file_state_of(file) : NULL;

	if (!state)
		return 0;
	if (written)
		state->bytes_written += bytes;
	else
		state->bytes_read += bytes;
	return 0;
}

static __always_inline int bytes_bypassed(long ret, __u32 fd, bool written)
{
	struct file *file = ret <= 0 ? NULL : regular_file_of_descriptor(fd);

	return file ? bytes_moved(file, ret, written) : 0;
}

#define POSITIONED(name, written)                                                                                      \
	SEC("tp/syscalls/sys_exit_" #name)                                                                             \
	int name##_exit(struct trace_event_raw_sys_exit *ctx)                                                          \
	{                                                                                                              \
		return bytes_bypassed(ctx->ret, syscall_argument(0), written);                                         \
	}

POSITIONED(pread64, false)
POSITIONED(preadv, false)
POSITIONED(pwrite64, true)
POSITIONED(pwritev, true)

/* preadv2 and pwritev2 use, and move, the position when the offset is -1. */
SEC("tp/syscalls/sys_exit_preadv2")
int preadv2_exit(struct trace_event_raw_sys_exit *ctx)
{
	return (__s64)syscall_argument(3) == -1 ? 0 : bytes_bypassed(ctx->ret, syscall_argument(0), false);
}

SEC("tp/syscalls/sys_exit_pwritev2")
int pwritev2_exit(struct trace_event_raw_sys_exit *ctx)
{
	return (__s64)syscall_argument(3) == -1 ? 0 : bytes_bypassed(ctx->ret, syscall_argument(0), true);
}

/* Both take pointers to offsets; where one is NULL the position moves, and needs no help. */
static __always_inline int bytes_between(long ret, __u32 input, bool input_offset, __u32 output, bool output_offset)
{
	if (input_offset)
		bytes_bypassed(ret, input, false);
	if (output_offset)
		bytes_bypassed(ret, output, true);
	return 0;
}

SEC("tp/syscalls/sys_exit_copy_file_range")
int copy_file_range_exit(struct trace_event_raw_sys_exit *ctx)
{
	return bytes_between(ctx->ret, syscall_argument(0), syscall_argument(1), syscall_argument(2), syscall_argument(3));
}

SEC("tp/syscalls/sys_exit_splice")
int splice_exit(struct trace_event_raw_sys_exit *ctx)
{
	return bytes_between(ctx->ret, syscall_argument(0), syscall_argument(1), syscall_argument(2), syscall_argument(3));
}

SEC("tp/syscalls/sys_exit_sendfile64")
int sendfile64_exit(struct trace_event_raw_sys_exit *ctx)
{
	return bytes_between(ctx->ret, syscall_argument(1), syscall_argument(2), syscall_argument(0), false);
}

static __always_inline int mapped(__u64 address, __u64 protection, __u64 flags, __u32 fd)
{
	struct file *file = flags & MAP_ANONYMOUS ? NULL : regular_file_of_descriptor(fd);
	struct file_state *state = file ? file_state_of(file) : NULL;

	if (!state)
		return 0;
	if (protection & PROT_EXEC)
		state->facts |= STATE_MAPPED_EXECUTABLE;
	else if (protection & PROT_WRITE && flags & MAP_SHARED) {
		state->facts |= FILE_MAPPED_WRITE;
		remember_mapping(file, address);
	} else if (protection & PROT_READ)
		state->facts |= FILE_MAPPED;
	return 0;
}

SEC("tp/syscalls/sys_exit_mmap")
int mmap_exit(struct trace_event_raw_sys_exit *ctx)
{
	/* Errors are -4095..-1; addresses may look negative to a signed compare. */
	if ((unsigned long)ctx->ret >= (unsigned long)-4095)
		return 0;
	return mapped(ctx->ret, syscall_argument(2), syscall_argument(3), syscall_argument(4));
}

/* A reflink copies a whole file without moving a byte: cp does it first on xfs and btrfs. */
static __always_inline int cloned(__u32 fd, __u32 command, __s64 source_fd)
{
	struct file *source, *target;
	struct file_state *state;
	__s64 size;

	if (command == FICLONERANGE && bpf_probe_read_user(&source_fd, sizeof(source_fd), (void *)source_fd))
		return 0;
	source = regular_file_of_descriptor(source_fd);
	target = regular_file_of_descriptor(fd);
	if (!source || !target)
		return 0;
	size = BPF_CORE_READ(source, f_inode, i_size);
	state = file_state_of(source);
	if (state) {
		state->facts |= FILE_CLONED;
		state->bytes_read += size;
	}
	state = file_state_of(target);
	if (state) {
		state->facts |= FILE_CLONED;
		state->bytes_written += size;
	}
	return 0;
}

SEC("tp/syscalls/sys_exit_ioctl")
int ioctl_exit(struct trace_event_raw_sys_exit *ctx)
{
	__u32 command = syscall_argument(1);

	if (ctx->ret || (command != FICLONE && command != FICLONERANGE))
		return 0;
	return cloned(syscall_argument(0), command, syscall_argument(2));
}

#endif
