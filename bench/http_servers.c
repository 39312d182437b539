#include "http_servers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "http_bare.h"

pid_t
server_fork(void)
{
	pid_t child = fork();

	if (child < 0)
		bench_die("fork: %s", strerror(errno));
	if (child == 0)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	return child;
}

static struct sockaddr_in
loopback(unsigned int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port),
				     .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

int
server_listen(unsigned int *ret_port)
{
	struct sockaddr_in address = loopback(0);
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 1024) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		bench_die("cannot listen: %s", strerror(errno));
	*ret_port = ntohs(address.sin_port);
	return fd;
}

int
server_connect(const struct server *server)
{
	struct sockaddr_in address = loopback(server->port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		bench_die("socket: %s", strerror(errno));
	/* Who has just been started may need a moment. */
	for (int tries = 0; connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0; tries++) {
		if (tries == 500 || errno != ECONNREFUSED)
			bench_die("port %u: %s", server->port, strerror(errno));
		(void)usleep(10000);
	}
	return fd;
}

struct answer
server_ask(const struct server *server, const char *target)
{
	struct answer answer = { 0 };
	int fd = server_connect(server);
	FILE *stream = fdopen(fd, "r+");
	size_t room = 0;
	ssize_t size;
	const char *end;

	if (stream == NULL)
		bench_die("fdopen: %s", strerror(errno));
	fprintf(stream, "GET %s HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n", target);
	(void)fflush(stream);
	size = getdelim(&answer.text, &room, '\0', stream); /* there is none: all of it */
	(void)fclose(stream);
	if (size <= 0 || strncmp(answer.text, "HTTP/1.1 200 ", 13) != 0)
		bench_die("%s: not answered: %.200s", target, size > 0 ? answer.text : "");
	end = strstr(answer.text, "\r\n\r\n");
	if (end == NULL)
		bench_die("%s: no end of the headers", target);
	answer.body = end + 4;
	answer.body_size = (size_t)(answer.text + size - answer.body);
	return answer;
}

void
server_print_address(uint32_t address, char ret[16])
{
	(void)snprintf(ret, 16, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

struct answer
server_ask_for(const struct server *server, uint32_t address)
{
	char target[64] = "/v1/lookup?q=";

	server_print_address(address, target + strlen(target));
	return server_ask(server, target);
}

/* The port in "listening on 127.0.0.1:PORT". */
static unsigned int
read_port(int fd)
{
	static const char wanted[] = "listening on 127.0.0.1:";
	FILE *log = fdopen(fd, "r");
	char line[512];

	if (log == NULL)
		bench_die("fdopen: %s", strerror(errno));
	while (fgets(line, sizeof(line), log) != NULL) {
		const char *found = strstr(line, wanted);

		if (found != NULL)
			return (unsigned int)strtoul(found + sizeof(wanted) - 1, NULL, 10); /* the log stays open */
	}
	bench_die("svctagd did not start");
}

struct server
server_start_svctagd(const char *database, unsigned int threads)
{
	const char *program = getenv("SVCTAGD_BIN");
	struct server server = { 0 };
	char count[16];
	int ends[2];

	(void)snprintf(count, sizeof(count), "%u", threads);
	if (program == NULL)
		bench_die("$SVCTAGD_BIN has to name the program svctagd; scripts/bench sets it");
	if (pipe2(ends, O_CLOEXEC) != 0)
		bench_die("pipe: %s", strerror(errno));
	server.process = server_fork();
	if (server.process == 0) {
		(void)dup2(ends[1], STDERR_FILENO);
		(void)execl(program, program, "--db", database, "--listen", "127.0.0.1:0", "--event-threads", count,
			    (char *)NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	server.port = read_port(ends[0]);
	return server;
}

struct server
server_start_bare(const struct answer *answer, unsigned int threads)
{
	struct server server = { 0 };
	int fd = server_listen(&server.port);

	server.process = server_fork();
	if (server.process == 0)
		_exit(bare_serve(fd, threads, answer->text, answer->body, answer->body_size));
	(void)close(fd);
	return server;
}

void
server_stop(struct server *server)
{
	if (server->process <= 0)
		return;
	(void)kill(server->process, SIGTERM);
	(void)waitpid(server->process, NULL, 0);
	server->process = 0;
}

/* Of one process, in ticks. */
static double
ticks_of(pid_t process)
{
	char path[64], line[1024];
	unsigned long user = 0, system = 0;
	const char *at = NULL;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
	file = fopen(path, "r");
	if (file != NULL && fgets(line, sizeof(line), file) != NULL)
		at = strrchr(line, ')'); /* the name may have blanks */
	if (file != NULL)
		(void)fclose(file);
	/* From the state, the third field, to the fourteenth. */
	for (int field = 2; field < 14 && at != NULL; field++)
		at = strchr(at + 1, ' ');
	if (at != NULL) {
		char *next;

		user = strtoul(at, &next, 10);
		system = strtoul(next, NULL, 10);
	}
	return (double)(user + system);
}

double
server_processor_time(const struct server *server)
{
	char path[64];
	double ticks = ticks_of(server->process);
	char line[1024];
	FILE *children;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)server->process, (int)server->process);
	children = fopen(path, "r");
	if (children != NULL && fgets(line, sizeof(line), children) != NULL) {
		const char *rest = line;
		char *end;

		for (long child = strtol(rest, &end, 10); end != rest; child = strtol(rest, &end, 10)) {
			ticks += ticks_of((pid_t)child);
			rest = end;
		}
	}
	if (children != NULL)
		(void)fclose(children);
	return ticks / (double)sysconf(_SC_CLK_TCK);
}
