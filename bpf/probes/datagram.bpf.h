/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * UDP by (process, socket, peer). There is no connection to see, so the datagrams are counted
 * as they pass; the first one is reported at once, then totals at most once a second, and the
 * rest when user space sweeps the map.
 */
#ifndef PANORAMA_DATAGRAM_H
#define PANORAMA_DATAGRAM_H

#define REPORT_INTERVAL 1000000000ull

struct datagram_key {
	__u64 socket;
	__u32 tgid;
	__u16 remote_port;
	__u16 reserved;
	__u8 remote_address[16];
};

struct datagram_totals {
	__u64 bytes_sent;
	__u64 bytes_received;
	__u64 packets_sent;
	__u64 packets_received;
	__u64 first_time;
	__u64 reported_time;
	__u64 inbound;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct datagram_key);
	__type(value, struct datagram_totals);
} datagrams SEC(".maps");

/* struct sockaddr_in and sockaddr_in6, read from the program's memory. */
struct socket_address {
	__u16 family;
	__be16 port;
	union {
		__be32 ipv4;
		struct {
			__u32 flow;
			__u8 ipv6[16];
		};
	};
};

__noinline int count_datagrams(__u64 address_of_file, __u64 peer, __u64 bytes, __u32 sent)
{
	struct file *file = (void *)address_of_file;
	struct sock *sk = sock_of_file(file);
	struct socket_address address = {};
	struct traffic_record record;
	struct datagram_totals *totals;
	struct datagram_key key = {};
	__u64 now;

	if (!sk || (sock_family(sk) != AF_INET && sock_family(sk) != AF_INET6) ||
	    BPF_CORE_READ(sk, sk_protocol) != IPPROTO_UDP || is_observer() || !fill_tuple(&record.tuple, sk))
		return 0;
	if (peer && !bpf_probe_read_user(&address, sizeof(address), (void *)peer)) {
		if (address.family == AF_INET)
			map_ipv4(record.tuple.remote_address, address.ipv4);
		else if (address.family == AF_INET6)
			__builtin_memcpy(record.tuple.remote_address, address.ipv6, 16);
		if (address.family == AF_INET || address.family == AF_INET6)
			record.tuple.remote_port = __builtin_bswap16(address.port);
	}
	if (!record.tuple.remote_port)
		return 0;
	key.socket = BPF_CORE_READ(file, f_inode, i_ino);
	key.tgid = bpf_get_current_pid_tgid() >> 32;
	key.remote_port = record.tuple.remote_port;
	__builtin_memcpy(key.remote_address, record.tuple.remote_address, 16);
	now = bpf_ktime_get_boot_ns();
	totals = bpf_map_lookup_elem(&datagrams, &key);
	if (!totals) {
		struct datagram_totals fresh = { .first_time = now, .inbound = !sent };

		if (bpf_map_update_elem(&datagrams, &key, &fresh, BPF_NOEXIST))
			__sync_fetch_and_add(&counters.lost_state, 1);
		totals = bpf_map_lookup_elem(&datagrams, &key);
		if (!totals)
			return 0;
	}
	__sync_fetch_and_add(sent ? &totals->bytes_sent : &totals->bytes_received, bytes);
	__sync_fetch_and_add(sent ? &totals->packets_sent : &totals->packets_received, 1);
	if (totals->reported_time && now - totals->reported_time < REPORT_INTERVAL)
		return 0;
	totals->reported_time = now;
	fill_header(&record.header, RECORD_DATAGRAM);
	record.socket = key.socket;
	record.bytes_sent = totals->bytes_sent;
	record.bytes_received = totals->bytes_received;
	record.packets_sent = totals->packets_sent;
	record.packets_received = totals->packets_received;
	record.first_time = totals->first_time;
	record.smoothed_rtt = 0;
	record.retransmits = 0;
	record.established = 1;
	record.inbound = totals->inbound;
	emit(&record, sizeof(record));
	return 0;
}

static __always_inline int datagram(long ret, __u32 fd, const void *peer, bool sent)
{
	struct file *file = ret < 0 ? NULL : file_of_descriptor(fd);

	return file ? count_datagrams((__u64)file, (__u64)peer, ret, sent) : 0;
}

/* msg_name is the first field of struct msghdr. */
static __always_inline const void *message_peer(const void *message)
{
	const void *name = NULL;

	bpf_probe_read_user(&name, sizeof(name), message);
	return name;
}

SEC("tp/syscalls/sys_exit_sendto")
int sendto_exit(struct trace_event_raw_sys_exit *ctx)
{
	return datagram(ctx->ret, syscall_argument(0), (void *)syscall_argument(4), true);
}

SEC("tp/syscalls/sys_exit_recvfrom")
int recvfrom_exit(struct trace_event_raw_sys_exit *ctx)
{
	return datagram(ctx->ret, syscall_argument(0), (void *)syscall_argument(4), false);
}

SEC("tp/syscalls/sys_exit_sendmsg")
int sendmsg_exit(struct trace_event_raw_sys_exit *ctx)
{
	return datagram(ctx->ret, syscall_argument(0), message_peer((void *)syscall_argument(1)), true);
}

SEC("tp/syscalls/sys_exit_recvmsg")
int recvmsg_exit(struct trace_event_raw_sys_exit *ctx)
{
	return datagram(ctx->ret, syscall_argument(0), message_peer((void *)syscall_argument(1)), false);
}

/* struct mmsghdr on 64 bits: a msghdr of 56 bytes, the length moved, padding. glibc's resolver uses these. */
#define MULTIPLE_MESSAGE_SIZE 64
#define MULTIPLE_MESSAGE_LENGTH 56
#define MULTIPLE_MESSAGES 16

static __always_inline int multiple_datagrams(long count, __u32 fd, const void *messages, bool sent)
{
	struct file *file = count <= 0 ? NULL : file_of_descriptor(fd);

	if (!file)
		return 0;
	for (int index = 0; index < MULTIPLE_MESSAGES && index < count; index++) {
		const void *message = messages + index * MULTIPLE_MESSAGE_SIZE;
		__u32 length = 0;

		bpf_probe_read_user(&length, sizeof(length), message + MULTIPLE_MESSAGE_LENGTH);
		count_datagrams((__u64)file, (__u64)message_peer(message), length, sent);
	}
	return 0;
}

SEC("tp/syscalls/sys_exit_sendmmsg")
int sendmmsg_exit(struct trace_event_raw_sys_exit *ctx)
{
	return multiple_datagrams(ctx->ret, syscall_argument(0), (void *)syscall_argument(1), true);
}

SEC("tp/syscalls/sys_exit_recvmmsg")
int recvmmsg_exit(struct trace_event_raw_sys_exit *ctx)
{
	return multiple_datagrams(ctx->ret, syscall_argument(0), (void *)syscall_argument(1), false);
}

#endif
