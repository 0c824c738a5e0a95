/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What joins the processes of a pipeline: the two ends of a pipe, of a FIFO, or of a socket pair. A program
 * gets its ends as stdin and stdout with exec, where they are in its record. This tells of the others: a
 * subshell, which never execs, makes an end its stdin or stdout with dup2; and whoever holds an end in any
 * other descriptor (`tee >(…)`, subprocess.Popen, a FIFO by its name) is seen when it lets go of it.
 */
#ifndef PANORAMA_STREAM_H
#define PANORAMA_STREAM_H

#define PIPE_PAGE_BITS 12
#define STANDARD_ERROR 2 /* carries messages, whoever reads them */

/* How much was taken out of a pipe: whole buffers, and the part of the one at its end. */
static __always_inline __u64 pipe_progress(struct file *file)
{
	struct pipe_inode_info *pipe = BPF_CORE_READ(file, private_data);
	__u32 tail, offset = 0;

	if (!pipe)
		return 0;
	tail = BPF_CORE_READ(pipe, tail);
	if (tail != BPF_CORE_READ(pipe, head)) {
		struct pipe_buffer *buffers = BPF_CORE_READ(pipe, bufs);
		__u32 index = tail & (BPF_CORE_READ(pipe, ring_size) - 1);
		__u64 size = bpf_core_type_size(struct pipe_buffer);

		offset = BPF_CORE_READ((struct pipe_buffer *)((void *)buffers + index * size), offset);
	}
	return ((__u64)tail << PIPE_PAGE_BITS) + offset;
}

/* Made by socketpair(2): a socket that was bound, or connected to one that was, belongs to a service. */
static __always_inline bool is_socket_pair(struct sock *sk)
{
	struct unix_sock *end = (void *)sk, *peer;

	if (!sk || sock_family(sk) != AF_UNIX || BPF_CORE_READ(end, addr))
		return false;
	peer = (void *)BPF_CORE_READ(end, peer);
	return peer && !BPF_CORE_READ(peer, addr);
}

static __always_inline bool is_stream(struct file *file)
{
	__u16 type = file ? file_mode(file) & S_IFMT : 0;

	return type == S_IFIFO || (type == S_IFSOCK && is_socket_pair(sock_of_file(file)));
}

static __always_inline void describe(struct descriptor *descriptor, struct file *file)
{
	struct sock *sk, *peer;

	__builtin_memset(descriptor, 0, sizeof(*descriptor));
	if (!file)
		return;
	descriptor->inode = BPF_CORE_READ(file, f_inode, i_ino);
	descriptor->device = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	switch (file_mode(file) & S_IFMT) {
	case S_IFREG:
		descriptor->kind = DESCRIPTOR_FILE;
		break;
	case S_IFIFO:
		descriptor->kind = DESCRIPTOR_PIPE;
		descriptor->progress = pipe_progress(file);
		break;
	case S_IFCHR:
		descriptor->kind = DESCRIPTOR_CHARACTER;
		break;
	case S_IFSOCK:
		descriptor->kind = DESCRIPTOR_SOCKET;
		sk = sock_of_file(file);
		peer = sk ? unix_peer(sk) : NULL;
		if (peer)
			descriptor->peer = socket_inode(peer);
		break;
	default:
		descriptor->kind = DESCRIPTOR_OTHER;
	}
}

__noinline int report_stream(__u64 address, __u32 fd, __u32 facts)
{
	struct file *file = (void *)address;
	struct stream_record record;
	__u32 mode;

	if (is_observer())
		return 0;
	fill_header(&record.header, RECORD_STREAM);
	describe(&record.descriptor, file);
	fill_transferred(&record.transferred);
	mode = BPF_CORE_READ(file, f_mode);
	if (mode & FMODE_READ)
		facts |= STREAM_READ;
	if (mode & FMODE_WRITE)
		facts |= STREAM_WRITE;
	record.fd = fd;
	record.facts = facts;
	emit(&record, sizeof(record));
	return 0;
}

/* Only the last descriptor of an end counts: what a shell closes after it forked is plumbing. */
static __always_inline void report_stream_end(struct file *file, __u32 fd)
{
	if (fd != STANDARD_ERROR && file_references(file) <= 1 && is_stream(file))
		report_stream((__u64)file, fd, STREAM_CLOSED);
}

/* But who wrote all it had, and says so by closing it, may be done before the child that it forked closes its copy. */
static __always_inline void report_stream_left(struct file *file, __u32 fd, __u32 facts)
{
	struct transferred transferred;

	if (file_references(file) <= 1 || !(BPF_CORE_READ(file, f_mode) & FMODE_WRITE) || !is_stream(file))
		return;
	fill_transferred(&transferred);
	if (transferred.written)
		report_stream((__u64)file, fd, STREAM_CLOSED | facts);
}

/* Enter of dup2: the end is still only where it is duplicated from. */
static __always_inline void standard_stream_replaced(__u32 from, __u32 fd)
{
	struct file *file;

	if (fd >= STANDARD_STREAMS || from == fd)
		return;
	file = file_of_descriptor(from);
	if (file && (is_stream(file) || is_stream(file_of_descriptor(fd))))
		report_stream((__u64)file, fd, 0);
}

#endif
