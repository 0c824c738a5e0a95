/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Kernel differences, all of them. Each is decided by asking BTF for the field, never by
 * a version number: distributions backport.
 */
#ifndef PANORAMA_DRIFT_H
#define PANORAMA_DRIFT_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct file___with_f_count { atomic_long_t f_count; };
typedef struct { atomic_long_t refcnt; } file_ref_t___drift;
struct file___with_f_ref { file_ref_t___drift f_ref; };
struct inode___with_mtime { struct timespec64 i_mtime; };
struct inode___with_private_mtime { struct timespec64 __i_mtime; };
struct inode___with_mtime_sec { __s64 i_mtime_sec; __u32 i_mtime_nsec; };
struct kernfs_node___with_parent { struct kernfs_node *parent; };
struct kernfs_node___with_private_parent { struct kernfs_node *__parent; };
struct renamedata { struct dentry *old_dentry; struct dentry *new_dentry; };
#pragma clang attribute pop

/* f_count became f_ref in 6.13 (90ee6ed776c0): its count starts at 0 for one reference. */
static __always_inline __s64 file_references(struct file *file)
{
	struct file___with_f_ref *with_ref = (void *)file;
	struct file___with_f_count *with_count = (void *)file;

	if (bpf_core_field_exists(with_ref->f_ref))
		return BPF_CORE_READ(with_ref, f_ref.refcnt.counter) + 1;
	return BPF_CORE_READ(with_count, f_count.counter);
}

/* i_mtime became __i_mtime in 6.6 (13bc24457850) and two fields in 6.11 (3aa63a569c64). */
static __always_inline __u64 inode_modification_time(struct inode *inode)
{
	struct inode___with_mtime_sec *fields = (void *)inode;
	struct inode___with_private_mtime *private = (void *)inode;
	struct inode___with_mtime *plain = (void *)inode;

	if (bpf_core_field_exists(fields->i_mtime_sec))
		return BPF_CORE_READ(fields, i_mtime_sec) * 1000000000ull + BPF_CORE_READ(fields, i_mtime_nsec);
	if (bpf_core_field_exists(private->__i_mtime))
		return BPF_CORE_READ(private, __i_mtime.tv_sec) * 1000000000ull + BPF_CORE_READ(private, __i_mtime.tv_nsec);
	return BPF_CORE_READ(plain, i_mtime.tv_sec) * 1000000000ull + BPF_CORE_READ(plain, i_mtime.tv_nsec);
}

/* parent became __parent in 6.15 (633488947ef6). */
static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *node)
{
	struct kernfs_node___with_private_parent *private = (void *)node;
	struct kernfs_node___with_parent *plain = (void *)node;

	if (bpf_core_field_exists(private->__parent))
		return BPF_CORE_READ(private, __parent);
	return BPF_CORE_READ(plain, parent);
}

/*
 * Arguments of the system call that is returning. On arm64 x0 holds the result by now:
 * the first argument is in orig_x0.
 */
static __always_inline __u64 syscall_argument(int index)
{
	/* A pointer that the verifier knows: its fields are plain loads, not calls. */
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());

#if defined(__TARGET_ARCH_x86)
	switch (index) {
	case 0: return regs->di;
	case 1: return regs->si;
	case 2: return regs->dx;
	case 3: return regs->r10;
	case 4: return regs->r8;
	default: return regs->r9;
	}
#else
	switch (index) {
	case 0: return regs->orig_x0;
	case 1: return regs->regs[1];
	case 2: return regs->regs[2];
	case 3: return regs->regs[3];
	case 4: return regs->regs[4];
	default: return regs->regs[5];
	}
#endif
}

#endif
