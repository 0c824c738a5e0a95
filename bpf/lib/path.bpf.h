/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Absolute paths, as the process sees them: they end at its root directory. bpf_d_path() is
 * refused in tracepoint programs, so we walk the dentries from the leaf to the root and cross
 * mounts on the way, writing from the end of a buffer.
 */
#ifndef PANORAMA_PATH_H
#define PANORAMA_PATH_H

#define PATH_DEPTH 64
#define NAME_LENGTH 255

struct resolved_path {
	__u32 offset; /* of the first byte in scratch->path; the path ends at PATH_CAPACITY */
	__u32 length;
	bool truncated;
};

#define WALK_TRUNCATED (1u << 31)

/* d_parent and d_name stand side by side in struct dentry, as long as anyone remembers: one read instead of three where each is a call. */
struct dentry_link {
	struct dentry *parent;
	__u32 hash; /* of d_name; it and the length swap places on big endian, where we do not run */
	__u32 length;
	const unsigned char *name;
};

static __always_inline void read_link(struct dentry_link *link, struct dentry *dentry)
{
	if (!HAS_READ_ONLY_CAST &&
	    bpf_core_field_offset(struct dentry, d_name) == bpf_core_field_offset(struct dentry, d_parent) + sizeof(void *) &&
	    bpf_core_field_offset(struct qstr, len) == 4 && bpf_core_field_offset(struct qstr, name) == 8) {
		bpf_probe_read_kernel(link, sizeof(*link), (void *)dentry + bpf_core_field_offset(struct dentry, d_parent));
		return;
	}
	link->parent = BPF_CORE_READ(dentry, d_parent);
	link->length = BPF_CORE_READ(dentry, d_name.len);
	link->name = BPF_CORE_READ(dentry, d_name.name);
}

/* The kernel's own mark (d_path) of what lies beyond the root directory: no absolute path begins so. */
#define UNREACHABLE "(unreachable)"
#define UNREACHABLE_LENGTH (sizeof(UNREACHABLE) - 1)

static __always_inline __u32 mark_unreachable(struct scratch *scratch)
{
	__u32 offset = scratch->offset;

	if (offset < UNREACHABLE_LENGTH)
		return offset | WALK_TRUNCATED;
	offset -= UNREACHABLE_LENGTH;
	__builtin_memcpy(&scratch->path[offset & (PATH_CAPACITY - 1)], UNREACHABLE, UNREACHABLE_LENGTH);
	return offset;
}

/*
 * Returns the offset of the path's first byte in scratch->path, with WALK_TRUNCATED where it
 * is deeper or longer than we walk. The walk ends at `root` in the mount `root_vfsmount`; 0: at
 * the top of the tree of mounts. What is not below the root, as a descriptor that a container was
 * started with, or a tree that is mounted no more, is marked; not where another mount namespace
 * only has a copy of the mount. A global function, like the other large ones: the verifier
 * checks it once and not for every caller.
 */
__noinline __u32 walk_path(struct scratch *scratch, __u64 leaf, __u64 vfsmount, __u64 root, __u64 root_vfsmount)
{
	struct dentry *dentry = (void *)leaf;
	struct mount *mount = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
	struct mount *root_mount = (void *)root_vfsmount - bpf_core_field_offset(struct mount, mnt);
	struct dentry *mount_root, *lower_root;

	if (!scratch)
		return WALK_TRUNCATED;
	mount_root = BPF_CORE_READ(mount, mnt.mnt_root);
	lower_root = mount_root;
	scratch->offset = PATH_CAPACITY;
	for (int depth = 0; depth < PATH_DEPTH; depth++) {
		struct dentry_link link = {};
		__u32 length, offset;

		if (dentry == (void *)root && mount == root_mount)
			return scratch->offset;
		if (dentry == mount_root) {
			struct mount *parent_mount = BPF_CORE_READ(mount, mnt_parent);

			if (parent_mount == mount)
				return !root || lower_root == (void *)root ? scratch->offset : mark_unreachable(scratch);
			lower_root = mount_root;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = parent_mount;
			mount_root = BPF_CORE_READ(mount, mnt.mnt_root);
			continue;
		}
		read_link(&link, dentry);
		if (link.parent == dentry) /* a root that is mounted nowhere: memfd */
			return scratch->offset;
		length = link.length & NAME_LENGTH;
		offset = scratch->offset;
		if (offset < length + 1)
			return offset | WALK_TRUNCATED;
		offset -= length + 1;
		scratch->offset = offset;
		scratch->path[offset & (PATH_CAPACITY - 1)] = '/';
		bpf_probe_read_kernel(&scratch->path[(offset + 1) & (PATH_CAPACITY - 1)], length, link.name);
		dentry = link.parent;
	}
	return scratch->offset | WALK_TRUNCATED;
}

/* As the process with this file system context sees it; NULL: as the top of the tree of mounts does. */
static __always_inline struct resolved_path resolve_path_for(struct scratch *scratch, struct path *path, struct fs_struct *fs)
{
	struct resolved_path resolved = {};
	__u64 root = fs ? (__u64)BPF_CORE_READ(fs, root.dentry) : 0, root_vfsmount = fs ? (__u64)BPF_CORE_READ(fs, root.mnt) : 0;
	__u32 walked = walk_path(scratch, (__u64)BPF_CORE_READ(path, dentry), (__u64)BPF_CORE_READ(path, mnt), root, root_vfsmount);

	resolved.truncated = walked & WALK_TRUNCATED;
	resolved.offset = walked & ~WALK_TRUNCATED;
	if (resolved.offset > PATH_CAPACITY)
		resolved.offset = PATH_CAPACITY;
	resolved.length = PATH_CAPACITY - resolved.offset;
	if (resolved.length > PATH_CAPACITY - 1)
		resolved.length = PATH_CAPACITY - 1;
	return resolved;
}

/* As the current process sees it. */
static __always_inline struct resolved_path resolve_path(struct scratch *scratch, struct path *path)
{
	return resolve_path_for(scratch, path, bpf_get_current_task_btf()->fs);
}

/* Copies what resolve_path() found to `target`, which must have PATH_CAPACITY bytes; returns the length. */
static __always_inline __u32 copy_path(struct scratch *scratch, struct resolved_path resolved, char *target)
{
	__u32 length = resolved.length & (PATH_CAPACITY - 1);

	bpf_probe_read_kernel(target, length, &scratch->path[resolved.offset & (PATH_CAPACITY - 1)]);
	return length;
}

/* Files below these prefixes are not reported when they are only mapped (noise defaults). */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct path_prefix);
	__type(value, __u32);
} ignored_prefixes SEC(".maps");

static __always_inline bool is_ignored_path(struct scratch *scratch, struct resolved_path resolved)
{
	struct path_prefix *prefix = &scratch->prefix;
	__u32 length = resolved.length;

	__builtin_memset(prefix, 0, sizeof(*prefix));
	if (length > PREFIX_CAPACITY - 1)
		length = PREFIX_CAPACITY - 1;
	/* The compiler must not see that the mask changes nothing: the verifier of 6.1 needs it. */
	barrier_var(length);
	bpf_probe_read_kernel(prefix->path, length & (PREFIX_CAPACITY - 1), &scratch->path[resolved.offset & (PATH_CAPACITY - 1)]);
	/* One NUL is part of the key, so that a prefix may name a whole path. */
	prefix->bits = PREFIX_CAPACITY * 8;
	return bpf_map_lookup_elem(&ignored_prefixes, prefix) != NULL;
}

/* File systems without files in the user's sense: proc, sysfs, cgroup, … */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u64); /* s_magic */
	__type(value, __u32);
} ignored_file_systems SEC(".maps");

static __always_inline bool is_ignored_file_system(struct inode *inode)
{
	__u64 magic = BPF_CORE_READ(inode, i_sb, s_magic);

	return bpf_map_lookup_elem(&ignored_file_systems, &magic) != NULL;
}

#endif
