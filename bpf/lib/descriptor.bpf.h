/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* From a file descriptor to the kernel's objects behind it. */
#ifndef PANORAMA_DESCRIPTOR_H
#define PANORAMA_DESCRIPTOR_H

static __always_inline struct file *file_of_table(struct fdtable *table, __u32 fd)
{
	struct file **files = BPF_CORE_READ(table, fd);

	return fd < BPF_CORE_READ(table, max_fds) ? (struct file *)read_word(&files[fd]) : NULL;
}

static __always_inline struct fdtable *descriptor_table(struct task_struct *task)
{
	struct files_struct *files = BPF_CORE_READ(task, files);

	return files ? BPF_CORE_READ(files, fdt) : NULL;
}

/*
 * Of the current process: the way from the task to its table is known to the verifier on every
 * kernel, so all but the last step are plain loads. This is in the path of every open and close.
 */
static __always_inline struct file *file_of_descriptor(__u32 fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct files_struct *files = task->files;
	struct fdtable *table;

	if (!files)
		return NULL;
	table = files->fdt;
	return fd < table->max_fds ? (struct file *)read_word(table->fd + fd) : NULL;
}

static __always_inline __u16 file_mode(struct file *file)
{
	return BPF_CORE_READ(file, f_inode, i_mode);
}

static __always_inline struct sock *sock_of_file(struct file *file)
{
	struct socket *socket;

	if ((file_mode(file) & S_IFMT) != S_IFSOCK)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	return socket ? BPF_CORE_READ(socket, sk) : NULL;
}

static __always_inline __u16 sock_family(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_family);
}

static __always_inline struct sock *unix_peer(struct sock *sk)
{
	struct unix_sock *unix_socket = (void *)sk;

	return sock_family(sk) == AF_UNIX ? BPF_CORE_READ(unix_socket, peer) : NULL;
}

static __always_inline __u64 socket_inode(struct sock *sk)
{
	struct socket *socket = BPF_CORE_READ(sk, sk_socket);
	struct file *file = socket ? BPF_CORE_READ(socket, file) : NULL;

	return file ? BPF_CORE_READ(file, f_inode, i_ino) : 0;
}

#endif
