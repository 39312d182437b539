#include "imported.h"

#include <string.h>

const char *
imported_text(const struct imported *imported)
{
	static const char *const texts[] = {
		[SVCTAG_IMPORT_ADDED] = "added",
		[SVCTAG_IMPORT_UNCHANGED] = "unchanged",
		[SVCTAG_IMPORT_MOVED] = "moved",
	};

	if (imported->error != NULL)
		return "failed";
	return imported->release == NULL ? "found" : texts[imported->result];
}

enum format_colour
imported_colour(const struct imported *imported)
{
	if (imported->error != NULL)
		return FORMAT_BAD;
	return imported->result == SVCTAG_IMPORT_UNCHANGED ? FORMAT_FAINT : FORMAT_GOOD;
}

void
imported_json(struct json *json, cJSON *object, const struct imported *imported)
{
	const svctag_release_info *release = imported->release;

	json_add_release(json, object, "release", release);
	if (release != NULL) {
		json_add_integer(json, object, "tagCount", (int64_t)release->tag_count);
		json_add_integer(json, object, "prefixCount", (int64_t)release->prefix_count);
		json_add_integer(json, object, "uniquePrefixCount", (int64_t)release->unique_prefix_count);
		json_add_bool(json, object, "forced", release->forced);
	}
	json_add_lines(json, object, "warnings", imported->warnings);
	if (imported->error == NULL)
		json_add_null(json, object, "error");
	else
		json_add_bytes(json, object, "error", imported->error, strlen(imported->error));
}

void
imported_csv(struct csv *csv, const svctag_release_info *release)
{
	csv_release(csv, release);
	csv_integer(csv, (int64_t)release->tag_count);
	csv_integer(csv, (int64_t)release->prefix_count);
	csv_text(csv, release->forced ? "true" : "false");
}

void
imported_release_text(FILE *out, const svctag_release_info *release)
{
	char text[FORMAT_RELEASE_SIZE];

	fprintf(out, "%s  %zu tags, %zu prefixes%s", format_release(release, text), release->tag_count,
		release->prefix_count, release->forced ? ", forced" : "");
}

svctag_error
items_begin(FILE *out, enum report_format format, const char *key, const char *header)
{
	if (format == REPORT_JSON)
		fprintf(out, "{\"%s\":[", key);
	else if (format == REPORT_CSV)
		fprintf(out, "%s\n", header);
	return format_written(out);
}

void
items_next(FILE *out, enum report_format format, size_t *written)
{
	if (format == REPORT_JSON && *written > 0)
		putc(',', out);
	(*written)++;
}

svctag_error
items_end(FILE *out, enum report_format format)
{
	if (format == REPORT_JSON)
		fputs("]}\n", out);
	return format_written(out);
}
