/**
 * @file
 * What svctagd is to do: its options, from the command line and from a file of
 * `key = value` lines with the same names. What the command line gives
 * replaces what the file gives.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include <svctag/error.h>

/** Most values of an option that may be repeated. */
#define SETTINGS_MAX_VALUES 16
/** As many mistakes are told of. */
#define SETTINGS_MAX_MISTAKES 32

/** The options, in the order of --help. */
enum setting {
	SETTING_DB,
	SETTING_LISTEN,
	SETTING_CORS,
	SETTING_TOKEN_FILE,
	SETTING_MAX_CONNECTIONS,
	SETTING_MAX_PER_ADDRESS,
	SETTING_EVENT_THREADS,
	SETTING_LOG_FORMAT,
	SETTING_LOG_REQUESTS,
	SETTING_LOG_ADDRESSES,
	/* The command line's alone: */
	SETTING_CONFIG,
	SETTING_CHECK_CONFIG,
	SETTING_HELP,
	SETTING_VERSION,
	SETTING_COUNT
};

/** The values of one option, in the order given. */
struct setting_values {
	char *text[SETTINGS_MAX_VALUES];
	size_t count;
};

/** Zero-initialise; release with settings_release(). */
struct settings {
	struct setting_values values[SETTING_COUNT]; /**< checked one by one; flags have "true" or "false" */
	bool listen_given;                           /**< not the default: inherited sockets are not all */
};

/** What is wrong, one line each: the file, its line, the option. */
struct settings_mistakes {
	svctag_detail detail[SETTINGS_MAX_MISTAKES];
	size_t count;
	svctag_detail remark; /**< not wrong, but to be told; or "" */
	bool checking;        /**< --check-config was given, so all of them are of interest */
};

/**
 * @param[out] ret       what could be made of it, even if something is wrong; settings_release() it
 * @param[out] mistakes  zero-initialised
 */
void settings_parse(int argc, char **argv, struct settings *ret, struct settings_mistakes *mistakes);

/** Accepts zero-initialised settings. */
void settings_release(struct settings *settings);

/** The last value given, or NULL. */
const char *settings_text(const struct settings *settings, enum setting setting);

/** Of an option without a value. */
bool settings_flag(const struct settings *settings, enum setting setting);

/** One mistake more, as svctag_detail_set(); what does not fit is left out. */
void settings_complain(struct settings_mistakes *mistakes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** What --help prints. Static. */
const char *settings_help(void);

#endif
