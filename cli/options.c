#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <advice/near.h>

#include "cli.h"

/* How an option is written. */
struct spelling {
	const char *name;
	const char *value; /* what its value is called; NULL: it takes none */
};

static const struct spelling spellings[OPTION_COUNT] = {
	[OPTION_DB] = { "--db", "FILE" },
	[OPTION_CLOUD] = { "--cloud", "CLOUD" },
	[OPTION_AT] = { "--at", "REF" },
	[OPTION_FORMAT] = { "--format", "text|json|ndjson|csv" },
	[OPTION_HELP] = { "--help", NULL },
	[OPTION_VERSION] = { "--version", NULL },
	[OPTION_PUBLISHED] = { "--published", "YYYY-MM-DD" },
	[OPTION_FORCE] = { "--force", NULL },
	[OPTION_MAX_AGE] = { "--max-age", "DAYS" },
	[OPTION_REGION] = { "--region", "REGION" },
	[OPTION_SERVICE] = { "--service", "SERVICE" },
	[OPTION_FAMILY] = { "--family", "4|6" },
	[OPTION_AGGREGATE] = { "--aggregate", NULL },
	[OPTION_FROM] = { "--from", "REF" },
	[OPTION_TO] = { "--to", "REF" },
	[OPTION_TAG] = { "--tag", "PATTERN" },
	[OPTION_PAGE] = { "--page", "URL" },
	[OPTION_URL] = { "--url", "URL" },
	[OPTION_DATED_BASE] = { "--dated-base", "URL" },
	[OPTION_API] = { "--api", NULL },
	[OPTION_API_BASE] = { "--api-base", "URL" },
	[OPTION_SUBSCRIPTION] = { "--subscription", "ID" },
	[OPTION_LOCATION] = { "--location", "REGION" },
	[OPTION_TOKEN_FILE] = { "--token-file", "FILE" },
	[OPTION_SOURCE] = { "--source", "page|url|dated|api" },
	[OPTION_DRY_RUN] = { "--dry-run", NULL },
	[OPTION_WAIT] = { "--wait", NULL },
	[OPTION_ALLOW_HOST] = { "--allow-host", "HOST[,HOST…]" },
	[OPTION_CACERT] = { "--cacert", "FILE" },
	[OPTION_CONNECT_TIMEOUT] = { "--connect-timeout", "SECONDS" },
	[OPTION_TIMEOUT] = { "--timeout", "SECONDS" },
	[OPTION_LOW_SPEED] = { "--low-speed", "SECONDS" },
	[OPTION_TRIES] = { "--tries", "NUMBER" },
	[OPTION_RETRY_DELAY] = { "--retry-delay", "MILLISECONDS" },
	[OPTION_STATE] = { "--state", "DIR" },
	[OPTION_WATCH] = { "--watch", "TAG|REGION|ADDRESS" },
	[OPTION_WATCH_FILE] = { "--watch-file", "FILE" },
	[OPTION_HOOK] = { "--hook", "URL" },
	[OPTION_HOOK_SECRET_FILE] = { "--hook-secret-file", "FILE" },
	[OPTION_EXEC] = { "--exec", "COMMAND" },
	[OPTION_FROZEN] = { "--frozen", "REF" },
	[OPTION_INPUT] = { "--input", "NAME" },
	[OPTION_INTENT] = { "--intent", "TAG" },
	[OPTION_COLUMN] = { "--column", "NAME" },
	[OPTION_EXPLAIN] = { "--explain", NULL },
	[OPTION_LIST] = { "--list", "FILE" },
	[OPTION_TARGET] = { "--target", "TARGET" },
	[OPTION_PREFER] = { "--prefer", "addresses|rules" },
	[OPTION_MAX_RULES] = { "--max-rules", "NUMBER" },
	[OPTION_ALLOW_BROAD] = { "--allow-broad", NULL },
	[OPTION_OUTPUT] = { "--output", "az|bicep|terraform|json" },
	[OPTION_ROLLBACK] = { "--rollback", NULL },
	[OPTION_RESOURCE_GROUP] = { "--resource-group", "NAME" },
	[OPTION_NAME] = { "--name", "NAME" },
	[OPTION_SCENARIO] = { "--scenario", "NAME|FILE" },
	[OPTION_FIELD] = { "--field", "N|NAME" },
	[OPTION_SEPARATOR] = { "--separator", "TEXT" },
	[OPTION_CSV] = { "--csv", NULL },
	[OPTION_KEY] = { "--key", "NAME" },
	[OPTION_HEADER] = { "--header", NULL },
	[OPTION_NOT] = { "--not", "PATTERN" },
	[OPTION_ADD_TAGS] = { "--add-tags", NULL },
	[OPTION_NAME_PREFIX] = { "--prefix", "TEXT" },
	[OPTION_THREADS] = { "--threads", "NUMBER" },
	[OPTION_SCENARIO_DIR] = { "--scenario-dir", "DIR" },
	[OPTION_IGNORE] = { "--ignore", "ID" },
	[OPTION_ONLY] = { "--only", "ID|PATTERN" },
};

static const enum cli_option always[] = { OPTION_DB, OPTION_FORMAT, OPTION_HELP, OPTION_VERSION, OPTION_COUNT };

/* As many are compared with a misspelt one. */
#define MOST_COMMANDS 64

const char *
cli_option_name(enum cli_option option)
{
	return spellings[option].name;
}

bool
cli_unknown_option(const char *word, size_t size)
{
	const char *names[OPTION_COUNT];
	char *bare = strndup(word, size);
	const char *near;

	for (size_t i = 0; i < OPTION_COUNT; i++)
		names[i] = spellings[i].name;
	near = bare == NULL ? NULL : near_find(bare, names, OPTION_COUNT);
	if (near != NULL)
		cli_error("unknown option '%.*s'; did you mean '%s'?", (int)size, word, near);
	else
		cli_error("unknown option '%.*s'; `svctag --help` lists them", (int)size, word);
	free(bare);
	return false;
}

static bool
is_among(const enum cli_option *options, enum cli_option option)
{
	while (options != NULL && *options != OPTION_COUNT) {
		if (*options++ == option)
			return true;
	}
	return false;
}

/* Is it to be kept for the scenario? `option` is OPTION_COUNT where no command has it. */
static bool
is_open(const struct cli *cli, const char *word, size_t option)
{
	if (cli->command == NULL || !cli->command->takes_parameters || word[0] != '-' || word[1] != '-')
		return false;
	return option == OPTION_COUNT || (!is_among(cli->command->options, (enum cli_option)option) &&
					  !is_among(always, (enum cli_option)option));
}

static void
take_open(int argc, char **argv, int *at, struct cli *cli)
{
	struct cli_open_option *open = &cli->open[cli->open_count++];
	const char *next = *at + 1 < argc ? argv[*at + 1] : NULL;
	const char *word = argv[*at];

	*open = (struct cli_open_option){ .word = word, .size = strcspn(word, "="), .operands = cli->operand_count };
	if (word[open->size] == '=')
		open->value = word + open->size + 1;
	else if (next != NULL && (next[0] != '-' || next[1] == '\0'))
		open->next = argv[++*at];
}

/* Take the option at argv[*at], and its value, which may be the next word. */
static bool
take_option(int argc, char **argv, int *at, struct cli *cli)
{
	const char *word = strcmp(argv[*at], "-h") == 0 ? "--help" : argv[*at];
	size_t size = strcspn(word, "=");
	const char *value = word[size] == '=' ? word + size + 1 : NULL;
	size_t option = 0;

	while (option < OPTION_COUNT &&
	       (strlen(spellings[option].name) != size || memcmp(spellings[option].name, word, size) != 0))
		option++;
	if (is_open(cli, word, option)) {
		take_open(argc, argv, at, cli);
		return true;
	}
	if (option == OPTION_COUNT)
		return cli_unknown_option(word, size);
	if (spellings[option].value == NULL && value != NULL) {
		cli_error("%s takes no value", spellings[option].name);
		return false;
	}
	if (spellings[option].value == NULL) {
		value = "";
	} else if (value == NULL) {
		if (*at + 1 >= argc) {
			cli_error("%s wants a value: %s %s", spellings[option].name, spellings[option].name,
				  spellings[option].value);
			return false;
		}
		value = argv[++*at];
	}
	cli->values[option] = value;
	cli->given[cli->given_count++] = (struct cli_given){ (enum cli_option)option, value };
	return true;
}

/* Sort the words into options and operands. The first operand is the command, which says what its options are. */
static bool
take_words(int argc, char **argv, struct cli *cli)
{
	bool only_operands = false;

	for (int i = 1; i < argc; i++) {
		if (!only_operands && strcmp(argv[i], "--") == 0) {
			only_operands = true;
		} else if (!only_operands && argv[i][0] == '-' && argv[i][1] != '\0') {
			if (!take_option(argc, argv, &i, cli))
				return false;
		} else {
			if (cli->operand_count == 0)
				cli->command = cli_command_find(argv[i]);
			cli->operands[cli->operand_count++] = argv[i];
		}
	}
	return true;
}

static bool
unknown_command(const char *word)
{
	size_t count;
	const struct cli_command *const *commands = cli_commands(&count);
	const char *names[MOST_COMMANDS];
	const char *near;

	if (count > MOST_COMMANDS)
		count = MOST_COMMANDS;
	for (size_t i = 0; i < count; i++)
		names[i] = commands[i]->name;
	near = near_find(word, names, count);
	if (near != NULL)
		cli_error("unknown command '%s'; did you mean '%s'?", word, near);
	else
		cli_error("unknown command '%s'; `svctag --help` lists them", word);
	return false;
}

/* The next operand, or NULL. */
static const char *
take_operand(struct cli *cli)
{
	if (cli->operand_count == 0)
		return NULL;
	cli->operand_count--;
	return *cli->operands++;
}

/* The first operand names the command; `help COMMAND` is `COMMAND --help`. */
static bool
take_command(struct cli *cli)
{
	const char *word = take_operand(cli);

	if (word != NULL && strcmp(word, "help") == 0) {
		cli->values[OPTION_HELP] = "";
		word = take_operand(cli);
	}
	if (word == NULL)
		return true;
	cli->command = cli_command_find(word);
	return cli->command != NULL || unknown_command(word);
}

/* Does the command take all of this? */
static bool
check_fit(const struct cli *cli)
{
	const struct cli_command *command = cli->command;

	for (size_t i = 0; i < cli->given_count; i++) {
		enum cli_option option = cli->given[i].option;

		if (!is_among(command->options, option) && !is_among(always, option)) {
			cli_error("%s does not take %s; see `svctag %s --help`", command->name, spellings[option].name,
				  command->name);
			return false;
		}
	}
	return command->takes_parameters || cli_check_operands(command, cli->operands, cli->operand_count);
}

bool
cli_check_operands(const struct cli_command *command, const char *const *operands, size_t count)
{
	if (count < command->least_operands) {
		cli_error("too few arguments: svctag %s %s", command->name, command->synopsis);
		return false;
	}
	if (count > command->most_operands) {
		cli_error("unexpected argument '%s': svctag %s %s", operands[command->most_operands], command->name,
			  command->synopsis);
		return false;
	}
	return true;
}

bool
cli_wants_more_format(const struct cli *cli)
{
	const char *format = cli->values[OPTION_FORMAT];

	const char *list = cli->command->more_format;

	while (format != NULL && list != NULL && *list != '\0') {
		size_t size = strcspn(list, ",");

		if (strlen(format) == size && memcmp(format, list, size) == 0)
			return true;
		list += size;
		list += strspn(list, ", ");
	}
	return false;
}

/* Colours are for terminals whose owner has not declined them (no-color.org). */
static bool
wants_colour(void)
{
	const char *declined = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (declined != NULL && *declined != '\0')
		return false;
	return isatty(STDOUT_FILENO) == 1 && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

static bool
take_style(struct cli *cli)
{
	const char *format = cli->values[OPTION_FORMAT];

	if (format != NULL && !cli_wants_more_format(cli) && !report_format_parse(format, &cli->style.format)) {
		const char *more = cli->command->more_format;

		cli_error("--format wants text, json, ndjson%s%s or csv, not '%s'", more == NULL ? "" : ", ",
			  more == NULL ? "" : more, format);
		return false;
	}
	cli->style.colour = cli->style.format == REPORT_TEXT && !cli_wants_more_format(cli) && wants_colour();
	return true;
}

bool
cli_parse(int argc, char **argv, struct cli *ret)
{
	*ret = (struct cli){ 0 };
	ret->words = calloc((size_t)argc + 1, sizeof(*ret->words));
	ret->operands = ret->words;
	ret->given = calloc((size_t)argc + 1, sizeof(*ret->given));
	ret->open = calloc((size_t)argc + 1, sizeof(*ret->open));
	if (ret->words == NULL || ret->given == NULL || ret->open == NULL) {
		cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
		return false;
	}
	if (!take_words(argc, argv, ret))
		return false;
	if (ret->values[OPTION_VERSION] != NULL)
		return true;
	if (!take_command(ret))
		return false;
	if (ret->values[OPTION_HELP] != NULL)
		return true;
	if (ret->command == NULL) {
		cli_error("no command; `svctag --help` lists them");
		return false;
	}
	return check_fit(ret) && take_style(ret);
}

void
cli_release(struct cli *cli)
{
	free(cli->words);
	free(cli->given);
	free(cli->open);
}

size_t
cli_repeated(const struct cli *cli, enum cli_option option, const char **ret)
{
	size_t count = 0;

	for (size_t i = 0; i < cli->given_count; i++) {
		if (cli->given[i].option == option)
			ret[count++] = cli->given[i].value;
	}
	return count;
}

bool
cli_family(const struct cli *cli, uint8_t *ret)
{
	const char *text = cli->values[OPTION_FAMILY];

	if (text != NULL && strcmp(text, "4") != 0 && strcmp(text, "6") != 0) {
		cli_error("--family wants 4 or 6, not '%s'", text);
		return false;
	}
	*ret = text == NULL ? 0 : *text == '4' ? SVCTAG_IPV4 : SVCTAG_IPV6;
	return true;
}

bool
cli_number(const struct cli *cli, enum cli_option option, long least, long most, long *ret)
{
	const char *text = cli->values[option];
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	/* strtol() would also take blanks and signs. */
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < least || number > most) {
		cli_error("%s wants a whole number from %ld to %ld, not '%s'", spellings[option].name, least, most,
			  text);
		return false;
	}
	*ret = number;
	return true;
}
