/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Namespaces, root directory and control group of a process. Everything is read here and now: the
 * control group of a short-lived container is gone before user space could look.
 */
#ifndef PANORAMA_ISOLATION_LIB_H
#define PANORAMA_ISOLATION_LIB_H

#define MAP_EXTENTS 32 /* more are rare: the kernel keeps up to five in place, and allows 340 */
#define MAP_EXTENTS_IN_PLACE 5
#define MAP_CAPACITY 512 /* a power of two with room for them */
#define NAMES_DEPTH 24
#define NAME_CAPACITY 256

_Static_assert(MAP_EXTENTS * sizeof(struct id_extent) < MAP_CAPACITY, "the map fits");
_Static_assert(__builtin_offsetof(struct exec_record, isolation) == __builtin_offsetof(struct isolation_record, isolation),
	       "one function fills both");

static __always_inline struct pid *pid_of_process(struct task_struct *task)
{
	return BPF_CORE_READ(task, group_leader, thread_pid);
}

/* A process has a number in its own pid namespace and in each above it; numbers[] is as long as that. */
static __always_inline struct upid *innermost_number(struct pid *pid)
{
	__u32 level = BPF_CORE_READ(pid, level);

	return (void *)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
}

static __always_inline __u32 container_tgid(struct task_struct *task)
{
	struct pid *pid = pid_of_process(task);

	/* A thread group leader that was reaped has none. */
	return pid ? BPF_CORE_READ(innermost_number(pid), nr) : 0;
}

static __always_inline struct user_namespace *user_namespace_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, cred, user_ns);
}

static __always_inline bool is_isolated_from_parent(struct task_struct *child)
{
	struct task_struct *parent = current_task();

	return BPF_CORE_READ(child, nsproxy) != BPF_CORE_READ(parent, nsproxy) ||
	       user_namespace_of(child) != user_namespace_of(parent);
}

/*
 * On hosts with the controllers in hierarchies of their own (version 1) container engines may leave
 * the unified one alone: the deeper group says more.
 */
static __always_inline struct cgroup *deeper_cgroup(struct css_set *set, struct cgroup *cgroup, __u32 controller)
{
	struct cgroup_subsys_state *state;
	struct cgroup *other;

	state = (void *)read_word((void *)set + bpf_core_field_offset(struct css_set, subsys) + controller * sizeof(void *));
	other = state ? BPF_CORE_READ(state, cgroup) : NULL;
	if (!other || BPF_CORE_READ(other, root) == BPF_CORE_READ(cgroup, root))
		return cgroup;
	return BPF_CORE_READ(other, level) > BPF_CORE_READ(cgroup, level) ? other : cgroup;
}

static __always_inline struct kernfs_node *cgroup_node(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup *cgroup = BPF_CORE_READ(set, dfl_cgrp);

	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id))
		cgroup = deeper_cgroup(set, cgroup, bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id));
	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		cgroup = deeper_cgroup(set, cgroup, bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
	return BPF_CORE_READ(cgroup, kn);
}

/* The inode number of the unified group: what bpf_get_current_cgroup_id() tells of the current process. */
static __always_inline __u64 unified_cgroup_id(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

/* Appends to scratch->path at scratch->offset: in memory, or the verifier would follow each of its values. */
static __always_inline bool append_one(struct scratch *scratch, const void *name)
{
	__u32 used = scratch->offset;
	long length;

	if (used >= ISOLATION_CAPACITY - NAME_CAPACITY)
		return false;
	length = bpf_probe_read_kernel_str(&scratch->path[used], NAME_CAPACITY, name);
	if (length > 0 && length <= NAME_CAPACITY)
		scratch->offset = used + length;
	return true;
}

/* Both return 0 when the walk reached the root. */
__noinline int append_cgroup(struct scratch *scratch, __u64 leaf)
{
	struct kernfs_node *node = (void *)leaf;

	if (!scratch)
		return 1;
	for (int depth = 0; depth < NAMES_DEPTH && node; depth++) {
		struct kernfs_node *parent = kernfs_parent(node);

		if (!parent)
			return 0;
		if (!append_one(scratch, BPF_CORE_READ(node, name)))
			return 1;
		node = parent;
	}
	return 1;
}

__noinline int append_dentries(struct scratch *scratch, __u64 leaf)
{
	struct dentry *dentry = (void *)leaf;

	if (!scratch)
		return 1;
	for (int depth = 0; depth < NAMES_DEPTH && dentry; depth++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);

		if (parent == dentry)
			return 0;
		if (!append_one(scratch, BPF_CORE_READ(dentry, d_name.name)))
			return 1;
		dentry = parent;
	}
	return 1;
}

static __always_inline __u32 read_map(char *target, struct user_namespace *namespace)
{
	struct uid_gid_map *map = (void *)namespace + bpf_core_field_offset(struct user_namespace, uid_map);
	__u32 extents = BPF_CORE_READ(map, nr_extents), length;
	void *source = map;

	if (!BPF_CORE_READ(namespace, parent))
		return 0;
	if (extents > MAP_EXTENTS_IN_PLACE)
		source = BPF_CORE_READ(map, forward);
	/* Ids beyond those show as unmapped. */
	if (extents > MAP_EXTENTS)
		extents = MAP_EXTENTS;
	length = extents * sizeof(struct id_extent);
	barrier_var(length);
	length &= MAP_CAPACITY - 1;
	return bpf_probe_read_kernel(target, length, source) ? 0 : length;
}

/*
 * Fills the isolation of the record in the scratch buffer, and puts its data to the start of
 * scratch->path; returns the length of that, below ISOLATION_CAPACITY.
 */
__noinline __u32 fill_isolation(struct scratch *scratch, __u64 address)
{
	struct task_struct *task = (void *)address;
	struct isolation *isolation;
	struct user_namespace *users;
	struct dentry *root;
	struct pid *pid;
	__u32 used;

	if (!scratch)
		return 0;
	isolation = &((struct isolation_record *)scratch->record)->isolation;
	isolation->facts = 0;
	isolation->cgroup_id = unified_cgroup_id(task);
	isolation->mount_namespace = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	isolation->network_namespace = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	pid = pid_of_process(task);
	isolation->pid_namespace = pid ? BPF_CORE_READ(innermost_number(pid), ns, ns.inum) : 0;
	isolation->container_tgid = container_tgid(task);
	users = user_namespace_of(task);
	isolation->user_namespace = BPF_CORE_READ(users, ns.inum);
	root = BPF_CORE_READ(task, fs, root.dentry);
	isolation->root_inode = BPF_CORE_READ(root, d_inode, i_ino);
	isolation->root_device = BPF_CORE_READ(root, d_inode, i_sb, s_dev);

	used = read_map(scratch->path, users);
	isolation->map_length = used;
	scratch->offset = used;
	if (append_cgroup(scratch, (__u64)cgroup_node(task)))
		isolation->facts |= ISOLATION_CGROUP_TRUNCATED;
	isolation->cgroup_length = scratch->offset - used;
	used = scratch->offset;
	if (append_dentries(scratch, (__u64)root))
		isolation->facts |= ISOLATION_ROOT_TRUNCATED;
	isolation->root_length = scratch->offset - used;
	return scratch->offset;
}

/* Returns the number of bytes that now stand at `data`. */
static __always_inline __u32 append_isolation(struct scratch *scratch, struct task_struct *task, char *data)
{
	__u32 length = fill_isolation(scratch, AS_NUMBER((__u64)task));

	barrier_var(length);
	length &= ISOLATION_CAPACITY - 1;
	bpf_probe_read_kernel(data, length, scratch->path);
	return length;
}

#endif
