#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <report/history.h>

#include "cli.h"

/* Width of the progress bar. */
#define BAR 30
#define SECONDS_A_DAY 86400L

static void say(const char *kind, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

static void
say(const char *kind, const char *format, va_list arguments)
{
	char *text = NULL;

	if (vasprintf(&text, format, arguments) < 0) {
		fputs("svctag: out of memory\n", stderr);
		return;
	}
	/* File names and input may hold anything; a message must not draw on the terminal. */
	report_make_printable(text);
	cli_progress(0, 0, "");
	fprintf(stderr, "svctag: %s%s\n", kind, text);
	free(text);
}

void
cli_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("", format, arguments);
	va_end(arguments);
}

void
cli_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say("warning: ", format, arguments);
	va_end(arguments);
}

enum cli_exit
cli_fail(const char *subject, svctag_error err, const svctag_detail *detail)
{
	const char *reason = detail != NULL && detail->text[0] != '\0' ? detail->text : svctag_error_text(err);

	if (subject == NULL)
		cli_error("%s", reason);
	else
		cli_error("%s: %s", subject, reason);
	return CLI_ERROR;
}

enum cli_exit
cli_written(svctag_error err, enum cli_exit code)
{
	if (err == SVCTAG_OK)
		return code;
	if (err != SVCTAG_E_IO)
		return cli_fail(NULL, err, NULL);
	if (errno == EPIPE)
		return code; /* like `head`: whoever reads has seen enough */
	cli_error("cannot write to standard output: %s", strerror(errno));
	return CLI_ERROR;
}

enum cli_exit
cli_close_output(enum cli_exit code)
{
	bool failed_before = ferror(stdout);

	if (fclose(stdout) == 0 || failed_before)
		return code; /* an earlier failure has been told by cli_written() */
	return cli_written(SVCTAG_E_IO, code);
}

bool
cli_is_interactive(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDERR_FILENO) == 1 && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

void
cli_progress(size_t done, size_t of, const char *what)
{
	static const char full[] = "##############################";
	static const char empty[] = "..............................";
	int filled;

	_Static_assert(sizeof(full) == BAR + 1 && sizeof(empty) == BAR + 1, "the bar is drawn from these");
	if (!cli_is_interactive())
		return;
	if (of == 0) {
		fputs("\r\033[K", stderr);
		return;
	}
	filled = (int)(done * BAR / of);
	fflush(stdout); /* finished lines first, in case both are the same terminal */
	fprintf(stderr, "\r\033[K[%.*s%.*s] %zu/%zu %s", filled, full, BAR - filled, empty, done, of, what);
	fflush(stderr);
}

void
cli_progress_note(const char *text)
{
	if (!cli_is_interactive())
		return;
	fflush(stdout);
	fprintf(stderr, "\r\033[K%s", text);
	fflush(stderr);
}

bool
cli_bar_step(void *bar, size_t done, size_t of)
{
	struct cli_bar *it = bar;
	size_t now = of == 0 ? 100 : done * 100 / of;

	if (now != it->shown)
		cli_progress(done, of, it->what);
	it->shown = now;
	return true;
}

unsigned int
cli_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return REPORT_WIDTH;
	return size.ws_col;
}

void
cli_today(char day[SVCTAG_DAY_SIZE])
{
	svctag_day_format(time(NULL) / SECONDS_A_DAY, day);
}
