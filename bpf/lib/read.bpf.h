/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * BPF_CORE_READ as libbpf has it calls bpf_probe_read_kernel() once a step: 40 to 60 ns each on
 * virtual machines, and a close has twenty of them. Since 6.2 (a35b9af4ec2c) a program may tell
 * the verifier what a pointer points to; then every step is a plain load with an exception
 * handler, and costs next to nothing. Older kernels keep the calls: the verifier removes the
 * branch that it does not need.
 */
#ifndef PANORAMA_READ_H
#define PANORAMA_READ_H

extern void *bpf_rdonly_cast(const void *object, __u32 btf_id) __attribute__((section(".ksyms"), weak));

/* The kernel's own list of such functions; asking for the symbol itself needs 6.4 (58aa2afbb1e6). */
enum special_kfunc_type { KF_bpf_rdonly_cast = 10 };

#define HAS_READ_ONLY_CAST bpf_core_enum_value_exists(enum special_kfunc_type, KF_bpf_rdonly_cast)

#define AS_KERNEL_TYPE(pointer)                                                                                        \
	((typeof(pointer))bpf_rdonly_cast((const void *)(pointer), bpf_core_type_id_kernel(typeof(*(pointer)))))

/*
 * The verifier knows the type of a pointer that was loaded so, and refuses it as the integer
 * argument of a function of ours. Negated twice it is the same number, and a number only.
 */
#define AS_NUMBER(value)                                                                                               \
	({                                                                                                             \
		__u64 number = (__u64)(value);                                                                         \
		asm volatile("%0 = -%0; %0 = -%0" : "+r"(number));                                                     \
		(typeof(value))number;                                                                                 \
	})

#define IS_POINTER(value) (__builtin_classify_type(value) == 5)

#undef BPF_CORE_READ
#define BPF_CORE_READ(pointer, field, ...)                                                                             \
	({                                                                                                             \
		___type((pointer), field, ##__VA_ARGS__) value_read;                                                   \
		if (HAS_READ_ONLY_CAST) {                                                                              \
			value_read = ___arrow(AS_KERNEL_TYPE(pointer), field, ##__VA_ARGS__);                          \
			if (IS_POINTER(value_read))                                                                    \
				value_read = AS_NUMBER(value_read);                                                    \
		} else {                                                                                               \
			BPF_CORE_READ_INTO(&value_read, (pointer), field, ##__VA_ARGS__);                              \
		}                                                                                                      \
		value_read;                                                                                            \
	})

/*
 * One word of an array of words or of pointers, whose elements have no type to cast to: read as
 * the first member of what every kernel has.
 */
static __always_inline __u64 read_word(const void *address)
{
	__u64 word = 0;

	if (HAS_READ_ONLY_CAST)
		return AS_NUMBER((__u64)AS_KERNEL_TYPE((struct list_head *)address)->next);
	bpf_probe_read_kernel(&word, sizeof(word), address);
	return word;
}

#endif
