#include "drift_event.h"

#include <stdlib.h>
#include <string.h>

#include "drift_internal.h"
#include "format.h"

/** Most entries and tags that a sentence names. */
#define MOST_NAMED 10

/** Most entries that the JSON lists; the counts are of all. */
#define MOST_ENTRIES 100000

/* ---- finding out ---- */

const svctag_drift_span *
drift_span_at(const svctag_drift *drift, size_t entry, size_t release)
{
	size_t count;
	const svctag_drift_span *span = svctag_drift_timeline(drift, entry, &count);

	while (span->until <= release)
		span++;
	return span;
}

static bool
is_as_intended(const svctag_drift *drift, size_t entry, size_t release)
{
	return drift_span_at(drift, entry, release)->state == SVCTAG_DRIFT_AS_INTENDED;
}

static bool
is_broken(const struct report_drift_event *event, size_t entry)
{
	if (svctag_drift_intent(event->drift, entry) == SVCTAG_DRIFT_NO_TAG ||
	    is_as_intended(event->drift, entry, event->release))
		return false;
	return event->occasion != REPORT_DRIFT_RELEASE || is_as_intended(event->drift, entry, event->release - 1);
}

static bool
has_returned(const struct report_drift_event *event, size_t entry)
{
	return event->occasion == REPORT_DRIFT_RELEASE && is_as_intended(event->drift, entry, event->release) &&
	       !is_as_intended(event->drift, entry, event->release - 1);
}

/* The numbers for which it holds. */
static svctag_error
select_numbers(const struct report_drift_event *event, size_t count,
	       bool (*holds)(const struct report_drift_event *event, size_t i), size_t **ret, size_t *ret_count)
{
	size_t *numbers = calloc(count + 1, sizeof(*numbers));
	size_t selected = 0;

	if (numbers == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < count; i++) {
		if (holds(event, i))
			numbers[selected++] = i;
	}
	*ret = numbers;
	*ret_count = selected;
	return SVCTAG_OK;
}

static int
compare_tags(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a;
	const uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Of the tags that entries are meant for, those of broken ones. */
static svctag_error
select_tags(struct report_drift_event *event)
{
	const size_t count = svctag_drift_intended_count(event->drift);
	uint32_t *meant = calloc(event->broken_count + 1, sizeof(*meant));

	event->tags = calloc(count + 1, sizeof(*event->tags));
	if (meant == NULL || event->tags == NULL) {
		free(meant);
		return SVCTAG_E_NO_MEMORY;
	}
	for (size_t i = 0; i < event->broken_count; i++)
		meant[i] = svctag_drift_intent(event->drift, event->broken[i]);
	qsort(meant, event->broken_count, sizeof(*meant), compare_tags);
	for (size_t i = 0; i < count; i++) {
		const uint32_t tag = svctag_drift_intended(event->drift, i);

		if (bsearch(&tag, meant, event->broken_count, sizeof(*meant), compare_tags) != NULL)
			event->tags[event->tag_count++] = i;
	}
	free(meant);
	return SVCTAG_OK;
}

svctag_error
report_drift_event_make(const struct list *list, const svctag_drift *drift, const char *path,
			enum report_drift_occasion occasion, size_t release, struct report_drift_event *ret)
{
	struct report_drift_event event = {
		.list = list, .drift = drift, .path = path, .occasion = occasion, .release = release
	};
	const size_t count = svctag_drift_entry_count(drift);
	svctag_error err = select_numbers(&event, count, is_broken, &event.broken, &event.broken_count);

	if (err == SVCTAG_OK)
		err = select_numbers(&event, count, has_returned, &event.returned, &event.returned_count);
	if (err == SVCTAG_OK)
		err = select_tags(&event);
	if (err != SVCTAG_OK) {
		report_drift_event_release(&event);
		return err;
	}
	*ret = event;
	return SVCTAG_OK;
}

void
report_drift_event_release(struct report_drift_event *event)
{
	free(event->broken);
	free(event->returned);
	free(event->tags);
	*event = (struct report_drift_event){ 0 };
}

size_t
report_drift_event_unreadable(const struct report_drift_event *event)
{
	size_t count = event->list->problems_left_off;

	for (size_t i = 0; i < event->list->problem_count; i++)
		count += !event->list->problems[i].is_warning;
	return count;
}

static struct drift_answer
answer_of(const struct report_drift_event *event)
{
	return drift_answer_of(event->list, event->drift);
}

const svctag_release_info *
report_drift_event_at(const struct report_drift_event *event)
{
	const struct drift_answer answer = answer_of(event);

	return drift_release(&answer, event->release);
}

const svctag_release_info *
report_drift_event_before(const struct report_drift_event *event)
{
	const struct drift_answer answer = answer_of(event);

	return event->occasion == REPORT_DRIFT_RELEASE ? drift_release(&answer, event->release - 1) : NULL;
}

/* ---- in words ---- */

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

void
report_drift_event_title(const struct report_drift_event *event, char text[REPORT_DRIFT_TITLE_SIZE])
{
	const size_t unreadable = report_drift_event_unreadable(event);
	const size_t entries = event->list->entry_count;
	const bool broke = event->occasion == REPORT_DRIFT_RELEASE;
	char release[FORMAT_RELEASE_SIZE];
	char left[64] = "";

	if (!broke && unreadable > 0)
		(void)snprintf(left, sizeof(left), ", %zu unreadable", unreadable);
	(void)snprintf(text, REPORT_DRIFT_TITLE_SIZE, "%.255s: %zu of %zu entr%s %s in %s%s", base_name(event->path),
		       event->broken_count, entries, entries == 1 ? "y" : "ies",
		       broke                                      ? "broke"
		       : event->broken_count == 1 || entries == 1 ? "is not as intended"
								  : "are not as intended",
		       format_release(report_drift_event_at(event), release), left);
	report_make_printable(text);
}

/* "13.94.47.61 is not in EventHub.EastAsia, now in only AzureCloud.eastasia" */
static void
name_entry(FILE *out, const struct report_drift_event *event, const struct drift_answer *answer, size_t entry)
{
	const svctag_drift_span *span = drift_span_at(event->drift, entry, event->release);
	char where[DRIFT_WHERE_SIZE];
	char text[SVCTAG_RANGE_TEXT_SIZE];

	list_entry_format(&event->list->entries[entry], text);
	fprintf(out, "%s is not in ", text);
	format_text(out, drift_tag_or_null(answer, svctag_drift_intent(event->drift, entry)));
	fputs(", now in ", out);
	format_text(out, drift_where(answer, span->state, span->tag, where));
}

svctag_error
report_drift_event_sentence(FILE *out, const struct report_drift_event *event)
{
	const struct drift_answer answer = answer_of(event);
	const size_t *states = svctag_drift_states(event->drift, event->release);
	const size_t named = event->broken_count < MOST_NAMED ? event->broken_count : MOST_NAMED;

	for (size_t i = 0; i < named; i++) {
		fputs(i > 0 ? "; " : "", out);
		name_entry(out, event, &answer, event->broken[i]);
	}
	if (event->broken_count > named)
		fprintf(out, "; and %zu more", event->broken_count - named);
	fputs(named > 0 ? ". " : "", out);
	if (event->returned_count > 0)
		fprintf(out, "%zu came back. ", event->returned_count);
	for (size_t i = 0, said = 0; i < event->tag_count && said < MOST_NAMED; i++) {
		const uint32_t tag = svctag_drift_intended(event->drift, event->tags[i]);

		if (svctag_drift_tag_is_known(event->drift, tag))
			continue;
		fputs("No loaded release has a tag ", out);
		format_text(out, svctag_drift_tag_name(event->drift, tag));
		fputs(". ", out);
		said++;
	}
	fprintf(out, "Of %zu: %zu as intended, %zu in another tag, %zu only in AzureCloud, %zu in no tag.",
		event->list->entry_count, states[SVCTAG_DRIFT_AS_INTENDED], states[SVCTAG_DRIFT_OTHER_TAG],
		states[SVCTAG_DRIFT_ONLY_AZURECLOUD], states[SVCTAG_DRIFT_NONE]);
	return format_written(out);
}

/* ---- JSON ---- */

static const char *
occasion_text(enum report_drift_occasion occasion)
{
	switch (occasion) {
	case REPORT_DRIFT_RELEASE: return "release";
	case REPORT_DRIFT_FIRST: return "first";
	case REPORT_DRIFT_CHANGED: break;
	}
	return "changed";
}

const svctag_release_info *
drift_broken_since(const struct drift_answer *answer, size_t entry, size_t release)
{
	const svctag_drift_span *span = drift_span_at(answer->drift, entry, release);

	while (span->first > 0 && span->state != SVCTAG_DRIFT_AS_INTENDED)
		span--;
	return span->state == SVCTAG_DRIFT_AS_INTENDED ? drift_release(answer, span->until) : NULL;
}

static void
entry_fields(struct json *json, cJSON *root, const struct drift_answer *answer, size_t entry)
{
	char text[SVCTAG_RANGE_TEXT_SIZE];
	char place[LIST_PLACE_SIZE];

	list_entry_format(&answer->list->entries[entry], text);
	drift_place(answer->list, entry, place);
	json_add_text(json, root, "entry", text);
	json_add_bytes(json, root, "place", place, strlen(place));
	json_add_reference(json, root, "intent", drift_tag_or_null(answer, svctag_drift_intent(answer->drift, entry)));
}

static void
broken_fields(struct json *json, cJSON *object, const struct drift_answer *answer, size_t entry, size_t release)
{
	const svctag_drift_span *span = drift_span_at(answer->drift, entry, release);
	const svctag_release_info *since = drift_broken_since(answer, entry, release);
	const uint32_t intent = svctag_drift_intent(answer->drift, entry);

	entry_fields(json, object, answer, entry);
	json_add_reference(json, object, "from", since == NULL ? NULL : drift_tag_or_null(answer, intent));
	json_add_reference(json, object, "to", drift_tag_or_null(answer, span->tag));
	json_add_reference(json, object, "state", svctag_drift_state_text(span->state));
	json_add_release(json, object, "since", since);
}

static void
add_list(struct json *json, cJSON *root, const struct report_drift_event *event)
{
	cJSON *list = json_add_object(json, root, "list");

	json_add_bytes(json, list, "path", event->path, strlen(event->path));
	json_add_bytes(json, list, "name", base_name(event->path), strlen(base_name(event->path)));
	json_add_reference(json, list, "format", event->list->format);
	json_add_integer(json, list, "entries", (int64_t)event->list->entry_count);
	drift_add_problems(json, list, "unreadable", event->list, false);
	json_add_integer(json, list, "problemsLeftOff", (int64_t)event->list->problems_left_off);
}

svctag_error
report_drift_event(FILE *out, const struct report_drift_event *event)
{
	const struct drift_answer answer = answer_of(event);
	const svctag_release_info *at = report_drift_event_at(event);
	const svctag_release_info *before = report_drift_event_before(event);
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *array;

	json_add_reference(&json, root, "event", "list");
	json_add_reference(&json, root, "occasion", occasion_text(event->occasion));
	add_list(&json, root, event);
	json_add_release(&json, root, "previous", before);
	json_add_release(&json, root, "release", at);
	json_add_bool(&json, root, "gap", before != NULL && svctag_catalogue_gap(answer.catalogue, before, at));
	drift_add_states(&json, root, &answer, event->release);
	json_add_integer(&json, root, "brokenCount", (int64_t)event->broken_count);
	array = json_add_array(&json, root, "broken");
	for (size_t i = 0; i < event->broken_count && i < MOST_ENTRIES && !json.failed; i++)
		broken_fields(&json, json_add_object(&json, array, NULL), &answer, event->broken[i], event->release);
	json_add_integer(&json, root, "returnedCount", (int64_t)event->returned_count);
	array = json_add_array(&json, root, "returned");
	for (size_t i = 0; i < event->returned_count && i < MOST_ENTRIES && !json.failed; i++)
		entry_fields(&json, json_add_object(&json, array, NULL), &answer, event->returned[i]);
	array = json_add_array(&json, root, "tags");
	for (size_t i = 0; i < event->tag_count && !json.failed; i++)
		drift_add_tag(&json, array, &answer, event->tags[i], event->release);
	return json_finish(&json, root, out, "\n");
}
