/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * long: what is noted when a request is submitted is used when it completes, operation by operation
 * io_uring does without system calls what system calls do, and other hooks do not see it. What a request did is
 * told when it completes, from the request itself. Only names and closings are noted when it is submitted: the
 * kernel frees its copy of a name before it completes, and the file is out of its table then.
 *
 * A request may be worked on in the program's own thread, in a worker thread of its process, or in a kernel thread
 * that submits (SQPOLL). All of them are threads of the process and share its descriptors and its directories.
 */
#ifndef PANORAMA_URING_H
#define PANORAMA_URING_H

/* Room for requests that are under way. Not an LRU, and not preallocated: 8 KB each, of which most hosts need none. */
struct request_names {
	__u32 operation; /* enum name_operation */
	int dirfd;
	int new_dirfd;
	__u32 reserved;
	char name[PATH_CAPACITY];
	char new_name[PATH_CAPACITY]; /* empty: there is none */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64); /* struct io_kiocb * */
	__type(value, struct request_names);
} uring_names SEC(".maps");

/* A file that a request of a chain will close: only when it completes has the file seen everything before it. */
struct closing_key {
	__u64 ring_context;
	__u32 index;
	__u32 fixed; /* in the table of the ring; else a descriptor */
};

struct closing_file {
	__u64 file;
	__u64 inode; /* a struct file is reused */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct closing_key);
	__type(value, struct closing_file);
} uring_closings SEC(".maps");

/* A multishot accept completes many times, without its request: this is what is known of it then. */
struct accept_key {
	__u64 ring_context;
	__u64 user_data;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct accept_key);
	__type(value, __u32); /* file_slot, as in struct io_accept */
} uring_accepts SEC(".maps");

#define OF(type, request) ((struct type *)(request))

static __always_inline void has_own_files(struct io_ring_ctx *ring_context)
{
	__u64 key = (__u64)ring_context;
	__u32 one = 1;

	if (!bpf_map_lookup_elem(&rings_with_files, &key))
		bpf_map_update_elem(&rings_with_files, &key, &one, BPF_ANY);
}

static __always_inline void note_closing(struct closing_key *key, struct file *file)
{
	struct closing_file closing = { .file = (__u64)file, .inode = BPF_CORE_READ(file, f_inode, i_ino) };

	if (bpf_map_update_elem(&uring_closings, key, &closing, BPF_ANY))
		__sync_fetch_and_add(&counters.lost_state, 1);
}

__noinline int note_names(__u64 address, __u32 opcode)
{
	struct io_kiocb *request = (void *)address;
	struct request_names *names;
	struct scratch *scratch;
	struct filename *first, *second = NULL;

	if (is_observer())
		return 0;
	scratch = take_scratch(RECORD_NAME);
	if (!scratch)
		return 0;
	names = (struct request_names *)scratch->record;
	names->reserved = 0;
	names->new_dirfd = 0;
	if (opcode == IORING_OP_RENAMEAT) {
		names->operation = NAME_RENAME;
		names->dirfd = BPF_CORE_READ(OF(io_rename, request), old_dfd);
		names->new_dirfd = BPF_CORE_READ(OF(io_rename, request), new_dfd);
		first = BPF_CORE_READ(OF(io_rename, request), oldpath);
		second = BPF_CORE_READ(OF(io_rename, request), newpath);
	} else if (opcode == IORING_OP_UNLINKAT) {
		names->operation = BPF_CORE_READ(OF(io_unlink, request), flags) & AT_REMOVEDIR ? NAME_RMDIR : NAME_UNLINK;
		names->dirfd = BPF_CORE_READ(OF(io_unlink, request), dfd);
		first = BPF_CORE_READ(OF(io_unlink, request), filename);
	} else {
		names->operation = NAME_MKDIR;
		names->dirfd = BPF_CORE_READ(OF(io_mkdir, request), dfd);
		first = BPF_CORE_READ(OF(io_mkdir, request), filename);
	}
	names->name[0] = names->new_name[0] = 0;
	bpf_probe_read_kernel_str(names->name, PATH_CAPACITY, BPF_CORE_READ(first, name));
	if (second)
		bpf_probe_read_kernel_str(names->new_name, PATH_CAPACITY, BPF_CORE_READ(second, name));
	if (BPF_CORE_READ(request, flags) & REQ_F_CQE_SKIP) {
		/* The program asked not to be told of success: then nobody is. A failure appears as if it had succeeded. */
		report_name(names->operation | NAME_OF_KERNEL, names->dirfd, AS_NUMBER((__u64)names->name), names->new_dirfd,
			    second ? AS_NUMBER((__u64)names->new_name) : 0);
	} else if (bpf_map_update_elem(&uring_names, &address, names, BPF_ANY)) {
		__sync_fetch_and_add(&counters.lost_state, 1);
	}
	release_scratch(scratch);
	return 0;
}

/* Alone it is as close(2): the file is there and has moved. In a chain it will have moved when the request completes. */
__noinline int close_submitted(__u64 address)
{
	struct io_kiocb *request = (void *)address;
	struct io_ring_ctx *ring_context = BPF_CORE_READ(request, ctx);
	__u32 slot = BPF_CORE_READ(OF(io_close, request), file_slot);
	struct closing_key key = { .ring_context = (__u64)ring_context, .fixed = slot != 0 };
	struct file *file;
	bool chained;

	key.index = slot ? slot - 1 : BPF_CORE_READ(OF(io_close, request), fd);
	file = slot ? file_of_ring(ring_context, key.index) : file_of_descriptor(key.index);
	chained = BPF_CORE_READ(ring_context, submit_state.link.head) || BPF_CORE_READ(request, flags) & REQ_F_IO_DRAIN;
	if (file && chained && !(BPF_CORE_READ(request, flags) & REQ_F_CQE_SKIP)) {
		note_closing(&key, file);
	} else if (file) {
		bpf_map_delete_elem(&uring_closings, &key);
		report_file(file, slot ? ~0u : key.index);
	}
	return 0;
}

static __always_inline int close_completed(struct io_kiocb *request)
{
	__u32 slot = BPF_CORE_READ(OF(io_close, request), file_slot);
	struct closing_key key = { .ring_context = (__u64)BPF_CORE_READ(request, ctx), .fixed = slot != 0 };
	struct closing_file *closing;
	struct file *file;

	key.index = slot ? slot - 1 : BPF_CORE_READ(OF(io_close, request), fd);
	closing = bpf_map_lookup_elem(&uring_closings, &key);
	if (!closing)
		return 0;
	/* Freed by the thread's own work, which comes after this. */
	file = (struct file *)closing->file;
	if (BPF_CORE_READ(file, f_inode, i_ino) == closing->inode)
		report_file(file, slot ? ~0u : key.index);
	bpf_map_delete_elem(&uring_closings, &key);
	return 0;
}

/* What became a descriptor, or an entry in the table of the ring. */
static __always_inline struct file *file_of_result(struct io_ring_ctx *ring_context, __u32 file_slot, __u32 result)
{
	struct closing_key key = { .ring_context = (__u64)ring_context, .fixed = 1 };
	struct file *file;

	if (!file_slot)
		return file_of_descriptor(result);
	key.index = file_slot == FILE_INDEX_ALLOC ? result : file_slot - 1;
	file = file_of_ring(ring_context, key.index);
	if (!file)
		return NULL;
	has_own_files(ring_context);
	/* The chain that opened it may close it: then the request to close it was submitted before it was there. */
	note_closing(&key, file);
	return file;
}

__noinline int open_completed(__u64 address, __u32 result)
{
	struct io_kiocb *request = (void *)address;
	struct file *file = file_of_result(BPF_CORE_READ(request, ctx), BPF_CORE_READ(OF(io_open, request), file_slot), result);

	return file ? opened(file, BPF_CORE_READ(OF(io_open, request), how.flags)) : 0;
}

__noinline int accept_completed(__u64 ring_context, __u32 file_slot, __u32 result)
{
	return accepted(file_of_result((void *)ring_context, file_slot, result));
}

/* Where the request has no offset of its own the position moves, as with read(2) and write(2). */
static __always_inline int bytes_completed(struct io_kiocb *request, __u64 bytes, bool written)
{
	struct file *file = BPF_CORE_READ(request, file);
	__u32 flags = BPF_CORE_READ(request, flags);

	if (!file || (file_mode(file) & S_IFMT) != S_IFREG || is_observer())
		return 0;
	if (flags & REQ_F_FIXED_FILE)
		has_own_files(BPF_CORE_READ(request, ctx));
	return flags & REQ_F_CUR_POS ? 0 : bytes_moved(file, bytes, written);
}

/* Success will not be told: what was asked for counts, a read no further than the file goes. */
__noinline int bytes_submitted(__u64 address, __u32 written)
{
	struct io_kiocb *request = (void *)address;
	__s64 position = BPF_CORE_READ(OF(io_rw, request), kiocb.ki_pos), size;
	__u64 bytes = BPF_CORE_READ(OF(io_rw, request), len);
	__u32 index = BPF_CORE_READ(request, cqe.fd);
	struct file *file;

	file = BPF_CORE_READ(request, flags) & REQ_F_FIXED_FILE ? file_of_ring(BPF_CORE_READ(request, ctx), index) :
								  file_of_descriptor(index);
	if (position < 0 || !file || (file_mode(file) & S_IFMT) != S_IFREG || is_observer())
		return 0;
	size = BPF_CORE_READ(file, f_inode, i_size);
	if (!written && position + (__s64)bytes > size)
		bytes = position < size ? size - position : 0;
	return bytes_moved(file, bytes, written);
}

__noinline int splice_completed(__u64 address, __u32 bytes)
{
	struct io_kiocb *request = (void *)address;
	struct file *output = BPF_CORE_READ(request, file), *input;
	__u32 index = BPF_CORE_READ(OF(io_splice, request), splice_fd_in);

	if (is_observer())
		return 0;
	input = BPF_CORE_READ(OF(io_splice, request), flags) & SPLICE_FD_IN_FIXED ?
			file_of_ring(BPF_CORE_READ(request, ctx), index) :
			file_of_descriptor(index);
	if (input && BPF_CORE_READ(OF(io_splice, request), off_in) != -1 && (file_mode(input) & S_IFMT) == S_IFREG)
		bytes_moved(input, bytes, false);
	if (output && BPF_CORE_READ(OF(io_splice, request), off_out) != -1 && (file_mode(output) & S_IFMT) == S_IFREG)
		bytes_moved(output, bytes, true);
	return 0;
}

static __always_inline int message_completed(struct io_kiocb *request, __u64 bytes, bool sent, bool has_header)
{
	/* The header lies in the program's memory, which may have changed by now; connected sockets need none. */
	const void *peer = has_header ? message_peer(BPF_CORE_READ(OF(io_sr_msg, request), umsg)) : NULL;

	return count_datagrams(AS_NUMBER((__u64)BPF_CORE_READ(request, file)), (__u64)peer, bytes, sent);
}

/* The file system told of the inode in a worker thread, for the request: now it is for whoever reports. */
__noinline int names_completed(__u64 request, int result)
{
	struct request_names *names = bpf_map_lookup_elem(&uring_names, &request);
	struct named_inode *seen = bpf_map_lookup_elem(&named_inodes, &request), inode;
	__u64 key = bpf_get_current_pid_tgid();

	if (!names)
		return 0;
	if (!result) {
		if (seen) {
			inode = *seen;
			bpf_map_update_elem(&named_inodes, &key, &inode, BPF_ANY);
		} else {
			bpf_map_delete_elem(&named_inodes, &key);
		}
		report_name(names->operation | NAME_OF_KERNEL, names->dirfd, AS_NUMBER((__u64)names->name), names->new_dirfd,
			    names->new_name[0] ? AS_NUMBER((__u64)names->new_name) : 0);
	}
	if (seen)
		bpf_map_delete_elem(&named_inodes, &request);
	bpf_map_delete_elem(&uring_names, &request);
	return 0;
}

static __always_inline int request_submitted(struct io_kiocb *request)
{
	__u8 opcode = BPF_CORE_READ(request, opcode);
	struct accept_key key = {};
	__u32 slot;

	switch (opcode) {
	case IORING_OP_READ:
	case IORING_OP_READ_FIXED:
	case IORING_OP_WRITE:
	case IORING_OP_WRITE_FIXED:
		if (!(BPF_CORE_READ(request, flags) & REQ_F_CQE_SKIP))
			return 0;
		return bytes_submitted((__u64)request, opcode == IORING_OP_WRITE || opcode == IORING_OP_WRITE_FIXED);
	case IORING_OP_RENAMEAT:
	case IORING_OP_UNLINKAT:
	case IORING_OP_MKDIRAT:
		return note_names((__u64)request, opcode);
	case IORING_OP_CLOSE:
		return close_submitted((__u64)request);
	case IORING_OP_ACCEPT:
		key.ring_context = (__u64)BPF_CORE_READ(request, ctx);
		key.user_data = BPF_CORE_READ(request, cqe.user_data);
		slot = BPF_CORE_READ(OF(io_accept, request), file_slot);
		bpf_map_update_elem(&uring_accepts, &key, &slot, BPF_ANY);
		return 0;
	default:
		return 0;
	}
}

static __always_inline int request_completed(struct io_kiocb *request, int result)
{
	__u8 opcode = BPF_CORE_READ(request, opcode);

	/* These have something to forget when they fail. */
	if (opcode == IORING_OP_RENAMEAT || opcode == IORING_OP_UNLINKAT || opcode == IORING_OP_MKDIRAT)
		return names_completed((__u64)request, result);
	if (opcode == IORING_OP_CLOSE)
		return close_completed(request);
	/* Whoever tidies up after a process that is gone is no owner of anything. */
	if (result < 0 || bpf_get_current_task_btf()->flags & PF_KTHREAD)
		return 0;
	switch (opcode) {
	case IORING_OP_READ:
	case IORING_OP_READV:
	case IORING_OP_READ_FIXED:
	case IORING_OP_READV_FIXED:
	case IORING_OP_READ_MULTISHOT:
		return bytes_completed(request, result, false);
	case IORING_OP_WRITE:
	case IORING_OP_WRITEV:
	case IORING_OP_WRITE_FIXED:
	case IORING_OP_WRITEV_FIXED:
		return bytes_completed(request, result, true);
	case IORING_OP_OPENAT:
	case IORING_OP_OPENAT2:
		return open_completed((__u64)request, result);
	case IORING_OP_CONNECT:
		return connected(AS_NUMBER((__u64)BPF_CORE_READ(request, file)), 0);
	case IORING_OP_ACCEPT:
		return accept_completed((__u64)BPF_CORE_READ(request, ctx), BPF_CORE_READ(OF(io_accept, request), file_slot), result);
	case IORING_OP_SPLICE:
		return splice_completed((__u64)request, result);
	case IORING_OP_SEND:
	case IORING_OP_SEND_ZC:
		return message_completed(request, result, true, false);
	case IORING_OP_RECV:
		return message_completed(request, result, false, false);
	case IORING_OP_SENDMSG:
	case IORING_OP_SENDMSG_ZC:
		return message_completed(request, result, true, true);
	case IORING_OP_RECVMSG:
		return message_completed(request, result, false, true);
	default:
		return 0;
	}
}

/* 6.12 has it; 6.1 has submit_sqe. */
SEC("raw_tp/io_uring_submit_req")
int uring_submit_req(struct bpf_raw_tracepoint_args *ctx)
{
	return request_submitted((void *)ctx->args[0]);
}

SEC("raw_tp/io_uring_submit_sqe")
int uring_submit_sqe(struct bpf_raw_tracepoint_args *ctx)
{
	return bpf_core_type_exists(btf_trace_io_uring_submit_sqe) ? request_submitted((void *)ctx->args[0]) : 0;
}

SEC("raw_tp/io_uring_complete")
int uring_complete(struct bpf_raw_tracepoint_args *ctx)
{
	struct io_kiocb *request = (void *)ctx->args[1];
	struct io_uring_cqe *completion = (void *)ctx->args[2];
	struct accept_key key = { .ring_context = ctx->args[0] };
	bool whole = bpf_core_type_exists(btf_trace_io_uring_complete);
	__u32 *slot;
	int result;

	result = whole ? BPF_CORE_READ(completion, res) : (int)ctx->args[3];
	if (request)
		return request_completed(request, result);
	/* One of many completions of one request. */
	key.user_data = whole ? BPF_CORE_READ(completion, user_data) : ctx->args[2];
	slot = result < 0 ? NULL : bpf_map_lookup_elem(&uring_accepts, &key);
	return slot ? accept_completed(key.ring_context, *slot, result) : 0;
}

#endif
