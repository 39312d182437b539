/* The published file, which `import` reads: the same content has the same id. And NDJSON, a line for each prefix. */
#include <string.h>

#include "export_internal.h"

/*
 * The Discovery API and the XML lists leave out what the file always has. Only
 * in the API's form, which a nextLink tells, may it be missing.
 */
static void
json_begin(const struct report_export *export, FILE *out)
{
	const svctag_release_info *release = export_release(export);

	fprintf(out, "{\"changeNumber\":%lld,\"cloud\":\"%s\",%s\"values\":[\n", (long long)release->change_number,
		release->cloud, strcmp(release->source, "file") == 0 ? "" : "\"nextLink\":null,");
}

/* The object up to its prefixes, which come last. */
static svctag_error
json_begin_tag(struct report_export *export, FILE *out, const svctag_index_tag *tag)
{
	const svctag_properties *p = &tag->properties;
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *properties;
	char *text;

	json_add_reference(&json, root, "name", p->name);
	json_add_reference(&json, root, "id", p->name);
	properties = json_add_object(&json, root, "properties");
	json_add_integer(&json, properties, "changeNumber", p->change_number);
	json_add_reference(&json, properties, "region", p->region);
	if (p->has_region_id)
		json_add_integer(&json, properties, "regionId", p->region_id);
	if (p->platform != NULL)
		json_add_reference(&json, properties, "platform", p->platform);
	json_add_reference(&json, properties, "systemService", p->system_service);
	json_add_features(&json, properties, "networkFeatures", p->network_features);
	text = json.failed ? NULL : cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (text == NULL)
		return SVCTAG_E_NO_MEMORY;
	fprintf(out, "%s%.*s,\"addressPrefixes\":[", export->next_tag > 1 ? ",\n" : "", (int)strlen(text) - 2, text);
	cJSON_free(text);
	return SVCTAG_OK;
}

static void
json_row(const struct report_export *export, FILE *out, const struct export_row *row)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	(void)export;
	svctag_prefix_format(row->prefix, text);
	fprintf(out, "%s\"%s\"", row->number > 0 ? "," : "", text);
}

static void
json_end_tag(const struct report_export *export, FILE *out)
{
	(void)export;
	fputs("]}}", out);
}

static void
json_end(const struct report_export *export, FILE *out)
{
	(void)export;
	fputs("\n]}\n", out);
}

const struct export_writer export_json = {
	.name = "json",
	.media_type = "application/json",
	.shape = EXPORT_BY_TAG,
	.begin = json_begin,
	.begin_tag = json_begin_tag,
	.row = json_row,
	.end_tag = json_end_tag,
	.end = json_end,
};

/* What all lines of a tag begin with. */
static svctag_error
ndjson_begin_tag(struct report_export *export, FILE *out, const svctag_index_tag *tag)
{
	const svctag_properties *p = &tag->properties;
	struct json json = { 0 };
	cJSON *root = json_object(&json);

	(void)out;
	json_add_release(&json, root, "release", export_release(export));
	json_add_reference(&json, root, "tag", p->name);
	json_add_reference(&json, root, "region", p->region);
	json_add_reference(&json, root, "systemService", p->system_service);
	json_add_features(&json, root, "networkFeatures", p->network_features);
	json_add_integer(&json, root, "changeNumber", p->change_number);
	cJSON_free(export->head);
	export->head = json.failed ? NULL : cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (export->head == NULL)
		return SVCTAG_E_NO_MEMORY;
	export->head[strlen(export->head) - 1] = '\0';
	return SVCTAG_OK;
}

static void
ndjson_row(const struct report_export *export, FILE *out, const struct export_row *row)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	svctag_prefix_format(row->prefix, text);
	fprintf(out, "%s,\"prefix\":\"%s\"}\n", export->head, text);
}

const struct export_writer export_ndjson = {
	.name = "ndjson",
	.media_type = "application/x-ndjson",
	.shape = EXPORT_BY_TAG,
	.begin_tag = ndjson_begin_tag,
	.row = ndjson_row,
};
