/*
 * Network security groups: their rules alone, as `az network nsg rule list`
 * prints them, and whole groups, one or several.
 */
#include "azure.h"

static bool
detect_rules(const struct reader *reader)
{
	return azure_is_rule(azure_first(reader->json));
}

static bool
detect_group(const struct reader *reader)
{
	const cJSON *group = azure_first(reader->json);

	return listjson_has(group, "securityRules") || listjson_has(group, "defaultSecurityRules");
}

static void
read_all(struct reader *reader)
{
	struct listjson_path path = { .size = 0 };

	azure_walk(reader, reader->json, &path);
}

const struct list_format list_format_az_rules = {
	.name = "az-nsg-rules",
	.description = "JSON of az network nsg rule list",
	.is_json = true,
	.detect = detect_rules,
	.read = read_all,
};

const struct list_format list_format_nsg = {
	.name = "nsg",
	.description = "JSON of whole network security groups",
	.is_json = true,
	.detect = detect_group,
	.read = read_all,
};
