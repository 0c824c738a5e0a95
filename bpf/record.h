/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * long: every record, its types and its facts are declared here, and nowhere else
 *
 * What the kernel side sends to user space: the one declaration of every record.
 * The offsets that TypeScript uses are generated from this object's BTF, so nothing
 * has to be kept equal by hand. Padding is explicit: ring memory is not zeroed, and
 * an unset hole would hand kernel memory to user space.
 */
#ifndef PANORAMA_RECORD_H
#define PANORAMA_RECORD_H

#define COMM_LENGTH 16
#define PATH_CAPACITY 4096
#define ARGUMENTS_CAPACITY 1024
#define STANDARD_DESCRIPTORS 3
#define STANDARD_STREAMS 2 /* stdin and stdout */
#define ISOLATION_CAPACITY 2048

enum record_type {
	RECORD_NONE = 0,
	RECORD_FORK = 1,
	RECORD_EXEC = 2,
	RECORD_EXIT = 3,
	RECORD_FILE = 4,
	RECORD_NAME = 5,
	RECORD_CONNECT = 6,
	RECORD_ESTABLISHED = 7,
	RECORD_ACCEPT = 8,
	RECORD_SOCKET_CLOSE = 9,
	RECORD_SOCKET_RELEASE = 10,
	RECORD_DATAGRAM = 11,
	RECORD_STREAM = 12,
	RECORD_PROCESS = 13,
	RECORD_OPEN_SOCKET = 14,
	RECORD_ISOLATION = 15,
	RECORD_ATTRIBUTE = 16,
	RECORD_TYPE_COUNT = 32, /* a power of two: counters are indexed with a mask */
};

/* Who did it. For RECORD_ESTABLISHED, which comes from softirq, the process is all zero. */
struct record_header {
	__u32 size; /* of the whole record, header included */
	__u16 type; /* enum record_type */
	__u16 reserved;
	__u64 time; /* CLOCK_BOOTTIME, nanoseconds */
	__u64 start_boottime; /* of the thread group leader, nanoseconds; with tgid the identity of the process */
	__u32 tgid;
	__u32 tid;
	__u32 ppid; /* tgid of the real parent */
	__u32 uid; /* real uid, in the initial user namespace */
	char comm[COMM_LENGTH]; /* of the thread group leader */
};

/*
 * All that the process read and wrote by system calls so far, sockets and pipes included
 * (rchar and wchar of /proc/PID/io). What its files do not account for went elsewhere.
 * All ones on kernels that do not count.
 */
struct transferred {
	__u64 read;
	__u64 written;
};

/* The process of the header is the parent. Threads are not reported. */
struct fork_record {
	struct record_header header;
	struct transferred transferred; /* by the parent: what a pipeline's ends get from it comes after this */
	__u64 child_start_boottime;
	__u32 child_tgid;
	__u32 child_container_tgid; /* as in struct isolation */
};

/* One line of /proc/PID/uid_map, with the ids of the initial user namespace outside. */
struct id_extent {
	__u32 first; /* inside */
	__u32 lower_first; /* outside */
	__u32 count;
};

enum isolation_fact {
	ISOLATION_CGROUP_TRUNCATED = 1 << 0, /* the names nearest to the root are missing */
	ISOLATION_ROOT_TRUNCATED = 1 << 1,
};

/*
 * Where a process lives: what containers are made of. Its data comes first in that of the record: the
 * map of the user namespace, an array of id_extent; then the control group and the root directory,
 * each as its names from the leaf to the root, every one ended by NUL.
 */
struct isolation {
	__u64 cgroup_id; /* in the unified hierarchy */
	__u64 root_inode;
	__u32 root_device;
	__u32 mount_namespace; /* inode numbers, as in /proc/PID/ns */
	__u32 pid_namespace; /* that it is in; unshare() moves only its children */
	__u32 network_namespace;
	__u32 user_namespace;
	__u32 container_tgid; /* tgid in its own pid namespace */
	__u16 map_length; /* in bytes; 0 for the initial user namespace, where ids are their own */
	__u16 cgroup_length;
	__u16 root_length; /* of the path in its file system, which may be mounted anywhere */
	__u16 facts; /* enum isolation_fact */
};

/* A process that changed where it lives without starting a program: setns, unshare, chroot, pivot_root, another cgroup. */
struct isolation_record {
	struct record_header header;
	struct isolation isolation;
	char data[];
};

enum descriptor_kind {
	DESCRIPTOR_CLOSED = 0,
	DESCRIPTOR_FILE = 1,
	DESCRIPTOR_PIPE = 2,
	DESCRIPTOR_SOCKET = 3,
	DESCRIPTOR_CHARACTER = 4, /* a terminal, /dev/null, … */
	DESCRIPTOR_OTHER = 5,
};

/* What stdin, stdout or stderr is. */
struct descriptor {
	__u64 inode;
	__u64 peer; /* of a connected unix socket: the inode of its other end; else 0 */
	__u64 progress; /* of a pipe: moves on whenever anything is read from it, whoever reads */
	__u32 kind; /* enum descriptor_kind */
	__u32 device;
};

/*
 * RECORD_EXEC, and RECORD_PROCESS for a process that runs already when the agent starts: then
 * without arguments and script, which lie in its own memory.
 */
struct exec_record {
	struct record_header header;
	struct isolation isolation;
	struct transferred transferred; /* by the program before this one; of RECORD_PROCESS: so far */
	struct descriptor standard[STANDARD_DESCRIPTORS];
	__u32 loginuid;
	__u32 session_id;
	__u16 path_length;
	__u16 arguments_length;
	__u16 script_length; /* 0: the program is no script */
	__u16 reserved;
	__u32 reader_tgid; /* of RECORD_PROCESS: tgid in the pid namespace of whoever reads the iterator; else 0 */
	__u32 reserved2;
	char data[]; /* of the isolation; path of the executable; its arguments, each ended by NUL; the script as it was called */
};

struct exit_record {
	struct record_header header;
	struct transferred transferred;
	struct descriptor standard[STANDARD_STREAMS]; /* as they are at the end */
	__u32 exit_code; /* as wait() shows it */
	__u32 reserved;
};

enum stream_fact {
	STREAM_READ = 1 << 0, /* opened for reading; both for a socket */
	STREAM_WRITE = 1 << 1,
	STREAM_CLOSED = 1 << 2, /* the process lets go of this end; else it became stdin or stdout */
	STREAM_EXIT = 1 << 3, /* as it ends, of an end that others hold as well: it may just have inherited it */
};

/* An end of a pipe or of a socket pair: what joins the processes of a pipeline. */
struct stream_record {
	struct record_header header;
	struct descriptor descriptor;
	struct transferred transferred;
	__u32 fd;
	__u32 facts; /* enum stream_fact */
};

enum file_fact {
	FILE_CREATED = 1 << 0, /* made by the open of this file description */
	FILE_TRUNCATED = 1 << 1, /* opened with O_TRUNC */
	FILE_MODIFIED = 1 << 2, /* opened for reading and writing, and its modification time moved since */
	FILE_MAPPED = 1 << 3, /* mapped readable */
	FILE_MAPPED_WRITE = 1 << 4, /* mapped shared and writable */
	FILE_CLONED = 1 << 5, /* made a reflink of, or from, another file */
	FILE_UNLINKED = 1 << 6, /* has no name any more */
	FILE_SHARED = 1 << 7, /* other descriptors refer to the same file description: bytes are since the last report */
	FILE_PATH_TRUNCATED = 1 << 8, /* deeper or longer than we walk; the end of the path is there */
	FILE_EMPTY = 1 << 9, /* of size 0, and opened for reading */
	FILE_APPEND = 1 << 10, /* the position jumps over what others append: bytes are an upper bound */
	FILE_OPEN = 1 << 11, /* still open: bytes are since the last report */
	FILE_THREADED = 1 << 12, /* other threads run: `transferred` does not hold what they moved so far */
	FILE_RESIZED = 1 << 13, /* cut or extended by ftruncate */
};

/* Something that was moved through an open file, sent when a descriptor of it goes away, and from time to time while it is open. */
struct file_record {
	struct record_header header;
	__u64 inode;
	__u64 size;
	__u64 bytes_read;
	__u64 bytes_written;
	__u64 modification_time; /* CLOCK_REALTIME nanoseconds */
	struct transferred transferred;
	__u32 device; /* major << 20 | minor */
	__u32 facts; /* enum file_fact */
	__u16 mode; /* i_mode */
	__u16 path_length;
	__u32 file_system; /* s_magic */
	char path[];
};

enum name_operation {
	NAME_UNLINK = 1,
	NAME_RMDIR = 2,
	NAME_RENAME = 3,
	NAME_MKDIR = 4,
	NAME_LINK = 5,
	NAME_SYMLINK = 6,
};

enum name_fact {
	NAME_EXCHANGED = 1 << 0, /* RENAME_EXCHANGE: each has the name of the other now */
	NAME_PATH_TRUNCATED = 1 << 1, /* as FILE_PATH_TRUNCATED, of the directory; or the name could not be read */
	NAME_NEW_PATH_TRUNCATED = 1 << 2,
};

/*
 * A name that changed; only what succeeded. Each path is a directory, resolved to an
 * absolute path, and the name as the program gave it, which may hold "..", or be absolute
 * (then the directory is the root of the process). Of a symbolic link the new path is the
 * link, and the path its text, without a directory where that is relative.
 */
struct name_record {
	struct record_header header;
	__u64 inode; /* of the named thing; 0: this kernel does not tell */
	__u64 replaced_inode; /* of what a rename replaced; 0: nothing, or this kernel does not tell */
	__u32 device;
	__u16 operation; /* enum name_operation */
	__u16 facts; /* enum name_fact */
	__u16 directory_length;
	__u16 name_length;
	__u16 new_directory_length;
	__u16 new_name_length;
	char data[]; /* directory, name, new directory, new name */
};

enum attribute {
	ATTRIBUTE_MODE = 1,
	ATTRIBUTE_OWNER = 2,
	ATTRIBUTE_SIZE = 3, /* by truncate; what ftruncate does is a fact of the open file */
};

enum attribute_fact {
	ATTRIBUTE_PATH_TRUNCATED = 1 << 0, /* as NAME_PATH_TRUNCATED */
	ATTRIBUTE_NOT_FOLLOWED = 1 << 1, /* of a symbolic link itself, where the path leads to one */
};

/* An attribute of a file or directory that was set, but not through the open that made the file; only what succeeded. */
struct attribute_record {
	struct record_header header;
	__u64 inode; /* 0: by path, which user space looks up */
	__u64 size; /* of ATTRIBUTE_SIZE */
	__u32 device;
	__u32 mode; /* of ATTRIBUTE_MODE: permission bits */
	__u32 owner; /* of ATTRIBUTE_OWNER, in the user namespace of the process; all ones: left as it was */
	__u32 group;
	__u16 attribute; /* enum attribute */
	__u16 facts; /* enum attribute_fact */
	__u16 directory_length;
	__u16 name_length;
	char data[]; /* directory and name, as in struct name_record */
};

/* One end of a socket. IPv4 addresses are mapped (::ffff:a.b.c.d). */
struct socket_tuple {
	__u8 local_address[16];
	__u8 remote_address[16];
	__u16 local_port;
	__u16 remote_port;
	__u16 protocol;
	__u16 reserved;
	__u32 network_namespace;
	__u32 reserved2;
};

enum socket_fact {
	SOCKET_IN_PROGRESS = 1 << 0, /* a connect that did not wait; RECORD_ESTABLISHED follows if it succeeds */
	SOCKET_SERVES_PARENT = 1 << 1, /* stdin or stdout of the process is joined to a descriptor of its parent */
	SOCKET_SERVES_GRANDPARENT = 1 << 2, /* and its parent's stdin and stdout to its parent: ProxyCommand of scp's ssh */
	SOCKET_LISTENING = 1 << 3,
};

/*
 * RECORD_CONNECT, RECORD_ACCEPT, RECORD_ESTABLISHED, RECORD_SOCKET_RELEASE; RECORD_OPEN_SOCKET for one
 * that was there when the agent started, once for every process that holds it.
 */
struct socket_record {
	struct record_header header;
	__u64 socket; /* inode number of the socket */
	struct socket_tuple tuple;
	__u32 facts; /* enum socket_fact */
	__u32 reserved;
};

/* RECORD_SOCKET_CLOSE: the last descriptor of a TCP socket goes away. RECORD_DATAGRAM: UDP so far. */
struct traffic_record {
	struct record_header header;
	__u64 socket;
	struct socket_tuple tuple;
	__u64 bytes_sent; /* payload */
	__u64 bytes_received;
	__u64 packets_sent;
	__u64 packets_received;
	__u64 first_time; /* CLOCK_BOOTTIME nanoseconds, of the first datagram; 0 for TCP */
	__u32 smoothed_rtt; /* microseconds */
	__u32 retransmits;
	__u32 established; /* 0: the connection never was */
	__u32 inbound; /* of datagrams: the first one was received */
};

/* Read by user space through the mapped .bss. Anything that can be lost has a counter (X5). */
struct counters {
	__u64 lost_ring[RECORD_TYPE_COUNT]; /* no room in the ring */
	__u64 lost_scratch[RECORD_TYPE_COUNT]; /* every scratch buffer of the processor was in use */
	__u64 lost_state; /* a map of ours was full */
	__u64 filtered; /* mapped files that the noise defaults drop */
	__u64 compat_processes; /* 32-bit programs that run now: no loss, but what user space decides by */
};

#endif
