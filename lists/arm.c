/*
 * Templates of the Azure Resource Manager. Rules lie in the properties of
 * groups, or are resources of their own; so do routes. Expressions are not
 * evaluated, and a copy loop makes of one rule as many as they say.
 */
#include "azure.h"

static bool
detect(const struct reader *reader)
{
	const char *schema = listjson_string(reader->json, "$schema");

	return listjson_member(reader->json, "resources") != NULL &&
	       (listjson_member(reader->json, "contentVersion") != NULL ||
		(schema != NULL && span_holds(span_of(schema), "deploymentTemplate")));
}

/* Recursion as deep as the document, which is at most LISTJSON_MAX_DEPTH. */
static void
report_loops(struct reader *reader, const cJSON *value)
{
	const cJSON *child, *loop = listjson_member(value, "copy");

	if (cJSON_IsObject(loop) || cJSON_IsArray(loop)) {
		struct origin origin = { .line = listjson_line(loop) };

		reader_warning(reader, &origin, span_of("copy"),
			       "a copy loop: what it repeats is read once, as it is written");
	}
	cJSON_ArrayForEach(child, value) report_loops(reader, child);
}

static void
read_all(struct reader *reader)
{
	struct listjson_path path = { .size = 0 };

	report_loops(reader, reader->json);
	azure_walk(reader, listjson_member(reader->json, "resources"), &path);
}

const struct list_format list_format_arm = {
	.name = "arm",
	.description = "Azure Resource Manager template",
	.is_json = true,
	.detect = detect,
	.read = read_all,
};
