#include "lookup.h"

#include "csv.h"
#include "explain.h"
#include "format.h"
#include "json.h"
#include "table.h"

static const char *
relation_text(const svctag_match *match)
{
	return match->contains ? "contains" : "overlaps";
}

static double
covered_fraction(const struct lookup_answer *answer, const svctag_match *match)
{
	return svctag_count_fraction(match->covered, svctag_count_of_range(&answer->query->range));
}

static void
add_prefix_list(struct json *json, cJSON *parent, const struct lookup_answer *answer, const svctag_match *match)
{
	const svctag_index *index = svctag_snapshot_index(answer->snapshot);
	const uint32_t *ids = answer->result->prefixes + match->first_prefix;
	cJSON *array = json_add_array(json, parent, "prefixes");

	for (size_t i = 0; i < match->prefix_count && !json->failed; i++) {
		svctag_prefix prefix = svctag_index_prefix(index, ids[i]);

		json_add_prefix(json, array, NULL, &prefix);
	}
}

static void
add_match(struct json *json, cJSON *array, const struct lookup_answer *answer, const svctag_match *match)
{
	const svctag_index *index = svctag_snapshot_index(answer->snapshot);
	svctag_index_tag tag = svctag_index_tag_at(index, match->tag);
	svctag_prefix prefix = svctag_index_prefix(index, match->prefix);
	bool single = answer->query->kind == SVCTAG_QUERY_ADDRESS;
	cJSON *object = json_add_object(json, array, NULL);

	json_add_reference(json, object, "tag", tag.properties.name);
	json_add_prefix(json, object, "prefix", &prefix);
	if (!single)
		add_prefix_list(json, object, answer, match);
	json_add_reference(json, object, "relation", relation_text(match));
	if (!single) {
		json_add_count(json, object, "coveredAddresses", match->covered);
		json_add_fraction(json, object, "coveredFraction", covered_fraction(answer, match));
	}
	json_add_reference(json, object, "region", tag.properties.region);
	json_add_reference(json, object, "systemService", tag.properties.system_service);
	json_add_features(json, object, "networkFeatures", tag.properties.network_features);
	json_add_integer(json, object, "changeNumber", tag.properties.change_number);
}

svctag_error
lookup_write_json(FILE *out, const struct lookup_answer *answer, const char *end)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *array;

	json_add_bytes(&json, root, "query", answer->asked->text, answer->asked->size);
	if (answer->asked->host != NULL)
		json_add_reference(&json, root, "host", answer->asked->host);
	json_add_reference(&json, root, "kind", svctag_query_kind_text(answer->query->kind));
	json_add_reference(&json, root, "normalized", answer->query->normalized);
	json_add_release(&json, root, "release", svctag_snapshot_info(answer->snapshot));
	json_add_reference(&json, root, "region", answer->result->region);
	array = json_add_array(&json, root, "matches");
	for (size_t i = 0; i < answer->result->match_count && !json.failed; i++)
		add_match(&json, array, answer, &answer->result->matches[i]);
	if (answer->asked->explanation != NULL)
		explain_json(&json, root, answer->asked->explanation);
	return json_finish(&json, root, out, end);
}

/* The fields of a record that are the same for every match. */
static void
csv_begin(struct csv *csv, const struct lookup_answer *answer)
{
	csv_bytes(csv, answer->asked->text, answer->asked->size);
	csv_text(csv, answer->asked->host);
	csv_release(csv, svctag_snapshot_info(answer->snapshot));
	csv_text(csv, svctag_query_kind_text(answer->query->kind));
	csv_text(csv, answer->query->normalized);
	csv_text(csv, answer->result->region);
}

static void
csv_match(struct csv *csv, const struct lookup_answer *answer, const svctag_match *match)
{
	const svctag_index *index = svctag_snapshot_index(answer->snapshot);
	svctag_index_tag tag = svctag_index_tag_at(index, match->tag);
	svctag_prefix prefix = svctag_index_prefix(index, match->prefix);

	csv_begin(csv, answer);
	csv_text(csv, tag.properties.name);
	csv_prefix(csv, &prefix);
	csv_text(csv, relation_text(match));
	csv_count(csv, match->covered);
	csv_fraction(csv, covered_fraction(answer, match));
	csv_text(csv, tag.properties.region);
	csv_text(csv, tag.properties.system_service);
	csv_text(csv, tag.properties.network_features);
	csv_integer(csv, tag.properties.change_number);
	csv_text(csv, NULL);
	csv_end(csv);
}

svctag_error
lookup_write_csv(FILE *out, const struct lookup_answer *answer)
{
	struct csv csv = { .out = out };

	for (size_t i = 0; i < answer->result->match_count; i++)
		csv_match(&csv, answer, &answer->result->matches[i]);
	if (answer->result->match_count == 0) {
		csv_begin(&csv, answer);
		for (int i = 0; i < 10; i++) /* tag to error */
			csv_text(&csv, NULL);
		csv_end(&csv);
	}
	return format_written(out);
}

/* "13.82.88.226 (mail.example.org)  region eastus  Public 376 (2025-11-10)" */
static void
text_heading(FILE *out, const struct report_style *style, const struct lookup_answer *answer)
{
	char release[FORMAT_RELEASE_SIZE];

	fputs(format_colour(style, FORMAT_HEADING), out);
	format_bytes(out, answer->asked->text, answer->asked->size);
	fputs(format_colour(style, FORMAT_PLAIN), out);
	if (answer->asked->host != NULL) {
		fputs(" (", out);
		format_text(out, answer->asked->host);
		putc(')', out);
	}
	if (answer->result->match_count == 0)
		fputs("  in no tag", out);
	else
		fprintf(out, "  region %s", answer->result->region == NULL ? "none" : answer->result->region);
	fprintf(out, "  %s%s%s\n", format_colour(style, FORMAT_FAINT),
		format_release(svctag_snapshot_info(answer->snapshot), release), format_colour(style, FORMAT_PLAIN));
}

/* "contains", or how much of the query the tag has. */
static void
cell_relation(struct table *table, const struct lookup_answer *answer, const svctag_match *match)
{
	char covered[SVCTAG_COUNT_TEXT_SIZE];

	if (match->contains)
		table_cell(table, relation_text(match));
	else
		table_cellf(table, "%s %s (%.3g %%)", relation_text(match), format_count(match->covered, covered),
			    100 * covered_fraction(answer, match));
}

svctag_error
lookup_write_text(FILE *out, const struct report_style *style, const struct lookup_answer *answer)
{
	const svctag_index *index = svctag_snapshot_index(answer->snapshot);
	struct table table = { .alignment = "llll" };
	svctag_error err;

	text_heading(out, style, answer);
	for (size_t i = 0; i < answer->result->match_count; i++) {
		const svctag_match *match = &answer->result->matches[i];
		svctag_prefix prefix = svctag_index_prefix(index, match->prefix);
		char text[SVCTAG_PREFIX_TEXT_SIZE];

		svctag_prefix_format(&prefix, text);
		table_cell(&table, svctag_index_tag_name(index, match->tag));
		if (match->prefix_count > 1)
			table_cellf(&table, "%s and %zu more", text, match->prefix_count - 1);
		else
			table_cell(&table, text);
		cell_relation(&table, answer, match);
		table_cellf(&table, "usable in %s",
			    format_usable(svctag_index_tag_at(index, match->tag).properties.network_features));
	}
	err = table_print(&table, out, style, 2, false);
	table_release(&table);
	if (err == SVCTAG_OK && answer->asked->explanation != NULL)
		explain_text(out, answer->asked->explanation);
	return err;
}

svctag_error
report_lookup(FILE *out, const struct report_style *style, const svctag_snapshot *snapshot,
	      const struct report_query *asked, const svctag_query *query, const svctag_lookup_result *result)
{
	const struct lookup_answer answer = { snapshot, asked, query, result };

	switch (style->format) {
	case REPORT_JSON:
	case REPORT_NDJSON: return lookup_write_json(out, &answer, "\n");
	case REPORT_CSV: fputs(LOOKUP_CSV_HEADER, out); return lookup_write_csv(out, &answer);
	case REPORT_TEXT: break;
	}
	return lookup_write_text(out, style, &answer);
}
