/*
 * GET /v1/feed.atom: what changed in the last releases of a cloud, as an Atom
 * feed. Everything in it follows from the releases: whoever serves them serves
 * the same feed, with the same ids. Reads the releases from the database, so a
 * worker does it, and gives up what takes too long.
 */
#include <stdlib.h>
#include <string.h>

#include <svctag/hmac.h>

#include "view.h"
#include "work.h"

static const char atom_type[] = "application/atom+xml";

/** Releases that are looked at, if `count` does not say; and the most that it may say. */
#define DEFAULT_COUNT 10
#define MAX_COUNT 50
/** Room for a day's first second. */
#define TIME_SIZE 21

/** An entry and the texts that it points to. */
struct item {
	struct report_feed_entry entry;
	char announced[TIME_SIZE];
	char *summary;
	char *address;
	uint8_t key[SVCTAG_DIGEST_SIZE];
};

/** One question, and the work on its answer. */
struct job {
	const struct request *request;
	const svctag_catalogue *catalogue;
	size_t cloud;
	const char *tag; /**< a pattern, or NULL */
	size_t first;    /**< of the cloud's releases, the oldest that is compared with the one before it */
	size_t end;
	struct work work;
	struct item items[MAX_COUNT];
	size_t item_count;
};

static void
release(struct job *job)
{
	for (size_t i = 0; i < job->item_count; i++) {
		free(job->items[i].summary);
		free(job->items[i].address);
	}
	free(job);
}

static const svctag_release_info *
release_at(const struct job *job, size_t i)
{
	return svctag_catalogue_release(job->catalogue, job->cloud, i);
}

static void
first_second(const svctag_release_info *info, char text[TIME_SIZE])
{
	snprintf(text, TIME_SIZE, "%sT00:00:00Z", info->published);
}

/** For a query string: what is neither a letter, a digit nor of "-._~" is encoded. */
static void
write_encoded(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    strchr("-._~", c) != NULL)
			putc(c, out);
		else
			fprintf(out, "%%%02X", c);
	}
}

/** Beside the feed: "diff?cloud=Public&from=id:…&to=id:…". */
static void
write_address(FILE *out, const struct job *job, const struct report_feed_entry *entry)
{
	char from[SVCTAG_DIGEST_TEXT_SIZE], to[SVCTAG_DIGEST_TEXT_SIZE];

	svctag_digest_format(entry->from->digest, from);
	svctag_digest_format(entry->to->digest, to);
	fputs("diff?cloud=", out);
	write_encoded(out, entry->to->cloud);
	fprintf(out, "&from=id:%s&to=id:%s", from, to);
	if (job->tag != NULL) {
		fputs("&tag=", out);
		write_encoded(out, job->tag);
	}
}

/** What names this and nothing else: the cloud and the pattern, and of an entry its address too. */
static svctag_error
make_key(const struct job *job, const char *address, uint8_t ret[SVCTAG_DIGEST_SIZE])
{
	char *name = NULL;
	int size = asprintf(&name, "svctagd feed %s %s %s", svctag_catalogue_cloud(job->catalogue, job->cloud),
			    job->tag != NULL ? job->tag : "", address);

	if (size < 0)
		return SVCTAG_E_NO_MEMORY;
	svctag_sha256(name, (size_t)size, ret);
	free(name);
	return SVCTAG_OK;
}

/** Fill in the next item. It counts as soon as it holds memory. */
static svctag_error
add_item(struct job *job, const svctag_release_info *from, const svctag_release_info *to, const svctag_diff *diff)
{
	struct item *item = &job->items[job->item_count++];
	size_t size;
	svctag_error err = SVCTAG_E_NO_MEMORY;
	FILE *out = open_memstream(&item->summary, &size);

	if (out != NULL) {
		err = report_diff_sentence(out, diff);
		if (fclose(out) != 0)
			err = SVCTAG_E_NO_MEMORY;
	}
	if (err != SVCTAG_OK)
		return err;
	item->entry = (struct report_feed_entry){ .from = from, .to = to, .summary = item->summary };
	first_second(to, item->announced);
	item->entry.announced = item->announced;
	out = open_memstream(&item->address, &size);
	if (out == NULL)
		return SVCTAG_E_NO_MEMORY;
	write_address(out, job, &item->entry);
	if (fclose(out) != 0)
		return SVCTAG_E_NO_MEMORY;
	item->entry.files = item->address;
	if (job->tag == NULL)
		return SVCTAG_OK;
	item->entry.key = item->key;
	return make_key(job, item->address, item->key);
}

/** From the newest release back. */
static svctag_error
gather(struct job *job, svctag_store *store, svctag_detail *detail)
{
	svctag_release *to = NULL, *from = NULL;
	svctag_error err = SVCTAG_OK;

	for (size_t i = job->end; i > job->first && err == SVCTAG_OK; i--) {
		svctag_diff *diff = NULL;

		if (!work_goes_on(&job->work))
			err = SVCTAG_E_LIMIT;
		if (err == SVCTAG_OK && to == NULL)
			err = database_content(store, release_at(job, i - 1), &to, detail);
		if (err == SVCTAG_OK)
			err = database_content(store, release_at(job, i - 2), &from, detail);
		if (err == SVCTAG_OK)
			err = svctag_diff_releases(from, to, job->tag, &diff);
		/* who asks about some tags need not hear that nothing happened to them */
		if (err == SVCTAG_OK && (job->tag == NULL || svctag_diff_tag_count(diff) > 0))
			err = add_item(job, release_at(job, i - 2), release_at(job, i - 1), diff);
		svctag_diff_free(diff);
		svctag_release_free(to);
		to = from;
		from = NULL;
	}
	svctag_release_free(to);
	return err;
}

static svctag_error
write_feed(FILE *out, const struct job *job)
{
	const char *question = strchr(job->request->raw, '?');
	struct report_feed_entry entries[MAX_COUNT];
	struct report_feed feed = { .markdown = "&format=markdown", .json = "&format=json", .entries = entries };
	char begun[TIME_SIZE];
	char *self = NULL;
	svctag_error err = make_key(job, "", feed.id);

	if (err == SVCTAG_OK && asprintf(&self, "feed.atom%s", question != NULL ? question : "") < 0)
		err = SVCTAG_E_NO_MEMORY;
	if (err != SVCTAG_OK)
		return err;
	feed.self = self;
	first_second(release_at(job, job->end - 1), begun);
	feed.begun = begun;
	for (; feed.count < job->item_count; feed.count++)
		entries[feed.count] = job->items[feed.count].entry;
	err = report_feed(out, &feed);
	free(self);
	return err;
}

static void
answer(struct job *job, const struct context *context, struct reply *reply)
{
	svctag_detail detail = { "" };
	svctag_store *store;
	svctag_error err;
	FILE *out;

	if (work_begin_reading(&job->work, job->request, context, &store, reply)) {
		err = gather(job, store, &detail);
		if (err != SVCTAG_OK) {
			work_failed(&job->work, err, &detail, reply);
		} else {
			out = work_open(&job->work);
			err = out != NULL ? write_feed(out, job) : SVCTAG_E_NO_MEMORY;
			work_close(&job->work, out, err, atom_type, reply);
		}
	}
	work_release(&job->work);
}

/** @return false when reply is a problem */
static bool
take_count(const struct request *request, size_t *ret, struct reply *reply)
{
	const char *text = request_parameter(request, "count");
	size_t number = 0;

	if (text == NULL) {
		*ret = DEFAULT_COUNT;
		return true;
	}
	for (const char *c = text; *c >= '0' && *c <= '9' && number <= MAX_COUNT; text = ++c)
		number = number * 10 + (size_t)(*c - '0');
	if (*text != '\0' || number < 1 || number > MAX_COUNT) {
		reply_problem(reply, 400, "the parameter count has to be a whole number from 1 to 50");
		return false;
	}
	*ret = number;
	return true;
}

void
get_feed(struct request *request, const struct context *context, struct reply *reply)
{
	const svctag_catalogue *catalogue;
	size_t cloud, count, releases;
	struct job *job;

	if (!take_count(request, &count, reply) || !view_find_one_cloud(request, context, &cloud, reply))
		return;
	catalogue = generation_catalogue(context->generation);
	if (view_cloud_is_known(request, catalogue, cloud, atom_type, reply))
		return;
	if (context->database == NULL) {
		reply->defer = true;
		return;
	}
	job = calloc(1, sizeof(*job));
	if (job == NULL) {
		reply_error(reply, SVCTAG_E_NO_MEMORY, &(svctag_detail){ "" });
		return;
	}
	releases = svctag_catalogue_release_count(catalogue, cloud);
	*job = (struct job){ .request = request,
			     .catalogue = catalogue,
			     .cloud = cloud,
			     .tag = request_parameter(request, "tag"),
			     .end = releases,
			     /* nothing is known of what was before the first */
			     .first = releases > count ? releases - count : 1 };
	answer(job, context, reply);
	release(job);
}
