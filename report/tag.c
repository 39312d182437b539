#include "csv.h"
#include "format.h"
#include "json.h"
#include "table.h"

static void
add_family_counts(struct json *json, cJSON *parent, const char *key, const uint32_t counts[2])
{
	cJSON *object = json_add_object(json, parent, key);

	json_add_integer(json, object, "ipv4", counts[0]);
	json_add_integer(json, object, "ipv6", counts[1]);
}

/* What is said of a tag everywhere, into the object that is there. */
static void
tag_fields(struct json *json, cJSON *object, const svctag_index_tag *tag)
{
	const svctag_properties *p = &tag->properties;

	json_add_reference(json, object, "name", p->name);
	json_add_reference(json, object, "region", p->region);
	if (p->has_region_id)
		json_add_integer(json, object, "regionId", p->region_id);
	else
		json_add_null(json, object, "regionId");
	json_add_reference(json, object, "systemService", p->system_service);
	json_add_reference(json, object, "platform", p->platform);
	json_add_integer(json, object, "changeNumber", p->change_number);
	json_add_features(json, object, "networkFeatures", p->network_features);
	add_family_counts(json, object, "prefixCount", tag->family_prefix_count);
	json_add_counts(json, object, "addressCount", tag->addresses);
}

static svctag_error
tags_json(FILE *out, const svctag_snapshot *snapshot, const uint32_t *tags, size_t count)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *array;

	json_add_release(&json, root, "release", svctag_snapshot_info(snapshot));
	array = json_add_array(&json, root, "tags");
	for (size_t i = 0; i < count && !json.failed; i++) {
		svctag_index_tag tag = svctag_index_tag_at(svctag_snapshot_index(snapshot), tags[i]);

		tag_fields(&json, json_add_object(&json, array, NULL), &tag);
	}
	return json_finish(&json, root, out, "\n");
}

static svctag_error
tags_ndjson(FILE *out, const svctag_snapshot *snapshot, const uint32_t *tags, size_t count)
{
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < count && err == SVCTAG_OK; i++) {
		svctag_index_tag tag = svctag_index_tag_at(svctag_snapshot_index(snapshot), tags[i]);
		struct json json = { 0 };
		cJSON *root = json_object(&json);

		json_add_release(&json, root, "release", svctag_snapshot_info(snapshot));
		tag_fields(&json, root, &tag);
		err = json_finish(&json, root, out, "\n");
	}
	return err;
}

static svctag_error
tags_csv(FILE *out, const svctag_snapshot *snapshot, const uint32_t *tags, size_t count)
{
	struct csv csv = { .out = out };

	fputs("name,region,regionId,systemService,platform,tagChangeNumber,networkFeatures,prefixCountIpv4,"
	      "prefixCountIpv6,addressCountIpv4,addressCountIpv6," CSV_RELEASE_HEADER "\n",
	      out);
	for (size_t i = 0; i < count; i++) {
		svctag_index_tag tag = svctag_index_tag_at(svctag_snapshot_index(snapshot), tags[i]);

		csv_text(&csv, tag.properties.name);
		csv_text(&csv, tag.properties.region);
		if (tag.properties.has_region_id)
			csv_integer(&csv, tag.properties.region_id);
		else
			csv_text(&csv, NULL);
		csv_text(&csv, tag.properties.system_service);
		csv_text(&csv, tag.properties.platform);
		csv_integer(&csv, tag.properties.change_number);
		csv_text(&csv, tag.properties.network_features);
		csv_integer(&csv, tag.family_prefix_count[0]);
		csv_integer(&csv, tag.family_prefix_count[1]);
		csv_count(&csv, tag.addresses[0]);
		csv_count(&csv, tag.addresses[1]);
		csv_release(&csv, svctag_snapshot_info(snapshot));
		csv_end(&csv);
	}
	return format_written(out);
}

static svctag_error
tags_text(FILE *out, const struct report_style *style, const svctag_snapshot *snapshot, const uint32_t *tags,
	  size_t count)
{
	static const char *const heading[] = { "TAG",           "REGION", "IPV4 PREFIXES", "IPV4 ADDRESSES",
					       "IPV6 PREFIXES", "IPV6",   "USABLE IN" };
	struct table table = { .alignment = "llrrrrl" };
	char release[FORMAT_RELEASE_SIZE];
	char digits[SVCTAG_COUNT_TEXT_SIZE];
	svctag_error err;

	for (size_t i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		table_cell(&table, heading[i]);
	for (size_t i = 0; i < count; i++) {
		svctag_index_tag tag = svctag_index_tag_at(svctag_snapshot_index(snapshot), tags[i]);

		table_cell(&table, tag.properties.name);
		table_cell(&table, tag.properties.region);
		table_cellf(&table, "%u", tag.family_prefix_count[0]);
		table_cell(&table, format_count(tag.addresses[0], digits));
		table_cellf(&table, "%u", tag.family_prefix_count[1]);
		table_cell(&table, format_count(tag.addresses[1], digits));
		table_cell(&table, format_usable(tag.properties.network_features));
	}
	err = table_print(&table, out, style, 0, true);
	table_release(&table);
	if (err != SVCTAG_OK)
		return err;
	fprintf(out, "%s%zu tag%s, %s%s\n", format_colour(style, FORMAT_FAINT), count, format_plural(count),
		format_release(svctag_snapshot_info(snapshot), release), format_colour(style, FORMAT_PLAIN));
	return format_written(out);
}

svctag_error
report_tags(FILE *out, const struct report_style *style, const svctag_snapshot *snapshot, const uint32_t *tags,
	    size_t count)
{
	switch (style->format) {
	case REPORT_JSON: return tags_json(out, snapshot, tags, count);
	case REPORT_NDJSON: return tags_ndjson(out, snapshot, tags, count);
	case REPORT_CSV: return tags_csv(out, snapshot, tags, count);
	case REPORT_TEXT: break;
	}
	return tags_text(out, style, snapshot, tags, count);
}

static svctag_error
tag_json(FILE *out, const svctag_snapshot *snapshot, uint32_t number, const struct report_prefixes *prefixes)
{
	svctag_index_tag tag = svctag_index_tag_at(svctag_snapshot_index(snapshot), number);
	struct json json = { 0 };
	cJSON *root = json_object(&json);

	json_add_release(&json, root, "release", svctag_snapshot_info(snapshot));
	tag_fields(&json, root, &tag);
	json_add_prefixes(&json, root, "prefixes", prefixes->prefixes, prefixes->count);
	return json_finish(&json, root, out, "\n");
}

static svctag_error
prefix_csv(FILE *out, const svctag_snapshot *snapshot, uint32_t number, const struct report_prefixes *prefixes)
{
	struct csv csv = { .out = out };

	fputs("tag,prefix," CSV_RELEASE_HEADER "\n", out);
	for (size_t i = 0; i < prefixes->count; i++) {
		csv_text(&csv, svctag_index_tag_name(svctag_snapshot_index(snapshot), number));
		csv_prefix(&csv, &prefixes->prefixes[i]);
		csv_release(&csv, svctag_snapshot_info(snapshot));
		csv_end(&csv);
	}
	return format_written(out);
}

static void
prefix_lines(FILE *out, const char *indent, const struct report_prefixes *prefixes)
{
	for (size_t i = 0; i < prefixes->count; i++) {
		char text[SVCTAG_PREFIX_TEXT_SIZE];

		svctag_prefix_format(&prefixes->prefixes[i], text);
		fprintf(out, "%s%s\n", indent, text);
	}
}

static svctag_error
tag_text(FILE *out, const struct report_style *style, const svctag_snapshot *snapshot, uint32_t number,
	 const struct report_prefixes *prefixes)
{
	svctag_index_tag tag = svctag_index_tag_at(svctag_snapshot_index(snapshot), number);
	const svctag_properties *p = &tag.properties;
	char text[SVCTAG_COUNT_TEXT_SIZE];
	char release[FORMAT_RELEASE_SIZE];

	fprintf(out, "%s%s%s\n", format_colour(style, FORMAT_HEADING), p->name, format_colour(style, FORMAT_PLAIN));
	fprintf(out, "  release    %s\n", format_release(svctag_snapshot_info(snapshot), release));
	fprintf(out, "  region     %s\n", *p->region == '\0' ? "none" : p->region);
	fprintf(out, "  service    %s\n", *p->system_service == '\0' ? "none" : p->system_service);
	fprintf(out, "  version    %lld\n", (long long)p->change_number);
	fprintf(out, "  usable in  %s\n", format_usable(p->network_features));
	fprintf(out, "  IPv4       %u prefix%s, ", tag.family_prefix_count[0],
		tag.family_prefix_count[0] == 1 ? "" : "es");
	fprintf(out, "%s addresses\n", format_count(tag.addresses[0], text));
	fprintf(out, "  IPv6       %u prefix%s, ", tag.family_prefix_count[1],
		tag.family_prefix_count[1] == 1 ? "" : "es");
	fprintf(out, "%s addresses\n", format_count(tag.addresses[1], text));
	fprintf(out, "  %s prefixes%s (%zu):\n", prefixes->aggregate ? "fewest" : "published",
		prefixes->family == SVCTAG_IPV4   ? " of IPv4"
		: prefixes->family == SVCTAG_IPV6 ? " of IPv6"
						  : "",
		prefixes->count);
	prefix_lines(out, "    ", prefixes);
	return format_written(out);
}

svctag_error
report_tag(FILE *out, const struct report_style *style, const svctag_snapshot *snapshot, uint32_t tag,
	   const struct report_prefixes *prefixes)
{
	switch (style->format) {
	case REPORT_JSON:
	case REPORT_NDJSON: return tag_json(out, snapshot, tag, prefixes);
	case REPORT_CSV: return prefix_csv(out, snapshot, tag, prefixes);
	case REPORT_TEXT: break;
	}
	return tag_text(out, style, snapshot, tag, prefixes);
}

svctag_error
report_prefix_list(FILE *out, const struct report_style *style, const svctag_snapshot *snapshot, uint32_t tag,
		   const struct report_prefixes *prefixes)
{
	struct json json = { 0 };
	cJSON *root;

	if (style->format == REPORT_TEXT) {
		prefix_lines(out, "", prefixes);
		return format_written(out);
	}
	if (style->format == REPORT_CSV)
		return prefix_csv(out, snapshot, tag, prefixes);
	root = json_object(&json);
	json_add_release(&json, root, "release", svctag_snapshot_info(snapshot));
	json_add_reference(&json, root, "name", svctag_index_tag_name(svctag_snapshot_index(snapshot), tag));
	if (prefixes->family == 0)
		json_add_null(&json, root, "family");
	else
		json_add_integer(&json, root, "family", prefixes->family);
	json_add_bool(&json, root, "aggregate", prefixes->aggregate);
	json_add_prefixes(&json, root, "prefixes", prefixes->prefixes, prefixes->count);
	return json_finish(&json, root, out, "\n");
}
