/* SPDX-License-Identifier: Apache-2.0 */
/* Copies IN to OUT (or makes OUT), each time by other system calls: calls WAY IN OUT. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define CHUNK 1000

static long check(long result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
	return result;
}

static int input(const char *path)
{
	return check(open(path, O_RDONLY), path);
}

static int output(const char *path)
{
	return check(open(path, O_WRONLY | O_CREAT | O_EXCL, 0644), path);
}

static void copy(int in, int out)
{
	char chunk[CHUNK];
	long length;

	while ((length = check(read(in, chunk, CHUNK), "read")) > 0)
		check(write(out, chunk, length), "write");
}

static void way_openat2(const char *from, const char *to)
{
	struct open_how how = { .flags = O_RDONLY };
	int in = check(syscall(SYS_openat2, AT_FDCWD, from, &how, sizeof(how)), "openat2"), out;

	how.flags = O_WRONLY | O_CREAT | O_TRUNC;
	how.mode = 0644;
	out = check(syscall(SYS_openat2, AT_FDCWD, to, &how, sizeof(how)), "openat2");
	copy(in, out);
}

static void way_creat(const char *from, const char *to)
{
	copy(input(from), check(creat(to, 0644), "creat"));
}

static void way_pread(const char *from, const char *to)
{
	int in = input(from), out = output(to);
	char chunk[CHUNK];
	long at = 0, length;

	while ((length = check(pread(in, chunk, CHUNK, at), "pread")) > 0)
		at += check(pwrite(out, chunk, length, at), "pwrite");
}

static void way_vectors(const char *from, const char *to)
{
	int in = input(from), out = output(to);
	char one[300], two[700];
	struct iovec parts[] = { { one, sizeof(one) }, { two, sizeof(two) } };
	long at = 0, length;

	/* Half of it by the position (offset -1), half beside it. */
	while ((length = check(preadv2(in, parts, 2, at ? at : -1, 0), "preadv2")) > 0) {
		parts[1].iov_len = length - sizeof(one);
		at += check(pwritev2(out, parts, 2, at, 0), "pwritev2");
	}
}

static void way_copy_file_range(const char *from, const char *to)
{
	int in = input(from), out = output(to);
	loff_t at = 0;

	while (check(copy_file_range(in, &at, out, NULL, CHUNK, 0), "copy_file_range") > 0)
		;
}

static void way_sendfile(const char *from, const char *to)
{
	int in = input(from), out = output(to);

	while (check(sendfile(out, in, NULL, CHUNK), "sendfile") > 0)
		;
}

static void way_splice(const char *from, const char *to)
{
	int in = input(from), out = output(to), ends[2];
	long length;

	check(pipe(ends), "pipe");
	while ((length = check(splice(in, NULL, ends[1], NULL, CHUNK, 0), "splice")) > 0)
		check(splice(ends[0], NULL, out, NULL, length, 0), "splice");
}

/* Memory given to a pipe, which a file takes from there. */
static void way_vmsplice(const char *from, const char *to)
{
	int in = input(from), out = output(to), ends[2];
	static char data[1 << 16];
	struct iovec part = { data, check(read(in, data, sizeof(data)), "read") };

	check(pipe(ends), "pipe");
	check(vmsplice(ends[1], &part, 1, 0), "vmsplice");
	check(splice(ends[0], NULL, out, NULL, part.iov_len, 0), "splice");
}

static void way_mappings(const char *from, const char *to)
{
	int in = input(from), out = check(open(to, O_RDWR | O_CREAT | O_EXCL, 0644), to);
	struct stat status;
	void *source, *target;

	check(fstat(in, &status), "fstat");
	check(ftruncate(out, status.st_size), "ftruncate");
	source = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, in, 0);
	target = mmap(NULL, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, out, 0);
	memcpy(target, source, status.st_size);
}

/* Reads the beginning again and again, as `file` and databases do, and jumps back over what it wrote. */
static void way_lseek(const char *from, const char *to)
{
	int in = input(from), out = output(to);
	char byte;

	for (int again = 0; again < 3; again++) {
		check(lseek(in, 0, SEEK_SET), "lseek");
		copy(in, out);
		check(lseek(out, 0, SEEK_SET), "lseek");
	}
	check(pread(in, &byte, 1, 0), "pread");
}

static void way_dup2(const char *from, const char *to)
{
	int in = input(from), out = output(to);

	check(dup2(in, 40), "dup2");
	check(dup3(out, 41, O_CLOEXEC), "dup3");
	check(syscall(SYS_close_range, 3, 30, 0), "close_range");
	copy(40, 41);
	check(syscall(SYS_close_range, 40, 50, 0), "close_range");
}

/* A new file has no name until all of it is there. */
static void way_tmpfile(const char *from, const char *to)
{
	int in = input(from), out = check(open(".", O_WRONLY | O_TMPFILE, 0644), "O_TMPFILE");
	char link[64];

	copy(in, out);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", out);
	check(linkat(AT_FDCWD, link, AT_FDCWD, to, AT_SYMLINK_FOLLOW), "linkat");
}

/* The program itself goes into memory and is run from there: no file on disk is ever executed. */
static void way_memfd(const char *from, const char *to)
{
	int program = check(memfd_create("hidden", MFD_CLOEXEC), "memfd_create"), self = input("/proc/self/exe");
	char *arguments[] = { "innocent", "splice", (char *)from, (char *)to, NULL }, *environment[] = { NULL };

	copy(self, program);
	syscall(SYS_execveat, program, "", arguments, environment, AT_EMPTY_PATH);
	err(1, "execveat");
}

static const struct {
	const char *name;
	void (*copy)(const char *from, const char *to);
} ways[] = {
	{ "openat2", way_openat2 },	{ "creat", way_creat },
	{ "pread", way_pread },		{ "vectors", way_vectors },
	{ "sendfile", way_sendfile },	{ "copy_file_range", way_copy_file_range },
	{ "splice", way_splice },	{ "vmsplice", way_vmsplice },
	{ "mappings", way_mappings },	{ "lseek", way_lseek },
	{ "dup2", way_dup2 },		{ "tmpfile", way_tmpfile },
	{ "memfd", way_memfd },
};

int main(int count, char **arguments)
{
	for (unsigned way = 0; count == 4 && way < sizeof(ways) / sizeof(*ways); way++) {
		if (!strcmp(ways[way].name, arguments[1])) {
			ways[way].copy(arguments[2], arguments[3]);
			return 0;
		}
	}
	errx(2, "usage: calls WAY IN OUT");
}
