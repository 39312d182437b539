#include <string.h>

#include "csv.h"
#include "format.h"
#include "json.h"

static const char *
result_text(const struct report_fetch *item)
{
	static const char *const texts[] = {
		[SVCTAG_IMPORT_ADDED] = "added",
		[SVCTAG_IMPORT_UNCHANGED] = "unchanged",
		[SVCTAG_IMPORT_MOVED] = "moved",
	};

	if (item->error != NULL)
		return "failed";
	return item->release == NULL ? "found" : texts[item->result];
}

static svctag_error
item_json(FILE *out, const struct report_fetch *item, const char *end)
{
	const svctag_release_info *release = item->release;
	struct json json = { 0 };
	cJSON *root = json_object(&json);

	json_add_text(&json, root, "cloud", item->cloud);
	json_add_text(&json, root, "source", item->source);
	json_add_text(&json, root, "url", item->url);
	json_add_reference(&json, root, "result", result_text(item));
	json_add_bool(&json, root, "notModified", item->not_modified);
	json_add_release(&json, root, "release", release);
	if (release != NULL) {
		json_add_integer(&json, root, "tagCount", (int64_t)release->tag_count);
		json_add_integer(&json, root, "prefixCount", (int64_t)release->prefix_count);
		json_add_integer(&json, root, "uniquePrefixCount", (int64_t)release->unique_prefix_count);
		json_add_bool(&json, root, "forced", release->forced);
	}
	json_add_lines(&json, root, "warnings", item->warnings);
	if (item->error == NULL)
		json_add_null(&json, root, "error");
	else
		json_add_bytes(&json, root, "error", item->error, strlen(item->error));
	return json_finish(&json, root, out, end);
}

static svctag_error
item_csv(FILE *out, const struct report_fetch *item)
{
	struct csv csv = { .out = out };

	csv_text(&csv, item->source);
	csv_text(&csv, item->url);
	csv_text(&csv, result_text(item));
	csv_text(&csv, item->not_modified ? "true" : "false");
	if (item->release != NULL) {
		csv_release(&csv, item->release);
		csv_integer(&csv, (int64_t)item->release->tag_count);
		csv_integer(&csv, (int64_t)item->release->prefix_count);
		csv_text(&csv, item->release->forced ? "true" : "false");
	} else {
		csv_text(&csv, item->cloud);
		for (int field = 0; field < 6; field++)
			csv_text(&csv, NULL);
	}
	csv_text(&csv, item->warnings);
	csv_text(&csv, item->error);
	csv_end(&csv);
	return format_written(out);
}

static svctag_error
item_text(FILE *out, const struct report_style *style, const struct report_fetch *item)
{
	char release[FORMAT_RELEASE_SIZE];
	enum format_colour colour = item->error != NULL                       ? FORMAT_BAD
				    : item->result == SVCTAG_IMPORT_UNCHANGED ? FORMAT_FAINT
									      : FORMAT_GOOD;

	fprintf(out, "%s%s%s  ", format_colour(style, colour), result_text(item), format_colour(style, FORMAT_PLAIN));
	if (item->release != NULL)
		fprintf(out, "%s  %zu tags, %zu prefixes%s%s  ", format_release(item->release, release),
			item->release->tag_count, item->release->prefix_count, item->release->forced ? ", forced" : "",
			item->not_modified ? ", not modified" : "");
	else
		fprintf(out, "%s  ", item->cloud == NULL ? "any cloud" : item->cloud);
	format_text(out, item->url);
	putc('\n', out);
	return format_written(out);
}

svctag_error
report_fetch_begin(struct report_fetch_stream *stream, FILE *out)
{
	stream->written = 0;
	if (stream->style.format == REPORT_JSON)
		fputs("{\"fetches\":[", out);
	else if (stream->style.format == REPORT_CSV)
		fputs("source,url,result,notModified," CSV_RELEASE_HEADER
		      ",tagCount,prefixCount,forced,warnings,error\n",
		      out);
	return format_written(out);
}

svctag_error
report_fetch_item(struct report_fetch_stream *stream, FILE *out, const struct report_fetch *item)
{
	if (stream->style.format == REPORT_JSON && stream->written > 0)
		putc(',', out);
	stream->written++;
	switch (stream->style.format) {
	case REPORT_JSON: return item_json(out, item, "");
	case REPORT_NDJSON: return item_json(out, item, "\n");
	case REPORT_CSV: return item_csv(out, item);
	case REPORT_TEXT: break;
	}
	return item_text(out, &stream->style, item);
}

svctag_error
report_fetch_end(struct report_fetch_stream *stream, FILE *out)
{
	if (stream->style.format == REPORT_JSON)
		fputs("]}\n", out);
	return format_written(out);
}
