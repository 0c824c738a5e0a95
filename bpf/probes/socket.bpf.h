/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * TCP: who connected and who accepted, taken in the process's own context. The state
 * tracepoint runs in softirq, where the current task is a bystander (on loopback the client
 * appears as owner of the server's socket), so it only tells that a pending connect succeeded.
 */
#ifndef PANORAMA_SOCKET_H
#define PANORAMA_SOCKET_H

#define NOT_TCP 1

/* Connects that returned EINPROGRESS: struct sock * → inode of the socket. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u64);
} pending_connects SEC(".maps");

static __always_inline bool same_end(struct file *file, struct file *of_parent)
{
	__u16 mode = file_mode(file) & S_IFMT;
	struct sock *sk, *parent_sk;

	if (mode != (file_mode(of_parent) & S_IFMT))
		return false;
	if (mode == S_IFIFO) /* both ends of a pipe are one inode */
		return BPF_CORE_READ(file, f_inode) == BPF_CORE_READ(of_parent, f_inode);
	if (mode != S_IFSOCK)
		return false;
	sk = sock_of_file(file);
	parent_sk = sock_of_file(of_parent);
	return sk && parent_sk && unix_peer(sk) == parent_sk;
}

#define PARENT_DESCRIPTORS 32

/*
 * Of stdin and stdout of a process, how many have their other end in its parent? Then it is a helper:
 * ssh for scp, sftp, rsync, git. A shell that builds a pipeline has closed its copies by now.
 */
__noinline int joined_to_parent(__u64 address)
{
	struct task_struct *task = (void *)address;
	struct fdtable *own = descriptor_table(task);
	struct fdtable *table = descriptor_table(BPF_CORE_READ(task, group_leader, real_parent));
	struct file *input, *output;
	bool input_joined = false, output_joined = false;

	if (!own || !table)
		return 0;
	input = file_of_table(own, 0);
	output = file_of_table(own, 1);
	for (__u32 fd = 3; fd < PARENT_DESCRIPTORS; fd++) {
		struct file *of_parent = file_of_table(table, fd);

		if (!of_parent)
			continue;
		if (input && same_end(input, of_parent))
			input_joined = true;
		if (output && same_end(output, of_parent))
			output_joined = true;
	}
	return input_joined + output_joined;
}

/* A helper may have one itself: the ProxyCommand of an ssh that serves scp. */
static __always_inline __u32 serves(void)
{
	struct task_struct *task = current_task();

	if (!joined_to_parent((__u64)task))
		return 0;
	if (joined_to_parent((__u64)BPF_CORE_READ(task, group_leader, real_parent)) < STANDARD_STREAMS)
		return SOCKET_SERVES_PARENT;
	return SOCKET_SERVES_PARENT | SOCKET_SERVES_GRANDPARENT;
}

static __always_inline struct sock *tcp_sock_of_file(struct file *file)
{
	struct sock *sk = file ? sock_of_file(file) : NULL;

	if (!sk || (sock_family(sk) != AF_INET && sock_family(sk) != AF_INET6))
		return NULL;
	return BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP ? sk : NULL;
}

static __always_inline int report_socket(enum record_type type, struct file *file, struct sock *sk, __u32 facts)
{
	struct socket_record record;

	if (is_observer())
		return 0;
	fill_header(&record.header, type);
	record.socket = BPF_CORE_READ(file, f_inode, i_ino);
	record.facts = facts;
	record.reserved = 0;
	if (fill_tuple(&record.tuple, sk))
		emit(&record, sizeof(record));
	return 0;
}

__noinline int connected(__u64 address, int result)
{
	struct file *file = (void *)address;
	struct sock *sk = tcp_sock_of_file(file);
	__u64 key, inode;
	__u32 facts = 0;

	if (!sk)
		return 0;
	if (result) {
		key = (__u64)sk;
		inode = BPF_CORE_READ(file, f_inode, i_ino);
		if (bpf_map_update_elem(&pending_connects, &key, &inode, BPF_ANY))
			__sync_fetch_and_add(&counters.lost_state, 1);
		/* Looked at after the entry is there: on loopback the handshake may be over already. */
		if (sock_state(sk) == TCP_SYN_SENT)
			facts |= SOCKET_IN_PROGRESS;
		else if (bpf_map_delete_elem(&pending_connects, &key))
			facts |= SOCKET_IN_PROGRESS; /* the state tracepoint took the entry: its record tells */
		if (!(facts & SOCKET_IN_PROGRESS) && sock_state(sk) == TCP_CLOSE)
			return 0;
	}
	facts |= serves();
	return report_socket(RECORD_CONNECT, file, sk, facts);
}

SEC("tp/syscalls/sys_exit_connect")
int connect_exit(struct trace_event_raw_sys_exit *ctx)
{
	struct file *file = ctx->ret && ctx->ret != -EINPROGRESS ? NULL : file_of_descriptor(syscall_argument(0));

	return file ? connected((__u64)file, ctx->ret) : 0;
}

SEC("raw_tp/inet_sock_set_state")
int socket_state(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (void *)ctx->args[0];
	__u64 key = (__u64)sk, *inode;
	struct socket_record record;

	if ((int)ctx->args[1] != TCP_SYN_SENT)
		return 0;
	inode = bpf_map_lookup_elem(&pending_connects, &key);
	if (!inode)
		return 0;
	if ((int)ctx->args[2] == TCP_ESTABLISHED) {
		fill_header_of_nobody(&record.header, RECORD_ESTABLISHED);
		record.socket = *inode;
		record.facts = 0;
		record.reserved = 0;
		if (fill_tuple(&record.tuple, sk))
			emit(&record, sizeof(record));
	}
	bpf_map_delete_elem(&pending_connects, &key);
	return 0;
}

static __always_inline int accepted(struct file *file)
{
	struct sock *sk = tcp_sock_of_file(file);

	return sk ? report_socket(RECORD_ACCEPT, file, sk, 0) : 0;
}

SEC("tp/syscalls/sys_exit_accept")
int accept_exit(struct trace_event_raw_sys_exit *ctx)
{
	return accepted(ctx->ret < 0 ? NULL : file_of_descriptor(ctx->ret));
}

SEC("tp/syscalls/sys_exit_accept4")
int accept4_exit(struct trace_event_raw_sys_exit *ctx)
{
	return accepted(ctx->ret < 0 ? NULL : file_of_descriptor(ctx->ret));
}

/*
 * A descriptor of a TCP socket goes away; with the last one its counters are final. Of another socket it knows
 * nothing, and says so: called from here, the report of a stream would not fit on the stack beside this record.
 */
__noinline int report_socket_end(__u64 address)
{
	struct file *file = (void *)address;
	struct sock *sk = tcp_sock_of_file(file);
	struct traffic_record record;

	if (!sk)
		return NOT_TCP;
	if (sock_state(sk) == TCP_LISTEN || !BPF_CORE_READ(sk, __sk_common.skc_dport))
		return 0;
	if (file_references(file) > 1)
		return report_socket(RECORD_SOCKET_RELEASE, file, sk, 0);
	if (is_observer())
		return 0;
	fill_header(&record.header, RECORD_SOCKET_CLOSE);
	record.socket = BPF_CORE_READ(file, f_inode, i_ino);
	record.first_time = 0;
	record.inbound = 0;
	fill_tcp_traffic(&record, sk);
	record.established = record.packets_received > 0 && sock_state(sk) != TCP_SYN_SENT;
	if (fill_tuple(&record.tuple, sk))
		emit(&record, sizeof(record));
	return 0;
}

#endif
