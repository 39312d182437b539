#include "csv.h"
#include "format.h"
#include "json.h"
#include "table.h"

/* What a list of releases says of one, in the object that is there. */
static void
loaded_fields(struct json *json, cJSON *object, const svctag_release_info *info)
{
	json_release_fields(json, object, info);
	json_add_reference(json, object, "importedAt", info->imported_at);
	json_add_integer(json, object, "tagCount", (int64_t)info->tag_count);
	json_add_integer(json, object, "prefixCount", (int64_t)info->prefix_count);
	json_add_integer(json, object, "uniquePrefixCount", (int64_t)info->unique_prefix_count);
	json_add_counts(json, object, "addressCount", info->addresses);
	json_add_bool(json, object, "forced", info->forced);
	json_add_lines(json, object, "warnings", info->warnings);
}

/* What is done with each release that is listed; its state is in context. */
typedef svctag_error (*visitor)(void *context, const svctag_release_info *info);

static svctag_error
for_each(const svctag_catalogue *catalogue, size_t cloud, visitor visit, void *context)
{
	svctag_error err = SVCTAG_OK;

	for (size_t c = 0; c < svctag_catalogue_cloud_count(catalogue); c++) {
		if (cloud != REPORT_ALL_CLOUDS && cloud != c)
			continue;
		for (size_t i = 0; i < svctag_catalogue_release_count(catalogue, c) && err == SVCTAG_OK; i++)
			err = visit(context, svctag_catalogue_release(catalogue, c, i));
	}
	return err;
}

struct json_list {
	struct json json;
	cJSON *array;
};

static svctag_error
visit_json(void *context, const svctag_release_info *info)
{
	struct json_list *list = context;

	loaded_fields(&list->json, json_add_object(&list->json, list->array, NULL), info);
	return list->json.failed ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
}

static svctag_error
releases_json(FILE *out, const svctag_catalogue *catalogue, size_t cloud)
{
	struct json_list list = { 0 };
	cJSON *root = json_object(&list.json);

	list.array = json_add_array(&list.json, root, "releases");
	/* A failure is remembered in the list and reported by json_finish(). */
	(void)for_each(catalogue, cloud, visit_json, &list);
	return json_finish(&list.json, root, out, "\n");
}

static svctag_error
visit_ndjson(void *context, const svctag_release_info *info)
{
	FILE *out = context;
	struct json json = { 0 };
	cJSON *object = json_object(&json);

	loaded_fields(&json, object, info);
	return json_finish(&json, object, out, "\n");
}

static svctag_error
visit_csv(void *context, const svctag_release_info *info)
{
	struct csv csv = { .out = context };

	csv_release(&csv, info);
	csv_text(&csv, info->source);
	csv_text(&csv, info->imported_at);
	csv_integer(&csv, (int64_t)info->tag_count);
	csv_integer(&csv, (int64_t)info->prefix_count);
	csv_integer(&csv, (int64_t)info->unique_prefix_count);
	csv_count(&csv, info->addresses[0]);
	csv_count(&csv, info->addresses[1]);
	csv_text(&csv, info->forced ? "true" : "false");
	csv_text(&csv, info->warnings);
	csv_end(&csv);
	return format_written(csv.out);
}

static size_t
line_count(const char *lines)
{
	size_t count = 0;

	for (; lines != NULL && *lines != '\0'; lines++)
		count += *lines == '\n' || lines[1] == '\0';
	return count;
}

static svctag_error
visit_text(void *context, const svctag_release_info *info)
{
	struct table *table = context;
	char digest[FORMAT_DIGEST_SIZE];
	size_t warnings = line_count(info->warnings);

	table_cell(table, info->cloud);
	table_cellf(table, "%lld", (long long)info->change_number);
	table_cell(table, info->published);
	table_cellf(table, "id:%s", format_digest(info->digest, digest));
	table_cell(table, info->source);
	table_cellf(table, "%zu", info->tag_count);
	table_cellf(table, "%zu", info->prefix_count);
	table_cellf(table, "%zu", info->unique_prefix_count);
	table_cell(table, info->imported_at);
	if (warnings == 0)
		table_cell(table, info->forced ? "forced" : "");
	else
		table_cellf(table, "%s%zu warning%s", info->forced ? "forced, " : "", warnings,
			    format_plural(warnings));
	return SVCTAG_OK;
}

static svctag_error
releases_text(FILE *out, const struct report_style *style, const svctag_catalogue *catalogue, size_t cloud)
{
	static const char *const heading[] = { "CLOUD", "CHANGE",   "PUBLISHED", "ID",       "SOURCE",
					       "TAGS",  "PREFIXES", "DISTINCT",  "IMPORTED", "NOTES" };
	struct table table = { .alignment = "lrlllrrrll" };
	svctag_error err;

	for (size_t i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		table_cell(&table, heading[i]);
	err = for_each(catalogue, cloud, visit_text, &table);
	if (err == SVCTAG_OK)
		err = table_print(&table, out, style, 0, true);
	table_release(&table);
	return err;
}

svctag_error
report_releases(FILE *out, const struct report_style *style, const svctag_catalogue *catalogue, size_t cloud)
{
	switch (style->format) {
	case REPORT_JSON: return releases_json(out, catalogue, cloud);
	case REPORT_NDJSON: return for_each(catalogue, cloud, visit_ndjson, out);
	case REPORT_CSV:
		fputs(CSV_RELEASE_HEADER ",source,importedAt,tagCount,prefixCount,uniquePrefixCount,"
					 "addressCountIpv4,addressCountIpv6,forced,warnings\n",
		      out);
		return for_each(catalogue, cloud, visit_csv, out);
	case REPORT_TEXT: break;
	}
	return releases_text(out, style, catalogue, cloud);
}

svctag_error
report_forgotten(FILE *out, const struct report_style *style, const svctag_release_info *release)
{
	char text[FORMAT_RELEASE_SIZE];
	struct json json = { 0 };
	struct csv csv = { .out = out };
	cJSON *root;

	switch (style->format) {
	case REPORT_JSON:
	case REPORT_NDJSON:
		root = json_object(&json);
		json_add_release(&json, root, "forgotten", release);
		return json_finish(&json, root, out, "\n");
	case REPORT_CSV:
		fputs(CSV_RELEASE_HEADER "\n", out);
		csv_release(&csv, release);
		csv_end(&csv);
		break;
	case REPORT_TEXT: fprintf(out, "forgot %s\n", format_release(release, text)); break;
	}
	return format_written(out);
}
