/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times system calls the way a program makes them; prints "NAME NANOSECONDS" per line. Linked
 * statically and without threads, so that nothing but the calls is measured.
 * usage: syscalls DIRECTORY
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void report(const char *name, double start, long count)
{
	printf("%s %.2f\n", name, (now() - start) / count);
}

int main(int argc, char **argv)
{
	enum { CALLS = 2000000, OPENS = 200000, FORKS = 1000 };
	char path[4096], byte = 0;
	double start;
	int fd;

	if (argc == 2 && !strcmp(argv[1], "exit"))
		return 0;
	if (argc != 2)
		return 2;
	snprintf(path, sizeof(path), "%s/a/b/c", argv[1]);

	start = now();
	for (long i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	report("getppid", start, CALLS);

	if ((fd = open("/dev/zero", O_RDONLY)) < 0)
		fail("/dev/zero");
	start = now();
	for (long i = 0; i < CALLS; i++)
		if (read(fd, &byte, 1) != 1)
			fail("read");
	report("read", start, CALLS);
	close(fd);

	if ((fd = open("/dev/null", O_WRONLY)) < 0)
		fail("/dev/null");
	start = now();
	for (long i = 0; i < CALLS; i++)
		if (write(fd, &byte, 1) != 1)
			fail("write");
	report("write", start, CALLS);
	close(fd);

	start = now();
	for (long i = 0; i < OPENS; i++) {
		if ((fd = open(path, O_RDONLY)) < 0)
			fail(path);
		close(fd);
	}
	report("open+close", start, OPENS);

	start = now();
	for (long i = 0; i < OPENS; i++) {
		if ((fd = open(path, O_RDONLY)) < 0 || read(fd, &byte, 1) != 1)
			fail(path);
		close(fd);
	}
	report("open+read+close", start, OPENS);

	start = now();
	for (long i = 0; i < FORKS; i++) {
		pid_t child = fork();

		if (child < 0)
			fail("fork");
		if (!child) {
			execl("/proc/self/exe", "syscalls", "exit", NULL);
			_exit(127);
		}
		waitpid(child, NULL, 0);
	}
	report("fork+exec+exit", start, FORKS);
	return 0;
}
