/* What the unattended run says: to web hooks, in the feed, and in its one line. */
#include <string.h>

#include "diff.h"
#include "format.h"
#include "json.h"

/** New ranges are not used for at least so long after publication. */
#define DAYS_UNTIL_USE 7

/** Most tags that a summary names. */
#define MAX_NAMED_TAGS 20

/** Room for the name of a diff's file: cloud, day, number, digits. */
#define MAX_NAME 256

void
report_in_use_from(const svctag_release_info *release, char day[SVCTAG_DAY_SIZE])
{
	svctag_day_format(svctag_day_number(release->published) + DAYS_UNTIL_USE, day);
}

svctag_error
report_diff_sentence(FILE *out, const svctag_diff *diff)
{
	const svctag_diff_summary *summary = svctag_diff_get_summary(diff);
	size_t count = svctag_diff_tag_count(diff);
	size_t named = count < MAX_NAMED_TAGS ? count : MAX_NAMED_TAGS;

	fprintf(out, "tags: %zu added, %zu removed, %zu changed; prefixes: %zu added, %zu removed, %zu regrouped",
		summary->tags_added, summary->tags_removed, summary->tags_changed, summary->prefixes_added,
		summary->prefixes_removed, summary->prefixes_regrouped);
	for (size_t i = 0; i < named; i++) {
		fputs(i == 0 ? " (" : ", ", out);
		format_text(out, diff_current(svctag_diff_tag(diff, i))->name);
	}
	if (count > named)
		fprintf(out, " and %zu more", count - named);
	fputs(named > 0 ? ")." : ".", out);
	return format_written(out);
}

svctag_error
report_delivery(FILE *out, const char *delivery, const svctag_release_info *release, const char *diff)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	char day[SVCTAG_DAY_SIZE];

	report_in_use_from(release, day);
	json_add_reference(&json, root, "delivery", delivery);
	json_add_reference(&json, root, "event", "release");
	json_add_reference(&json, root, "cloud", release->cloud);
	json_add_release(&json, root, "release", release);
	json_add_reference(&json, root, "inUseFrom", day);
	json_add_document(&json, root, "diff", diff);
	return json_finish(&json, root, out, "\n");
}

svctag_error
report_list_delivery(FILE *out, const char *delivery, const svctag_release_info *release, const char *event)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);

	json_add_reference(&json, root, "delivery", delivery);
	json_add_reference(&json, root, "event", "list");
	json_add_reference(&json, root, "cloud", release->cloud);
	json_add_release(&json, root, "release", release);
	json_add_document(&json, root, "drift", event);
	return json_finish(&json, root, out, "\n");
}

static void
add_files(struct json *json, cJSON *object, const struct report_feed_entry *entry)
{
	char name[MAX_NAME];

	json_add_reference(json, object, "summary", entry->summary);
	(void)snprintf(name, sizeof(name), "%s.json", entry->files);
	json_add_text(json, object, "json", name);
	(void)snprintf(name, sizeof(name), "%s.md", entry->files);
	json_add_text(json, object, "markdown", name);
}

static void
add_diff(struct json *json, cJSON *object, const struct report_feed_entry *entry)
{
	char day[SVCTAG_DAY_SIZE];

	report_in_use_from(entry->to, day);
	json_add_release(json, object, "from", entry->from);
	json_add_release(json, object, "to", entry->to);
	json_add_text(json, object, "inUseFrom", day);
	add_files(json, object, entry);
}

static void
add_list(struct json *json, cJSON *object, const struct report_feed_entry *entry)
{
	json_add_bytes(json, object, "list", entry->list, strlen(entry->list));
	json_add_release(json, object, "release", entry->to);
	json_add_reference(json, object, "title", entry->title);
	add_files(json, object, entry);
}

static svctag_error
nightly_json(FILE *out, const struct report_nightly *nightly)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *begun = json_add_array(&json, root, "begun");
	cJSON *diffs = json_add_array(&json, root, "diffs");
	cJSON *lists = json_add_array(&json, root, "lists");

	for (size_t i = 0; i < nightly->begun_count; i++)
		json_add_release(&json, begun, NULL, &nightly->begun[i]);
	for (size_t i = 0; i < nightly->news_count; i++) {
		const struct report_feed_entry *entry = &nightly->news[i];

		if (entry->title == NULL)
			add_diff(&json, json_add_object(&json, diffs, NULL), entry);
		else
			add_list(&json, json_add_object(&json, lists, NULL), entry);
	}
	json_add_integer(&json, root, "delivered", (int64_t)nightly->delivered);
	json_add_integer(&json, root, "pending", (int64_t)nightly->pending);
	json_add_integer(&json, root, "failures", (int64_t)nightly->failures);
	return json_finish(&json, root, out, "\n");
}

/* What is new: releases cloud by cloud, then lists. */
static void
text_news(FILE *out, const struct report_nightly *nightly)
{
	char text[FORMAT_RELEASE_SIZE];
	const char *between = "";

	for (size_t i = 0; i < nightly->begun_count; i++) {
		fprintf(out, "%s%s is the first", between, format_release(&nightly->begun[i], text));
		between = "; ";
	}
	for (size_t i = 0; i < nightly->news_count; i++) {
		const struct report_feed_entry *entry = &nightly->news[i];

		fputs(between, out);
		format_text(out, entry->title != NULL ? entry->title : format_release(entry->to, text));
		between = "; ";
	}
	if (*between == '\0')
		fputs("no news", out);
}

/* How many of the news are about lists. */
static size_t
count_lists(const struct report_nightly *nightly)
{
	size_t count = 0;

	for (size_t i = 0; i < nightly->news_count; i++)
		count += nightly->news[i].title != NULL;
	return count;
}

svctag_error
report_nightly(FILE *out, const struct report_style *style, const struct report_nightly *nightly)
{
	size_t lists;
	size_t diffs;

	if (style->format != REPORT_TEXT)
		return nightly_json(out, nightly);
	lists = count_lists(nightly);
	diffs = nightly->news_count - lists;
	text_news(out, nightly);
	fprintf(out, ": %zu diff%s", diffs, format_plural(diffs));
	if (lists > 0)
		fprintf(out, " and %zu list%s", lists, format_plural(lists));
	fputs(" told", out);
	if (nightly->delivered > 0)
		fprintf(out, ", %zu deliver%s made", nightly->delivered, nightly->delivered == 1 ? "y" : "ies");
	if (nightly->pending > 0)
		fprintf(out, ", %zu left for the next run", nightly->pending);
	if (nightly->failures > 0)
		fprintf(out, ", %zu failure%s", nightly->failures, format_plural(nightly->failures));
	putc('\n', out);
	return format_written(out);
}
