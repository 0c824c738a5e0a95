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

static __always_inline struct file_state *make_file_state(struct file *file)
{
	struct file_state fresh = {};
	__u64 key = (__u64)file;

	fresh.inode = BPF_CORE_READ(file, f_inode, i_ino);
	if (bpf_map_update_elem(&file_states, &key, &fresh, BPF_ANY)) {
		__sync_fetch_and_add(&counters.lost_state, 1);
		return NULL;
	}
	return bpf_map_lookup_elem(&file_states, &key);
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

#endif
