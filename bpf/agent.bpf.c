/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "record.h"

#include "lib/read.bpf.h"
#include "lib/drift.bpf.h"
#include "lib/emit.bpf.h"
#include "lib/path.bpf.h"
#include "lib/descriptor.bpf.h"
#include "lib/socket.bpf.h"
#include "lib/uring.bpf.h"
#include "lib/file_state.bpf.h"
#include "lib/mapping.bpf.h"
#include "lib/compat.bpf.h"
#include "lib/isolation.bpf.h"

#include "probes/identity.bpf.h"
#include "probes/stream.bpf.h"
#include "probes/process.bpf.h"
#include "probes/isolation.bpf.h"
#include "probes/name.bpf.h"
#include "probes/attribute.bpf.h"
#include "probes/inode.bpf.h"
#include "probes/socket.bpf.h"
#include "probes/datagram.bpf.h"
#include "probes/file.bpf.h"
#include "probes/mapping.bpf.h"
#include "probes/table.bpf.h"
#include "probes/position.bpf.h"
#include "probes/uring.bpf.h"
#include "probes/compat.bpf.h"
#include "probes/iterator.bpf.h"

/* Several helpers are reserved to GPL programs; the sources are dual licensed. */
char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Names every layout in BTF, from which the TypeScript offsets are generated. */
union every_record {
	struct fork_record fork;
	struct exec_record exec;
	struct exit_record exit;
	struct file_record file;
	struct name_record name;
	struct attribute_record attribute;
	struct socket_record socket;
	struct traffic_record traffic;
	struct stream_record stream;
	struct isolation_record isolation;
	struct id_extent extent;
};
const volatile union every_record records_in_btf = {};
const volatile enum record_type record_type_in_btf = RECORD_NONE;
const volatile enum file_fact file_fact_in_btf = FILE_CREATED;
const volatile enum name_operation name_operation_in_btf = NAME_UNLINK;
const volatile enum stream_fact stream_fact_in_btf = STREAM_READ;
const volatile enum name_fact name_fact_in_btf = NAME_EXCHANGED;
const volatile enum attribute attribute_in_btf = ATTRIBUTE_MODE;
const volatile enum attribute_fact attribute_fact_in_btf = ATTRIBUTE_PATH_TRUNCATED;
const volatile enum socket_fact socket_fact_in_btf = SOCKET_IN_PROGRESS;
const volatile enum isolation_fact isolation_fact_in_btf = ISOLATION_CGROUP_TRUNCATED;
const volatile enum descriptor_kind descriptor_kind_in_btf = DESCRIPTOR_CLOSED;
