/* Why an address is in no tag, or not in the one expected. */
#include "explain.h"

#include "format.h"

static void
add_names(struct json *json, cJSON *parent, const char *key, const svctag_name_list *list)
{
	cJSON *array = json_add_array(json, parent, key);

	for (size_t i = 0; i < list->count && !json->failed; i++)
		json_add_reference(json, array, NULL, list->names[i]);
}

static void
add_neighbour(struct json *json, cJSON *parent, const char *key, const svctag_neighbour *neighbour)
{
	cJSON *object;

	if (!neighbour->found) {
		json_add_null(json, parent, key);
		return;
	}
	object = json_add_object(json, parent, key);
	json_add_prefix(json, object, "prefix", &neighbour->prefix);
	json_add_count(json, object, "distance", neighbour->distance);
	add_names(json, object, "tags", &neighbour->tags);
}

void
explain_json(struct json *json, cJSON *root, const svctag_explanation *explanation)
{
	cJSON *object = json_add_object(json, root, "explanation");
	cJSON *part;

	if (explanation->special == NULL) {
		json_add_null(json, object, "specialPurpose");
	} else {
		part = json_add_object(json, object, "specialPurpose");
		json_add_reference(json, part, "prefix", explanation->special->prefix);
		json_add_reference(json, part, "name", explanation->special->name);
		json_add_reference(json, part, "rfc", explanation->special->rfc);
		json_add_bool(json, part, "global", explanation->special->global);
	}
	json_add_bool(json, object, "onlyAzureCloud", explanation->only_azure_cloud);
	if (explanation->last_held == NULL) {
		json_add_null(json, object, "lastHeld");
	} else {
		part = json_add_object(json, object, "lastHeld");
		json_add_release(json, part, "release", explanation->last_held);
		add_names(json, part, "tags", &explanation->last_tags);
	}
	part = json_add_object(json, object, "nearest");
	add_neighbour(json, part, "below", &explanation->below);
	add_neighbour(json, part, "above", &explanation->above);
}

static void
names_text(FILE *out, const svctag_name_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		fputs(i > 0 ? ", " : "", out);
		format_text(out, list->names[i]);
	}
}

static void
neighbour_text(FILE *out, const char *side, const svctag_neighbour *neighbour)
{
	char prefix[SVCTAG_PREFIX_TEXT_SIZE];
	char distance[SVCTAG_COUNT_TEXT_SIZE];

	if (!neighbour->found)
		return;
	svctag_prefix_format(&neighbour->prefix, prefix);
	fprintf(out, "  nearest %s: %s, %s address%s away, in ", side, prefix,
		format_count(neighbour->distance, distance),
		svctag_count_compare(neighbour->distance, svctag_count_of(1)) == 0 ? "" : "es");
	names_text(out, &neighbour->tags);
	putc('\n', out);
}

void
explain_text(FILE *out, const svctag_explanation *explanation)
{
	char release[FORMAT_RELEASE_SIZE];

	if (explanation->special != NULL)
		fprintf(out, "  special purpose: %s %s (%s)%s\n", explanation->special->prefix,
			explanation->special->name, explanation->special->rfc,
			explanation->special->global ? "" : ", not seen on the public Internet");
	if (explanation->only_azure_cloud)
		fputs("  an address of Azure, but of no service that has a tag\n", out);
	if (explanation->last_held != NULL) {
		fprintf(out, "  last held otherwise: %s, in ", format_release(explanation->last_held, release));
		names_text(out, &explanation->last_tags);
		putc('\n', out);
	} else {
		fputs("  never in another tag in the loaded releases before\n", out);
	}
	neighbour_text(out, "below", &explanation->below);
	neighbour_text(out, "above", &explanation->above);
}
