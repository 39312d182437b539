#include <string.h>

#include "csv.h"
#include "format.h"
#include "json.h"

static void
damage_fields(struct json *json, cJSON *object, const struct report_damage *damage)
{
	json_add_release(json, object, "release", damage->release);
	json_add_reference(json, object, "part", damage->part);
	json_add_bytes(json, object, "error", damage->error.text, strlen(damage->error.text));
}

static svctag_error
verify_json(FILE *out, size_t releases, size_t indexes, const struct report_damage *damages, size_t count)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *array;

	json_add_bool(&json, root, "ok", count == 0);
	json_add_integer(&json, root, "releasesChecked", (int64_t)releases);
	json_add_integer(&json, root, "indexesChecked", (int64_t)indexes);
	array = json_add_array(&json, root, "damaged");
	for (size_t i = 0; i < count && !json.failed; i++)
		damage_fields(&json, json_add_object(&json, array, NULL), &damages[i]);
	return json_finish(&json, root, out, "\n");
}

static svctag_error
verify_csv(FILE *out, const struct report_damage *damages, size_t count)
{
	struct csv csv = { .out = out };

	fputs("part,error," CSV_RELEASE_HEADER "\n", out);
	for (size_t i = 0; i < count; i++) {
		csv_text(&csv, damages[i].part);
		csv_text(&csv, damages[i].error.text);
		if (damages[i].release != NULL) {
			csv_release(&csv, damages[i].release);
		} else {
			for (int field = 0; field < 4; field++)
				csv_text(&csv, NULL);
		}
		csv_end(&csv);
	}
	return format_written(out);
}

svctag_error
report_verify(FILE *out, const struct report_style *style, size_t releases_checked, size_t indexes_checked,
	      const struct report_damage *damages, size_t damage_count)
{
	switch (style->format) {
	case REPORT_JSON:
	case REPORT_NDJSON: return verify_json(out, releases_checked, indexes_checked, damages, damage_count);
	case REPORT_CSV: return verify_csv(out, damages, damage_count);
	case REPORT_TEXT: break;
	}
	if (damage_count == 0)
		fprintf(out, "%ssound%s: %zu release%s rebuilt to their digests, %zu compiled index%s\n",
			format_colour(style, FORMAT_GOOD), format_colour(style, FORMAT_PLAIN), releases_checked,
			format_plural(releases_checked), indexes_checked, indexes_checked == 1 ? "" : "es");
	else
		fprintf(out, "%sdamaged%s: %zu of %zu checks failed\n", format_colour(style, FORMAT_BAD),
			format_colour(style, FORMAT_PLAIN), damage_count, releases_checked + indexes_checked + 1);
	return format_written(out);
}
