/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Shared writable mappings: a program may close the file and go on writing through memory, without a
 * system call. The modification time tells of it (tmpfs keeps none for mappings), but no descriptor is
 * left to be closed. So each is remembered until it is unmapped, or the process ends.
 */
#ifndef PANORAMA_MAPPING_H
#define PANORAMA_MAPPING_H

#define MAPPINGS_OF_PROCESS 8

struct written_mapping {
	__u64 address;
	__u64 file; /* struct file *, held by the mapping; 0: free */
};

struct written_mappings {
	struct written_mapping mappings[MAPPINGS_OF_PROCESS];
	__u32 next; /* the slot to take when all are taken */
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 8192);
	__type(key, __u32); /* tgid */
	__type(value, struct written_mappings);
} written_mappings SEC(".maps");

static __always_inline void remember_mapping(struct file *file, __u64 address)
{
	__u32 tgid = current_tgid();
	struct written_mappings *known = bpf_map_lookup_elem(&written_mappings, &tgid);
	struct written_mappings fresh = {};
	__u32 slot;

	if (!known) {
		fresh.mappings[0].address = address;
		fresh.mappings[0].file = (__u64)file;
		if (bpf_map_update_elem(&written_mappings, &tgid, &fresh, BPF_ANY))
			__sync_fetch_and_add(&counters.lost_state, 1);
		return;
	}
	for (slot = 0; slot < MAPPINGS_OF_PROCESS; slot++)
		if (!known->mappings[slot].file)
			break;
	if (slot == MAPPINGS_OF_PROCESS) {
		__sync_fetch_and_add(&counters.lost_state, 1);
		slot = known->next++;
	}
	slot &= MAPPINGS_OF_PROCESS - 1;
	known->mappings[slot].address = address;
	known->mappings[slot].file = (__u64)file;
}

#endif
