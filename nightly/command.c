/*
 * The command that is told of each piece of news. Its file itself is the
 * standard input: nothing is copied, and a command that does not read it
 * misses nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nightly_internal.h"

#define SHELL "/bin/sh"
/** A command that hangs must not hold up the nights that follow. */
#define MAX_SECONDS 600
/** Variables that are added to the command's environment, and the closing NULL. */
#define VARIABLE_COUNT 9

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

/* The caller's environment, but for these, which the command is told besides. */
struct environment {
	char *added[VARIABLE_COUNT];
	char **all;
};

static void
environment_release(struct environment *environment)
{
	for (size_t i = 0; i < VARIABLE_COUNT; i++)
		free(environment->added[i]);
	free(environment->all);
}

/* Is the variable one of those that are added? */
static bool
is_replaced(const struct environment *environment, const char *variable)
{
	const size_t size = strcspn(variable, "=");

	for (size_t i = 0; i < VARIABLE_COUNT; i++) {
		const char *added = environment->added[i];

		if (strcspn(added, "=") == size && memcmp(added, variable, size) == 0)
			return true;
	}
	return false;
}

static bool
environment_make(const struct nightly *nightly, const struct state_entry *entry, struct environment *ret)
{
	char id[NIGHTLY_DELIVERY_SIZE];
	char day[SVCTAG_DAY_SIZE];
	const char *folder = nightly->state.folder;
	size_t count = 0;
	bool ok;

	delivery_id(entry, COMMAND_KEY, id);
	report_in_use_from(&entry->to, day);
	ok = asprintf(&ret->added[0], "SVCTAG_CLOUD=%s", entry->to.cloud) >= 0 &&
	     asprintf(&ret->added[1], "SVCTAG_CHANGE_NUMBER=%lld", (long long)entry->to.change_number) >= 0 &&
	     asprintf(&ret->added[2], "SVCTAG_PUBLISHED=%s", entry->to.published) >= 0 &&
	     asprintf(&ret->added[3], "SVCTAG_IN_USE_FROM=%s", day) >= 0 &&
	     asprintf(&ret->added[4], "SVCTAG_MARKDOWN=%s/%s.md", folder, entry->files) >= 0 &&
	     asprintf(&ret->added[5], "SVCTAG_DELIVERY=%s", id) >= 0 &&
	     asprintf(&ret->added[6], "SVCTAG_SUMMARY=%s", entry->summary) >= 0 &&
	     asprintf(&ret->added[7], "SVCTAG_EVENT=%s", entry->list == NULL ? "release" : "list") >= 0 &&
	     asprintf(&ret->added[8], "SVCTAG_LIST=%s", entry->list == NULL ? "" : entry->list) >= 0;
	while (environ[count] != NULL)
		count++;
	ret->all = ok ? calloc(VARIABLE_COUNT + count + 1, sizeof(*ret->all)) : NULL;
	if (ret->all == NULL)
		return false;
	memcpy(ret->all, ret->added, sizeof(ret->added));
	count = VARIABLE_COUNT;
	for (char **variable = environ; *variable != NULL; variable++) {
		if (!is_replaced(ret, *variable))
			ret->all[count++] = *variable;
	}
	return true;
}

/*
 * Its standard output goes where errors go: ours is for data. It gets a process
 * group of its own, so that nothing of it is left when it has to be ended.
 */
static int
spawn(const char *command, const char *input, char **variables, pid_t *ret)
{
	char shell[] = SHELL;
	char name[] = "sh";
	char option[] = "-c";
	char *text = strdup(command);
	char *arguments[] = { name, option, text, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t signals;
	int error;

	if (text == NULL)
		return ENOMEM;
	if ((error = posix_spawn_file_actions_init(&actions)) != 0)
		goto out;
	if ((error = posix_spawnattr_init(&attributes)) != 0)
		goto out_actions;
	sigemptyset(&signals);
	sigaddset(&signals, SIGPIPE); /* ignored here, which it would inherit */
	error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawnattr_setsigdefault(&attributes, &signals);
	if (error == 0)
		error = posix_spawnattr_setpgroup(&attributes, 0);
	if (error == 0)
		error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	if (error == 0)
		error = posix_spawn(ret, shell, &actions, &attributes, arguments, variables);
	(void)posix_spawnattr_destroy(&attributes);
out_actions:
	(void)posix_spawn_file_actions_destroy(&actions);
out:
	free(text);
	return error;
}

/* Wait for its end, but not for ever. */
static bool
has_ended_in_time(pid_t child)
{
	int fd = pidfd_open(child, 0);
	struct pollfd end = { .fd = fd, .events = POLLIN };
	int ready;

	if (fd < 0)
		return true; /* then without a limit */
	do
		ready = poll(&end, 1, MAX_SECONDS * 1000);
	while (ready < 0 && errno == EINTR);
	(void)close(fd);
	return ready != 0;
}

static svctag_error
wait_for(pid_t child, svctag_detail *detail)
{
	bool in_time = has_ended_in_time(child);
	int status = 0;

	if (!in_time)
		(void)kill(-child, SIGKILL);
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR) {
			svctag_detail_set(detail, "cannot wait for it: %s", strerror(errno));
			return SVCTAG_E_IO;
		}
	}
	if (in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return SVCTAG_OK;
	if (!in_time)
		svctag_detail_set(detail, "did not end within %d seconds", MAX_SECONDS);
	else if (WIFEXITED(status))
		svctag_detail_set(detail, "ended with exit code %d", WEXITSTATUS(status));
	else
		svctag_detail_set(detail, "was ended by signal %d", WTERMSIG(status));
	return SVCTAG_E_IO;
}

svctag_error
command_run(const struct nightly *nightly, const struct state_entry *entry, svctag_detail *detail)
{
	struct environment environment = { 0 };
	char *input = NULL;
	svctag_error err = SVCTAG_OK;
	pid_t child;
	int error;

	if (asprintf(&input, "%s/%s.json", nightly->state.folder, entry->files) < 0)
		return fail_memory(detail);
	if (access(input, R_OK) != 0) {
		err = errno == ENOENT ? SVCTAG_E_NOT_FOUND : SVCTAG_E_IO;
		svctag_detail_set(detail, "%s: %s", input, strerror(errno));
	} else if (!environment_make(nightly, entry, &environment)) {
		err = fail_memory(detail);
	} else if ((error = spawn(nightly->settings.command, input, environment.all, &child)) != 0) {
		svctag_detail_set(detail, "cannot be started: %s", strerror(error));
		err = SVCTAG_E_IO;
	} else {
		err = wait_for(child, detail);
	}
	environment_release(&environment);
	free(input);
	return err;
}
