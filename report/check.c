#include "csv.h"
#include "format.h"
#include "json.h"

static const char *const member_texts[] = {
	[REPORT_MEMBER_YES] = "yes",
	[REPORT_MEMBER_PARTIAL] = "partial",
	[REPORT_MEMBER_NO] = "no",
};

enum report_member
report_member_of(const svctag_lookup_result *result)
{
	if (result->match_count == 0)
		return REPORT_MEMBER_NO;
	return result->matches[0].contains ? REPORT_MEMBER_YES : REPORT_MEMBER_PARTIAL;
}

/* One answer, taken together. */
struct check_answer {
	const svctag_snapshot *snapshot;
	const struct report_query *asked;
	const char *tag;
	enum report_member member;
	double fraction;
	const uint32_t *prefixes;
	size_t prefix_count;
};

static svctag_error
check_json(FILE *out, const struct check_answer *answer)
{
	const svctag_index *index = svctag_snapshot_index(answer->snapshot);
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *array;

	json_add_bytes(&json, root, "query", answer->asked->text, answer->asked->size);
	json_add_reference(&json, root, "tag", answer->tag);
	json_add_reference(&json, root, "member", member_texts[answer->member]);
	array = json_add_array(&json, root, "prefixes");
	for (size_t i = 0; i < answer->prefix_count && !json.failed; i++) {
		svctag_prefix prefix = svctag_index_prefix(index, answer->prefixes[i]);

		json_add_prefix(&json, array, NULL, &prefix);
	}
	json_add_fraction(&json, root, "coveredFraction", answer->fraction);
	json_add_release(&json, root, "release", svctag_snapshot_info(answer->snapshot));
	return json_finish(&json, root, out, "\n");
}

/* One record for each prefix that meets the query, or one without a prefix. */
static svctag_error
check_csv(FILE *out, const struct check_answer *answer)
{
	const svctag_index *index = svctag_snapshot_index(answer->snapshot);
	struct csv csv = { .out = out };
	size_t rows = answer->prefix_count == 0 ? 1 : answer->prefix_count;

	fputs("query,tag,member,prefix,coveredFraction," CSV_RELEASE_HEADER "\n", out);
	for (size_t i = 0; i < rows; i++) {
		csv_bytes(&csv, answer->asked->text, answer->asked->size);
		csv_text(&csv, answer->tag);
		csv_text(&csv, member_texts[answer->member]);
		if (answer->prefix_count == 0) {
			csv_text(&csv, NULL);
		} else {
			svctag_prefix prefix = svctag_index_prefix(index, answer->prefixes[i]);

			csv_prefix(&csv, &prefix);
		}
		csv_fraction(&csv, answer->fraction);
		csv_release(&csv, svctag_snapshot_info(answer->snapshot));
		csv_end(&csv);
	}
	return format_written(out);
}

static svctag_error
check_text(FILE *out, const struct report_style *style, const struct check_answer *answer)
{
	static const char *const verbs[] = { "is in", "is partly in", "is not in" };
	static const enum format_colour colours[] = { FORMAT_GOOD, FORMAT_CHANGED, FORMAT_BAD };
	const svctag_index *index = svctag_snapshot_index(answer->snapshot);
	char release[FORMAT_RELEASE_SIZE];

	fprintf(out, "%s%s%s: ", format_colour(style, colours[answer->member]), member_texts[answer->member],
		format_colour(style, FORMAT_PLAIN));
	format_bytes(out, answer->asked->text, answer->asked->size);
	fprintf(out, " %s %s", verbs[answer->member], answer->tag);
	if (answer->member == REPORT_MEMBER_PARTIAL)
		fprintf(out, " (%.3g %%)", 100 * answer->fraction);
	fprintf(out, ", %s\n", format_release(svctag_snapshot_info(answer->snapshot), release));
	for (size_t i = 0; i < answer->prefix_count; i++) {
		svctag_prefix prefix = svctag_index_prefix(index, answer->prefixes[i]);
		char text[SVCTAG_PREFIX_TEXT_SIZE];

		svctag_prefix_format(&prefix, text);
		fprintf(out, "  %s\n", text);
	}
	return format_written(out);
}

svctag_error
report_check(FILE *out, const struct report_style *style, const svctag_snapshot *snapshot,
	     const struct report_query *asked, const svctag_query *query, uint32_t tag,
	     const svctag_lookup_result *result)
{
	struct check_answer answer = {
		.snapshot = snapshot,
		.asked = asked,
		.tag = svctag_index_tag_name(svctag_snapshot_index(snapshot), tag),
		.member = report_member_of(result),
	};

	if (result->match_count > 0) {
		const svctag_match *match = &result->matches[0];

		answer.fraction = svctag_count_fraction(match->covered, svctag_count_of_range(&query->range));
		answer.prefixes = result->prefixes + match->first_prefix;
		answer.prefix_count = match->prefix_count;
	}
	switch (style->format) {
	case REPORT_JSON:
	case REPORT_NDJSON: return check_json(out, &answer);
	case REPORT_CSV: return check_csv(out, &answer);
	case REPORT_TEXT: break;
	}
	return check_text(out, style, &answer);
}
