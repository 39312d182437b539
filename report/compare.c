#include <stdlib.h>

#include "csv.h"
#include "format.h"
#include "json.h"

/* One part of the comparison: its addresses and the fewest prefixes for them. */
struct part {
	const char *name;
	const svctag_set *set;
	svctag_prefix *prefixes;
	size_t count;
};

#define PARTS 3

static void
parts_release(struct part parts[PARTS])
{
	for (int i = 0; i < PARTS; i++)
		free(parts[i].prefixes);
}

static svctag_error
parts_fill(struct part parts[PARTS])
{
	svctag_error err = SVCTAG_OK;

	for (int i = 0; i < PARTS && err == SVCTAG_OK; i++)
		err = svctag_set_prefixes(parts[i].set, &parts[i].prefixes, &parts[i].count);
	return err;
}

static const char *
side_name(const struct report_side *side)
{
	return svctag_index_tag_name(svctag_snapshot_index(side->snapshot), side->tag);
}

static void
add_side(struct json *json, cJSON *root, const char *key, const struct report_side *side)
{
	svctag_index_tag tag = svctag_index_tag_at(svctag_snapshot_index(side->snapshot), side->tag);
	cJSON *object = json_add_object(json, root, key);
	cJSON *counts;

	json_add_reference(json, object, "tag", tag.properties.name);
	json_add_release(json, object, "release", svctag_snapshot_info(side->snapshot));
	counts = json_add_object(json, object, "prefixCount");
	json_add_integer(json, counts, "ipv4", tag.family_prefix_count[0]);
	json_add_integer(json, counts, "ipv6", tag.family_prefix_count[1]);
	json_add_counts(json, object, "addressCount", tag.addresses);
}

static void
part_counts(const struct part *part, svctag_count counts[2])
{
	counts[0] = svctag_set_count(part->set, SVCTAG_IPV4);
	counts[1] = svctag_set_count(part->set, SVCTAG_IPV6);
}

static svctag_error
compare_json(FILE *out, const struct report_side *a, const struct report_side *b, svctag_relation relation,
	     const struct part parts[PARTS])
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);

	add_side(&json, root, "a", a);
	add_side(&json, root, "b", b);
	json_add_reference(&json, root, "relation", svctag_relation_text(relation));
	for (int i = 0; i < PARTS; i++) {
		cJSON *object = json_add_object(&json, root, parts[i].name);
		svctag_count counts[2];

		part_counts(&parts[i], counts);
		json_add_counts(&json, object, "addressCount", counts);
		json_add_prefixes(&json, object, "prefixes", parts[i].prefixes, parts[i].count);
	}
	return json_finish(&json, root, out, "\n");
}

static svctag_error
compare_csv(FILE *out, const struct part parts[PARTS])
{
	struct csv csv = { .out = out };

	fputs("part,prefix\n", out);
	for (int i = 0; i < PARTS; i++) {
		for (size_t j = 0; j < parts[i].count; j++) {
			csv_text(&csv, parts[i].name);
			csv_prefix(&csv, &parts[i].prefixes[j]);
			csv_end(&csv);
		}
	}
	return format_written(out);
}

static void
text_part(FILE *out, const struct report_style *style, const struct part *part, const char *heading)
{
	char digits[SVCTAG_COUNT_TEXT_SIZE];
	svctag_count counts[2];

	part_counts(part, counts);
	fprintf(out, "%s%s%s: %s IPv4", format_colour(style, FORMAT_HEADING), heading,
		format_colour(style, FORMAT_PLAIN), format_count(counts[0], digits));
	fprintf(out, " and %s IPv6 addresses\n", format_count(counts[1], digits));
	for (size_t i = 0; i < part->count; i++) {
		char text[SVCTAG_PREFIX_TEXT_SIZE];

		svctag_prefix_format(&part->prefixes[i], text);
		fprintf(out, "  %s\n", text);
	}
}

static svctag_error
compare_text(FILE *out, const struct report_style *style, const struct report_side *a, const struct report_side *b,
	     svctag_relation relation, const struct part parts[PARTS])
{
	static const char *const sentences[] = {
		[SVCTAG_RELATION_EQUAL] = "A and B hold the same addresses",
		[SVCTAG_RELATION_CONTAINS] = "A contains all of B, and more",
		[SVCTAG_RELATION_WITHIN] = "A lies within B",
		[SVCTAG_RELATION_OVERLAPS] = "A and B overlap",
		[SVCTAG_RELATION_DISJOINT] = "A and B have no address in common",
	};
	char release[FORMAT_RELEASE_SIZE];

	fprintf(out, "A: %s, %s\n", side_name(a), format_release(svctag_snapshot_info(a->snapshot), release));
	fprintf(out, "B: %s, %s\n", side_name(b), format_release(svctag_snapshot_info(b->snapshot), release));
	fprintf(out, "%s\n\n", sentences[relation]);
	text_part(out, style, &parts[0], "in both");
	text_part(out, style, &parts[1], "only in A");
	text_part(out, style, &parts[2], "only in B");
	return format_written(out);
}

svctag_error
report_compare(FILE *out, const struct report_style *style, const struct report_side *a, const struct report_side *b,
	       const svctag_comparison *comparison)
{
	struct part parts[PARTS] = {
		{ .name = "common", .set = comparison->common },
		{ .name = "onlyA", .set = comparison->only_a },
		{ .name = "onlyB", .set = comparison->only_b },
	};
	svctag_error err = parts_fill(parts);

	if (err != SVCTAG_OK)
		goto out;
	switch (style->format) {
	case REPORT_JSON:
	case REPORT_NDJSON: err = compare_json(out, a, b, comparison->relation, parts); break;
	case REPORT_CSV: err = compare_csv(out, parts); break;
	case REPORT_TEXT: err = compare_text(out, style, a, b, comparison->relation, parts); break;
	}
out:
	parts_release(parts);
	return err;
}
