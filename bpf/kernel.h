/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Only the kernel types and fields that we read. CO-RE relocates every access to the
 * running kernel, so the order and the gaps here mean nothing.
 */
#ifndef PANORAMA_KERNEL_H
#define PANORAMA_KERNEL_H

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum bpf_func_id { BPF_FUNC_loop = 181 };
struct seq_file;
#define BPF_ANY 0
#define BPF_NOEXIST 1
#define BPF_F_NO_PREALLOC 1
#define BPF_RB_NO_WAKEUP 1

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct { int counter; } atomic_t;
typedef struct { __s64 counter; } atomic64_t;
typedef atomic64_t atomic_long_t;
typedef struct { __u32 val; } kuid_t;
struct timespec64 { __s64 tv_sec; long tv_nsec; };
struct list_head { struct list_head *next; };
struct ns_common { unsigned int inum; };

struct qstr { __u32 len; const unsigned char *name; };
struct super_block { __u32 s_dev; unsigned long s_magic; };
struct inode {
	__u16 i_mode;
	unsigned long i_ino;
	unsigned int i_nlink;
	__s64 i_size;
	struct super_block *i_sb;
};
struct dentry { struct dentry *d_parent; struct qstr d_name; struct inode *d_inode; };
struct vfsmount { struct dentry *mnt_root; };
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; };
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct file {
	unsigned int f_mode;
	unsigned int f_flags;
	struct inode *f_inode;
	struct path f_path;
	__s64 f_pos;
	void *private_data;
};
struct fdtable { unsigned int max_fds; struct file **fd; unsigned long *close_on_exec; unsigned long *open_fds; };
struct files_struct { struct fdtable *fdt; };
struct fs_struct { struct path root; struct path pwd; };

struct uid_gid_extent { __u32 first; __u32 lower_first; __u32 count; };
struct uid_gid_map {
	union {
		struct { struct uid_gid_extent extent[5]; __u32 nr_extents; };
		struct { struct uid_gid_extent *forward; };
	};
};
struct user_namespace { struct uid_gid_map uid_map; struct user_namespace *parent; struct ns_common ns; };
struct cred { kuid_t uid; struct user_namespace *user_ns; };
struct mm_struct { struct file *exe_file; unsigned long arg_start; unsigned long arg_end; };
struct task_io_accounting { __u64 rchar; __u64 wchar; };
struct signal_struct { atomic_t live; int nr_threads; struct task_io_accounting ioac; };
struct mnt_namespace { struct ns_common ns; };
struct pid_namespace { struct ns_common ns; };
struct upid { int nr; struct pid_namespace *ns; };
struct pid { unsigned int level; struct upid numbers[1]; };
struct net { struct ns_common ns; };
struct nsproxy { struct mnt_namespace *mnt_ns; struct net *net_ns; };
struct kernfs_node { const char *name; __u64 id; };
struct cgroup_root { int hierarchy_id; };
struct cgroup { int level; struct kernfs_node *kn; struct cgroup_root *root; };
struct cgroup_subsys_state { struct cgroup *cgroup; };
struct css_set { struct cgroup_subsys_state *subsys[1]; struct cgroup *dfl_cgrp; };
enum cgroup_subsys_id { memory_cgrp_id = 4, pids_cgrp_id = 11 };
#if defined(__TARGET_ARCH_x86)
struct thread_info { __u32 status; };
#else
struct thread_info { unsigned long flags; };
#endif
struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int pid;
	int tgid;
	int exit_code;
	__u64 start_boottime;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	char comm[16];
	struct cred *real_cred;
	struct cred *cred;
	struct pid *thread_pid;
	struct css_set *cgroups;
	struct files_struct *files;
	struct fs_struct *fs;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct nsproxy *nsproxy;
	kuid_t loginuid;
	unsigned int sessionid;
	struct task_io_accounting ioac;
};

struct linux_binprm { const char *filename; const char *interp; };

struct in6_addr { union { __u8 u6_addr8[16]; } in6_u; };
typedef struct { struct net *net; } possible_net_t;
struct sock_common {
	union { struct { __be32 skc_daddr; __be32 skc_rcv_saddr; }; };
	union { struct { __be16 skc_dport; __u16 skc_num; }; };
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};
struct socket { short type; struct sock *sk; struct file *file; };
struct sock { struct sock_common __sk_common; __u16 sk_protocol; __u8 sk_shutdown; struct socket *sk_socket; };
struct tcp_sock {
	__u32 write_seq;
	__u32 snd_una;
	__u64 bytes_received;
	__u64 bytes_acked;
	__u32 srtt_us;
	__u32 total_retrans;
	__u32 segs_in;
	__u32 segs_out;
};
struct unix_address;
struct unix_sock { struct unix_address *addr; struct sock *peer; };
struct pipe_buffer { unsigned int offset; };
struct pipe_inode_info { unsigned int head; unsigned int tail; unsigned int ring_size; struct pipe_buffer *bufs; };

struct trace_entry { int pid; };
struct trace_event_raw_sys_enter { struct trace_entry ent; long id; unsigned long args[6]; };
struct trace_event_raw_sys_exit { struct trace_entry ent; long id; long ret; };
struct bpf_raw_tracepoint_args { __u64 args[0]; };

struct bpf_iter_meta { struct seq_file *seq; };
struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; };
struct bpf_iter__task_file { struct bpf_iter_meta *meta; struct task_struct *task; __u32 fd; struct file *file; };

#if defined(__TARGET_ARCH_x86)
struct pt_regs { unsigned long bp, bx, r10, r9, r8, cx, dx, si, di, orig_ax, cs; };
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs { __u64 regs[31]; };
struct pt_regs { union { struct user_pt_regs user_regs; struct { __u64 regs[31]; }; }; __u64 orig_x0; __u64 pstate; };
#else
#error "build with -D__TARGET_ARCH_x86 or -D__TARGET_ARCH_arm64"
#endif

#pragma clang attribute pop

/* Values that are not in BTF: uapi, or unchanged since 5.15 */
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#define PF_KTHREAD 0x00200000
#define PF_IO_WORKER 0x00000010
#define S_IFMT 0170000
#define ALLPERMS 07777
#define S_IFSOCK 0140000
#define S_IFREG 0100000
#define S_IFLNK 0120000
#define S_IFDIR 0040000
#define S_IFCHR 0020000
#define S_IFIFO 0010000
#define O_ACCMODE 03
#define O_RDWR 02
#define O_TRUNC 01000
#define O_APPEND 02000
#define FMODE_READ (1u << 0)
#define FMODE_WRITE (1u << 1)
#define FMODE_CREATED (1u << 20)
#define AT_FDCWD -100
#define SEEK_DATA 3
#define ENXIO 6
#define EEXIST 17
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR 0x200
#define AT_EMPTY_PATH 0x1000
#define RENAME_EXCHANGE 2
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_SHARED 1
#define MAP_ANONYMOUS 0x20
#define FICLONE 0x40049409
#define FICLONERANGE 0x4020940d
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_CLOSE 7
#define TCP_LISTEN 10
#define RCV_SHUTDOWN 1
#define SEND_SHUTDOWN 2
#define EINPROGRESS 115

#endif
