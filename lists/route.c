/*
 * Route tables of Azure, whole or their routes alone.
 */
#include "azure.h"

static bool
detect(const struct reader *reader)
{
	const cJSON *first = azure_first(reader->json);

	return azure_is_route(first) || listjson_has(first, "routes");
}

static void
read_all(struct reader *reader)
{
	struct listjson_path path = { .size = 0 };

	azure_walk(reader, reader->json, &path);
}

const struct list_format list_format_routes = {
	.name = "az-routes",
	.description = "JSON of az network route-table list or route list",
	.is_json = true,
	.detect = detect,
	.read = read_all,
};
