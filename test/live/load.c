/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads that the agent has to bear. Each prints "DONE SECONDS": how many it did, in how long.
 * usage: load tree DIRECTORY FILES       makes files of 20 bytes, 100 to a directory
 *        load exec PROGRAM RATE SECONDS  starts the program so many times a second
 *        load calls SECONDS              system calls that are hooked, on two processors, as many as there can be
 *        load reads FILE TIMES           opens, reads and closes a file
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static long make_tree(const char *directory, long files)
{
	char path[4096];

	for (long file = 0; file < files; file++) {
		int fd;

		if (file % 100 == 0) {
			snprintf(path, sizeof(path), "%s/%ld", directory, file / 100);
			if (mkdir(path, 0755))
				fail(path);
		}
		snprintf(path, sizeof(path), "%s/%ld/%ld", directory, file / 100, file);
		fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0644);
		if (fd < 0 || write(fd, "twenty bytes of text", 20) != 20 || close(fd))
			fail(path);
	}
	return files;
}

static long run_programs(char *program, double rate, double seconds)
{
	char *arguments[] = { program, NULL };
	double start = now();
	long started = 0;

	while (now() - start < seconds) {
		double due = start + started / rate - now();
		int status;
		pid_t child;

		if (due > 0)
			usleep(due * 1e6);
		child = vfork();
		if (child == 0) {
			execv(program, arguments);
			_exit(1);
		}
		if (child < 0 || waitpid(child, &status, 0) != child || status)
			fail(program);
		started++;
	}
	return started;
}

static long make_calls(double seconds)
{
	uint64_t *counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	for (int processor = 0; processor < 2; processor++) {
		double start = now();

		if (fork())
			continue;
		while (now() - start < seconds) {
			for (int call = 0; call < 1000; call++) {
				close(-1);
				lseek(0, 0, SEEK_CUR);
				dup2(-1, 100);
			}
			counts[processor] += 3000;
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	return counts[0] + counts[1];
}

static long read_file(const char *path, long times)
{
	for (long time = 0; time < times; time++) {
		char byte;
		int fd = open(path, O_RDONLY);

		if (fd < 0 || read(fd, &byte, 1) != 1 || close(fd))
			fail(path);
	}
	return times;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	double start = now();
	long done;

	if (!strcmp(what, "tree") && argc == 4)
		done = make_tree(argv[2], atol(argv[3]));
	else if (!strcmp(what, "exec") && argc == 5)
		done = run_programs(argv[2], atof(argv[3]), atof(argv[4]));
	else if (!strcmp(what, "calls") && argc == 3)
		done = make_calls(atof(argv[2]));
	else if (!strcmp(what, "reads") && argc == 4)
		done = read_file(argv[2], atol(argv[3]));
	else
		return 2;
	printf("%ld %f\n", done, now() - start);
	return 0;
}
