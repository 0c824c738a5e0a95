/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is written through a mapping after the last descriptor of its file is closed. */
#ifndef PANORAMA_MAPPING_PROBES_H
#define PANORAMA_MAPPING_PROBES_H

/* While the mapping stands, or just after: the file goes with the last task work of an ending process. */
static __noinline int report_mapping(__u64 address)
{
	struct file *file = (void *)address;
	struct file_state *state = find_file_state(file);

	if (!state || !(state->facts & FILE_MAPPED_WRITE) || !state->opened_modification ||
	    state->opened_modification == inode_modification_time(BPF_CORE_READ(file, f_inode)))
		return 0;
	return report_regular_file(address);
}

static __always_inline void report_mappings_of_process(void)
{
	__u32 tgid = current_tgid();
	struct written_mappings *known = bpf_map_lookup_elem(&written_mappings, &tgid);

	if (!known)
		return;
	for (int slot = 0; slot < MAPPINGS_OF_PROCESS; slot++)
		if (known->mappings[slot].file)
			report_mapping(AS_NUMBER(known->mappings[slot].file));
	bpf_map_delete_elem(&written_mappings, &tgid);
}

static __always_inline int before_unmap(__u64 start, __u64 length)
{
	__u32 tgid = current_tgid();
	struct written_mappings *known = bpf_map_lookup_elem(&written_mappings, &tgid);

	if (!known)
		return 0;
	for (int slot = 0; slot < MAPPINGS_OF_PROCESS; slot++) {
		struct written_mapping *mapping = &known->mappings[slot];

		if (!mapping->file || mapping->address - start >= length)
			continue;
		report_mapping(AS_NUMBER(mapping->file));
		mapping->file = 0;
	}
	return 0;
}

SEC("tp/syscalls/sys_enter_munmap")
int munmap_enter(struct trace_event_raw_sys_enter *ctx)
{
	return before_unmap(ctx->args[0], ctx->args[1]);
}

#endif
