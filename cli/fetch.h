/* What other commands need of fetching. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include <importer/http.h>

#include "cli.h"

/** The options that say what is fetched, and how. */
#define CLI_FETCH_OPTIONS                                                                                           \
	OPTION_CLOUD, OPTION_PAGE, OPTION_URL, OPTION_DATED_BASE, OPTION_API, OPTION_API_BASE, OPTION_SUBSCRIPTION, \
		OPTION_LOCATION, OPTION_TOKEN_FILE, OPTION_SOURCE, OPTION_WAIT, OPTION_FORCE, OPTION_ALLOW_HOST,    \
		OPTION_CACERT, OPTION_CONNECT_TIMEOUT, OPTION_TIMEOUT, OPTION_LOW_SPEED, OPTION_TRIES,              \
		OPTION_RETRY_DELAY

/** What the options say of trust, limits and tries. False after a message. */
SVCTAG_MUST_CHECK bool cli_fetch_limits(const struct cli *cli, struct http_settings *settings);

/** All that `fetch` does, without saying what was fetched; what was not is said on stderr. */
enum cli_exit cli_fetch_quietly(const struct cli *cli);

#endif
