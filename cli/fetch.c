#include <errno.h>
#include <importer/fetch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "fetch.h"

/* Most hosts of --allow-host, and of the published sources before them. */
#define MAX_HOSTS 64
/* --page, --url, --dated-base, --api-base */
#define ADDRESS_COUNT 4

/* A fetch of one cloud or several. */
struct fetching {
	const struct cli *cli;
	struct fetch_order order; /* its cloud changes from one to the next */
	struct http_settings settings;
	struct http *http;
	svctag_store *store; /* NULL: a dry run */
	int lock;
	struct report_fetch_stream stream;
	const char *hosts[MAX_HOSTS];
	char *host_words; /* the value of --allow-host, cut up */
	const char *addresses[ADDRESS_COUNT];
	int drawn;       /* of the progress bar, in hundredths; -1: nothing */
	bool quiet;      /* only what fails is said */
	bool failed;     /* a cloud was not fetched: said already */
	int write_errno; /* of the first answer that could not be written */
};

/* A bar while a body arrives; its length is often not known, and then there is none. */
static void
draw(void *context, size_t done, size_t of)
{
	struct fetching *f = context;
	int hundredths = of == 0 ? -1 : (int)(done * 100 / of);

	if (hundredths < 0 || hundredths == f->drawn)
		return;
	f->drawn = hundredths;
	cli_progress(done / 1024, of / 1024 + 1, "KiB");
}

/* ---- understanding the command line ---- */

/* What is named is what is tried; nothing named: the published page and folder. */
static unsigned int
named_sources(const struct cli *cli)
{
	unsigned int sources = 0;

	if (cli->values[OPTION_PAGE] != NULL)
		sources |= FEED_BIT(FEED_PAGE);
	if (cli->values[OPTION_URL] != NULL)
		sources |= FEED_BIT(FEED_URL);
	if (cli->values[OPTION_DATED_BASE] != NULL)
		sources |= FEED_BIT(FEED_DATED);
	if (cli->values[OPTION_API] != NULL)
		sources |= FEED_BIT(FEED_API);
	return sources != 0 ? sources : FEED_BIT(FEED_PAGE) | FEED_BIT(FEED_DATED);
}

static bool
take_sources(const struct cli *cli, struct feed_settings *feed)
{
	const char *only = cli->values[OPTION_SOURCE];
	enum feed_source source;

	feed->sources = named_sources(cli);
	if (only != NULL && !feed_source_parse(only, &source)) {
		cli_error("--source wants page, url, dated or api, not '%s'", only);
		return false;
	}
	if (only != NULL)
		feed->sources = FEED_BIT(source);
	if ((feed->sources & FEED_BIT(FEED_URL)) != 0 && cli->values[OPTION_URL] == NULL) {
		cli_error("--source url wants the address with --url URL");
		return false;
	}
	if ((feed->sources & FEED_BIT(FEED_API)) == 0 &&
	    (cli->values[OPTION_SUBSCRIPTION] != NULL || cli->values[OPTION_LOCATION] != NULL ||
	     cli->values[OPTION_API_BASE] != NULL || cli->values[OPTION_TOKEN_FILE] != NULL)) {
		cli_error("--subscription, --location, --api-base and --token-file go with --api");
		return false;
	}
	feed->page = cli->values[OPTION_PAGE];
	feed->url = cli->values[OPTION_URL];
	feed->dated_base = cli->values[OPTION_DATED_BASE];
	feed->api_base = cli->values[OPTION_API_BASE];
	feed->subscription = cli->values[OPTION_SUBSCRIPTION];
	feed->location = cli->values[OPTION_LOCATION];
	feed->token_file = cli->values[OPTION_TOKEN_FILE];
	cli_today(feed->today);
	return true;
}

/* A cloud's name becomes part of addresses. */
static bool
check_cloud(const struct cli *cli, unsigned int sources)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	const char *cloud = cli->values[OPTION_CLOUD];

	if (cloud == NULL)
		return true;
	if (cli_all_clouds(cli) && (sources & FEED_BIT(FEED_URL)) != 0) {
		cli_error("--url names the file of one cloud; it does not go with --cloud all");
		return false;
	}
	if (*cloud == '\0' || strlen(cloud) >= SVCTAG_CLOUD_SIZE || strspn(cloud, allowed) != strlen(cloud)) {
		cli_error("--cloud wants a name of letters, digits, '.', '_' and '-', or all, not '%s'", cloud);
		return false;
	}
	return true;
}

/* An option in whole numbers, of `unit` each. */
static bool
take_limit(const struct cli *cli, enum cli_option option, long least, long most, long unit, long *ret)
{
	long number;

	if (cli->values[option] == NULL)
		return true;
	if (!cli_number(cli, option, least, most, &number))
		return false;
	*ret = number * unit;
	return true;
}

bool
cli_fetch_limits(const struct cli *cli, struct http_settings *settings)
{
	long tries = (long)settings->tries;

	if (!take_limit(cli, OPTION_CONNECT_TIMEOUT, 1, 3600, 1000, &settings->connect_ms) ||
	    !take_limit(cli, OPTION_TIMEOUT, 1, 86400, 1000, &settings->total_ms) ||
	    !take_limit(cli, OPTION_LOW_SPEED, 0, 86400, 1, &settings->low_speed_s) ||
	    !take_limit(cli, OPTION_TRIES, 1, 10, 1, &tries) ||
	    !take_limit(cli, OPTION_RETRY_DELAY, 0, 60000, 1, &settings->retry_ms))
		return false;
	settings->tries = (unsigned int)tries;
	settings->ca_file = cli->values[OPTION_CACERT];
	if (settings->ca_file != NULL && access(settings->ca_file, R_OK) != 0) {
		cli_error("%s: %s", settings->ca_file, strerror(errno));
		return false;
	}
	return true;
}

/* The hosts of the published sources, of --allow-host, and of every address that is named. */
static bool
take_hosts(struct fetching *f)
{
	static const enum cli_option named[ADDRESS_COUNT] = { OPTION_PAGE, OPTION_URL, OPTION_DATED_BASE,
							      OPTION_API_BASE };
	const char *words = f->cli->values[OPTION_ALLOW_HOST];
	const char *const *published = feed_hosts(&f->settings.host_count);
	char *rest;

	memcpy(f->hosts, published, f->settings.host_count * sizeof(*published));
	f->host_words = words == NULL ? NULL : strdup(words);
	if (words != NULL && f->host_words == NULL) {
		cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
		return false;
	}
	rest = f->host_words;
	while (rest != NULL) {
		if (f->settings.host_count == MAX_HOSTS) {
			cli_error("--allow-host names too many hosts; %d are possible", MAX_HOSTS);
			return false;
		}
		f->hosts[f->settings.host_count++] = strsep(&rest, ",");
	}
	f->settings.hosts = f->hosts;
	for (size_t i = 0; i < ADDRESS_COUNT; i++)
		f->addresses[i] = f->cli->values[named[i]];
	f->settings.addresses = f->addresses;
	f->settings.address_count = ADDRESS_COUNT;
	return true;
}

static bool
take_options(struct fetching *f)
{
	const struct cli *cli = f->cli;

	f->settings = http_settings_default();
	f->settings.progress = draw;
	f->settings.progress_context = f;
	f->order.force = cli->values[OPTION_FORCE] != NULL;
	return take_sources(cli, &f->order.feed) && check_cloud(cli, f->order.feed.sources) &&
	       cli_fetch_limits(cli, &f->settings) && take_hosts(f);
}

/* ---- fetching ---- */

static void
tell_warnings(const char *url, const char *warnings)
{
	while (warnings != NULL && *warnings != '\0') {
		const char *end = strchrnul(warnings, '\n');

		cli_warning("%s: %.*s", url, (int)(end - warnings), warnings);
		warnings = *end == '\0' ? end : end + 1;
	}
}

static svctag_error
tell_failure(struct fetching *f, svctag_error err, const svctag_detail *detail)
{
	const struct report_fetch item = {
		.cloud = f->order.cloud,
		.error = detail->text[0] != '\0' ? detail->text : svctag_error_text(err),
	};

	if (item.cloud != NULL)
		cli_error("%s: %s", item.cloud, item.error);
	else
		cli_error("%s", item.error);
	f->failed = true;
	return f->quiet || f->stream.style.format == REPORT_TEXT ? SVCTAG_OK
								 : report_fetch_item(&f->stream, stdout, &item);
}

static svctag_error
tell_outcome(struct fetching *f, const struct fetch_outcome *outcome)
{
	const struct report_fetch item = {
		.cloud = f->order.cloud,
		.source = feed_source_text(outcome->source),
		.url = outcome->url,
		.not_modified = outcome->not_modified,
		.result = outcome->outcome.result,
		.release = f->store == NULL ? NULL : &outcome->outcome.info,
		.warnings = outcome->outcome.warnings,
	};

	if (!f->quiet)
		tell_warnings(outcome->url, outcome->outcome.warnings);
	if (outcome->warning.text[0] != '\0')
		cli_warning("%s: what the server said of it could not be kept: %s", outcome->url,
			    outcome->warning.text);
	return f->quiet ? SVCTAG_OK : report_fetch_item(&f->stream, stdout, &item);
}

static svctag_error
fetch_cloud(struct fetching *f)
{
	struct fetch_outcome outcome = { 0 };
	svctag_detail detail = { "" };
	svctag_error err;

	f->drawn = -1;
	err = f->store == NULL ? importer_fetch_find(f->http, &f->order, &outcome, &detail)
			       : importer_fetch(f->http, f->store, &f->order, &outcome, &detail);
	cli_progress(0, 0, "");
	if (err != SVCTAG_OK)
		return tell_failure(f, err, &detail);
	err = tell_outcome(f, &outcome);
	fetch_outcome_release(&outcome);
	return err;
}

/* One cloud after the other; neither a failed one nor a reader that goes away stops the rest. */
static svctag_error
fetch_clouds(struct fetching *f)
{
	const bool all = cli_all_clouds(f->cli);
	svctag_error first = SVCTAG_OK;

	/* The file at an address may be of any cloud; everything else has to know. */
	f->order.cloud = f->cli->values[OPTION_CLOUD];
	if (f->order.cloud == NULL && f->order.feed.sources != FEED_BIT(FEED_URL))
		f->order.cloud = feed_cloud(0);
	for (size_t i = 0; all ? feed_cloud(i) != NULL : i == 0; i++) {
		svctag_error written;

		if (all)
			f->order.cloud = feed_cloud(i);
		written = fetch_cloud(f);
		if (first == SVCTAG_OK && written != SVCTAG_OK) {
			f->write_errno = errno;
			first = written;
		}
	}
	return first;
}

/* Open what is needed. False after a message. */
static bool
prepare(struct fetching *f)
{
	const struct cli *cli = f->cli;
	svctag_detail detail = { "" };
	svctag_error err = http_open(&f->settings, &f->http, &detail);

	if (err == SVCTAG_OK && cli->values[OPTION_DRY_RUN] == NULL) {
		if (!cli_open(cli, SVCTAG_STORE_WRITE, &f->store))
			return false;
		err = importer_lock(svctag_store_path(f->store), cli->values[OPTION_WAIT] != NULL, &f->lock, &detail);
	}
	if (err != SVCTAG_OK)
		cli_fail(NULL, err, &detail);
	return err == SVCTAG_OK;
}

static enum cli_exit
fetch(const struct cli *cli, bool quiet)
{
	struct fetching f = { .cli = cli, .stream = { .style = cli->style }, .lock = -1, .quiet = quiet };
	enum cli_exit code = CLI_ERROR;
	svctag_error written = SVCTAG_OK;

	if (!take_options(&f) || !prepare(&f))
		goto out;
	if (!quiet)
		written = report_fetch_begin(&f.stream, stdout);
	if (written == SVCTAG_OK)
		written = fetch_clouds(&f);
	if (written == SVCTAG_OK && !quiet)
		written = report_fetch_end(&f.stream, stdout);
	if (f.write_errno != 0)
		errno = f.write_errno; /* for the message */
	code = cli_written(written, f.failed ? CLI_ERROR : CLI_YES);
out:
	http_close(f.http);
	svctag_store_close(f.store);
	if (f.lock >= 0)
		(void)close(f.lock);
	free(f.host_words);
	return code;
}

static enum cli_exit
run(const struct cli *cli)
{
	return fetch(cli, false);
}

enum cli_exit
cli_fetch_quietly(const struct cli *cli)
{
	return fetch(cli, true);
}

const struct cli_command cli_fetch = {
	.name = "fetch",
	.summary = "download the current release and load it",
	.synopsis = "",
	.help = "Find the current file of a cloud, download it and load it, as `svctag import`\n"
		"does. Without other options it is looked for on Microsoft's download page, and\n"
		"then under the days of the last five weeks. Where any source is named, only\n"
		"those named are tried, in this order: --page, --url, --dated-base, --api.\n"
		"\n"
		"Only https is asked (http on this machine alone), certificates are verified, and\n"
		"redirects are followed to known hosts. What has not changed is not downloaded\n"
		"again. Proxies come from the environment (https_proxy, no_proxy).\n"
		"\n"
		"Options:\n"
		"  --cloud CLOUD        default Public; all: Public, AzureGovernment and China\n"
		"  --page URL           a page that links to ServiceTags_<Cloud>_YYYYMMDD.json\n"
		"  --url URL            the file itself; without --cloud of any cloud\n"
		"  --dated-base URL     a folder of such files, tried backwards from today\n"
		"  --api                the Discovery API, another series of change numbers; wants\n"
		"                       --subscription ID --location REGION, and a token from\n"
		"                       --token-file FILE, $AZURE_ACCESS_TOKEN, or the az command\n"
		"  --api-base URL       instead of https://management.azure.com\n"
		"  --source SOURCE      only this: page, url, dated or api\n"
		"  --allow-host HOST    follow redirects and links to it too; several by commas\n"
		"  --cacert FILE        trust these authorities (PEM) instead of the system's\n"
		"  --dry-run            only say what would be fetched\n"
		"  --force              download even what has not changed, and load even what the\n"
		"                       plausibility check refuses; the latter is recorded\n"
		"  --wait               for another fetch into the same database, instead of failing\n"
		"  --connect-timeout SECONDS, --timeout SECONDS, --low-speed SECONDS\n"
		"                       limits on connecting (10), one try (120), and staying\n"
		"                       under 1 kB/s (20)\n"
		"  --tries NUMBER, --retry-delay MILLISECONDS\n"
		"                       for passing failures: tries in all (4), first delay (1000)\n"
		"  --format FORMAT      text, json, ndjson or csv\n"
		"\n"
		"Examples:\n"
		"  svctag fetch\n"
		"  svctag fetch --cloud all --wait\n"
		"  svctag fetch --url https://mirror.example.com/ServiceTags_Public_20251110.json\n"
		"  svctag fetch --api --subscription \"$ID\" --location westeurope\n"
		"\n"
		"Exit codes: 0 every cloud is loaded, new or unchanged; 2 any failed.\n",
	.options = OPTIONS(CLI_FETCH_OPTIONS, OPTION_DRY_RUN),
	.run = run,
};
