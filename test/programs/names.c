/* SPDX-License-Identifier: Apache-2.0 */
/* Does one of each of what changes names and attributes, in the current directory: names [PORT [WAIT]]. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int check(int result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
	return result;
}

static void make(const char *path, const char *text)
{
	int file = check(open(path, O_WRONLY | O_CREAT | O_EXCL, 0644), path);

	check(dprintf(file, "%s\n", text), "write");
	close(file);
}

static void connect_to(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int end = check(socket(AF_INET, SOCK_STREAM, 0), "socket");

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check(connect(end, (struct sockaddr *)&address, sizeof(address)), "connect");
	close(end);
}

int main(int count, char **arguments)
{
	/* Holds hooks in place, as a daemon would. */
	while (count == 3 && access(arguments[2], F_OK))
		usleep(10000);
	check(mkdir("d", 0755), "mkdir");
	make("d/a", "some text");
	check(rename("d/a", "b"), "rename");
	check(link("there", "c"), "link");
	check(symlink("there", "l"), "symlink");
	check(chmod("there", 0600), "chmod");
	check(chown("there", 12, 34), "chown");
	check(truncate("cut", 3), "truncate");
	check(unlink("gone"), "unlink");
	check(rmdir("d"), "rmdir");
	if (count > 1 && atoi(arguments[1]))
		connect_to(atoi(arguments[1]));
	return 0;
}
