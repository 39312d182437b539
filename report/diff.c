#include "diff.h"

#include <inttypes.h>
#include <string.h>

#include "json.h"

const char *
diff_property_name(enum diff_property property)
{
	static const char *const names[] = {
		[DIFF_CHANGE_NUMBER] = "changeNumber",   [DIFF_REGION] = "region",
		[DIFF_REGION_ID] = "regionId",           [DIFF_PLATFORM] = "platform",
		[DIFF_SYSTEM_SERVICE] = "systemService", [DIFF_NETWORK_FEATURES] = "networkFeatures",
	};

	return names[property];
}

const char *
diff_property_text(enum diff_property property, const svctag_properties *properties, char number[DIFF_NUMBER_SIZE])
{
	switch (property) {
	case DIFF_CHANGE_NUMBER:
		snprintf(number, DIFF_NUMBER_SIZE, "%" PRId64, properties->change_number);
		return number;
	case DIFF_REGION: return properties->region;
	case DIFF_REGION_ID:
		if (!properties->has_region_id)
			return NULL;
		snprintf(number, DIFF_NUMBER_SIZE, "%" PRId32, properties->region_id);
		return number;
	case DIFF_PLATFORM: return properties->platform;
	case DIFF_SYSTEM_SERVICE: return properties->system_service;
	case DIFF_NETWORK_FEATURES: return properties->network_features;
	case DIFF_PROPERTY_COUNT: break;
	}
	return NULL;
}

bool
diff_property_differs(enum diff_property property, const svctag_properties *a, const svctag_properties *b)
{
	char a_number[DIFF_NUMBER_SIZE];
	char b_number[DIFF_NUMBER_SIZE];
	const char *a_text = diff_property_text(property, a, a_number);
	const char *b_text = diff_property_text(property, b, b_number);

	if (property == DIFF_NETWORK_FEATURES)
		return !svctag_features_equal(a_text, b_text);
	if (a_text == NULL || b_text == NULL)
		return a_text != b_text;
	return strcmp(a_text, b_text) != 0;
}

const svctag_properties *
diff_current(const svctag_tag_diff *tag)
{
	return tag->to != NULL ? &tag->to->properties : &tag->from->properties;
}

const char *
diff_change_text(svctag_change change)
{
	static const char *const texts[] = {
		[SVCTAG_CHANGE_ADDED] = "added",
		[SVCTAG_CHANGE_REMOVED] = "removed",
		[SVCTAG_CHANGE_CHANGED] = "changed",
	};

	return texts[change];
}

static void
add_value(struct json *json, cJSON *object, const char *key, enum diff_property property,
	  const svctag_properties *properties)
{
	char number[DIFF_NUMBER_SIZE];

	if (property == DIFF_CHANGE_NUMBER)
		json_add_integer(json, object, key, properties->change_number);
	else if (property == DIFF_REGION_ID && properties->has_region_id)
		json_add_integer(json, object, key, properties->region_id);
	else if (property == DIFF_NETWORK_FEATURES)
		json_add_features(json, object, key, properties->network_features);
	else
		json_add_reference(json, object, key, diff_property_text(property, properties, number));
}

/* {name: {"from", "to"}} of what differs; empty for a tag that came or went. */
static void
add_properties(struct json *json, cJSON *parent, const svctag_tag_diff *tag)
{
	cJSON *object = json_add_object(json, parent, "properties");

	if (tag->from == NULL || tag->to == NULL)
		return;
	for (enum diff_property p = 0; p < DIFF_PROPERTY_COUNT; p++) {
		cJSON *values;

		if (!diff_property_differs(p, &tag->from->properties, &tag->to->properties))
			continue;
		values = json_add_object(json, object, diff_property_name(p));
		add_value(json, values, "from", p, &tag->from->properties);
		add_value(json, values, "to", p, &tag->to->properties);
	}
}

static void
add_list(struct json *json, cJSON *parent, const char *key, const svctag_prefix_list *list)
{
	json_add_prefixes(json, parent, key, list->prefixes, list->count);
}

static void
tag_fields(struct json *json, cJSON *object, const svctag_tag_diff *tag)
{
	const svctag_properties *properties = diff_current(tag);
	cJSON *regrouped;

	json_add_reference(json, object, "tag", properties->name);
	json_add_reference(json, object, "change", diff_change_text(tag->change));
	json_add_reference(json, object, "region", properties->region);
	json_add_reference(json, object, "systemService", properties->system_service);
	add_list(json, object, "added", &tag->added);
	add_list(json, object, "removed", &tag->removed);
	regrouped = json_add_object(json, object, "regrouped");
	add_list(json, regrouped, "from", &tag->regrouped_from);
	add_list(json, regrouped, "to", &tag->regrouped_to);
	add_list(json, object, "gained", &tag->gained);
	add_list(json, object, "lost", &tag->lost);
	add_properties(json, object, tag);
}

static void
head_fields(struct json *json, cJSON *root, const struct diff_answer *answer)
{
	json_add_release(json, root, "from", answer->from);
	json_add_release(json, root, "to", answer->to);
	json_add_bool(json, root, "gap", answer->gap);
	/* The file and the API differ in form and lag: such a diff says little of change. */
	if (strcmp(answer->from->source, answer->to->source) != 0)
		json_add_bool(json, root, "sourcesDiffer", true);
}

static void
add_summary(struct json *json, cJSON *root, const svctag_diff_summary *summary)
{
	cJSON *object = json_add_object(json, root, "summary");

	json_add_integer(json, object, "tagsAdded", (int64_t)summary->tags_added);
	json_add_integer(json, object, "tagsRemoved", (int64_t)summary->tags_removed);
	json_add_integer(json, object, "tagsChanged", (int64_t)summary->tags_changed);
	json_add_integer(json, object, "prefixesAdded", (int64_t)summary->prefixes_added);
	json_add_integer(json, object, "prefixesRemoved", (int64_t)summary->prefixes_removed);
	json_add_integer(json, object, "prefixesRegrouped", (int64_t)summary->prefixes_regrouped);
	json_add_counts(json, object, "addressesGained", summary->addresses_gained);
	json_add_counts(json, object, "addressesLost", summary->addresses_lost);
}

static svctag_error
diff_json(FILE *out, const struct diff_answer *answer)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *array;

	head_fields(&json, root, answer);
	add_summary(&json, root, svctag_diff_get_summary(answer->diff));
	array = json_add_array(&json, root, "tags");
	for (size_t i = 0; i < svctag_diff_tag_count(answer->diff) && !json.failed; i++)
		tag_fields(&json, json_add_object(&json, array, NULL), svctag_diff_tag(answer->diff, i));
	return json_finish(&json, root, out, "\n");
}

/* A line for each tag, each with both releases, so that lines can stand alone. */
static svctag_error
diff_ndjson(FILE *out, const struct diff_answer *answer)
{
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < svctag_diff_tag_count(answer->diff) && err == SVCTAG_OK; i++) {
		struct json json = { 0 };
		cJSON *root = json_object(&json);

		head_fields(&json, root, answer);
		tag_fields(&json, root, svctag_diff_tag(answer->diff, i));
		err = json_finish(&json, root, out, "\n");
	}
	return err;
}

svctag_error
report_diff(FILE *out, const struct report_style *style, const svctag_release_info *from, const svctag_release_info *to,
	    bool gap, const svctag_diff *diff)
{
	const struct diff_answer answer = { from, to, gap, diff };

	switch (style->format) {
	case REPORT_JSON: return diff_json(out, &answer);
	case REPORT_NDJSON: return diff_ndjson(out, &answer);
	case REPORT_CSV: return diff_write_csv(out, &answer);
	case REPORT_TEXT: break;
	}
	return diff_write_text(out, style, &answer);
}
