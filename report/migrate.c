#include "migrate.h"

#include <math.h>
#include <string.h>

#include "csv.h"
#include "drift_internal.h"
#include "format.h"
#include "json.h"
#include "migrate_internal.h"

/* Of a rule's own side: it was no part of the choice. */
static const char own_side[] = "it stands on the own side of its rule, where no tag replaces it";

double
migrate_ratio(const struct proposal *proposal)
{
	const svctag_count *asked = svctag_migration_asked(proposal->migration);
	const svctag_count *opened = svctag_migration_opened(proposal->migration);
	int family = svctag_count_is_zero(asked[0]) ? 1 : 0;

	if (svctag_count_is_zero(asked[family]))
		return NAN;
	return svctag_count_to_double(opened[family]) / svctag_count_to_double(asked[family]);
}

const char *
migrate_tag_name(const struct proposal *proposal, uint32_t tag)
{
	return svctag_index_tag_name(svctag_snapshot_index(proposal->snapshot), tag);
}

const char *
migrate_tag(const struct proposal *proposal, size_t entry)
{
	uint32_t tag = proposal->numbers[entry] == PROPOSAL_OWN_SIDE ? SVCTAG_MIGRATE_NO_TAG
								     : proposal_fate(proposal, entry).tag;

	return tag == SVCTAG_MIGRATE_NO_TAG ? NULL : migrate_tag_name(proposal, tag);
}

bool
migrate_is_kept(const struct proposal *proposal, size_t entry)
{
	return proposal->numbers[entry] != PROPOSAL_OWN_SIDE && migrate_tag(proposal, entry) == NULL;
}

const struct proposal_since *
migrate_since(const struct proposal *proposal, size_t entry)
{
	const struct proposal_since *since;

	if (proposal->since == NULL || proposal->numbers[entry] == PROPOSAL_OWN_SIDE)
		return NULL;
	since = &proposal->since[proposal->numbers[entry]];
	return since->tag != NULL ? since : NULL;
}

static const char *
intent_of(const struct proposal *proposal, size_t entry)
{
	const char *intent = proposal->list->entries[entry].intent;

	return intent != NULL ? intent : proposal->intent;
}

/* The name that belongs to a reason: the tag that is meant, or the one that stands in the way. */
static const char *
name_of_reason(const struct proposal *proposal, size_t entry, const svctag_migrate_fate *fate)
{
	switch (fate->reason) {
	case SVCTAG_MIGRATE_KEPT_LEFT:
	case SVCTAG_MIGRATE_KEPT_NO_SUCH: return intent_of(proposal, entry);
	case SVCTAG_MIGRATE_KEPT_UNUSABLE:
	case SVCTAG_MIGRATE_KEPT_UNKNOWN:
	case SVCTAG_MIGRATE_KEPT_BROAD:
	case SVCTAG_MIGRATE_KEPT_PARTLY:
		return fate->alternative_count > 0 ? migrate_tag_name(proposal, fate->alternatives[0]) : NULL;
	default: return NULL;
	}
}

/* What "as asked" means of an entry that had to stay. */
static const char *
text_of_fixed(const struct proposal *proposal, size_t entry)
{
	const struct list_rule *rule = proposal->list->entries[entry].rule;

	if (rule->access == LIST_DENY)
		return "its rule denies: a tag in its place would deny more";
	if (proposal->bounded)
		return svctag_migrate_reason_text(SVCTAG_MIGRATE_KEPT_BOUND);
	return rules_target(proposal->rules) == SVCTAG_TARGET_UDR ? "its rule is inbound, which no route is"
								  : "it is a source, where the target takes no tag";
}

const char *
migrate_reason(const struct proposal *proposal, size_t entry, char text[MIGRATE_REASON_SIZE])
{
	const struct proposal_since *since = migrate_since(proposal, entry);
	svctag_migrate_fate fate;
	const char *name;
	size_t size;

	if (proposal->numbers[entry] == PROPOSAL_OWN_SIDE)
		return own_side;
	fate = proposal_fate(proposal, entry);
	if (fate.reason == SVCTAG_MIGRATE_KEPT_FIXED)
		return text_of_fixed(proposal, entry);
	name = name_of_reason(proposal, entry, &fate);
	size = (size_t)snprintf(text, MIGRATE_REASON_SIZE, "%s%s%.255s", svctag_migrate_reason_text(fate.reason),
				name != NULL ? ": " : "", name != NULL ? name : "");
	if (since != NULL)
		snprintf(text + size, MIGRATE_REASON_SIZE - size, "; not in %.255s since %lld (%s)", since->tag,
			 (long long)since->release->change_number, since->release->published);
	else if (proposal->since != NULL && fate.reason == SVCTAG_MIGRATE_KEPT_LEFT)
		snprintf(text + size, MIGRATE_REASON_SIZE - size, "; nor did it in any release loaded before");
	return text;
}

const char *
report_migrate_title(const struct proposal *proposal, char text[REPORT_TITLE_SIZE])
{
	char release[FORMAT_RELEASE_SIZE];

	snprintf(text, REPORT_TITLE_SIZE, "In place of %.100s, by svctag from %s", proposal->list->name,
		 format_release(svctag_snapshot_info(proposal->snapshot), release));
	return text;
}

static void
add_any_bytes(struct json *json, cJSON *object, const char *key, const char *text)
{
	if (text == NULL)
		json_add_null(json, object, key);
	else
		json_add_bytes(json, object, key, text, strlen(text));
}

/* The members of an object without what ends it, and `begin` in place of what begins it. */
static svctag_error
write_members(FILE *out, struct json *json, cJSON *root, const char *begin)
{
	char *text = json->failed ? NULL : cJSON_PrintUnformatted(root);
	svctag_error err = text == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;

	if (text != NULL && fprintf(out, "%s%.*s", begin, (int)strlen(text) - 2, text + 1) < 0)
		err = SVCTAG_E_IO;
	cJSON_free(text);
	cJSON_Delete(root);
	return err;
}

static svctag_error
write_head(FILE *out, const struct proposal *proposal)
{
	svctag_migration *migration = proposal->migration;
	const svctag_migrate_options *options = svctag_migration_options(migration);
	double ratio = migrate_ratio(proposal);
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *list;

	json_add_release(&json, root, "release", svctag_snapshot_info(proposal->snapshot));
	list = json_add_object(&json, root, "list");
	add_any_bytes(&json, list, "name", proposal->list->name);
	json_add_reference(&json, list, "format", proposal->list->format);
	json_add_integer(&json, list, "entries", (int64_t)proposal->list->entry_count);
	json_add_reference(&json, root, "target", svctag_target_text(options->target));
	json_add_reference(&json, root, "prefer", options->prefer == SVCTAG_PREFER_RULES ? "rules" : "addresses");
	json_add_bool(&json, root, "allowBroad", options->allow_broad);
	json_add_reference(&json, root, "method", svctag_migration_is_exact(migration) ? "exact" : "greedy");
	json_add_fraction(&json, root, "bound", svctag_migration_bound(migration));
	json_add_counts(&json, root, "asked", svctag_migration_asked(migration));
	json_add_counts(&json, root, "opened", svctag_migration_opened(migration));
	if (isnan(ratio))
		json_add_null(&json, root, "ratio");
	else
		json_add_fraction(&json, root, "ratio", ratio);
	json_add_integer(&json, root, "rulesBefore", (int64_t)proposal->rules_before);
	json_add_integer(&json, root, "rulesAfter", (int64_t)rules_count(proposal->rules));
	return write_members(out, &json, root, "{");
}

/* ,"tags":[…] */
static svctag_error
write_tags(FILE *out, const struct proposal *proposal)
{
	struct json json = { 0 };
	cJSON *array = json_array(&json);

	for (size_t i = 0; i < svctag_migration_tag_count(proposal->migration) && !json.failed; i++) {
		const svctag_migrate_tag *tag = svctag_migration_tag(proposal->migration, i);
		cJSON *object = json_add_object(&json, array, NULL);

		json_add_reference(&json, object, "tag", migrate_tag_name(proposal, tag->tag));
		json_add_integer(&json, object, "entries", (int64_t)tag->entries);
		json_add_counts(&json, object, "addressCount", tag->addresses);
	}
	fputs(",\"tags\":", out);
	return json_finish(&json, array, out, "");
}

static void
add_place(struct json *json, cJSON *object, const struct proposal *proposal, size_t entry)
{
	char text[SVCTAG_RANGE_TEXT_SIZE];
	char place[LIST_PLACE_SIZE];

	list_entry_format(&proposal->list->entries[entry], text);
	drift_place(proposal->list, entry, place);
	json_add_text(json, object, "entry", text);
	json_add_bytes(json, object, "place", place, strlen(place));
}

static void
add_since(struct json *json, cJSON *object, const struct proposal_since *since)
{
	cJSON *child;

	if (since == NULL) {
		json_add_null(json, object, "since");
		return;
	}
	child = json_add_object(json, object, "since");
	json_add_reference(json, child, "tag", since->tag);
	json_add_release(json, child, "release", since->release);
	json_add_release(json, child, "last", since->last);
}

static void
add_tags(struct json *json, cJSON *object, const char *key, const struct proposal *proposal, const uint32_t *tags,
	 size_t count)
{
	cJSON *array = json_add_array(json, object, key);

	for (size_t i = 0; i < count && !json->failed; i++)
		json_add_reference(json, array, NULL, migrate_tag_name(proposal, tags[i]));
}

/* What could stand in a tag's place, and apart from it the tags that a reason to keep the entry is about: those cannot. */
static void
add_alternatives(struct json *json, cJSON *object, const struct proposal *proposal, size_t entry)
{
	svctag_migrate_fate fate = { .tag = SVCTAG_MIGRATE_NO_TAG };
	bool candidates;

	if (proposal->numbers[entry] != PROPOSAL_OWN_SIDE)
		fate = proposal_fate(proposal, entry);
	candidates = fate.tag != SVCTAG_MIGRATE_NO_TAG || fate.reason == SVCTAG_MIGRATE_KEPT_BOUND;
	add_tags(json, object, "alternatives", proposal, fate.alternatives, candidates ? fate.alternative_count : 0);
	json_add_integer(json, object, "alternativeCount", candidates ? (int64_t)fate.alternatives_all : 0);
	add_tags(json, object, "noCandidates", proposal, fate.alternatives, candidates ? 0 : fate.alternative_count);
}

/* ,"kept":[…]: what stays an address although it is no rule's own side. */
static svctag_error
write_kept(FILE *out, const struct proposal *proposal)
{
	svctag_error err = SVCTAG_OK;
	bool first = true;

	fputs(",\"kept\":[", out);
	for (size_t i = 0; i < proposal->list->entry_count && err == SVCTAG_OK; i++) {
		char reason[MIGRATE_REASON_SIZE];
		struct json json = { 0 };
		cJSON *root;

		if (!migrate_is_kept(proposal, i))
			continue;
		fputs(first ? "" : ",", out);
		first = false;
		root = json_object(&json);
		add_place(&json, root, proposal, i);
		add_any_bytes(&json, root, "intent", intent_of(proposal, i));
		add_any_bytes(&json, root, "reason", migrate_reason(proposal, i, reason));
		add_since(&json, root, migrate_since(proposal, i));
		err = json_finish(&json, root, out, "");
	}
	putc(']', out);
	return err;
}

static svctag_error
write_entry(FILE *out, const struct proposal *proposal, size_t i, const char *end)
{
	char reason[MIGRATE_REASON_SIZE];
	struct json json = { 0 };
	cJSON *root = json_object(&json);

	add_place(&json, root, proposal, i);
	add_any_bytes(&json, root, "intent", intent_of(proposal, i));
	json_add_reference(&json, root, "tag", migrate_tag(proposal, i));
	add_alternatives(&json, root, proposal, i);
	add_any_bytes(&json, root, "reason", migrate_reason(proposal, i, reason));
	return json_finish(&json, root, out, end);
}

static svctag_error
write_entries(FILE *out, const struct proposal *proposal, bool lines)
{
	size_t count = proposal->list->entry_count;
	svctag_error err = SVCTAG_OK;

	fputs(lines ? "" : ",\"entries\":[", out);
	for (size_t i = 0; i < count && err == SVCTAG_OK; i++)
		err = write_entry(out, proposal, i, lines ? "\n" : i + 1 < count ? "," : "");
	fputs(lines ? "" : "]", out);
	return err;
}

/* The last members: "limits", "notes", "unreadable", "warnings". */
static svctag_error
write_tail(FILE *out, const struct proposal *proposal)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *array = json_add_array(&json, root, "limits");
	const svctag_limit *limit;

	for (size_t i = 0; (limit = svctag_limit_at(i)) != NULL; i++) {
		size_t value;
		cJSON *object;

		if (!rules_limit_value(proposal->rules, limit, &value))
			continue;
		object = json_add_object(&json, array, NULL);
		json_add_reference(&json, object, "limit", limit->name);
		json_add_integer(&json, object, "value", (int64_t)value);
		json_add_integer(&json, object, "maximum", (int64_t)limit->maximum);
		json_add_bool(&json, object, "ok", value <= limit->maximum);
		json_add_reference(&json, object, "what", limit->what);
	}
	array = json_add_array(&json, root, "notes");
	for (size_t i = 0; i < proposal->note_count; i++)
		json_add_text(&json, array, NULL, proposal->notes[i]);
	drift_add_problems(&json, root, "unreadable", proposal->list, false);
	drift_add_problems(&json, root, "warnings", proposal->list, true);
	json_add_integer(&json, root, "problemsLeftOff", (int64_t)proposal->list->problems_left_off);
	return write_members(out, &json, root, ",");
}

static svctag_error
write_json(FILE *out, const struct proposal *proposal)
{
	svctag_error err = write_head(out, proposal);

	if (err == SVCTAG_OK)
		err = write_tags(out, proposal);
	if (err == SVCTAG_OK)
		err = write_kept(out, proposal);
	if (err == SVCTAG_OK)
		err = write_entries(out, proposal, false);
	if (err == SVCTAG_OK)
		err = write_tail(out, proposal);
	fputs("}\n", out);
	return err == SVCTAG_OK ? format_written(out) : err;
}

/* A record for each entry. */
static svctag_error
write_csv(FILE *out, const struct proposal *proposal)
{
	struct csv csv = { .out = out };

	fputs(CSV_RELEASE_HEADER ",target,entry,place,intent,tag,sinceTag,sinceChangeNumber,sincePublished,reason\n",
	      out);
	for (size_t i = 0; i < proposal->list->entry_count; i++) {
		const struct proposal_since *since = migrate_since(proposal, i);
		char text[SVCTAG_RANGE_TEXT_SIZE];
		char place[LIST_PLACE_SIZE];
		char reason[MIGRATE_REASON_SIZE];

		csv_release(&csv, svctag_snapshot_info(proposal->snapshot));
		csv_text(&csv, svctag_target_text(rules_target(proposal->rules)));
		list_entry_format(&proposal->list->entries[i], text);
		csv_text(&csv, text);
		drift_place(proposal->list, i, place);
		csv_text(&csv, place);
		csv_text(&csv, intent_of(proposal, i));
		csv_text(&csv, migrate_tag(proposal, i));
		csv_text(&csv, since != NULL ? since->tag : NULL);
		if (since != NULL)
			csv_integer(&csv, since->release->change_number);
		else
			csv_text(&csv, NULL);
		csv_text(&csv, since != NULL ? since->release->published : NULL);
		csv_text(&csv, migrate_reason(proposal, i, reason));
		csv_end(&csv);
	}
	return format_written(out);
}

svctag_error
report_migrate(FILE *out, const struct report_style *style, const struct proposal *proposal)
{
	svctag_error err;

	switch (style->format) {
	case REPORT_JSON: return write_json(out, proposal);
	case REPORT_NDJSON:
		err = write_entries(out, proposal, true);
		return err == SVCTAG_OK ? format_written(out) : err;
	case REPORT_CSV: return write_csv(out, proposal);
	case REPORT_TEXT: break;
	}
	return migrate_write_text(out, style, proposal);
}
