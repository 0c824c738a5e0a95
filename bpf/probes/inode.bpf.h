/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The inode behind a name that changes. Best: fentry on the vfs functions, for every file
 * system. Where the kernel refuses fentry: ext4's own tracepoints. Where neither exists the
 * inode stays 0 and user space asks its cache. All of these programs are optional.
 */
#ifndef PANORAMA_INODE_H
#define PANORAMA_INODE_H

/* The outermost file system comes first (overlayfs calls down to ext4): it is what the user sees. */
static __always_inline int remember_inode(struct inode *inode, struct inode *replaced, bool evicted)
{
	__u64 key = named_inode_key();
	struct named_inode seen = {};

	if (!inode)
		return 0;
	seen.inode = BPF_CORE_READ(inode, i_ino);
	seen.device = BPF_CORE_READ(inode, i_sb, s_dev);
	seen.evicted = evicted;
	if (replaced)
		seen.replaced_inode = BPF_CORE_READ(replaced, i_ino);
	bpf_map_update_elem(&named_inodes, &key, &seen, BPF_NOEXIST);
	return 0;
}

static __always_inline int name_inode(struct inode *inode, struct inode *replaced)
{
	return remember_inode(inode, replaced, false);
}

/* Second argument of vfs_unlink, vfs_rmdir and, since 6.3 (abf08576afe3), of all of them alike: (idmap, dir, dentry). */
SEC("?fentry/vfs_unlink")
int vfs_unlink_entry(__u64 *ctx)
{
	return name_inode(BPF_CORE_READ((struct dentry *)ctx[2], d_inode), NULL);
}

SEC("?fentry/vfs_rmdir")
int vfs_rmdir_entry(__u64 *ctx)
{
	return name_inode(BPF_CORE_READ((struct dentry *)ctx[2], d_inode), NULL);
}

SEC("?fentry/vfs_rename")
int vfs_rename_entry(__u64 *ctx)
{
	struct renamedata *data = (void *)ctx[0];

	return name_inode(BPF_CORE_READ(data, old_dentry, d_inode), BPF_CORE_READ(data, new_dentry, d_inode));
}

/*
 * Below an overlay ext4 sees other files: the upper copy, a whiteout, directories of the overlay's own.
 * What the user sees has the inode number of the lower file. An overlay works with the credentials of
 * who mounted it.
 */
static __always_inline bool is_below_overlay(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->cred != task->real_cred;
}

static __always_inline int name_ext4_inode(struct inode *inode)
{
	return is_below_overlay() ? 0 : name_inode(inode, NULL);
}

SEC("raw_tp/ext4_unlink_enter")
int ext4_unlink(struct bpf_raw_tracepoint_args *ctx)
{
	return name_ext4_inode(BPF_CORE_READ((struct dentry *)ctx->args[1], d_inode));
}

SEC("raw_tp/ext4_allocate_inode")
int ext4_make(struct bpf_raw_tracepoint_args *ctx)
{
	struct inode *inode = (void *)ctx->args[0];
	__u16 kind = BPF_CORE_READ(inode, i_mode) & S_IFMT;

	return kind == S_IFDIR || kind == S_IFLNK ? name_ext4_inode(inode) : 0;
}

/* A removed directory is evicted within the rmdir itself unless someone has it open. */
SEC("raw_tp/ext4_evict_inode")
int ext4_evict(struct bpf_raw_tracepoint_args *ctx)
{
	struct inode *inode = (void *)ctx->args[0];

	if (BPF_CORE_READ(inode, i_nlink) || (BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFDIR)
		return 0;
	return is_below_overlay() ? 0 : remember_inode(inode, NULL, true);
}

#endif
