/*
 * A bearer token. It is a secret: it is kept in memory only while it is
 * needed, never printed, and never put on a command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "feed.h"

/** Longest token; those of Azure have some 2,000 characters. */
#define MAX_TOKEN 16384

/** How long the az command may take; it is slow to start. */
#define AZ_SECONDS 60

/*
 * Cut blanks off the end, and check that what remains is one token: anything
 * else would be a way to put headers into the request.
 */
static svctag_error
check_token(char *text, const char *from, svctag_detail *detail)
{
	size_t length = strlen(text);

	while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
		text[--length] = '\0';
	for (size_t i = 0; i < length; i++) {
		if (text[i] <= ' ' || text[i] > '~') {
			svctag_detail_set(detail, "%.200s: is not one token: printable characters without blanks",
					  from);
			return SVCTAG_E_SYNTAX;
		}
	}
	if (length == 0) {
		svctag_detail_set(detail, "%.200s: has no token", from);
		return SVCTAG_E_SYNTAX;
	}
	return SVCTAG_OK;
}

/* Milliseconds until the deadline, at least 0. */
static int
left_until(const struct timespec *deadline)
{
	struct timespec now;
	int64_t left;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	left = (int64_t)(deadline->tv_sec - now.tv_sec) * 1000 + (deadline->tv_nsec - now.tv_nsec) / 1000000;
	return left < 0 ? 0 : (int)left;
}

/* Read to the end, into MAX_TOKEN + 1 bytes. False with errno; EFBIG when there is more, ETIMEDOUT. */
static bool
read_to_end(int fd, const struct timespec *deadline, char *text)
{
	size_t size = 0;

	for (;;) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (poll(&ready, 1, left_until(deadline)) == 0) {
			errno = ETIMEDOUT;
			return false;
		}
		got = read(fd, text + size, MAX_TOKEN - size);
		if (got < 0 && errno != EINTR)
			return false;
		if (got == 0)
			break;
		size += got > 0 ? (size_t)got : 0;
		if (size == MAX_TOKEN) {
			errno = EFBIG;
			return false;
		}
	}
	text[size] = '\0';
	return true;
}

static struct timespec
deadline_in(time_t seconds)
{
	struct timespec deadline;

	(void)clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += seconds;
	return deadline;
}

static svctag_error
fail_errno(svctag_detail *detail, const char *what, int error)
{
	char buffer[128];

	svctag_detail_set(detail, "%.200s: %s", what, strerror_r(error, buffer, sizeof(buffer)));
	return SVCTAG_E_IO;
}

static svctag_error
token_of_file(const char *path, char *text, svctag_detail *detail)
{
	struct timespec deadline = deadline_in(AZ_SECONDS);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	svctag_error err = SVCTAG_OK;

	if (fd < 0)
		return fail_errno(detail, path, errno);
	if (!read_to_end(fd, &deadline, text))
		err = fail_errno(detail, path, errno);
	(void)close(fd);
	return err != SVCTAG_OK ? err : check_token(text, path, detail);
}

/* Start az with its output in a pipe; what it says on stderr would only be noise from cron. */
static int
spawn_az(const char *resource, int output, pid_t *ret)
{
	char *const arguments[] = { (char[]){ "az" },
				    (char[]){ "account" },
				    (char[]){ "get-access-token" },
				    (char[]){ "--query" },
				    (char[]){ "accessToken" },
				    (char[]){ "--output" },
				    (char[]){ "tsv" },
				    (char[]){ "--resource" },
				    strdup(resource),
				    NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int error = arguments[8] == NULL ? ENOMEM : posix_spawn_file_actions_init(&actions);

	if (error != 0)
		goto out;
	error = posix_spawnattr_init(&attributes);
	if (error != 0)
		goto out_actions;
	/* An ignored SIGPIPE would be inherited. */
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	error = posix_spawnattr_setsigdefault(&attributes, &defaults);
	if (error == 0)
		error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	if (error == 0)
		error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (error == 0)
		error = posix_spawnp(ret, "az", &actions, &attributes, arguments, environ);
	(void)posix_spawnattr_destroy(&attributes);
out_actions:
	(void)posix_spawn_file_actions_destroy(&actions);
out:
	free(arguments[8]);
	return error;
}

/* Its exit status once it ended; it is killed first where its output failed. */
static int
reap(pid_t child, bool kill_it)
{
	int status = 0;

	if (kill_it)
		(void)kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static svctag_error
token_of_az(const char *resource, char *text, svctag_detail *detail)
{
	static const char name[] = "az account get-access-token";
	struct timespec deadline = deadline_in(AZ_SECONDS);
	int pipe_ends[2];
	bool read_all;
	pid_t child;
	int status;
	int error;

	if (pipe2(pipe_ends, O_CLOEXEC) != 0)
		return fail_errno(detail, name, errno);
	error = spawn_az(resource, pipe_ends[1], &child);
	(void)close(pipe_ends[1]);
	if (error != 0) {
		(void)close(pipe_ends[0]);
		svctag_detail_set(detail, "no token for the Discovery API: neither --token-file nor "
					  "$AZURE_ACCESS_TOKEN is given, and the az command cannot be run");
		return SVCTAG_E_IO;
	}
	read_all = read_to_end(pipe_ends[0], &deadline, text);
	error = errno;
	(void)close(pipe_ends[0]);
	status = reap(child, !read_all);
	if (!read_all)
		return fail_errno(detail, name, error);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		svctag_detail_set(detail,
				  "no token for the Discovery API: `%s` failed; log in with `az login`, or "
				  "give --token-file or $AZURE_ACCESS_TOKEN",
				  name);
		return SVCTAG_E_IO;
	}
	return check_token(text, name, detail);
}

static svctag_error
token_of_environment(const char *value, char *text, svctag_detail *detail)
{
	if (strlen(value) > MAX_TOKEN) {
		svctag_detail_set(detail, "$AZURE_ACCESS_TOKEN: is longer than %d bytes", MAX_TOKEN);
		return SVCTAG_E_LIMIT;
	}
	memcpy(text, value, strlen(value) + 1);
	return check_token(text, "$AZURE_ACCESS_TOKEN", detail);
}

svctag_error
feed_token_get(const char *file, const char *resource, char **ret, svctag_detail *detail)
{
	const char *value = getenv("AZURE_ACCESS_TOKEN");
	char *text = malloc(MAX_TOKEN + 1);
	svctag_error err;

	if (text == NULL) {
		svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		return SVCTAG_E_NO_MEMORY;
	}
	text[0] = '\0';
	if (file != NULL)
		err = token_of_file(file, text, detail);
	else if (value != NULL && *value != '\0')
		err = token_of_environment(value, text, detail);
	else
		err = token_of_az(resource, text, detail);
	if (err == SVCTAG_OK) {
		*ret = text; /* the caller owns it from here */
		return SVCTAG_OK;
	}
	explicit_bzero(text, MAX_TOKEN + 1);
	free(text);
	return err;
}
