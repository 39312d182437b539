#include "settings.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice/near.h"
#include "config.h"
#include "cors.h"
#include "limits.h"
#include "listen.h"

static const char default_listen[] = "127.0.0.1:8473";

static svctag_error check_path(const char *text, svctag_detail *detail);
static svctag_error check_log_format(const char *text, svctag_detail *detail);

/** What an option is. */
static const struct spec {
	const char *name;
	bool flag;     /* stands alone; in a file `true` or `false` */
	bool repeated; /* each adds a value */
	bool anywhere; /* also in a file */
	/* Is the text a value? NULL: any is. */
	svctag_error (*check)(const char *text, svctag_detail *detail);
} specs[SETTING_COUNT] = {
	[SETTING_DB] = { "db", .anywhere = true, .check = check_path },
	[SETTING_LISTEN] = { "listen", .anywhere = true, .repeated = true, .check = listener_check },
	[SETTING_CORS] = { "cors", .anywhere = true, .repeated = true, .check = cors_check },
	[SETTING_TOKEN_FILE] = { "token-file", .anywhere = true, .check = check_path },
	[SETTING_MAX_CONNECTIONS] = { "max-connections", .anywhere = true, .check = limits_check_connections },
	[SETTING_MAX_PER_ADDRESS] = { "max-connections-per-address", .anywhere = true,
				      .check = limits_check_per_address },
	[SETTING_EVENT_THREADS] = { "event-threads", .anywhere = true, .check = limits_check_event_threads },
	[SETTING_LOG_FORMAT] = { "log-format", .anywhere = true, .check = check_log_format },
	[SETTING_LOG_REQUESTS] = { "log-requests", .anywhere = true, .flag = true },
	[SETTING_LOG_ADDRESSES] = { "log-addresses", .anywhere = true, .flag = true },
	[SETTING_CONFIG] = { "config", .check = check_path },
	[SETTING_CHECK_CONFIG] = { "check-config", .flag = true },
	[SETTING_HELP] = { "help", .flag = true },
	[SETTING_VERSION] = { "version", .flag = true },
};

static const char help[] =
	"usage: svctagd [--config FILE] [--db FILE] [--listen ADDR:PORT | unix:PATH]... [OPTION]...\n"
	"       svctagd --check-config [OPTION]...\n"
	"\n"
	"Answers over HTTP which Azure service tags an address, prefix or range belongs to.\n"
	"\n"
	"  --db FILE        the database that `svctag import` fills; default $SVCTAG_DB, else\n"
	"                   $XDG_DATA_HOME/svctag/svctag.db, else ~/.local/share/svctag/svctag.db.\n"
	"                   It may appear later; a new release in it is served within two seconds\n"
	"  --listen WHERE   ADDR:PORT, [IPV6]:PORT or unix:PATH; may be repeated; port 0 takes a\n"
	"                   free one; default 127.0.0.1:8473\n"
	"  --cors ORIGIN    scripts from this origin (https://HOST[:PORT]) may ask; may be repeated;\n"
	"                   * is every origin; without it browsers let no other site's script\n"
	"  --token-file FILE\n"
	"                   POST needs `Authorization: Bearer TOKEN` with one of the tokens in this\n"
	"                   file, which has one in a line\n"
	"  --max-connections N\n"
	"                   at one time; default 4096, or as many as `ulimit -n` allows\n"
	"  --max-connections-per-address N\n"
	"                   of one IPv4 address or one IPv6 /64; 0 for no limit; default a quarter\n"
	"                   of all. More of either are closed at once\n"
	"  --event-threads N\n"
	"                   that read requests and send answers; default one for every two processors,\n"
	"                   8 at most\n"
	"  --log-format text|json\n"
	"                   how the log is written to stderr; default text\n"
	"  --log-requests   a line for each request: method, route, status, bytes, microseconds;\n"
	"                   never whose address it is, or which one is asked about\n"
	"  --log-addresses  these too\n"
	"  --config FILE    `key = value` lines, a key for each option above, without its dashes\n"
	"                   (`listen = 127.0.0.1:8473`); what is given as an option replaces it\n"
	"  --check-config   check all of that, the database and the files, and do nothing else:\n"
	"                   exit 0, or 2 with a line for each mistake\n"
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
	for (size_t i = 0; i < SETTING_COUNT; i++)
		while (settings->values[i].count > 0)
			free(settings->values[i].text[--settings->values[i].count]);
	*settings = (struct settings){ 0 };
}

const char *
settings_text(const struct settings *settings, enum setting setting)
{
	const struct setting_values *values = &settings->values[setting];

	return values->count > 0 ? values->text[values->count - 1] : NULL;
}

bool
settings_flag(const struct settings *settings, enum setting setting)
{
	const char *text = settings_text(settings, setting);

	return text != NULL && strcmp(text, "true") == 0;
}

void
settings_complain(struct settings_mistakes *mistakes, const char *format, ...)
{
	svctag_detail text;
	va_list arguments;

	if (mistakes->count == SETTINGS_MAX_MISTAKES)
		return;
	va_start(arguments, format);
	vsnprintf(text.text, sizeof(text.text), format, arguments);
	va_end(arguments);
	svctag_detail_set(&mistakes->detail[mistakes->count++], "%s", text.text);
}

static svctag_error
check_path(const char *text, svctag_detail *detail)
{
	if (*text != '\0')
		return SVCTAG_OK;
	svctag_detail_set(detail, "the name of a file is wanted");
	return SVCTAG_E_SYNTAX;
}

static svctag_error
check_log_format(const char *text, svctag_detail *detail)
{
	if (strcmp(text, "text") == 0 || strcmp(text, "json") == 0)
		return SVCTAG_OK;
	svctag_detail_set(detail, "'%s' is neither text nor json", text);
	return SVCTAG_E_SYNTAX;
}

/* ----------------------------------------------------------- one by one */

/** Check a value and add it. @return false when there is a reason in `detail` */
static bool
add_value(struct settings *s, enum setting setting, const char *text, svctag_detail *detail)
{
	const struct spec *spec = &specs[setting];
	struct setting_values *values = &s->values[setting];

	if (spec->check != NULL && spec->check(text, detail) != SVCTAG_OK)
		return false;
	if (spec->flag && strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
		svctag_detail_set(detail, "'%s' is neither true nor false", text);
		return false;
	}
	if (!spec->repeated && values->count > 0)
		free(values->text[--values->count]); /* the last one counts */
	if (values->count == SETTINGS_MAX_VALUES) {
		svctag_detail_set(detail, "may be given %d times", SETTINGS_MAX_VALUES);
		return false;
	}
	values->text[values->count] = strdup(text);
	if (values->text[values->count] == NULL) {
		svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		return false;
	}
	values->count++;
	return true;
}

/** What a misspelt name was probably meant to be. NULL: no idea. */
static const char *
find_near(const char *name, bool in_file)
{
	const char *names[SETTING_COUNT];
	size_t count = 0;

	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (!in_file || specs[i].anywhere)
			names[count++] = specs[i].name;
	return near_find(name, names, count);
}

/* --------------------------------------------------------- command line */

static void
unknown_option(const char *word, struct settings_mistakes *mistakes)
{
	const char *bare = word + strspn(word, "-");
	char name[64];
	const char *near;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(bare, "="), bare);
	near = find_near(name, false);
	if (near != NULL)
		settings_complain(mistakes, "unknown option '%s'; did you mean --%s?", word, near);
	else
		settings_complain(mistakes, "unknown option '%s'; see --help", word);
}

static void
take_option(struct settings *s, enum setting setting, const char *text, struct settings_mistakes *mistakes)
{
	svctag_detail detail = { "" };

	if (!add_value(s, setting, text, &detail))
		settings_complain(mistakes, "--%s: %s", specs[setting].name, detail.text);
}

static void
parse_options(int argc, char **argv, struct settings *s, struct settings_mistakes *mistakes)
{
	struct option options[SETTING_COUNT + 1] = { 0 };
	int option;

	for (int i = 0; i < SETTING_COUNT; i++)
		options[i] = (struct option){ .name = specs[i].name,
					      .has_arg = specs[i].flag ? no_argument : required_argument,
					      .val = i };
	optind = 0; /* glibc: from the start, with fresh state */
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == ':')
			settings_complain(mistakes, "--%s wants a value; see --help", specs[optopt].name);
		else if (option == '?' && optopt > SETTING_COUNT) /* a letter, of which there are none */
			settings_complain(mistakes, "unknown option '-%c'; see --help", optopt);
		else if (option == '?')
			unknown_option(argv[optind - 1], mistakes);
		else
			take_option(s, (enum setting)option, specs[option].flag ? "true" : optarg, mistakes);
	}
	for (; optind < argc; optind++)
		settings_complain(mistakes, "unexpected argument '%s'; see --help", argv[optind]);
	mistakes->checking = settings_flag(s, SETTING_CHECK_CONFIG);
}

/* ----------------------------------------------------------------- file */

/** A file that is being read. */
struct file {
	const char *path;
	struct settings settings; /* what it has said so far */
	size_t lines[SETTING_COUNT];
	struct settings_mistakes *mistakes;
};

static void
complain_of_line(void *context, size_t line, const char *what)
{
	const struct file *file = context;

	if (line > 0)
		settings_complain(file->mistakes, "%s:%zu: %s", file->path, line, what);
	else
		settings_complain(file->mistakes, "%s: %s", file->path, what);
}

static void
unknown_key(struct file *file, size_t line, const char *key)
{
	const char *near = find_near(key, true);
	svctag_detail detail;

	if (near != NULL)
		svctag_detail_set(&detail, "unknown key '%.60s'; did you mean '%s'?", key, near);
	else
		svctag_detail_set(&detail,
				  "unknown key '%.60s'; the keys are those options of `svctagd --help` that "
				  "come before --config",
				  key);
	complain_of_line(file, line, detail.text);
}

static void
take_line(void *context, size_t line, const char *key, const char *value)
{
	struct file *file = context;
	svctag_detail detail = { "" }, told;
	size_t i = 0;

	while (i < SETTING_COUNT && (!specs[i].anywhere || strcmp(specs[i].name, key) != 0))
		i++;
	if (i == SETTING_COUNT) {
		unknown_key(file, line, key);
		return;
	}
	if (file->lines[i] > 0 && !specs[i].repeated) {
		svctag_detail_set(&told, "%s: is set in line %zu already", key, file->lines[i]);
		complain_of_line(file, line, told.text);
		return;
	}
	file->lines[i] = line;
	if (add_value(&file->settings, (enum setting)i, value, &detail))
		return;
	svctag_detail_set(&told, "%s: %s", key, detail.text);
	complain_of_line(file, line, told.text);
}

/** Take from the file what the command line has not given. */
static void
read_file(struct settings *s, const char *path, struct settings_mistakes *mistakes)
{
	struct file file = { .path = path, .mistakes = mistakes };
	const struct config_reader reader = { take_line, complain_of_line, &file };

	config_read(path, &reader);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (s->values[i].count > 0)
			continue;
		s->values[i] = file.settings.values[i];
		file.settings.values[i].count = 0;
	}
	settings_release(&file.settings);
}

/* -------------------------------------------------------------- as a whole */

/** The same rule as the command line's. NULL: no place, or no memory. */
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

/** What nobody has said. */
static void
fill_in(struct settings *s, struct settings_mistakes *mistakes)
{
	char *path;

	s->listen_given = s->values[SETTING_LISTEN].count > 0;
	if (!s->listen_given)
		take_option(s, SETTING_LISTEN, default_listen, mistakes);
	if (settings_flag(s, SETTING_LOG_ADDRESSES) && !settings_flag(s, SETTING_LOG_REQUESTS))
		settings_complain(mistakes, "--log-addresses is about the lines of --log-requests: give both");
	if (settings_text(s, SETTING_DB) != NULL)
		return;
	path = default_database();
	if (path != NULL)
		take_option(s, SETTING_DB, path, mistakes);
	else
		settings_complain(mistakes, "no database: give --db FILE, or set SVCTAG_DB or HOME");
	free(path);
}

void
settings_parse(int argc, char **argv, struct settings *ret, struct settings_mistakes *mistakes)
{
	struct settings s = { 0 };

	parse_options(argc, argv, &s, mistakes);
	if (!settings_flag(&s, SETTING_HELP) && !settings_flag(&s, SETTING_VERSION)) {
		if (settings_text(&s, SETTING_CONFIG) != NULL)
			read_file(&s, settings_text(&s, SETTING_CONFIG), mistakes);
		fill_in(&s, mistakes);
	}
	*ret = s;
}
