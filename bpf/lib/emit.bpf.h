/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* From a scratch buffer to the ring, and the counters of what did not get there. */
#ifndef PANORAMA_EMIT_H
#define PANORAMA_EMIT_H

#define RECORD_CAPACITY (sizeof(struct name_record) + 4 * PATH_CAPACITY)
#define SCRATCH_SLOTS 4

#define PREFIX_CAPACITY 64

struct path_prefix {
	__u32 bits;
	char path[PREFIX_CAPACITY];
};

/* Working memory of one program: its stack has 512 bytes, callees included. */
struct scratch {
	__u32 busy;
	__u32 offset; /* of the walk; in memory, because the verifier would follow every value of a register */
	/* The walk fills from the end; a name of up to 255 bytes may start at any masked offset. */
	char path[PATH_CAPACITY + 256];
	char record[RECORD_CAPACITY];
	struct path_prefix prefix;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_SLOTS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* Processes that are part of the observer: the agent itself, and the aggregator it streams to. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32); /* tgid */
	__type(value, __u64); /* start_boottime; 0: not checked */
} observers SEC(".maps");

/* The only variable of .bss, which user space maps. */
struct counters counters;

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

static __always_inline bool is_observer_process(__u32 tgid)
{
	return bpf_map_lookup_elem(&observers, &tgid) != NULL;
}

static __always_inline bool is_observer(void)
{
	return is_observer_process(bpf_get_current_pid_tgid() >> 32);
}

/*
 * Programs may be interrupted by others on the same processor, and since 6.13 may even be
 * preempted: a per-processor buffer alone would be overwritten.
 */
static __always_inline struct scratch *take_scratch(enum record_type type)
{
#pragma unroll
	for (__u32 slot = 0; slot < SCRATCH_SLOTS; slot++) {
		__u32 key = slot;
		struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);

		if (scratch && !__sync_val_compare_and_swap(&scratch->busy, 0, 1))
			return scratch;
	}
	__sync_fetch_and_add(&counters.lost_scratch[type], 1);
	return NULL;
}

static __always_inline void release_scratch(struct scratch *scratch)
{
	__sync_lock_test_and_set(&scratch->busy, 0);
}

static __always_inline void fill_header(struct record_header *header, enum record_type type)
{
	/* Known to the verifier: what follows are plain loads. */
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct *leader = task->group_leader;
	__u64 pid_tgid = bpf_get_current_pid_tgid();

	header->type = type;
	header->reserved = 0;
	header->time = bpf_ktime_get_boot_ns();
	header->start_boottime = leader->start_boottime;
	header->tgid = pid_tgid >> 32;
	header->tid = (__u32)pid_tgid;
	header->ppid = leader->real_parent->tgid;
	header->uid = task->cred->uid.val;
	/* Of the process: a thread may have a name of its own (libuv-worker). */
	__builtin_memcpy(header->comm, leader->comm, sizeof(header->comm));
}

/* Threads that ended are in the signal struct; those that run beside this one are left out. */
static __always_inline void fill_transferred(struct transferred *transferred)
{
	struct task_struct *task = bpf_get_current_task_btf();

	/* Kernels without CONFIG_TASK_XACCT do not count. */
	if (!bpf_core_field_exists(task->ioac.rchar)) {
		transferred->read = transferred->written = ~0ull;
		return;
	}
	transferred->read = task->ioac.rchar + task->signal->ioac.rchar;
	transferred->written = task->ioac.wchar + task->signal->ioac.wchar;
}

static __always_inline bool has_threads(struct task_struct *task)
{
	return BPF_CORE_READ(task, signal, nr_threads) > 1;
}

/*
 * The same two for a process that an iterator stands at: the current task is the agent, which reads.
 * What the threads of the process moved that still run beside the leader is left out here as well.
 */
static __always_inline void fill_header_of(struct record_header *header, enum record_type type, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct cred *cred = (void *)BPF_CORE_READ(task, cred);

	header->type = type;
	header->reserved = 0;
	header->time = bpf_ktime_get_boot_ns();
	header->start_boottime = BPF_CORE_READ(leader, start_boottime);
	header->tgid = BPF_CORE_READ(task, tgid);
	header->tid = BPF_CORE_READ(task, pid);
	header->ppid = BPF_CORE_READ(leader, real_parent, tgid);
	header->uid = BPF_CORE_READ(cred, uid.val);
	BPF_CORE_READ_INTO(&header->comm, leader, comm);
}

static __always_inline void fill_transferred_of(struct transferred *transferred, struct task_struct *task)
{
	if (!bpf_core_field_exists(task->ioac.rchar)) {
		transferred->read = transferred->written = ~0ull;
		return;
	}
	transferred->read = BPF_CORE_READ(task, ioac.rchar) + BPF_CORE_READ(task, signal, ioac.rchar);
	transferred->written = BPF_CORE_READ(task, ioac.wchar) + BPF_CORE_READ(task, signal, ioac.wchar);
}

/* A record without a process: it comes from an interrupt, where the current task is a bystander. */
static __always_inline void fill_header_of_nobody(struct record_header *header, enum record_type type)
{
	__builtin_memset(header, 0, sizeof(*header));
	header->type = type;
	header->time = bpf_ktime_get_boot_ns();
}

/* No wake-up: waking the reader for every record costs more than the record (it polls). */
static __always_inline void emit(void *record, __u64 size)
{
	struct record_header *header = record;

	header->size = size;
	if (bpf_ringbuf_output(&ring, record, size, BPF_RB_NO_WAKEUP))
		__sync_fetch_and_add(&counters.lost_ring[header->type & (RECORD_TYPE_COUNT - 1)], 1);
}

#endif
