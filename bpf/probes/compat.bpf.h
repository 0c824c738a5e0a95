/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * long: one table of calls, and what each takes its arguments from
 * System calls of 32-bit programs, by their own numbers (arch/x86/entry/syscalls/syscall_32.tbl), to the same
 * handlers as those of 64-bit programs. Attached by user space, and only while such a program lives.
 */
#ifndef PANORAMA_COMPAT_H
#define PANORAMA_COMPAT_H

#if defined(__TARGET_ARCH_x86)

enum compat_call {
	COMPAT_OPEN = 5,
	COMPAT_CLOSE = 6,
	COMPAT_CREAT = 8,
	COMPAT_LINK = 9,
	COMPAT_UNLINK = 10,
	COMPAT_EXECVE = 11,
	COMPAT_CHMOD = 15,
	COMPAT_LCHOWN16 = 16,
	COMPAT_LSEEK = 19,
	COMPAT_RENAME = 38,
	COMPAT_MKDIR = 39,
	COMPAT_RMDIR = 40,
	COMPAT_IOCTL = 54,
	COMPAT_DUP2 = 63,
	COMPAT_SYMLINK = 83,
	COMPAT_MMAP = 90,
	COMPAT_MUNMAP = 91,
	COMPAT_TRUNCATE = 92,
	COMPAT_FTRUNCATE = 93,
	COMPAT_FCHMOD = 94,
	COMPAT_FCHOWN16 = 95,
	COMPAT_SOCKETCALL = 102,
	COMPAT_LLSEEK = 140,
	COMPAT_PREAD64 = 180,
	COMPAT_PWRITE64 = 181,
	COMPAT_CHOWN16 = 182,
	COMPAT_SENDFILE = 187,
	COMPAT_MMAP2 = 192,
	COMPAT_TRUNCATE64 = 193,
	COMPAT_FTRUNCATE64 = 194,
	COMPAT_LCHOWN = 198,
	COMPAT_FCHOWN = 207,
	COMPAT_CHOWN = 212,
	COMPAT_SENDFILE64 = 239,
	COMPAT_OPENAT = 295,
	COMPAT_MKDIRAT = 296,
	COMPAT_FCHOWNAT = 298,
	COMPAT_UNLINKAT = 301,
	COMPAT_RENAMEAT = 302,
	COMPAT_LINKAT = 303,
	COMPAT_SYMLINKAT = 304,
	COMPAT_FCHMODAT = 306,
	COMPAT_SPLICE = 313,
	COMPAT_DUP3 = 330,
	COMPAT_PREADV = 333,
	COMPAT_PWRITEV = 334,
	COMPAT_RECVMMSG = 337,
	COMPAT_SENDMMSG = 345,
	COMPAT_RENAMEAT2 = 353,
	COMPAT_EXECVEAT = 358,
	COMPAT_CONNECT = 362,
	COMPAT_ACCEPT4 = 364,
	COMPAT_SENDTO = 369,
	COMPAT_SENDMSG = 370,
	COMPAT_RECVFROM = 371,
	COMPAT_RECVMSG = 372,
	COMPAT_COPY_FILE_RANGE = 377,
	COMPAT_PREADV2 = 378,
	COMPAT_PWRITEV2 = 379,
	COMPAT_RECVMMSG_TIME64 = 417,
	COMPAT_CLOSE_RANGE = 436,
	COMPAT_OPENAT2 = 437,
	COMPAT_FCHMODAT2 = 452,
};

/* Numbers of socketcall(2): one system call for all of sockets, its arguments in memory. */
enum socketcall {
	SOCKETCALL_CONNECT = 3,
	SOCKETCALL_ACCEPT = 5,
	SOCKETCALL_SENDTO = 11,
	SOCKETCALL_RECVFROM = 12,
	SOCKETCALL_SENDMSG = 16,
	SOCKETCALL_RECVMSG = 17,
	SOCKETCALL_ACCEPT4 = 18,
	SOCKETCALL_RECVMMSG = 19,
	SOCKETCALL_SENDMMSG = 20,
};

/* struct compat_mmsghdr: a header of seven words, and the length moved. */
#define COMPAT_MESSAGE_SIZE 32
#define COMPAT_MESSAGE_LENGTH 28

static __always_inline __u64 compat_peer(__u64 message)
{
	__u32 name = 0;

	bpf_probe_read_user(&name, sizeof(name), (void *)message);
	return name;
}

__noinline int compat_messages(int count, __u32 fd, __u64 messages, __u32 sent)
{
	struct file *file = count <= 0 ? NULL : file_of_descriptor(fd);

	if (!file)
		return 0;
	for (int index = 0; index < MULTIPLE_MESSAGES && index < count; index++) {
		__u64 message = messages + index * COMPAT_MESSAGE_SIZE;
		__u32 length = 0;

		bpf_probe_read_user(&length, sizeof(length), (void *)(message + COMPAT_MESSAGE_LENGTH));
		count_datagrams((__u64)file, compat_peer(message), length, sent);
	}
	return 0;
}

__noinline int compat_connected(int result, __u32 fd)
{
	struct file *file = result && result != -EINPROGRESS ? NULL : file_of_descriptor(fd);

	return file ? connected((__u64)file, result) : 0;
}

__noinline int compat_accepted(int result)
{
	return accepted(result < 0 ? NULL : file_of_descriptor(result));
}

__noinline int compat_datagram(int result, __u32 fd, __u64 peer, __u32 sent)
{
	return datagram(result, fd, (void *)peer, sent);
}

__noinline int compat_socketcall(int result, __u32 call, __u64 arguments)
{
	__u32 argument[6] = {};

	bpf_probe_read_user(argument, sizeof(argument), (void *)arguments);
	switch (call) {
	case SOCKETCALL_CONNECT: return compat_connected(result, argument[0]);
	case SOCKETCALL_ACCEPT:
	case SOCKETCALL_ACCEPT4: return compat_accepted(result);
	case SOCKETCALL_SENDTO: return compat_datagram(result, argument[0], argument[4], true);
	case SOCKETCALL_RECVFROM: return compat_datagram(result, argument[0], argument[4], false);
	case SOCKETCALL_SENDMSG: return compat_datagram(result, argument[0], compat_peer(argument[1]), true);
	case SOCKETCALL_RECVMSG: return compat_datagram(result, argument[0], compat_peer(argument[1]), false);
	case SOCKETCALL_SENDMMSG: return compat_messages(result, argument[0], argument[1], true);
	case SOCKETCALL_RECVMMSG: return compat_messages(result, argument[0], argument[1], false);
	default: return 0;
	}
}

__noinline int compat_opened(int fd, __u32 flags)
{
	return file_opened(fd, flags);
}

__noinline int compat_moved(int bytes, __u32 fd, __u32 written)
{
	return bytes_bypassed(bytes, fd, written);
}

/* The arguments of the oldest mmap lie in memory; its offset counts bytes, that of mmap2 pages. */
__noinline int compat_mapped(__u32 address, __u32 old)
{
	__u32 argument[6] = {};

	if (old) {
		bpf_probe_read_user(argument, sizeof(argument), (void *)(__u64)compat_argument(0));
	} else {
		argument[2] = compat_argument(2);
		argument[3] = compat_argument(3);
		argument[4] = compat_argument(4);
	}
	return mapped(address, argument[2], argument[3], argument[4]);
}

__noinline int compat_attribute(int dirfd, __u32 name, __u32 flags, __u32 attribute, __u64 value)
{
	return named_attribute(dirfd, name, flags, attribute, value);
}

__noinline int compat_open_attribute(__u32 fd, __u32 attribute, __u64 value)
{
	return open_attribute(fd, attribute, value);
}

/* Ids of 16 bits, of which the highest stands for none (low2highuid). */
static __always_inline __u32 wide_id(__u32 id)
{
	return (__u16)id == 0xffff ? ~0u : (__u16)id;
}

__noinline int compat_owner(__u32 call, __u32 first, __u32 owner, __u32 group)
{
	switch (call) {
	case COMPAT_LCHOWN16:
	case COMPAT_FCHOWN16:
	case COMPAT_CHOWN16:
		owner = wide_id(owner);
		group = wide_id(group);
	}
	if (call == COMPAT_FCHOWN16 || call == COMPAT_FCHOWN)
		return compat_open_attribute(first, ATTRIBUTE_OWNER, owner_and_group(owner, group));
	return compat_attribute(AT_FDCWD, first, call == COMPAT_LCHOWN16 || call == COMPAT_LCHOWN ? AT_SYMLINK_NOFOLLOW : 0,
				ATTRIBUTE_OWNER, owner_and_group(owner, group));
}

__noinline int compat_resized(int result, __u32 fd)
{
	return resized(result, fd);
}

__noinline int compat_cloned(int result, __u32 fd, __u32 command, __u32 argument)
{
	return result || (command != FICLONE && command != FICLONERANGE) ? 0 : cloned(fd, command, argument);
}

__noinline int compat_after_seek(__u32 fd)
{
	struct file *file = regular_file_of_descriptor(fd);

	/* The new position may not fit the result of the call: it is in the file. */
	return file ? after_seek(file, BPF_CORE_READ(file, f_pos)) : 0;
}

SEC("raw_tp/sys_enter")
int compat_enter(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 first;

	if (!in_compat_call())
		return 0;
	first = compat_argument(0);
	switch (ctx->args[1]) {
	case COMPAT_CLOSE:
		report_descriptor(first);
		return 0;
	case COMPAT_DUP2:
	case COMPAT_DUP3: return before_duplicate(first, compat_argument(1));
	case COMPAT_FTRUNCATE:
	case COMPAT_FTRUNCATE64: return before_resize(first);
	case COMPAT_MUNMAP: return before_unmap(first, compat_argument(1));
	case COMPAT_LSEEK:
	case COMPAT_LLSEEK:
		return before_seek(first);
	case COMPAT_EXECVE:
	case COMPAT_EXECVEAT:
		walk_table(0, ~0u, true, VISIT_REPORT);
		return 0;
	case COMPAT_CLOSE_RANGE:
		if (!(compat_argument(2) & CLOSE_RANGE_CLOEXEC))
			walk_table(first, compat_argument(1), false, VISIT_REPORT);
		return 0;
	default:
		return 0;
	}
}

static __always_inline int compat_name(long result, __u32 operation, int dirfd, __u32 name, int new_dirfd, __u32 new_name)
{
	return result ? forget_named_inode() : report_name(operation, dirfd, name, new_dirfd, new_name);
}

SEC("raw_tp/sys_exit")
int compat_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	int result = ctx->args[1];
	__u32 call = regs->orig_ax, first, second;
	__u64 flags = 0;

	if (!in_compat_call())
		return 0;
	first = compat_argument(0);
	second = compat_argument(1);
	switch (call) {
	case COMPAT_OPEN: return compat_opened(result, second);
	case COMPAT_CREAT: return compat_opened(result, O_TRUNC | 1);
	case COMPAT_OPENAT: return compat_opened(result, compat_argument(2));
	case COMPAT_OPENAT2:
		bpf_probe_read_user(&flags, sizeof(flags), (void *)(__u64)compat_argument(2));
		return compat_opened(result, flags);
	case COMPAT_UNLINK: return compat_name(result, NAME_UNLINK, AT_FDCWD, first, 0, 0);
	case COMPAT_RMDIR: return compat_name(result, NAME_RMDIR, AT_FDCWD, first, 0, 0);
	case COMPAT_UNLINKAT:
		return compat_name(result, compat_argument(2) & AT_REMOVEDIR ? NAME_RMDIR : NAME_UNLINK, first, second, 0, 0);
	case COMPAT_MKDIR: return compat_name(result, NAME_MKDIR, AT_FDCWD, first, 0, 0);
	case COMPAT_MKDIRAT: return compat_name(result, NAME_MKDIR, first, second, 0, 0);
	case COMPAT_RENAME: return compat_name(result, NAME_RENAME, AT_FDCWD, first, AT_FDCWD, second);
	case COMPAT_RENAMEAT: return compat_name(result, NAME_RENAME, first, second, compat_argument(2), compat_argument(3));
	case COMPAT_RENAMEAT2:
		return compat_name(result, NAME_RENAME | (compat_argument(4) & RENAME_EXCHANGE ? EXCHANGES : 0), first, second,
				   compat_argument(2), compat_argument(3));
	case COMPAT_LINK: return compat_name(result, NAME_LINK, AT_FDCWD, first, AT_FDCWD, second);
	case COMPAT_LINKAT: return compat_name(result, NAME_LINK, first, second, compat_argument(2), compat_argument(3));
	case COMPAT_SYMLINK: return compat_name(result, NAME_SYMLINK, AT_FDCWD, first, AT_FDCWD, second);
	case COMPAT_SYMLINKAT: return compat_name(result, NAME_SYMLINK, AT_FDCWD, first, second, compat_argument(2));
	case COMPAT_CHMOD: return result ? 0 : compat_attribute(AT_FDCWD, first, 0, ATTRIBUTE_MODE, second);
	case COMPAT_FCHMOD: return result ? 0 : compat_open_attribute(first, ATTRIBUTE_MODE, second);
	case COMPAT_FCHMODAT: return result ? 0 : compat_attribute(first, second, 0, ATTRIBUTE_MODE, compat_argument(2));
	case COMPAT_FCHMODAT2:
		return result ? 0 : compat_attribute(first, second, compat_argument(3), ATTRIBUTE_MODE, compat_argument(2));
	case COMPAT_LCHOWN16:
	case COMPAT_LCHOWN:
	case COMPAT_FCHOWN16:
	case COMPAT_FCHOWN:
	case COMPAT_CHOWN16:
	case COMPAT_CHOWN: return result ? 0 : compat_owner(call, first, second, compat_argument(2));
	case COMPAT_FCHOWNAT:
		return result ? 0
			      : compat_attribute(first, second, compat_argument(4), ATTRIBUTE_OWNER,
						 owner_and_group(compat_argument(2), compat_argument(3)));
	case COMPAT_TRUNCATE: return result ? 0 : compat_attribute(AT_FDCWD, first, 0, ATTRIBUTE_SIZE, second);
	case COMPAT_TRUNCATE64:
		return result ? 0
			      : compat_attribute(AT_FDCWD, first, 0, ATTRIBUTE_SIZE, second | (__u64)compat_argument(2) << 32);
	case COMPAT_FTRUNCATE:
	case COMPAT_FTRUNCATE64: return compat_resized(result, first);
	case COMPAT_IOCTL: return compat_cloned(result, first, second, compat_argument(2));
	case COMPAT_LSEEK:
	case COMPAT_LLSEEK:
		return result < 0 && result > -4096 ? 0 : compat_after_seek(first);
	case COMPAT_PREAD64:
	case COMPAT_PREADV: return compat_moved(result, first, false);
	case COMPAT_PWRITE64:
	case COMPAT_PWRITEV: return compat_moved(result, first, true);
	case COMPAT_PREADV2:
	case COMPAT_PWRITEV2:
		if (compat_argument(3) == ~0u && compat_argument(4) == ~0u)
			return 0;
		return compat_moved(result, first, call == COMPAT_PWRITEV2);
	case COMPAT_SENDFILE:
	case COMPAT_SENDFILE64: return compat_argument(2) ? compat_moved(result, second, false) : 0;
	case COMPAT_SPLICE:
	case COMPAT_COPY_FILE_RANGE:
		if (second)
			compat_moved(result, first, false);
		if (compat_argument(3))
			compat_moved(result, compat_argument(2), true);
		return 0;
	case COMPAT_MMAP:
	case COMPAT_MMAP2:
		/* Errors are -4095..-1; addresses may look negative. */
		return (__u32)result >= (__u32)-4095 ? 0 : compat_mapped(result, call == COMPAT_MMAP);
	case COMPAT_SOCKETCALL: return compat_socketcall(result, first, second);
	case COMPAT_CONNECT: return compat_connected(result, first);
	case COMPAT_ACCEPT4: return compat_accepted(result);
	case COMPAT_SENDTO: return compat_datagram(result, first, compat_argument(4), true);
	case COMPAT_RECVFROM: return compat_datagram(result, first, compat_argument(4), false);
	case COMPAT_SENDMSG: return compat_datagram(result, first, compat_peer(second), true);
	case COMPAT_RECVMSG: return compat_datagram(result, first, compat_peer(second), false);
	case COMPAT_SENDMMSG: return compat_messages(result, first, second, true);
	case COMPAT_RECVMMSG:
	case COMPAT_RECVMMSG_TIME64: return compat_messages(result, first, second, false);
	default: return 0;
	}
}

#endif

#endif
