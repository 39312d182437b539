/*
 * svctagd: puts the parts together, waits for signals, takes them apart.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef SVCTAG_HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "check.h"
#include "log.h"
#include "server.h"
#include "settings.h"

#define EXIT_ERROR 2
/** Bytes of older releases that are kept ready; one takes some 5 MB. */
#define ARCHIVE_LIMIT ((size_t)64 << 20)
#define WORKER_THREADS 3
#define WORKER_QUEUE 64
/** How long SIGTERM waits for what is under way. */
#define DRAIN_MS 10000
/** The first descriptor that a service manager hands over. */
#define FIRST_INHERITED 3

/** Everything that runs; zero-initialised is nothing. */
struct program {
	struct settings settings;
	struct listener listeners[SETTINGS_MAX_VALUES];
	size_t listener_count;
	struct snapshots *snapshots;
	struct archive *archive;
	struct workers *workers;
	struct metrics *metrics;
	struct tokens *tokens; /* or NULL */
	struct log *log;
	struct server *server;
};

#ifdef SVCTAG_HAVE_SYSTEMD
static void
tell_manager(const char *state)
{
	sd_notify(0, state);
}

static int
inherited_count(void)
{
	return sd_listen_fds(0);
}
#else
static void
tell_manager(const char *state)
{
	(void)state;
}

static int
inherited_count(void)
{
	return 0;
}
#endif

/** Says and counts what was loaded: a snapshots_listener. */
static void
log_load(void *context, const struct generation *generation, const char *error)
{
	const struct program *p = context;
	const svctag_catalogue *catalogue;

	metrics_reload(p->metrics, error == NULL);
	if (error != NULL) {
		log_line(p->log, LOG_LEVEL_WARNING, "not loaded: %s", error);
		return;
	}
	catalogue = generation_catalogue(generation);
	if (svctag_catalogue_cloud_count(catalogue) == 0)
		log_line(p->log, LOG_LEVEL_WARNING, "the database holds no release yet");
	for (size_t i = 0; i < svctag_catalogue_cloud_count(catalogue); i++) {
		const svctag_release_info *info = svctag_snapshot_info(generation_newest(generation, i));

		log_line(p->log, LOG_LEVEL_INFO, "serving %s %lld of %s", info->cloud, (long long)info->change_number,
			 info->published);
	}
}

/** Sockets from the service manager come first; --listen adds to them. */
static svctag_error
inherit_listeners(struct program *p, svctag_detail *detail)
{
	for (int i = 0; i < inherited_count() && p->listener_count < SETTINGS_MAX_VALUES; i++) {
		svctag_error err = listener_inherit(FIRST_INHERITED + i, &p->listeners[p->listener_count], detail);

		if (err != SVCTAG_OK)
			return err;
		p->listener_count++;
	}
	return SVCTAG_OK;
}

static svctag_error
open_listeners(struct program *p, svctag_detail *detail)
{
	const struct setting_values *wanted = &p->settings.values[SETTING_LISTEN];
	svctag_error err = inherit_listeners(p, detail);

	if (err != SVCTAG_OK || (p->listener_count > 0 && !p->settings.listen_given))
		return err;
	for (size_t i = 0; i < wanted->count && p->listener_count < SETTINGS_MAX_VALUES; i++) {
		err = listener_open(wanted->text[i], &p->listeners[p->listener_count], detail);
		if (err != SVCTAG_OK)
			return err;
		p->listener_count++;
	}
	return SVCTAG_OK;
}

static svctag_error
start_server(struct program *p, svctag_detail *detail)
{
	struct server_parts parts = {
		.snapshots = p->snapshots,
		.archive = p->archive,
		.workers = p->workers,
		.metrics = p->metrics,
		.cors = { p->settings.values[SETTING_CORS].text, p->settings.values[SETTING_CORS].count },
		.tokens = p->tokens,
		.log = p->log,
		.listeners = p->listeners,
		.listener_count = p->listener_count,
	};
	svctag_error err = limits_find(&p->settings, &parts.limits, detail);

	if (err != SVCTAG_OK)
		return err;
	if (parts.limits.fewer)
		log_line(p->log, LOG_LEVEL_WARNING, "at most %zu connections, because `ulimit -n` allows no more",
			 parts.limits.connections);

	return server_start(&parts, &p->server, detail);
}

static void
log_remark(struct log *log, const svctag_detail *remark)
{
	if (remark->text[0] != '\0')
		log_line(log, LOG_LEVEL_WARNING, "%s", remark->text);
}

static svctag_error
start_log(struct program *p)
{
	const char *format = settings_text(&p->settings, SETTING_LOG_FORMAT);
	const struct log_options options = {
		.json = format != NULL && strcmp(format, "json") == 0,
		.requests = settings_flag(&p->settings, SETTING_LOG_REQUESTS),
		.addresses = settings_flag(&p->settings, SETTING_LOG_ADDRESSES),
	};

	return log_new(&options, &p->log);
}

static svctag_error
read_tokens(struct program *p, svctag_detail *detail)
{
	const char *path = settings_text(&p->settings, SETTING_TOKEN_FILE);
	svctag_detail remark = { "" };
	svctag_error err;

	if (path == NULL)
		return SVCTAG_OK;
	err = tokens_new(path, &p->tokens, &remark, detail);
	log_remark(p->log, &remark);
	return err;
}

/** What SIGHUP asks for. The database is read by the watcher. */
static void
reload(struct program *p)
{
	svctag_detail remark = { "" };
	svctag_detail detail = { "" };

	log_line(p->log, LOG_LEVEL_INFO, "loading the database anew");
	snapshots_reload(p->snapshots);
	if (p->tokens == NULL)
		return;
	if (tokens_reload(p->tokens, &remark, &detail) != SVCTAG_OK)
		log_line(p->log, LOG_LEVEL_WARNING, "the old tokens stay: %s", detail.text);
	log_remark(p->log, &remark);
}

static svctag_error
start(struct program *p, svctag_detail *detail)
{
	const char *path = settings_text(&p->settings, SETTING_DB);
	svctag_error err = open_listeners(p, detail);

	if (err != SVCTAG_OK)
		return err;
	err = read_tokens(p, detail);
	if (err != SVCTAG_OK)
		return err;
	p->metrics = metrics_new();
	if (p->metrics == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = snapshots_new(path, log_load, p, &p->snapshots);
	if (err != SVCTAG_OK)
		return err;
	p->archive = archive_new(ARCHIVE_LIMIT);
	if (p->archive == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = workers_new(path, WORKER_THREADS, WORKER_QUEUE, &p->workers);
	if (err != SVCTAG_OK)
		return err;
	err = start_server(p, detail);
	if (err != SVCTAG_OK)
		return err;
	return snapshots_watch(p->snapshots);
}

static void
stop(struct program *p)
{
	if (p->workers != NULL)
		workers_drain(p->workers); /* nothing is suspended after this */
	server_stop(p->server);
	workers_free(p->workers);
	snapshots_free(p->snapshots);
	archive_free(p->archive);
	metrics_free(p->metrics);
	tokens_free(p->tokens);
	log_free(p->log);
	for (size_t i = 0; i < p->listener_count; i++)
		listener_close(&p->listeners[i]);
	settings_release(&p->settings);
}

/** Until SIGTERM or SIGINT. */
static void
serve(struct program *p, const sigset_t *signals)
{
	const struct timespec second = { .tv_sec = 1 };

	for (;;) {
		int signal = sigtimedwait(signals, NULL, &second);

		if (signal == SIGHUP) {
			reload(p);
		} else if (signal > 0) {
			log_line(p->log, LOG_LEVEL_INFO, "stopping");
			return;
		}
		server_tick(p->server);
	}
}

/** Blocked in every thread, and waited for in the main one. */
static void
block_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGHUP);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGTERM);
	sigprocmask(SIG_BLOCK, ret, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int
run(struct program *p)
{
	svctag_detail detail = { "" };
	sigset_t signals;
	svctag_error err;
	size_t left;

	block_signals(&signals);
	err = start_log(p);
	if (err == SVCTAG_OK)
		err = start(p, &detail);
	if (err != SVCTAG_OK) {
		log_line(p->log, LOG_LEVEL_ERROR, "%s", detail.text[0] != '\0' ? detail.text : svctag_error_text(err));
		return EXIT_ERROR;
	}
	for (size_t i = 0; i < p->listener_count; i++)
		log_line(p->log, LOG_LEVEL_INFO, "listening on %s", p->listeners[i].name);
	tell_manager("READY=1");
	serve(p, &signals);
	tell_manager("STOPPING=1");
	left = server_drain(p->server, DRAIN_MS);
	if (left > 0)
		log_line(p->log, LOG_LEVEL_WARNING, "%zu connections are cut off", left);
	return 0;
}

/** No socket may take the place of a standard stream that the caller closed. */
static bool
secure_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return false;
	return true;
}

/** @return the exit status: all mistakes when they are asked for, else the first */
static int
tell_mistakes(const struct settings_mistakes *mistakes)
{
	size_t count = mistakes->checking || mistakes->count == 0 ? mistakes->count : 1;

	log_remark(NULL, &mistakes->remark);
	for (size_t i = 0; i < count; i++)
		log_line(NULL, LOG_LEVEL_ERROR, "%s", mistakes->detail[i].text);
	return count > 0 ? EXIT_ERROR : 0;
}

/** Do what the settings say. @return the exit status */
static int
obey(struct program *p, struct settings_mistakes *mistakes)
{
	if (mistakes->checking)
		check_files(&p->settings, mistakes);
	if (mistakes->checking || mistakes->count > 0)
		return tell_mistakes(mistakes);
	if (settings_flag(&p->settings, SETTING_HELP)) {
		fputs(settings_help(), stdout);
	} else if (settings_flag(&p->settings, SETTING_VERSION)) {
		printf("svctagd %s, schema %d, index format %d\n", SVCTAG_VERSION, SVCTAG_SCHEMA_VERSION,
		       SVCTAG_INDEX_FORMAT);
	} else {
		return run(p);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct settings_mistakes mistakes = { 0 };
	struct program program = { 0 };
	int status;

	if (!secure_standard_streams())
		return EXIT_ERROR;
	settings_parse(argc, argv, &program.settings, &mistakes);
	status = obey(&program, &mistakes);
	stop(&program);
	if (fflush(stdout) != 0)
		status = EXIT_ERROR;
	return status;
}
