#include <inttypes.h>
#include <string.h>

#include "csv.h"
#include "format.h"
#include "json.h"
#include "table.h"

/* What is known of one cloud. */
struct cloud_status {
	const svctag_release_info *newest;
	size_t releases;
	int64_t age_days;
};

/* @return false when the cloud is not asked for, or empty */
static bool
cloud_status_get(const svctag_catalogue *catalogue, size_t wanted, size_t cloud, const char *today,
		 struct cloud_status *ret)
{
	size_t count = svctag_catalogue_release_count(catalogue, cloud);

	if (count == 0 || (wanted != REPORT_ALL_CLOUDS && wanted != cloud))
		return false;
	ret->newest = svctag_catalogue_release(catalogue, cloud, count - 1);
	ret->releases = count;
	ret->age_days = svctag_day_number(today) - svctag_day_number(ret->newest->published);
	return true;
}

static void
cloud_fields(struct json *json, cJSON *object, const struct cloud_status *status)
{
	json_add_reference(json, object, "cloud", status->newest->cloud);
	json_add_release(json, object, "release", status->newest);
	json_add_reference(json, object, "importedAt", status->newest->imported_at);
	json_add_integer(json, object, "ageDays", status->age_days);
	json_add_integer(json, object, "releases", (int64_t)status->releases);
	json_add_integer(json, object, "tagCount", (int64_t)status->newest->tag_count);
	json_add_integer(json, object, "prefixCount", (int64_t)status->newest->prefix_count);
	json_add_integer(json, object, "uniquePrefixCount", (int64_t)status->newest->unique_prefix_count);
	json_add_counts(json, object, "addressCount", status->newest->addresses);
}

static svctag_error
status_json(FILE *out, const struct report_database *database, const svctag_catalogue *catalogue, size_t cloud)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *object = json_add_object(&json, root, "database");
	cJSON *array;

	json_add_bytes(&json, object, "path", database->path, strlen(database->path));
	json_add_integer(&json, object, "size", (int64_t)database->size);
	json_add_integer(&json, object, "schema", database->schema);
	array = json_add_array(&json, root, "clouds");
	for (size_t c = 0; c < svctag_catalogue_cloud_count(catalogue); c++) {
		struct cloud_status status;

		if (cloud_status_get(catalogue, cloud, c, database->today, &status))
			cloud_fields(&json, json_add_object(&json, array, NULL), &status);
	}
	return json_finish(&json, root, out, "\n");
}

static svctag_error
status_ndjson(FILE *out, const struct report_database *database, const svctag_catalogue *catalogue, size_t cloud)
{
	svctag_error err = SVCTAG_OK;

	for (size_t c = 0; c < svctag_catalogue_cloud_count(catalogue) && err == SVCTAG_OK; c++) {
		struct cloud_status status;
		struct json json = { 0 };
		cJSON *root;

		if (!cloud_status_get(catalogue, cloud, c, database->today, &status))
			continue;
		root = json_object(&json);
		cloud_fields(&json, root, &status);
		err = json_finish(&json, root, out, "\n");
	}
	return err;
}

static svctag_error
status_csv(FILE *out, const struct report_database *database, const svctag_catalogue *catalogue, size_t cloud)
{
	struct csv csv = { .out = out };

	fputs(CSV_RELEASE_HEADER ",source,importedAt,ageDays,releases,tagCount,prefixCount,uniquePrefixCount\n", out);
	for (size_t c = 0; c < svctag_catalogue_cloud_count(catalogue); c++) {
		struct cloud_status status;

		if (!cloud_status_get(catalogue, cloud, c, database->today, &status))
			continue;
		csv_release(&csv, status.newest);
		csv_text(&csv, status.newest->source);
		csv_text(&csv, status.newest->imported_at);
		csv_integer(&csv, status.age_days);
		csv_integer(&csv, (int64_t)status.releases);
		csv_integer(&csv, (int64_t)status.newest->tag_count);
		csv_integer(&csv, (int64_t)status.newest->prefix_count);
		csv_integer(&csv, (int64_t)status.newest->unique_prefix_count);
		csv_end(&csv);
	}
	return format_written(out);
}

static svctag_error
status_text(FILE *out, const struct report_style *style, const struct report_database *database,
	    const svctag_catalogue *catalogue, size_t cloud)
{
	static const char *const heading[] = { "CLOUD", "NEWEST",   "PUBLISHED", "AGE",
					       "TAGS",  "PREFIXES", "RELEASES",  "IMPORTED" };
	struct table table = { .alignment = "lrlrrrrl" };
	svctag_error err;

	fputs("database ", out);
	format_text(out, database->path);
	fprintf(out, ", %.1f MB, schema %d\n", (double)database->size / 1e6, database->schema);
	for (size_t i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		table_cell(&table, heading[i]);
	for (size_t c = 0; c < svctag_catalogue_cloud_count(catalogue); c++) {
		struct cloud_status status;

		if (!cloud_status_get(catalogue, cloud, c, database->today, &status))
			continue;
		table_cell(&table, status.newest->cloud);
		table_cellf(&table, "%" PRId64, status.newest->change_number);
		table_cell(&table, status.newest->published);
		table_cellf(&table, "%" PRId64 " day%s", status.age_days, status.age_days == 1 ? "" : "s");
		table_cellf(&table, "%zu", status.newest->tag_count);
		table_cellf(&table, "%zu", status.newest->prefix_count);
		table_cellf(&table, "%zu", status.releases);
		table_cell(&table, status.newest->imported_at);
	}
	err = table_print(&table, out, style, 0, true);
	table_release(&table);
	return err;
}

svctag_error
report_status(FILE *out, const struct report_style *style, const struct report_database *database,
	      const svctag_catalogue *catalogue, size_t cloud)
{
	switch (style->format) {
	case REPORT_JSON: return status_json(out, database, catalogue, cloud);
	case REPORT_NDJSON: return status_ndjson(out, database, catalogue, cloud);
	case REPORT_CSV: return status_csv(out, database, catalogue, cloud);
	case REPORT_TEXT: break;
	}
	return status_text(out, style, database, catalogue, cloud);
}
