/* SPDX-License-Identifier: Apache-2.0 */
/*
 * long: one mode for each operation, all of them over one ring
 * Does what the agent must see, with io_uring alone: no open, read, write, close, unlink, connect … of its own.
 *
 *   uring [-a] [-s] [-k] MODE ARGUMENT…
 *
 * -a: every request goes to a worker thread (IOSQE_ASYNC). -s: a kernel thread submits (SQPOLL). -k: success is not
 * told (IOSQE_CQE_SKIP_SUCCESS) where the mode can do without.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <liburing.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 4096
#define OP_FTRUNCATE 55 /* younger than the headers of Debian 12 */

static struct io_uring ring;
static unsigned int flags;
static int silent;

static void fail(const char *what, int error)
{
	fprintf(stderr, "uring: %s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(1);
}

static struct io_uring_sqe *next(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (!sqe)
		fail("no room in the ring", 0);
	return sqe;
}

/* Submits what was prepared last, and gives its result. */
static int submit(const char *what, struct io_uring_sqe *sqe)
{
	struct io_uring_cqe *cqe;
	int result;

	sqe->flags |= flags;
	result = io_uring_submit(&ring);
	if (result < 0)
		fail(what, result);
	result = io_uring_wait_cqe(&ring, &cqe);
	if (result)
		fail(what, result);
	result = cqe->res;
	io_uring_cqe_seen(&ring, cqe);
	if (result < 0)
		fail(what, result);
	return result;
}

/* Names are in a buffer that is overwritten as soon as the kernel has them: an observer must not read it later. */
static int submit_names(const char *what, void (*prepare)(struct io_uring_sqe *, const char *, const char *), const char *first,
			const char *second)
{
	static char names[2][CHUNK];
	struct io_uring_sqe *sqe = next();
	struct io_uring_cqe *cqe;
	int result;

	snprintf(names[0], CHUNK, "%s", first);
	snprintf(names[1], CHUNK, "%s", second ? second : "");
	prepare(sqe, names[0], names[1]);
	sqe->flags |= flags;
	if (silent) {
		/* What comes after it in the chain is told. */
		sqe->flags |= IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_LINK;
		io_uring_prep_nop(next());
	}
	result = io_uring_submit(&ring);
	if (result < 0)
		fail(what, result);
	/* A thread of the kernel submits in its own time. */
	while (ring.flags & IORING_SETUP_SQPOLL && io_uring_sq_ready(&ring))
		;
	memset(names, 'x', sizeof(names));
	result = io_uring_wait_cqe(&ring, &cqe);
	if (result)
		fail(what, result);
	result = cqe->res;
	io_uring_cqe_seen(&ring, cqe);
	if (result < 0)
		fail(what, result);
	return result;
}

static int open_flags;

static void prepare_open(struct io_uring_sqe *sqe, const char *first, const char *second)
{
	io_uring_prep_openat(sqe, AT_FDCWD, first, open_flags, 0644);
}

static void prepare_open2(struct io_uring_sqe *sqe, const char *first, const char *second)
{
	static struct open_how how;

	how = (struct open_how){ .flags = open_flags, .mode = open_flags & O_CREAT ? 0644 : 0 };
	io_uring_prep_openat2(sqe, AT_FDCWD, first, &how);
}

static void prepare_unlink(struct io_uring_sqe *sqe, const char *first, const char *second)
{
	io_uring_prep_unlink(sqe, first, 0);
}

static void prepare_rmdir(struct io_uring_sqe *sqe, const char *first, const char *second)
{
	io_uring_prep_unlink(sqe, first, AT_REMOVEDIR);
}

static void prepare_rename(struct io_uring_sqe *sqe, const char *first, const char *second)
{
	io_uring_prep_rename(sqe, first, second);
}

static void prepare_mkdir(struct io_uring_sqe *sqe, const char *first, const char *second)
{
	io_uring_prep_mkdir(sqe, first, 0755);
}

static void prepare_link(struct io_uring_sqe *sqe, const char *first, const char *second)
{
	io_uring_prep_link(sqe, first, second, 0);
}

static void prepare_symlink(struct io_uring_sqe *sqe, const char *first, const char *second)
{
	io_uring_prep_symlink(sqe, first, second);
}

static int open_file(const char *path, int how)
{
	int was_silent = silent, fd;

	silent = 0;
	open_flags = how;
	fd = submit_names(path, how & O_CREAT ? prepare_open2 : prepare_open, path, NULL);
	silent = was_silent;
	return fd;
}

static void close_file(int fd)
{
	struct io_uring_sqe *sqe = next();

	io_uring_prep_close(sqe, fd);
	submit("close", sqe);
}

static int read_at(int fd, void *buffer, unsigned int length, long long offset)
{
	struct io_uring_sqe *sqe = next();

	io_uring_prep_read(sqe, fd, buffer, length, offset);
	return submit("read", sqe);
}

static void write_at(int fd, const void *buffer, unsigned int length, long long offset)
{
	struct io_uring_sqe *sqe = next();

	io_uring_prep_write(sqe, fd, buffer, length, offset);
	submit("write", sqe);
}

/* With offsets of its own, which leave the position alone; or with that of the file (offset -1). */
static void copy(const char *source, const char *target, int positioned)
{
	static char buffer[CHUNK];
	int input = open_file(source, O_RDONLY), output = open_file(target, O_WRONLY | O_CREAT | O_TRUNC), length;

	for (long long offset = 0; (length = read_at(input, buffer, CHUNK, positioned ? offset : -1)) > 0; offset += length)
		write_at(output, buffer, length, positioned ? offset : -1);
	close_file(input);
	close_file(output);
}

static void copy_vectors(const char *source, const char *target)
{
	static char buffers[2][CHUNK];
	struct iovec vectors[2] = { { buffers[0], CHUNK }, { buffers[1], CHUNK } };
	int input = open_file(source, O_RDONLY), output = open_file(target, O_RDWR | O_CREAT | O_EXCL), length;

	for (long long offset = 0;; offset += length) {
		struct io_uring_sqe *sqe = next();

		io_uring_prep_readv(sqe, input, vectors, 2, offset);
		length = submit("readv", sqe);
		if (length <= 0)
			break;
		vectors[0].iov_len = length < CHUNK ? length : CHUNK;
		vectors[1].iov_len = length < CHUNK ? 0 : length - CHUNK;
		sqe = next();
		io_uring_prep_writev(sqe, output, vectors, 2, offset);
		submit("writev", sqe);
		vectors[0].iov_len = vectors[1].iov_len = CHUNK;
	}
	close_file(input);
	close_file(output);
}

/*
 * No descriptor at all: the files are in the ring's own table, the buffer is registered, and read and write are one
 * chain each. `left_open`: the table goes away with the process.
 */
static void copy_fixed(const char *source, const char *target, int left_open)
{
	static char buffer[CHUNK];
	struct iovec vector = { buffer, CHUNK };
	struct io_uring_sqe *sqe;
	int length;

	if (io_uring_register_files_sparse(&ring, 4) || io_uring_register_buffers(&ring, &vector, 1))
		fail("register", 0);
	sqe = next();
	io_uring_prep_openat_direct(sqe, AT_FDCWD, source, O_RDONLY, 0, 1);
	submit(source, sqe);
	sqe = next();
	io_uring_prep_openat_direct(sqe, AT_FDCWD, target, O_WRONLY | O_CREAT | O_TRUNC, 0644, 2);
	submit(target, sqe);
	for (long long offset = 0;; offset += length) {
		sqe = next();
		io_uring_prep_read_fixed(sqe, 1, buffer, CHUNK, offset, 0);
		sqe->flags |= IOSQE_FIXED_FILE;
		length = submit("read", sqe);
		if (!length)
			break;
		sqe = next();
		io_uring_prep_write_fixed(sqe, 2, buffer, length, offset, 0);
		sqe->flags |= IOSQE_FIXED_FILE;
		submit("write", sqe);
	}
	if (left_open)
		return;
	for (int slot = 1; slot <= 2; slot++) {
		sqe = next();
		io_uring_prep_close_direct(sqe, slot);
		submit("close", sqe);
	}
}

/* A whole file of one chunk, written in one submission: open → write → close, each linked to the next. */
static void create_linked(const char *path, int length)
{
	static char buffer[CHUNK];
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	int count = 0;

	if (io_uring_register_files_sparse(&ring, 4))
		fail("register", 0);
	sqe = next();
	io_uring_prep_openat_direct(sqe, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644, 0);
	sqe->flags |= IOSQE_IO_LINK | flags | (silent ? IOSQE_CQE_SKIP_SUCCESS : 0);
	sqe = next();
	io_uring_prep_write(sqe, 0, buffer, length, -1);
	sqe->flags |= IOSQE_IO_LINK | IOSQE_FIXED_FILE | flags | (silent ? IOSQE_CQE_SKIP_SUCCESS : 0);
	sqe = next();
	io_uring_prep_close_direct(sqe, 0);
	sqe->flags |= flags;
	io_uring_submit(&ring);
	for (count = silent ? 2 : 0; count < 3; count++) {
		if (io_uring_wait_cqe(&ring, &cqe) || cqe->res < 0)
			fail("linked", cqe->res);
		io_uring_cqe_seen(&ring, cqe);
	}
}

/* A descriptor that is written and closed in one chain: when it is closed the position has not moved yet. */
static void append_linked(const char *path, int length)
{
	static char buffer[CHUNK];
	int fd = open_file(path, O_WRONLY | O_CREAT | O_APPEND);
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe = next();

	io_uring_prep_write(sqe, fd, buffer, length, -1);
	sqe->flags |= IOSQE_IO_LINK | flags;
	sqe = next();
	io_uring_prep_close(sqe, fd);
	sqe->flags |= flags;
	io_uring_submit(&ring);
	for (int count = 0; count < 2; count++) {
		if (io_uring_wait_cqe(&ring, &cqe) || cqe->res < 0)
			fail("linked", cqe->res);
		io_uring_cqe_seen(&ring, cqe);
	}
}

static void copy_spliced(const char *source, const char *target)
{
	int input = open_file(source, O_RDONLY), output = open_file(target, O_WRONLY | O_CREAT | O_TRUNC), ends[2], length;

	if (pipe(ends))
		fail("pipe", 0);
	for (long long offset = 0;; offset += length) {
		struct io_uring_sqe *sqe = next();

		io_uring_prep_splice(sqe, input, offset, ends[1], -1, CHUNK, 0);
		length = submit("splice", sqe);
		if (!length)
			break;
		sqe = next();
		io_uring_prep_splice(sqe, ends[0], -1, output, offset, length, 0);
		submit("splice", sqe);
	}
	close_file(input);
	close_file(output);
}

static void truncate_file(const char *path, long long length)
{
	int fd = open_file(path, O_WRONLY);
	struct io_uring_sqe *sqe = next();

	io_uring_prep_rw(OP_FTRUNCATE, sqe, fd, NULL, 0, length);
	submit("ftruncate", sqe);
	close_file(fd);
}

static void send_text(int port, const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct io_uring_sqe *sqe = next();

	io_uring_prep_connect(sqe, fd, (struct sockaddr *)&address, sizeof(address));
	submit("connect", sqe);
	sqe = next();
	io_uring_prep_send(sqe, fd, text, strlen(text), 0);
	submit("send", sqe);
	close_file(fd);
}

/* Prints its port, accepts once, and keeps what comes in a file. */
static void receive(const char *path, int multishot)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd, output, length;
	static char buffer[CHUNK];
	struct io_uring_sqe *sqe;

	if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &size))
		fail("listen", 0);
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	sqe = next();
	if (multishot)
		io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, 0);
	else
		io_uring_prep_accept(sqe, listener, NULL, NULL, 0);
	fd = submit("accept", sqe);
	output = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
	for (long long offset = 0;; offset += length) {
		sqe = next();
		io_uring_prep_recv(sqe, fd, buffer, CHUNK, 0);
		length = submit("receive", sqe);
		if (!length)
			break;
		write_at(output, buffer, length, offset);
	}
	close_file(output);
	close_file(fd);
}

static void view(const char *path)
{
	static char buffer[CHUNK];
	int fd = open_file(path, O_RDONLY), length;

	for (long long offset = 0; (length = read_at(fd, buffer, CHUNK, offset)) > 0; offset += length)
		;
	close_file(fd);
}

static void create(const char *path, int length)
{
	static char buffer[CHUNK];
	int fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);

	for (long long offset = 0; offset < length; offset += CHUNK)
		write_at(fd, buffer, length - offset < CHUNK ? length - offset : CHUNK, offset);
	close_file(fd);
}

int main(int count, char **arguments)
{
	struct io_uring_params parameters = {};
	const char *mode, *first, *second;
	int option, error;

	while ((option = getopt(count, arguments, "ask")) != -1) {
		if (option == 'a')
			flags |= IOSQE_ASYNC;
		else if (option == 's')
			parameters.flags |= IORING_SETUP_SQPOLL;
		else if (option == 'k')
			silent = 1;
		else
			return 2;
	}
	if (optind + 2 > count)
		return 2;
	mode = arguments[optind];
	first = arguments[optind + 1];
	second = arguments[optind + 2]; /* NULL where there is none */
	error = io_uring_queue_init_params(8, &ring, &parameters);
	if (error)
		fail("io_uring_setup", error);
#define MODE(name, call)                                                                                               \
	if (!strcmp(mode, name)) {                                                                                     \
		call;                                                                                                  \
		return 0;                                                                                              \
	}
	MODE("view", view(first))
	MODE("create", create(first, atoi(second)))
	MODE("copy", copy(first, second, 1))
	MODE("copy-position", copy(first, second, 0))
	MODE("copy-vectors", copy_vectors(first, second))
	MODE("copy-fixed", copy_fixed(first, second, 0))
	MODE("copy-fixed-left", copy_fixed(first, second, 1))
	MODE("copy-spliced", copy_spliced(first, second))
	MODE("create-linked", create_linked(first, atoi(second)))
	MODE("append-linked", append_linked(first, atoi(second)))
	MODE("truncate", truncate_file(first, atoi(second)))
	MODE("unlink", submit_names(first, prepare_unlink, first, NULL))
	MODE("rmdir", submit_names(first, prepare_rmdir, first, NULL))
	MODE("rename", submit_names(first, prepare_rename, first, second))
	MODE("mkdir", submit_names(first, prepare_mkdir, first, NULL))
	MODE("link", submit_names(first, prepare_link, first, second))
	MODE("symlink", submit_names(first, prepare_symlink, first, second))
	MODE("send", send_text(atoi(first), second))
	MODE("receive", receive(first, 0))
	MODE("receive-multishot", receive(first, 1))
	return 2;
}
