/* Time, and other people's programs. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

static double
read_clock(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double
bench_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

double
bench_processor_time(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static void
redirect(const char *path, int flags, int descriptor)
{
	int file = open(path, flags | O_CLOEXEC, 0644);

	if (file < 0 || dup2(file, descriptor) < 0)
		_exit(127);
}

static double
seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

struct bench_process
bench_process_run(const char *const argv[], const char *input, const char *output)
{
	struct bench_process process = { 0 };
	char *arguments[64];
	struct rusage usage;
	size_t count = 0;
	int status = 0;
	pid_t child;

	if (argv[0] == NULL)
		bench_die("no program to run");
	for (; argv[count] != NULL; count++) {
		if (count + 1 == sizeof(arguments) / sizeof(arguments[0]))
			bench_die("too many arguments for %s", argv[0]);
		memcpy(&arguments[count], &argv[count], sizeof(arguments[count])); /* exec's array is not of const */
	}
	arguments[count] = NULL;
	process.seconds = bench_now();
	child = fork();
	if (child < 0)
		bench_die("fork: %s", strerror(errno));
	if (child == 0) {
		redirect(input != NULL ? input : "/dev/null", O_RDONLY, STDIN_FILENO);
		redirect(output != NULL ? output : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
		(void)execvp(arguments[0], arguments);
		_exit(127);
	}
	if (wait4(child, &status, 0, &usage) != child)
		bench_die("wait: %s", strerror(errno));
	process.seconds = bench_now() - process.seconds;
	process.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
	process.peak_bytes = (double)usage.ru_maxrss * 1024;
	process.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (process.status >= 126)
		bench_die("%s did not run: %d", argv[0], process.status);
	return process;
}
