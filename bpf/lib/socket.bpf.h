/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Addresses, ports and counters of a socket. */
#ifndef PANORAMA_SOCKET_LIB_H
#define PANORAMA_SOCKET_LIB_H

static __always_inline void map_ipv4(__u8 *target, __be32 address)
{
	__builtin_memset(target, 0, 10);
	target[10] = target[11] = 0xff;
	__builtin_memcpy(target + 12, &address, 4);
}

/* False for anything but TCP and UDP over IP. */
static __always_inline bool fill_tuple(struct socket_tuple *tuple, struct sock *sk)
{
	__u16 family = sock_family(sk);

	if (family == AF_INET) {
		map_ipv4(tuple->local_address, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
		map_ipv4(tuple->remote_address, BPF_CORE_READ(sk, __sk_common.skc_daddr));
	} else if (family == AF_INET6) {
		BPF_CORE_READ_INTO(&tuple->local_address, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&tuple->remote_address, sk, __sk_common.skc_v6_daddr);
	} else {
		return false;
	}
	tuple->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	tuple->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	tuple->protocol = BPF_CORE_READ(sk, sk_protocol);
	tuple->reserved = 0;
	tuple->network_namespace = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	tuple->reserved2 = 0;
	return tuple->protocol == IPPROTO_TCP || tuple->protocol == IPPROTO_UDP;
}

static __always_inline __u8 sock_state(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_state);
}

static __always_inline void fill_tcp_traffic(struct traffic_record *record, struct sock *sk)
{
	struct tcp_sock *tcp = (void *)sk;
	/* A bit field on some kernels. */
	__u64 shutdown = BPF_CORE_READ_BITFIELD_PROBED(sk, sk_shutdown);

	/* Acknowledged, and what is still on its way: close() does not wait for either. */
	record->bytes_sent = BPF_CORE_READ(tcp, bytes_acked) + (__u32)(BPF_CORE_READ(tcp, write_seq) - BPF_CORE_READ(tcp, snd_una));
	record->bytes_received = BPF_CORE_READ(tcp, bytes_received);
	/* A FIN takes a number of the sequence space, and is counted as a byte. */
	if (shutdown & SEND_SHUTDOWN && record->bytes_sent)
		record->bytes_sent--;
	if (shutdown & RCV_SHUTDOWN && record->bytes_received)
		record->bytes_received--;
	record->packets_sent = BPF_CORE_READ(tcp, segs_out);
	record->packets_received = BPF_CORE_READ(tcp, segs_in);
	record->smoothed_rtt = BPF_CORE_READ(tcp, srtt_us) >> 3;
	record->retransmits = BPF_CORE_READ(tcp, total_retrans);
}

#endif
