/*
 * One cloud, source by source.
 *
 *   find addresses ─ ask, conditionally ─ 304: is what is stored sound? ─ done
 *                                       └ 200: unpack, decode, gate, store, keep the validators
 *
 * Validators are kept only after the commit: a server that says "not
 * modified" must mean what is in the store.
 */
#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <svctag/validator.h>

/** Most bytes of one source's reason, where there are several. */
#define MAX_REASON 240
#define SECONDS_A_DAY 86400

/* A fetch under way. */
struct fetch {
	struct http *http;
	svctag_store *store;
	const struct fetch_order *order;
	struct fetch_outcome outcome;
	bool final; /* no other source can do better */
};

void
fetch_outcome_release(struct fetch_outcome *outcome)
{
	free(outcome->url);
	free(outcome->outcome.warnings);
	*outcome = (struct fetch_outcome){ 0 };
}

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

/* Put the address before what is wrong with its document. */
static svctag_error
fail_at(svctag_detail *detail, const char *url, svctag_error err, const svctag_detail *why)
{
	svctag_detail_set(detail, "%.200s: %s", url, why->text[0] != '\0' ? why->text : svctag_error_text(err));
	return err;
}

static bool
is_wanted_cloud(const struct fetch *f, const char *cloud)
{
	return f->order->cloud == NULL || strcasecmp(f->order->cloud, cloud) == 0;
}

/* The release with that digest, of the wanted cloud; NULL if there is none. */
static const svctag_release_info *
find_release(const struct fetch *f, const svctag_catalogue *catalogue, const uint8_t *digest)
{
	for (size_t c = 0; c < svctag_catalogue_cloud_count(catalogue); c++) {
		if (!is_wanted_cloud(f, svctag_catalogue_cloud(catalogue, c)))
			continue;
		for (size_t i = svctag_catalogue_release_count(catalogue, c); i-- > 0;) {
			const svctag_release_info *info = svctag_catalogue_release(catalogue, c, i);

			if (memcmp(info->digest, digest, SVCTAG_DIGEST_SIZE) == 0)
				return info;
		}
	}
	return NULL;
}

/* Is what the server says we have still here, and sound? Then it is the outcome. */
static bool
take_stored(struct fetch *f, const svctag_validator *validator)
{
	svctag_catalogue *catalogue = NULL;
	svctag_release *release = NULL;
	const svctag_release_info *info = NULL;
	bool sound = false;

	if (svctag_store_catalogue(f->store, &catalogue, NULL) == SVCTAG_OK)
		info = find_release(f, catalogue, validator->digest);
	if (info != NULL)
		sound = svctag_store_content(f->store, info, &release, NULL) == SVCTAG_OK;
	if (sound) {
		f->outcome.not_modified = true;
		f->outcome.outcome.result = SVCTAG_IMPORT_UNCHANGED;
		f->outcome.outcome.info = *info;
		f->outcome.outcome.info.warnings = NULL; /* goes with the catalogue */
	}
	svctag_release_free(release);
	svctag_catalogue_free(catalogue);
	return sound;
}

/* The day of a document: in its name, else when it was last modified, else today. */
static void
tell_day(const struct fetch *f, const char *url, const struct http_reply *reply, char day[SVCTAG_DAY_SIZE],
	 const char **ret_guess)
{
	const char *today = f->order->feed.today;
	char *path = strndup(url, strcspn(url, "?#"));
	bool found = path != NULL && importer_day_of_name(path, day);
	int64_t seconds;

	free(path);
	*ret_guess = NULL;
	if (found)
		return;
	if (reply != NULL && http_read_date(f->http, reply->last_modified, &seconds) &&
	    seconds / SECONDS_A_DAY <= svctag_day_number(today)) {
		svctag_day_format(seconds / SECONDS_A_DAY, day);
		return;
	}
	memcpy(day, today, SVCTAG_DAY_SIZE);
	/* What the Discovery API answers has no day but that of the question. */
	if (reply != NULL)
		*ret_guess = "neither a day in the address nor a Last-Modified";
}

/* Judge and store; from here on no other source can do better. */
static svctag_error
store_document(struct fetch *f, const char *url, const struct http_reply *reply,
	       const struct importer_document *document, svctag_detail *detail)
{
	char day[SVCTAG_DAY_SIZE];
	struct importer_terms terms = { .published = day, .force = f->order->force };
	svctag_detail why = { "" };
	svctag_error err;

	tell_day(f, url, reply, day, &terms.guess);
	f->final = true;
	err = importer_import_document(f->store, document, &terms, &f->outcome.outcome, &why);
	return err == SVCTAG_OK ? err : fail_at(detail, url, err, &why);
}

/**
 * Decode and store what was downloaded.
 * @param data  malloc()ed; freed
 */
static svctag_error
take_document(struct fetch *f, const char *url, const struct http_reply *reply, char *data, size_t size,
	      svctag_detail *detail)
{
	struct importer_document document = { 0 };
	svctag_detail why = { "" };
	svctag_error err = importer_unpack(&data, &size, &why);

	if (err == SVCTAG_OK)
		err = importer_decode(data, size, &document, &why);
	free(data);
	if (err == SVCTAG_OK && !is_wanted_cloud(f, document.cloud)) {
		svctag_detail_set(&why, "is of cloud %s, not %s", document.cloud, f->order->cloud);
		err = SVCTAG_E_NOT_FOUND;
	}
	err = err == SVCTAG_OK ? store_document(f, url, reply, &document, detail) : fail_at(detail, url, err, &why);
	importer_document_release(&document);
	return err;
}

/* The release is committed: keep what the server said of it. */
static void
keep_validator(struct fetch *f, const char *url, const struct http_reply *reply)
{
	svctag_validator validator = { 0 };

	if (reply->etag[0] == '\0' && reply->last_modified[0] == '\0')
		return;
	_Static_assert(sizeof(validator.etag) == sizeof(reply->etag) &&
			       sizeof(validator.last_modified) == sizeof(reply->last_modified),
		       "a validator fits as it was received");
	memcpy(validator.etag, reply->etag, sizeof(validator.etag));
	memcpy(validator.last_modified, reply->last_modified, sizeof(validator.last_modified));
	memcpy(validator.digest, f->outcome.outcome.info.digest, sizeof(validator.digest));
	if (svctag_store_put_validator(f->store, url, &validator, &f->outcome.warning) == SVCTAG_OK)
		f->outcome.warning.text[0] = '\0';
}

/* What is known of an address that was never asked. */
static const svctag_validator no_validator;

/* Ask one address; `status` gets what it answered. */
static svctag_error
ask(struct fetch *f, const char *url, const svctag_validator *validator, long *status, svctag_detail *detail)
{
	const struct http_request request = {
		.url = url,
		.etag = validator->etag,
		.last_modified = validator->last_modified,
		.max_body = IMPORTER_MAX_DOCUMENT,
	};
	struct http_reply reply;
	svctag_error err = http_send(f->http, &request, &reply, detail);

	*status = reply.status;
	if (err != SVCTAG_OK)
		return err;
	if (reply.not_modified) {
		http_reply_release(&reply);
		return take_stored(f, validator) ? SVCTAG_OK : ask(f, url, &no_validator, status, detail);
	}
	err = take_document(f, url, &reply, reply.body, reply.size, detail);
	reply.body = NULL;
	if (err == SVCTAG_OK)
		keep_validator(f, url, &reply);
	http_reply_release(&reply);
	return err;
}

/* Conditionally, where the store knows validators of this address. */
static svctag_error
ask_conditionally(struct fetch *f, const char *url, long *status, svctag_detail *detail)
{
	svctag_validator validator;
	bool known = !f->order->force && svctag_store_get_validator(f->store, url, &validator, NULL) == SVCTAG_OK;

	return ask(f, url, known ? &validator : &no_validator, status, detail);
}

static svctag_error
ask_head(struct fetch *f, const char *url, long *status, svctag_detail *detail)
{
	const struct http_request request = { .url = url, .method = HTTP_HEAD };
	struct http_reply reply;
	svctag_error err = http_send(f->http, &request, &reply, detail);

	*status = reply.status;
	if (err == SVCTAG_OK)
		http_reply_release(&reply);
	return err;
}

/* Statuses by which servers say that no file is there, some of them (object stores) by refusing access. */
static bool
is_absent(long status)
{
	return status == 403 || status == 404 || status == 410;
}

/* The addresses one after the other; only one that is not there leads to the next. */
static svctag_error
ask_each(struct fetch *f, enum feed_source source, struct feed_addresses *addresses, svctag_detail *detail)
{
	svctag_error err = SVCTAG_E_NOT_FOUND;
	size_t i = 0;
	long status;

	for (; i < addresses->count; i++) {
		const char *url = addresses->items[i];

		status = 0;
		if (f->store != NULL)
			err = ask_conditionally(f, url, &status, detail);
		else if (source == FEED_DATED)
			err = ask_head(f, url, &status, detail);
		else
			err = SVCTAG_OK;
		if (err == SVCTAG_OK || !is_absent(status))
			break;
	}
	if (err == SVCTAG_OK) {
		f->outcome.url = addresses->items[i];
		addresses->items[i] = NULL;
	} else if (i == addresses->count && i > 1) {
		svctag_detail_set(detail, "%.200s: not there, nor under any of the other %zu days tried (HTTP %ld)",
				  addresses->items[0], i - 1, status);
	}
	return err;
}

static svctag_error
take_api(struct fetch *f, struct feed_addresses *addresses, svctag_detail *detail)
{
	char *data = NULL;
	size_t size = 0;
	svctag_error err = SVCTAG_OK;

	if (f->store != NULL) {
		err = feed_api_get(f->http, &f->order->feed, f->order->cloud, &data, &size, detail);
		if (err == SVCTAG_OK)
			err = take_document(f, addresses->items[0], NULL, data, size, detail);
	}
	if (err != SVCTAG_OK)
		return err;
	f->outcome.url = addresses->items[0];
	addresses->items[0] = NULL;
	return SVCTAG_OK;
}

static svctag_error
try_source(struct fetch *f, enum feed_source source, svctag_detail *detail)
{
	struct feed_addresses addresses = { 0 };
	svctag_error err = feed_find(f->http, &f->order->feed, source, f->order->cloud, &addresses, detail);

	if (err != SVCTAG_OK)
		return err;
	f->outcome.source = source;
	err = source == FEED_API ? take_api(f, &addresses, detail) : ask_each(f, source, &addresses, detail);
	feed_addresses_release(&addresses);
	return err;
}

/* Append one source's reason to the line; false without memory. */
static bool
add_reason(char **line, enum feed_source source, bool several, const svctag_detail *why)
{
	char *longer = NULL;
	int result;

	if (!several)
		result = asprintf(&longer, "%s", why->text);
	else
		result = asprintf(&longer, "%s%s%s: %.*s", *line == NULL ? "" : *line, *line == NULL ? "" : "; ",
				  feed_source_text(source), MAX_REASON, why->text);
	if (result < 0)
		return false;
	free(*line);
	*line = longer;
	return true;
}

static svctag_error
try_sources(struct fetch *f, svctag_detail *detail)
{
	unsigned int sources = f->order->feed.sources;
	bool several = (sources & (sources - 1)) != 0;
	svctag_error err = SVCTAG_E_INVALID;
	char *line = NULL;

	for (enum feed_source source = FEED_PAGE; source < FEED_SOURCE_COUNT && !f->final; source++) {
		svctag_detail why = { "" };

		if ((sources & FEED_BIT(source)) == 0)
			continue;
		err = try_source(f, source, &why);
		if (err == SVCTAG_OK)
			break;
		if (err == SVCTAG_E_NO_MEMORY || !add_reason(&line, source, several, &why)) {
			free(line);
			return fail_memory(detail);
		}
	}
	if (err != SVCTAG_OK)
		svctag_detail_set(detail, "%s", line == NULL ? "no source to fetch from is given" : line);
	free(line);
	return err;
}

static svctag_error
run(struct fetch *f, struct fetch_outcome *ret, svctag_detail *detail)
{
	svctag_error err = try_sources(f, detail);

	if (err != SVCTAG_OK) {
		fetch_outcome_release(&f->outcome);
		return err;
	}
	*ret = f->outcome; /* the caller owns it from here */
	return SVCTAG_OK;
}

svctag_error
importer_fetch(struct http *http, svctag_store *store, const struct fetch_order *order, struct fetch_outcome *ret,
	       svctag_detail *detail)
{
	struct fetch fetch = { .http = http, .store = store, .order = order };

	return run(&fetch, ret, detail);
}

svctag_error
importer_fetch_find(struct http *http, const struct fetch_order *order, struct fetch_outcome *ret,
		    svctag_detail *detail)
{
	struct fetch fetch = { .http = http, .order = order };

	return run(&fetch, ret, detail);
}
