/* What other commands need of fetching. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include <importer/http.h>

#include "cli.h"

/** The options that say what is fetched, and how. */
#define CLI_FETCH_OPTIONS                                                                                              \
	(OPTION_BIT(OPTION_CLOUD) | OPTION_BIT(OPTION_PAGE) | OPTION_BIT(OPTION_URL) | OPTION_BIT(OPTION_DATED_BASE) | \
	 OPTION_BIT(OPTION_API) | OPTION_BIT(OPTION_API_BASE) | OPTION_BIT(OPTION_SUBSCRIPTION) |                      \
	 OPTION_BIT(OPTION_LOCATION) | OPTION_BIT(OPTION_TOKEN_FILE) | OPTION_BIT(OPTION_SOURCE) |                     \
	 OPTION_BIT(OPTION_WAIT) | OPTION_BIT(OPTION_FORCE) | OPTION_BIT(OPTION_ALLOW_HOST) |                          \
	 OPTION_BIT(OPTION_CACERT) | OPTION_BIT(OPTION_CONNECT_TIMEOUT) | OPTION_BIT(OPTION_TIMEOUT) |                 \
	 OPTION_BIT(OPTION_LOW_SPEED) | OPTION_BIT(OPTION_TRIES) | OPTION_BIT(OPTION_RETRY_DELAY))

/** What the options say of trust, limits and tries. False after a message. */
SVCTAG_MUST_CHECK bool cli_fetch_limits(const struct cli *cli, struct http_settings *settings);

/** All that `fetch` does, without saying what was fetched; what was not is said on stderr. */
enum cli_exit cli_fetch_quietly(const struct cli *cli);

#endif
