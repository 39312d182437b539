#include "drift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "drift_internal.h"
#include "format.h"
#include "json.h"
#include "loaded.h"

struct drift_answer
drift_answer_of(const struct list *list, const svctag_drift *drift)
{
	const svctag_catalogue *catalogue = svctag_drift_catalogue(drift);
	size_t cloud = svctag_drift_cloud(drift);

	return (struct drift_answer){ list, drift, catalogue, cloud, svctag_catalogue_release_count(catalogue, cloud) };
}

const svctag_release_info *
drift_release(const struct drift_answer *answer, size_t i)
{
	return svctag_catalogue_release(answer->catalogue, answer->cloud, i);
}

double
drift_fraction(const svctag_drift_coverage *coverage, int family)
{
	if (svctag_count_is_zero(coverage->tag[family]))
		return NAN;
	return svctag_count_fraction(coverage->covered[family], coverage->tag[family]);
}

void
drift_place(const struct list *list, size_t entry, char text[LIST_PLACE_SIZE])
{
	list_place_format(list, list->entries[entry].line, list->entries[entry].rule->path, text);
}

svctag_error
report_drift_entries(const struct list *list, const char *intent, svctag_drift_entry **ret)
{
	svctag_drift_entry *entries = calloc(list->entry_count + 1, sizeof(*entries));

	if (entries == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < list->entry_count; i++) {
		entries[i].range = list->entries[i].range;
		entries[i].intent = list->entries[i].intent != NULL ? list->entries[i].intent : intent;
	}
	*ret = entries;
	return SVCTAG_OK;
}

const char *
drift_tag_or_null(const struct drift_answer *answer, uint32_t tag)
{
	return tag == SVCTAG_DRIFT_NO_TAG ? NULL : svctag_drift_tag_name(answer->drift, tag);
}

static void
add_fraction(struct json *json, cJSON *object, const char *key, double fraction)
{
	if (isnan(fraction))
		json_add_null(json, object, key);
	else
		json_add_fraction(json, object, key, fraction);
}

static void
coverage_fields(struct json *json, cJSON *object, const svctag_drift_coverage *coverage)
{
	cJSON *fractions = json_add_object(json, object, "coveredFraction");

	add_fraction(json, fractions, "ipv4", drift_fraction(coverage, 0));
	add_fraction(json, fractions, "ipv6", drift_fraction(coverage, 1));
	json_add_counts(json, object, "missing", coverage->missing);
	json_add_counts(json, object, "stale", coverage->stale);
}

void
drift_add_problems(struct json *json, cJSON *parent, const char *key, const struct list *list, bool warnings)
{
	cJSON *array = json_add_array(json, parent, key);

	for (size_t i = 0; i < list->problem_count && !json->failed; i++) {
		const struct list_problem *problem = &list->problems[i];
		char place[LIST_PLACE_SIZE];
		cJSON *object;

		if (problem->is_warning != warnings)
			continue;
		list_place_format(list, problem->line, problem->path, place);
		object = json_add_object(json, array, NULL);
		json_add_bytes(json, object, "place", place, strlen(place));
		json_add_bytes(json, object, "text", problem->text, strlen(problem->text));
		json_add_bytes(json, object, "error", problem->error, strlen(problem->error));
	}
}

static svctag_error
write_list(FILE *out, const struct drift_answer *answer)
{
	const struct list *list = answer->list;
	struct json json = { 0 };
	cJSON *root = json_object(&json);

	json_add_bytes(&json, root, "name", list->name, strlen(list->name));
	json_add_reference(&json, root, "format", list->format);
	json_add_integer(&json, root, "entries", (int64_t)list->entry_count);
	json_add_counts(&json, root, "addresses", svctag_drift_addresses(answer->drift));
	json_add_integer(&json, root, "mentions", (int64_t)list->mention_count);
	drift_add_problems(&json, root, "unreadable", list, false);
	drift_add_problems(&json, root, "warnings", list, true);
	json_add_integer(&json, root, "problemsLeftOff", (int64_t)list->problems_left_off);
	fputs("{\"list\":", out);
	return json_finish(&json, root, out, ",");
}

/* "loaded":{…}, taken out of an object of its own. */
static svctag_error
write_loaded(FILE *out, const struct drift_answer *answer)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *loaded;

	loaded_json(&json, root, answer->catalogue, answer->cloud);
	loaded = cJSON_DetachItemFromObjectCaseSensitive(root, "loaded");
	cJSON_Delete(root);
	fputs("\"loaded\":", out);
	return json_finish(&json, loaded, out, ",");
}

void
drift_add_states(struct json *json, cJSON *object, const struct drift_answer *answer, size_t release)
{
	const size_t *states = svctag_drift_states(answer->drift, release);
	cJSON *counts = json_add_object(json, object, "entries");

	json_add_integer(json, counts, "asIntended", (int64_t)states[SVCTAG_DRIFT_AS_INTENDED]);
	json_add_integer(json, counts, "otherTag", (int64_t)states[SVCTAG_DRIFT_OTHER_TAG]);
	json_add_integer(json, counts, "onlyAzureCloud", (int64_t)states[SVCTAG_DRIFT_ONLY_AZURECLOUD]);
	json_add_integer(json, counts, "none", (int64_t)states[SVCTAG_DRIFT_NONE]);
}

void
drift_add_tag(struct json *json, cJSON *array, const struct drift_answer *answer, size_t i, size_t release)
{
	svctag_drift_coverage coverage = svctag_drift_coverage_at(answer->drift, i, release);
	cJSON *object = json_add_object(json, array, NULL);
	uint32_t tag = svctag_drift_intended(answer->drift, i);

	json_add_reference(json, object, "tag", svctag_drift_tag_name(answer->drift, tag));
	json_add_bool(json, object, "known", svctag_drift_tag_is_known(answer->drift, tag));
	coverage_fields(json, object, &coverage);
}

static void
release_fields(struct json *json, cJSON *root, const struct drift_answer *answer, size_t release)
{
	cJSON *array;

	json_add_release(json, root, "release", drift_release(answer, release));
	drift_add_states(json, root, answer, release);
	array = json_add_array(json, root, "tags");
	for (size_t i = 0; i < svctag_drift_intended_count(answer->drift) && !json->failed; i++)
		drift_add_tag(json, array, answer, i, release);
}

/* One release at a time: all of them with all their tags may be large. */
static svctag_error
write_releases(FILE *out, const struct drift_answer *answer)
{
	svctag_error err = SVCTAG_OK;

	fputs("\"releases\":[", out);
	for (size_t r = 0; r < answer->releases && err == SVCTAG_OK; r++) {
		struct json json = { 0 };
		cJSON *root = json_object(&json);

		release_fields(&json, root, answer, r);
		err = json_finish(&json, root, out, r + 1 < answer->releases ? "," : "],");
	}
	return err;
}

static svctag_error
write_break(FILE *out, const struct drift_answer *answer)
{
	const svctag_drift_break *first = svctag_drift_first_break(answer->drift);
	struct json json = { 0 };
	char text[SVCTAG_RANGE_TEXT_SIZE];
	char place[LIST_PLACE_SIZE];
	cJSON *root;

	fprintf(out, "\"drifted\":%s,\"firstBroken\":", svctag_drift_has_drifted(answer->drift) ? "true" : "false");
	if (first == NULL) {
		fputs("null,", out);
		return format_written(out);
	}
	root = json_object(&json);
	list_entry_format(&answer->list->entries[first->entry], text);
	drift_place(answer->list, first->entry, place);
	json_add_release(&json, root, "release", drift_release(answer, first->release));
	json_add_release(&json, root, "previous", drift_release(answer, first->release - 1));
	json_add_bool(&json, root, "gap",
		      svctag_catalogue_gap(answer->catalogue, drift_release(answer, first->release - 1),
					   drift_release(answer, first->release)));
	json_add_text(&json, root, "entry", text);
	json_add_bytes(&json, root, "place", place, strlen(place));
	json_add_reference(&json, root, "from", drift_tag_or_null(answer, first->from));
	json_add_reference(&json, root, "to", drift_tag_or_null(answer, first->to));
	json_add_reference(&json, root, "state", svctag_drift_state_text(first->state));
	json_add_integer(&json, root, "count", (int64_t)first->count);
	return json_finish(&json, root, out, ",");
}

/* The release objects as text: each is printed many times. */
static void
texts_free(char **texts, size_t count)
{
	for (size_t i = 0; texts != NULL && i < count; i++)
		cJSON_free(texts[i]);
	free(texts);
}

static svctag_error
release_texts(const struct drift_answer *answer, char ***ret)
{
	char **texts = calloc(answer->releases + 1, sizeof(*texts));

	for (size_t i = 0; texts != NULL && i < answer->releases; i++) {
		struct json json = { 0 };
		cJSON *root = json_object(&json);

		json_release_fields(&json, root, drift_release(answer, i));
		texts[i] = json.failed ? NULL : cJSON_PrintUnformatted(root);
		cJSON_Delete(root);
		if (texts[i] == NULL) {
			texts_free(texts, i);
			return SVCTAG_E_NO_MEMORY;
		}
	}
	*ret = texts;
	return texts != NULL ? SVCTAG_OK : SVCTAG_E_NO_MEMORY;
}

static svctag_error
write_entry(FILE *out, const struct drift_answer *answer, size_t i, char **releases, const char *end)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	const svctag_drift_span *spans;
	char text[SVCTAG_RANGE_TEXT_SIZE];
	char place[LIST_PLACE_SIZE];
	size_t count;
	cJSON *array;

	list_entry_format(&answer->list->entries[i], text);
	drift_place(answer->list, i, place);
	json_add_text(&json, root, "entry", text);
	json_add_bytes(&json, root, "place", place, strlen(place));
	json_add_reference(&json, root, "intent", drift_tag_or_null(answer, svctag_drift_intent(answer->drift, i)));
	array = json_add_array(&json, root, "timeline");
	spans = svctag_drift_timeline(answer->drift, i, &count);
	for (size_t s = 0; s < count && !json.failed; s++) {
		cJSON *object = json_add_object(&json, array, NULL);

		json_add_document(&json, object, "from", releases[spans[s].first]);
		if (spans[s].until < answer->releases)
			json_add_document(&json, object, "to", releases[spans[s].until - 1]);
		else
			json_add_null(&json, object, "to");
		json_add_reference(&json, object, "state", svctag_drift_state_text(spans[s].state));
		json_add_reference(&json, object, "tag", drift_tag_or_null(answer, spans[s].tag));
	}
	return json_finish(&json, root, out, end);
}

static svctag_error
write_entries(FILE *out, const struct drift_answer *answer, bool lines)
{
	size_t count = svctag_drift_entry_count(answer->drift);
	char **releases = NULL;
	svctag_error err = release_texts(answer, &releases);

	if (err != SVCTAG_OK)
		return err;
	if (!lines)
		fputs("\"entries\":[", out);
	for (size_t i = 0; i < count && err == SVCTAG_OK; i++)
		err = write_entry(out, answer, i, releases, lines ? "\n" : i + 1 < count ? "," : "");
	if (!lines)
		fputs("]}\n", out);
	texts_free(releases, answer->releases);
	return err;
}

static svctag_error
drift_json(FILE *out, const struct drift_answer *answer)
{
	svctag_error err = write_list(out, answer);

	if (err == SVCTAG_OK)
		err = write_loaded(out, answer);
	if (err == SVCTAG_OK)
		err = write_releases(out, answer);
	if (err == SVCTAG_OK)
		err = write_break(out, answer);
	if (err == SVCTAG_OK)
		err = write_entries(out, answer, false);
	return err == SVCTAG_OK ? format_written(out) : err;
}

static void
csv_optional_fraction(struct csv *csv, double fraction)
{
	if (isnan(fraction))
		csv_text(csv, NULL);
	else
		csv_fraction(csv, fraction);
}

#define COVERAGE_HEADER "tag,coveredFractionIpv4,coveredFractionIpv6,missingIpv4,missingIpv6,staleIpv4,staleIpv6"
#define COVERAGE_FIELDS 7

static void
csv_coverage(struct csv *csv, const char *tag, const svctag_drift_coverage *coverage)
{
	csv_text(csv, tag);
	csv_optional_fraction(csv, drift_fraction(coverage, 0));
	csv_optional_fraction(csv, drift_fraction(coverage, 1));
	csv_count(csv, coverage->missing[0]);
	csv_count(csv, coverage->missing[1]);
	csv_count(csv, coverage->stale[0]);
	csv_count(csv, coverage->stale[1]);
}

static void
csv_begin(struct csv *csv, const struct drift_answer *answer, size_t release)
{
	const size_t *states = svctag_drift_states(answer->drift, release);

	csv_release(csv, drift_release(answer, release));
	for (int s = 0; s < SVCTAG_DRIFT_STATE_COUNT; s++)
		csv_integer(csv, (int64_t)states[s]);
}

/* A record for each release and tag; one without a tag where no entry is meant for any. */
static svctag_error
drift_csv(FILE *out, const struct drift_answer *answer)
{
	size_t tags = svctag_drift_intended_count(answer->drift);
	struct csv csv = { .out = out };

	fputs(CSV_RELEASE_HEADER ",asIntended,otherTag,onlyAzureCloud,none," COVERAGE_HEADER "\n", out);
	for (size_t r = 0; r < answer->releases; r++) {
		for (size_t t = 0; t < tags; t++) {
			svctag_drift_coverage coverage = svctag_drift_coverage_at(answer->drift, t, r);

			csv_begin(&csv, answer, r);
			csv_coverage(&csv,
				     svctag_drift_tag_name(answer->drift, svctag_drift_intended(answer->drift, t)),
				     &coverage);
			csv_end(&csv);
		}
		if (tags > 0)
			continue;
		csv_begin(&csv, answer, r);
		for (int i = 0; i < COVERAGE_FIELDS; i++)
			csv_text(&csv, NULL);
		csv_end(&csv);
	}
	return format_written(out);
}

svctag_error
report_drift(FILE *out, const struct report_style *style, const struct list *list, const svctag_drift *drift,
	     unsigned int width)
{
	const struct drift_answer answer = drift_answer_of(list, drift);

	switch (style->format) {
	case REPORT_JSON: return drift_json(out, &answer);
	case REPORT_NDJSON: return write_entries(out, &answer, true);
	case REPORT_CSV: return drift_csv(out, &answer);
	case REPORT_TEXT: break;
	}
	return drift_write_text(out, style, &answer, width);
}

static const char *
copy_tag(const struct drift_answer *answer)
{
	return svctag_drift_tag_name(answer->drift, svctag_drift_intended(answer->drift, 0));
}

static void
copy_fields(struct json *json, cJSON *object, const struct drift_answer *answer, size_t release)
{
	svctag_drift_coverage coverage = svctag_drift_coverage_at(answer->drift, 0, release);

	json_add_release(json, object, "release", drift_release(answer, release));
	json_add_counts(json, object, "addressCount", coverage.tag);
	coverage_fields(json, object, &coverage);
}

static svctag_error
copy_json(FILE *out, const struct drift_answer *answer)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *array;

	json_add_reference(&json, root, "tag", copy_tag(answer));
	json_add_release(&json, root, "frozen", svctag_drift_frozen(answer->drift));
	json_add_counts(&json, root, "addresses", svctag_drift_addresses(answer->drift));
	loaded_json(&json, root, answer->catalogue, answer->cloud);
	json_add_bool(&json, root, "drifted", svctag_drift_has_drifted(answer->drift));
	array = json_add_array(&json, root, "releases");
	for (size_t r = 0; r < answer->releases && !json.failed; r++)
		copy_fields(&json, json_add_object(&json, array, NULL), answer, r);
	return json_finish(&json, root, out, "\n");
}

static svctag_error
copy_ndjson(FILE *out, const struct drift_answer *answer)
{
	svctag_error err = SVCTAG_OK;

	for (size_t r = 0; r < answer->releases && err == SVCTAG_OK; r++) {
		struct json json = { 0 };
		cJSON *root = json_object(&json);

		json_add_reference(&json, root, "tag", copy_tag(answer));
		copy_fields(&json, root, answer, r);
		err = json_finish(&json, root, out, "\n");
	}
	return err;
}

static svctag_error
copy_csv(FILE *out, const struct drift_answer *answer)
{
	struct csv csv = { .out = out };

	fputs(CSV_RELEASE_HEADER "," COVERAGE_HEADER "\n", out);
	for (size_t r = 0; r < answer->releases; r++) {
		svctag_drift_coverage coverage = svctag_drift_coverage_at(answer->drift, 0, r);

		csv_release(&csv, drift_release(answer, r));
		csv_coverage(&csv, copy_tag(answer), &coverage);
		csv_end(&csv);
	}
	return format_written(out);
}

svctag_error
report_drift_copy(FILE *out, const struct report_style *style, const svctag_drift *drift)
{
	const struct drift_answer answer = drift_answer_of(NULL, drift);

	switch (style->format) {
	case REPORT_JSON: return copy_json(out, &answer);
	case REPORT_NDJSON: return copy_ndjson(out, &answer);
	case REPORT_CSV: return copy_csv(out, &answer);
	case REPORT_TEXT: break;
	}
	return drift_copy_write_text(out, style, &answer);
}
