// long: every way to be a process, each a few lines, in one program
/* SPDX-License-Identifier: Apache-2.0 */
/* Processes as few programs make them: each first argument is one quirk. Exits with 0, or says what failed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(expression) \
	do { \
		if ((expression) < 0) { \
			perror(#expression); \
			exit(1); \
		} \
	} while (0)

extern char **environ;
static char **arguments; /* after the quirk */

static void write_file(const char *path, int bytes)
{
	char buffer[256];
	int fd;

	memset(buffer, 'x', sizeof(buffer));
	CHECK(fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
	for (; bytes > 0; bytes -= sizeof(buffer))
		CHECK(write(fd, buffer, bytes < (int)sizeof(buffer) ? bytes : (int)sizeof(buffer)));
	close(fd);
}

static void copy_file(const char *from, const char *to)
{
	char buffer[256];
	ssize_t length;
	int in, out;

	CHECK(in = open(from, O_RDONLY));
	CHECK(out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644));
	while ((length = read(in, buffer, sizeof(buffer))) > 0)
		CHECK(write(out, buffer, length));
	close(in);
	close(out);
}

static void wait_for(pid_t child)
{
	int status;

	CHECK(child);
	CHECK(waitpid(child, &status, 0));
	if (status != 0) {
		fprintf(stderr, "child ended with %x\n", status);
		exit(1);
	}
}

/* ---- threads */

static void *make_file(void *path)
{
	prctl(PR_SET_NAME, "worker");
	write_file(path, 1000);
	return NULL;
}

/* PATH PATH: each written by a thread with a name of its own. */
static void threads(void)
{
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, make_file, arguments[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}

static char content[4096];
static ssize_t content_length;

static void *read_all(void *path)
{
	int fd;

	prctl(PR_SET_NAME, "reader");
	CHECK(fd = open(path, O_RDONLY));
	CHECK(content_length = read(fd, content, sizeof(content)));
	close(fd);
	return NULL;
}

static void *write_all(void *path)
{
	int fd;

	prctl(PR_SET_NAME, "writer");
	CHECK(fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
	CHECK(write(fd, content, content_length));
	close(fd);
	return NULL;
}

/* FROM TO: read by one thread, written by another: one process copies. */
static void threads_copy(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, read_all, arguments[0]);
	pthread_join(thread, NULL);
	pthread_create(&thread, NULL, write_all, arguments[1]);
	pthread_join(thread, NULL);
}

static void *copy_later(void *unused)
{
	usleep(50000);
	copy_file(arguments[0], arguments[1]);
	return unused;
}

/* FROM TO: copied by a thread when the leader is gone. */
static void leader_exits(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, copy_later, NULL);
	pthread_exit(NULL);
}

static void *exec_from_thread(void *unused)
{
	prctl(PR_SET_NAME, "worker");
	execvp(arguments[0], arguments);
	perror("exec");
	exit(1);
	return unused;
}

/* PROGRAM…: started by a thread that is not the leader. */
static void thread_exec(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exec_from_thread, NULL);
	pause();
}

static void *exit_all(void *path)
{
	int fd;

	CHECK(fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
	CHECK(write(fd, "unfinished", 10));
	syscall(SYS_exit_group, 0);
	return NULL;
}

/* PATH: open when a thread ends the process. */
static void thread_exits(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exit_all, arguments[0]);
	pause();
}

/* ---- other ways to a new process */

/* PROGRAM… */
static void vfork_exec(void)
{
	pid_t child = vfork();

	if (child == 0) {
		execvp(arguments[0], arguments);
		_exit(127);
	}
	wait_for(child);
}

/* PROGRAM… */
static void spawn_program(void)
{
	pid_t child;

	if (posix_spawnp(&child, arguments[0], NULL, NULL, arguments, environ) != 0)
		exit(1);
	wait_for(child);
}

static int shared_descriptor;

static int open_and_leave(void *unused)
{
	CHECK(shared_descriptor = open(arguments[0], O_WRONLY | O_CREAT | O_TRUNC, 0644));
	CHECK(write(shared_descriptor, "by the child\n", 13));
	_exit(0);
	return unused != NULL;
}

/* PATH: opened by a child that shares its descriptors, closed by the parent. */
static void clone_files(void)
{
	char *stack = malloc(65536);

	wait_for(clone(open_and_leave, stack + 65536, CLONE_FILES | CLONE_FS | CLONE_VM | SIGCHLD, NULL));
	close(shared_descriptor);
}

static int change_directory(void *unused)
{
	CHECK(chdir(arguments[0]));
	_exit(0);
	return unused != NULL;
}

/* DIRECTORY NAME: the child changes the directory of both. */
static void clone_fs(void)
{
	char *stack = malloc(65536);

	wait_for(clone(change_directory, stack + 65536, CLONE_FS | CLONE_VM | SIGCHLD, NULL));
	write_file(arguments[1], 100);
}

/* PATH: made by a grandchild whose parent is gone. */
static void double_fork(void)
{
	pid_t child = fork();

	if (child == 0) {
		setsid();
		child = getpid();
		if (fork() == 0) {
			while (getppid() == child)
				usleep(1000);
			write_file(arguments[0], 100);
			_exit(0);
		}
		_exit(0);
	}
	wait_for(child);
}

/* PATH: made by a grandchild that was taken by this process. */
static void subreaper(void)
{
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1));
	if (fork() == 0) {
		pid_t parent = getpid();

		if (fork() == 0) {
			while (getppid() == parent)
				usleep(1000);
			write_file(arguments[0], 100);
			_exit(0);
		}
		_exit(0);
	}
	while (wait(NULL) > 0 || errno != ECHILD)
		;
}

/* ---- ends */

/* PATH: open when it is killed. */
static void killed(void)
{
	int fd;

	if (fork() == 0) {
		CHECK(fd = open(arguments[0], O_WRONLY | O_CREAT | O_TRUNC, 0644));
		CHECK(write(fd, "unfinished", 10));
		raise(SIGKILL);
	}
	wait(NULL);
}

/* PATH: open when it aborts. */
static void aborted(void)
{
	int fd;

	if (fork() == 0) {
		CHECK(fd = open(arguments[0], O_WRONLY | O_CREAT | O_TRUNC, 0644));
		CHECK(write(fd, "unfinished", 10));
		abort();
	}
	wait(NULL);
}

/* FROM TO: copied by a child that is stopped in between, and goes on under ptrace. */
static void traced(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		raise(SIGSTOP);
		copy_file(arguments[0], arguments[1]);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0));
	CHECK(ptrace(PTRACE_CONT, child, NULL, NULL));
	wait_for(child);
}

/* ---- who */

/* NAME PATH: calls itself NAME, also in its arguments. */
static void renames_itself(void)
{
	char name[16] = "";
	char *path = strdup(arguments[1]);

	strncpy(name, arguments[0], sizeof(name) - 1);
	CHECK(prctl(PR_SET_NAME, name));
	for (char **argument = arguments - 2; *argument; argument++)
		memset(*argument, ' ', strlen(*argument));
	write_file(path, 100);
}

/* UID PATH PATH: the second one made as UID. */
static void drops_rights(void)
{
	int uid = atoi(arguments[0]);

	write_file(arguments[1], 100);
	CHECK(setresgid(uid, uid, uid));
	CHECK(setresuid(uid, uid, uid));
	write_file(arguments[2], 100);
}

static volatile sig_atomic_t ended;

static void end(int signal)
{
	ended = signal;
}

/* PATH BUSY: makes PATH once, then BUSY again and again, until it is told to end. */
static void daemon_lives_on(void)
{
	signal(SIGTERM, end);
	write_file(arguments[0], 100);
	for (int round = 0; !ended; round++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s.%d", arguments[1], round);
		write_file(path, 10);
		usleep(20000);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} quirks[] = {
	{ "threads", threads },
	{ "threads-copy", threads_copy },
	{ "leader-exits", leader_exits },
	{ "thread-exec", thread_exec },
	{ "thread-exits", thread_exits },
	{ "vfork-exec", vfork_exec },
	{ "spawn", spawn_program },
	{ "clone-files", clone_files },
	{ "clone-fs", clone_fs },
	{ "double-fork", double_fork },
	{ "subreaper", subreaper },
	{ "killed", killed },
	{ "aborted", aborted },
	{ "traced", traced },
	{ "renames-itself", renames_itself },
	{ "drops-rights", drops_rights },
	{ "daemon", daemon_lives_on },
};

int main(int count, char **all)
{
	for (unsigned i = 0; count > 1 && i < sizeof(quirks) / sizeof(*quirks); i++) {
		if (strcmp(all[1], quirks[i].name))
			continue;
		arguments = all + 2;
		quirks[i].run();
		return 0;
	}
	fprintf(stderr, "no such quirk\n");
	return 2;
}
