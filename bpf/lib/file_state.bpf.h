/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Position accounting (X4): the kernel keeps f_pos for every open file, so the bytes moved
 * are there for the asking when it is closed, without a hook on read or write. This map
 * holds only what f_pos does not tell: where counting starts after a seek or an append,
 * bytes that bypass the position, and what was already reported. Most files need no entry.
 */
#ifndef PANORAMA_FILE_STATE_H
#define PANORAMA_FILE_STATE_H

/* Beside enum file_fact, and never sent. */
#define STATE_MAPPED_EXECUTABLE (1u << 16)
#define STATE_CREATION_REPORTED (1u << 17)
#define STATE_REPORTED_OPEN (1u << 18) /* user space was told of it while it was open, and waits for its close */

struct file_state {
	__u64 inode; /* a struct file is reused: an entry of another file is stale */
	__u64 base; /* position from which bytes count */
	__u64 bytes_read; /* that did not move the position, or moved it before a seek */
	__u64 bytes_written;
	__u64 opened_modification; /* modification time at open, 0: not seen */
	__u32 facts;
	__u32 owner; /* tgid that moved the counted bytes, where others share the file description; 0: whoever closes it */
};

/* LRU: descriptors passed to other processes may vanish unseen, and must not fill the map for good. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64); /* struct file * */
	__type(value, struct file_state);
} file_states SEC(".maps");

static __always_inline struct file_state *find_file_state(struct file *file)
{
	__u64 key = (__u64)file;
	struct file_state *state = bpf_map_lookup_elem(&file_states, &key);

	return state && state->inode == BPF_CORE_READ(file, f_inode, i_ino) ? state : NULL;
}

/* Apart, and not inlined: what it puts together would stand on the stacks of all its callers. */
__noinline int put_file_state(__u64 key)
{
	struct file_state fresh = {};

	fresh.inode = BPF_CORE_READ((struct file *)key, f_inode, i_ino);
	if (!bpf_map_update_elem(&file_states, &key, &fresh, BPF_ANY))
		return 0;
	__sync_fetch_and_add(&counters.lost_state, 1);
	return 1;
}

static __always_inline struct file_state *make_file_state(struct file *file)
{
	__u64 key = (__u64)file;

	/* In an iterator it is a pointer that the verifier knows: to a global function it lets numbers only. */
	return put_file_state(AS_NUMBER(key)) ? NULL : bpf_map_lookup_elem(&file_states, &key);
}

static __always_inline struct file_state *file_state_of(struct file *file)
{
	struct file_state *state = find_file_state(file);

	return state ? state : make_file_state(file);
}

static __always_inline void drop_file_state(struct file *file)
{
	__u64 key = (__u64)file;

	bpf_map_delete_elem(&file_states, &key);
}

static __always_inline __u32 current_tgid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

static __always_inline struct file *regular_file_of_descriptor(__u32 fd)
{
	struct file *file = file_of_descriptor(fd);

	return file && (file_mode(file) & S_IFMT) == S_IFREG ? file : NULL;
}

/* Bytes since `base`, as read or written by what the file was opened for. */
static __always_inline void count_position(struct file *file, struct file_state *state, __u64 position)
{
	__u64 moved = position > state->base ? position - state->base : 0;

	if (BPF_CORE_READ(file, f_mode) & FMODE_WRITE)
		state->bytes_written += moved;
	else
		state->bytes_read += moved;
	state->base = position;
}

/* What was moved since the last report. */
struct movement {
	__u64 bytes_read;
	__u64 bytes_written;
	__u32 facts; /* enum file_fact */
};

/* Libraries: read 832 bytes, mapped executable. Nobody reads them. */
static __always_inline bool is_library(__u32 known, __u32 opened_for)
{
	return known & STATE_MAPPED_EXECUTABLE && !(opened_for & FMODE_WRITE);
}

/*
 * By the position alone where `mine` is false: what the state holds beside it was moved by the process
 * that shares the file description.
 */
static __always_inline void measure_movement(struct movement *movement, struct inode *inode, __u32 opened_for,
					     struct file_state *state, __u64 position, bool mine)
{
	__u32 known = state ? state->facts : 0;
	__u64 moved = position;

	movement->bytes_read = movement->bytes_written = 0;
	movement->facts = known & (FILE_TRUNCATED | FILE_RESIZED | FILE_MAPPED | FILE_MAPPED_WRITE | FILE_CLONED | FILE_EMPTY);
	if (state)
		moved = position > state->base ? position - state->base : 0;
	if (is_library(known, opened_for)) {
		movement->facts = 0;
		return;
	}
	if (state && mine) {
		movement->bytes_read = state->bytes_read;
		movement->bytes_written = state->bytes_written;
	}
	if (opened_for & FMODE_CREATED && !(known & STATE_CREATION_REPORTED))
		movement->facts |= FILE_CREATED;
	if (opened_for & FMODE_WRITE && opened_for & FMODE_READ) {
		/* The position does not say in which direction the bytes went; the modification time does. */
		if (state && state->opened_modification && state->opened_modification != inode_modification_time(inode) &&
		    !(known & FILE_RESIZED))
			movement->facts |= FILE_MODIFIED;
		if (movement->facts & (FILE_MODIFIED | FILE_RESIZED) || opened_for & FMODE_CREATED || movement->bytes_written)
			movement->bytes_written += moved;
		else
			movement->bytes_read += moved;
	} else if (opened_for & FMODE_WRITE) {
		movement->bytes_written += moved;
	} else {
		movement->bytes_read += moved;
	}
}

#endif
