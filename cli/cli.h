/*
 * What the subcommands of svctag share: options, exit codes, messages, and
 * the ways to open the database. Data goes to stdout, everything else to
 * stderr.
 */
#ifndef CLI_H
#define CLI_H

#include <report/report.h>

/** What the program tells its caller. */
enum cli_exit {
	CLI_YES = 0,   /**< found, or done */
	CLI_NO = 1,    /**< not found, not a member, changes exist */
	CLI_ERROR = 2, /**< said on stderr */
};

/** Every option of any command. */
enum cli_option {
	OPTION_DB,
	OPTION_CLOUD,
	OPTION_AT,
	OPTION_FORMAT,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_PUBLISHED,
	OPTION_FORCE,
	OPTION_MAX_AGE,
	OPTION_REGION,
	OPTION_SERVICE,
	OPTION_FAMILY,
	OPTION_AGGREGATE,
	OPTION_FROM,
	OPTION_TO,
	OPTION_TAG,
	OPTION_PAGE,
	OPTION_URL,
	OPTION_DATED_BASE,
	OPTION_API,
	OPTION_API_BASE,
	OPTION_SUBSCRIPTION,
	OPTION_LOCATION,
	OPTION_TOKEN_FILE,
	OPTION_SOURCE,
	OPTION_DRY_RUN,
	OPTION_WAIT,
	OPTION_ALLOW_HOST,
	OPTION_CACERT,
	OPTION_CONNECT_TIMEOUT,
	OPTION_TIMEOUT,
	OPTION_LOW_SPEED,
	OPTION_TRIES,
	OPTION_RETRY_DELAY,
	OPTION_FROZEN,
	OPTION_INPUT,
	OPTION_INTENT,
	OPTION_COLUMN,
	OPTION_EXPLAIN,
	OPTION_STATE,
	OPTION_WATCH,
	OPTION_WATCH_FILE,
	OPTION_HOOK,
	OPTION_HOOK_SECRET_FILE,
	OPTION_EXEC,
	OPTION_LIST,
	OPTION_TARGET,
	OPTION_PREFER,
	OPTION_MAX_RULES,
	OPTION_ALLOW_BROAD,
	OPTION_OUTPUT,
	OPTION_ROLLBACK,
	OPTION_RESOURCE_GROUP,
	OPTION_NAME,
	OPTION_SCENARIO,
	OPTION_SCENARIO_DIR,
	OPTION_IGNORE,
	OPTION_ONLY,
	OPTION_FIELD,
	OPTION_SEPARATOR,
	OPTION_CSV,
	OPTION_KEY,
	OPTION_HEADER,
	OPTION_NOT,
	OPTION_ADD_TAGS,
	OPTION_NAME_PREFIX,
	OPTION_THREADS,
	OPTION_COUNT,
};

/** What a command takes: a list of options that ends with OPTION_COUNT. */
#define OPTIONS(...) ((const enum cli_option[]){ __VA_ARGS__, OPTION_COUNT })

struct cli;

/** One subcommand. */
struct cli_command {
	const char *name;
	const char *summary;  /**< one line for the list of commands */
	const char *synopsis; /**< what follows the name */
	const char *help;     /**< what it does, options, examples, exit codes */
	/** OPTIONS() that it takes, besides --db, --format, --help, --version; NULL: no others */
	const enum cli_option *options;
	const char *more_format; /**< formats besides text, json, ndjson and csv, ", " between them; NULL: none */
	size_t least_operands;
	size_t most_operands; /**< SIZE_MAX: any number */
	/**
	 * After its name it takes the parameters of a scenario as options
	 * (`--source eastus`): whatever is no option of its own, even where
	 * another command has one of that name. They are kept as written, with
	 * the operands, until cli_scenario_open() knows the scenario; it checks
	 * the number of operands too, and the command takes them from there.
	 */
	bool takes_parameters;
	enum cli_exit (*run)(const struct cli *cli);
};

/** An option as it was given. */
struct cli_given {
	enum cli_option option;
	const char *value;
};

/** An option that only a scenario knows. Whether `next` is its value or an operand, the scenario decides. */
struct cli_open_option {
	const char *word;  /**< as given: "--source" or "--source=eastus" */
	size_t size;       /**< of it, without "=" and the value */
	const char *value; /**< what follows "="; NULL: nothing does */
	const char *next;  /**< the word behind it, if that is no option; else, and with a value, NULL */
	size_t operands;   /**< how many stand before it */
};

/** One call of the program, understood. */
struct cli {
	const struct cli_command *command; /**< NULL: none was named */
	const char *values[OPTION_COUNT];  /**< the last ones; NULL: not given; "" for those without a value */
	struct cli_given *given;           /**< all of them in order, for those that may be repeated */
	size_t given_count;
	struct cli_open_option *open; /**< of a command with `takes_parameters` */
	size_t open_count;
	const char **operands; /**< after the command's name; within `words` */
	const char **words;    /**< what is freed in the end */
	size_t operand_count;
	struct report_style style;
};

/** All commands, in the order in which they are listed; `count` of them. */
const struct cli_command *const *cli_commands(size_t *count);
/** NULL if there is none of that name. */
const struct cli_command *cli_command_find(const char *name);

extern const struct cli_command cli_annotate, cli_check, cli_compare, cli_diff, cli_drift, cli_export, cli_fetch,
	cli_forget, cli_history, cli_import, cli_lint, cli_lookup, cli_migrate, cli_nightly, cli_plan, cli_releases,
	cli_publish, cli_show, cli_status, cli_tags, cli_verify;

/* options.c */

/**
 * Understand the command line. What is wrong with it is said on stderr.
 * @param ret  release with cli_release(), whatever the result
 */
SVCTAG_MUST_CHECK bool cli_parse(int argc, char **argv, struct cli *ret);
void cli_release(struct cli *cli);

/** Every value of an option that may be repeated: at most given_count. Returns how many. */
size_t cli_repeated(const struct cli *cli, enum cli_option option, const char **ret);

/** SVCTAG_IPV4 or SVCTAG_IPV6 of --family; 0 if it was not given. What is wrong is said on stderr. */
SVCTAG_MUST_CHECK bool cli_family(const struct cli *cli, uint8_t *ret);

/** A number of an option's value within limits. What is wrong is said on stderr. */
SVCTAG_MUST_CHECK bool cli_number(const struct cli *cli, enum cli_option option, long least, long most, long *ret);

/** Say that there is no such option, and which is meant. Always false. */
bool cli_unknown_option(const char *word, size_t size);

/** How an option is written. Static. */
const char *cli_option_name(enum cli_option option);

/** Does the command take so many operands? What is wrong is said on stderr. */
SVCTAG_MUST_CHECK bool cli_check_operands(const struct cli_command *command, const char *const *operands, size_t count);

/** Was a format of the command's own asked for? */
bool cli_wants_more_format(const struct cli *cli);

/* message.c */

/** "svctag: …" on stderr, one line; what would draw on a terminal is replaced. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** The same from a failed call of the library. `subject` (a file, …) may be NULL. Returns CLI_ERROR. */
enum cli_exit cli_fail(const char *subject, svctag_error err, const svctag_detail *detail);

/**
 * What an answer that was written (or not) makes of the exit code: `code`, or
 * CLI_ERROR with a message. A reader that went away is no error.
 */
enum cli_exit cli_written(svctag_error err, enum cli_exit code);

/** Ask for a heap in large pages; before anything is allocated. Where there are none, nothing is lost. */
void cli_use_large_pages(void);

/** Close stdout; the last chance to notice a full disk. */
enum cli_exit cli_close_output(enum cli_exit code);

/** Does standard error reach a person? */
bool cli_is_interactive(void);
/** Draw, or (of == 0) take away, a progress bar; only when interactive. */
void cli_progress(size_t done, size_t of, const char *what);

/** A progress bar for what reports often: drawn anew only when a hundredth more is done. Set both, `shown` to SIZE_MAX. */
struct cli_bar {
	const char *what;
	size_t shown;
};
/** The form that the library wants. @param bar  a struct cli_bar @return true: go on */
bool cli_bar_step(void *bar, size_t done, size_t of);

/** The same where nobody knows how much there is: just the text. */
void cli_progress_note(const char *text);

/** Columns of the terminal that standard output is; REPORT_WIDTH if it is none. */
unsigned int cli_width(void);

/** Today's date in UTC. */
void cli_today(char day[SVCTAG_DAY_SIZE]);

/* database.c */

/** The database's path: --db, $SVCTAG_DB, or the user's data folder. free() it; NULL after a message. */
char *cli_database_path(const struct cli *cli);

/** Open the database. False after a message. */
SVCTAG_MUST_CHECK bool cli_open(const struct cli *cli, svctag_store_mode mode, svctag_store **ret);

/** Was `--cloud all` given? */
bool cli_all_clouds(const struct cli *cli);

/**
 * The cloud that is meant, in a catalogue; REPORT_ALL_CLOUDS for `all`, and
 * where `otherwise_all` is set also for none. False after a message.
 */
SVCTAG_MUST_CHECK bool cli_cloud(const struct cli *cli, const svctag_catalogue *catalogue, bool otherwise_all,
				 size_t *ret);

/** The snapshot of --cloud at a reference (NULL: --at, else latest). False after a message. */
SVCTAG_MUST_CHECK bool cli_snapshot(const struct cli *cli, svctag_store *store, const char *reference,
				    svctag_snapshot **ret);

/** Find a tag by name. False after a message that offers near spellings. */
SVCTAG_MUST_CHECK bool cli_tag(const svctag_snapshot *snapshot, const char *name, size_t size, uint32_t *ret);

#endif
