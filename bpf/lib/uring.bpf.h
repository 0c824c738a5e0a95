/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the kernel keeps of a request of io_uring. The structures are private to it, yet in BTF: every file of the
 * kernel adds its types. The operation's own part overlays the request: its first member is the file.
 */
#ifndef PANORAMA_URING_LIB_H
#define PANORAMA_URING_LIB_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct io_wq_work { __u32 flags; };
struct io_cqe { __u64 user_data; __s32 res; union { __u32 flags; int fd; }; };
struct io_uring_cqe { __u64 user_data; __s32 res; };
struct io_submit_link { struct io_kiocb *head; };
struct io_submit_state { struct io_submit_link link; };
struct io_ring_ctx { struct io_submit_state submit_state; };
struct io_kiocb {
	struct file *file;
	__u8 opcode;
	__u32 flags; /* 64 bits on 6.12, 32 on 6.1: ours are among the lower half */
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
	struct io_wq_work work;
};

struct filename { const char *name; };
struct kiocb { __s64 ki_pos; };
struct open_how { __u64 flags; };
struct io_rw { struct kiocb kiocb; __u32 len; };
struct io_open { __u32 file_slot; struct open_how how; };
struct io_close { int fd; __u32 file_slot; };
struct io_accept { __u32 file_slot; };
struct io_splice { __s64 off_out; __s64 off_in; int splice_fd_in; __u32 flags; };
struct io_sr_msg { void *umsg; };
struct io_unlink { int dfd; int flags; struct filename *filename; };
struct io_mkdir { int dfd; struct filename *filename; };
struct io_rename { int old_dfd; int new_dfd; struct filename *oldpath; struct filename *newpath; int flags; };

/* The table of a ring's own files: nodes on 6.18, plain pointers on 6.12; tagged in the low bits. */
struct io_fixed_file { unsigned long file_ptr; };
struct io_file_table___of_files { struct io_fixed_file *files; };
struct io_ring_ctx___of_files { __u32 nr_user_files; struct io_file_table___of_files file_table; };
struct io_rsrc_node___of_file { unsigned long file_ptr; };
struct io_rsrc_data___of_nodes { __u32 nr; struct io_rsrc_node___of_file **nodes; };
struct io_file_table___of_nodes { struct io_rsrc_data___of_nodes data; };
struct io_ring_ctx___of_nodes { struct io_file_table___of_nodes file_table; };

struct io_worker { struct io_wq_work *cur_work; };
struct task_struct___of_worker { __u32 flags; void *worker_private; };
#pragma clang attribute pop

/*
 * Arguments of the tracepoints, with the leading one that is not passed. 6.1 passes the request itself on submission,
 * older kernels parts of it: those are not followed. 6.18 passes the completion, 6.12 and 6.1 its fields.
 */
typedef void (*btf_trace_io_uring_submit_sqe)(void *, struct io_kiocb *, bool);
typedef void (*btf_trace_io_uring_complete)(void *, struct io_ring_ctx *, void *, struct io_uring_cqe *);

/* IOSQE_* are the low bits of a request's flags; the others are the same on 6.1, 6.12 and 6.18. */
#define REQ_F_FIXED_FILE (1u << 0)
#define REQ_F_IO_DRAIN (1u << 1)
#define REQ_F_CQE_SKIP (1u << 6)
#define REQ_F_CUR_POS (1u << 10)
#define FILE_POINTER_TAG 7ul
#define FILE_INDEX_ALLOC (~0u)
#define SPLICE_FD_IN_FIXED (1u << 31)

/* uapi: enum io_uring_op */
#define IORING_OP_READV 1
#define IORING_OP_WRITEV 2
#define IORING_OP_READ_FIXED 4
#define IORING_OP_WRITE_FIXED 5
#define IORING_OP_SENDMSG 9
#define IORING_OP_RECVMSG 10
#define IORING_OP_ACCEPT 13
#define IORING_OP_CONNECT 16
#define IORING_OP_OPENAT 18
#define IORING_OP_CLOSE 19
#define IORING_OP_READ 22
#define IORING_OP_WRITE 23
#define IORING_OP_SEND 26
#define IORING_OP_RECV 27
#define IORING_OP_OPENAT2 28
#define IORING_OP_SPLICE 30
#define IORING_OP_RENAMEAT 35
#define IORING_OP_UNLINKAT 36
#define IORING_OP_MKDIRAT 37
#define IORING_OP_SEND_ZC 47
#define IORING_OP_SENDMSG_ZC 48
#define IORING_OP_READ_MULTISHOT 49
#define IORING_OP_READV_FIXED 60
#define IORING_OP_WRITEV_FIXED 61

static __always_inline __u32 ring_file_count(struct io_ring_ctx *ring_context)
{
	struct io_ring_ctx___of_nodes *nodes = (void *)ring_context;
	struct io_ring_ctx___of_files *files = (void *)ring_context;

	if (bpf_core_field_exists(nodes->file_table.data.nodes))
		return BPF_CORE_READ(nodes, file_table.data.nr);
	return BPF_CORE_READ(files, nr_user_files);
}

static __always_inline struct file *file_of_ring(struct io_ring_ctx *ring_context, __u32 slot)
{
	struct io_ring_ctx___of_nodes *nodes = (void *)ring_context;
	struct io_ring_ctx___of_files *files = (void *)ring_context;
	struct io_fixed_file *fixed;

	if (slot >= ring_file_count(ring_context))
		return NULL;
	if (bpf_core_field_exists(nodes->file_table.data.nodes)) {
		struct io_rsrc_node___of_file **table = BPF_CORE_READ(nodes, file_table.data.nodes);
		struct io_rsrc_node___of_file *node = table ? (void *)read_word(&table[slot]) : NULL;

		return node ? (void *)(BPF_CORE_READ(node, file_ptr) & ~FILE_POINTER_TAG) : NULL;
	}
	fixed = BPF_CORE_READ(files, file_table.files);
	return fixed ? (void *)(read_word((void *)fixed + slot * sizeof(long)) & ~FILE_POINTER_TAG) : NULL;
}

/* The request that the current thread works on, if it is one of io_uring's workers. */
static __always_inline struct io_kiocb *request_of_worker(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct___of_worker *of_worker = (void *)task;
	struct io_worker *worker;
	struct io_wq_work *work;

	if (!(task->flags & PF_IO_WORKER) || !bpf_core_field_exists(of_worker->worker_private))
		return NULL;
	worker = BPF_CORE_READ(of_worker, worker_private);
	work = worker ? BPF_CORE_READ(worker, cur_work) : NULL; /* the thread that only submits has no worker */
	return work ? (void *)work - bpf_core_field_offset(struct io_kiocb, work) : NULL;
}

#endif
