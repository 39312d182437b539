#include "settings.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listen.h"

static const char default_listen[] = "127.0.0.1:8473";

static const char help[] =
	"usage: svctagd [--db FILE] [--listen ADDR:PORT | unix:PATH]...\n"
	"\n"
	"Answers over HTTP which Azure service tags an address, prefix or range belongs to.\n"
	"\n"
	"  --db FILE        the database that `svctag import` fills; default $SVCTAG_DB, else\n"
	"                   $XDG_DATA_HOME/svctag/svctag.db, else ~/.local/share/svctag/svctag.db.\n"
	"                   It may appear later; a new release in it is served within two seconds\n"
	"  --listen WHERE   ADDR:PORT, [IPV6]:PORT or unix:PATH; may be repeated; port 0 takes a\n"
	"                   free one; default 127.0.0.1:8473\n"
	"  --help           this text\n"
	"  --version        the versions of program, database schema and index\n"
	"\n"
	"  curl 'http://127.0.0.1:8473/v1/lookup?q=13.82.88.226'\n"
	"  curl -H 'Accept: text/plain' http://127.0.0.1:8473/v1/tags/Storage.EastUS/prefixes\n"
	"\n"
	"SIGTERM stops it when what is under way has been answered; SIGHUP loads the database anew.\n"
	"See svctagd(8).\n";

const char *
settings_help(void)
{
	return help;
}

void
settings_release(struct settings *settings)
{
	free(settings->database);
	*settings = (struct settings){ 0 };
}

/** The same rule as the command line's. NULL: no place, or no memory (errno says which). */
static char *
default_database(void)
{
	static const struct {
		const char *variable;
		const char *rest;
	} places[] = {
		{ "SVCTAG_DB", "" },
		{ "XDG_DATA_HOME", "/svctag/svctag.db" },
		{ "HOME", "/.local/share/svctag/svctag.db" },
	};
	char *path;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *value = getenv(places[i].variable);

		if (value == NULL || *value == '\0')
			continue;
		return asprintf(&path, "%s%s", value, places[i].rest) < 0 ? NULL : path;
	}
	return NULL;
}

static svctag_error
add_listen(struct settings *s, const char *text, svctag_detail *detail)
{
	if (s->listen_count == SETTINGS_MAX_LISTEN) {
		svctag_detail_set(detail, "--listen may be given %d times", SETTINGS_MAX_LISTEN);
		return SVCTAG_E_SYNTAX;
	}
	s->listen[s->listen_count++] = text;
	s->listen_given = true;
	return listener_check(text, detail);
}

static svctag_error
set_database(struct settings *s, const char *path, svctag_detail *detail)
{
	if (*path == '\0') {
		svctag_detail_set(detail, "--db needs the name of a file");
		return SVCTAG_E_SYNTAX;
	}
	free(s->database);
	s->database = strdup(path);
	return s->database == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
}

static svctag_error
parse_options(int argc, char **argv, struct settings *s, svctag_detail *detail)
{
	static const struct option options[] = {
		{ "db", required_argument, NULL, 'd' },
		{ "listen", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	svctag_error err = SVCTAG_OK;
	int option;

	optind = 0; /* glibc: from the start, with fresh state */
	opterr = 0;
	while (err == SVCTAG_OK && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'd': err = set_database(s, optarg, detail); break;
		case 'l': err = add_listen(s, optarg, detail); break;
		case 'h': s->help = true; break;
		case 'v': s->version = true; break;
		default:
			svctag_detail_set(detail, "unknown option, or its value is missing: %s; see --help",
					  argv[optind - 1]);
			err = SVCTAG_E_SYNTAX;
		}
	}
	if (err == SVCTAG_OK && optind < argc) {
		svctag_detail_set(detail, "unexpected argument '%s'; see --help", argv[optind]);
		err = SVCTAG_E_SYNTAX;
	}
	return err;
}

svctag_error
settings_parse(int argc, char **argv, struct settings *ret, svctag_detail *detail)
{
	struct settings s = { 0 };
	svctag_error err = parse_options(argc, argv, &s, detail);

	if (err != SVCTAG_OK)
		goto out;
	if (s.listen_count == 0)
		s.listen[s.listen_count++] = default_listen;
	if (s.database == NULL && !s.help && !s.version) {
		s.database = default_database();
		if (s.database == NULL) {
			svctag_detail_set(detail, "no database: give --db FILE, or set SVCTAG_DB or HOME");
			err = SVCTAG_E_NOT_FOUND;
			goto out;
		}
	}
	*ret = s;
	return SVCTAG_OK;
out:
	settings_release(&s);
	return err;
}
