#include "imported.h"

static struct imported
imported_of(const struct report_fetch *item)
{
	return (struct imported){ item->error, item->result, item->release, item->warnings };
}

static svctag_error
item_json(FILE *out, const struct report_fetch *item, const char *end)
{
	const struct imported imported = imported_of(item);
	struct json json = { 0 };
	cJSON *root = json_object(&json);

	json_add_text(&json, root, "cloud", item->cloud);
	json_add_text(&json, root, "source", item->source);
	json_add_text(&json, root, "url", item->url);
	json_add_reference(&json, root, "result", imported_text(&imported));
	json_add_bool(&json, root, "notModified", item->not_modified);
	imported_json(&json, root, &imported);
	return json_finish(&json, root, out, end);
}

static svctag_error
item_csv(FILE *out, const struct report_fetch *item)
{
	const struct imported imported = imported_of(item);
	struct csv csv = { .out = out };

	csv_text(&csv, item->source);
	csv_text(&csv, item->url);
	csv_text(&csv, imported_text(&imported));
	csv_text(&csv, item->not_modified ? "true" : "false");
	if (item->release != NULL) {
		imported_csv(&csv, item->release);
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
	const struct imported imported = imported_of(item);

	fprintf(out, "%s%s%s  ", format_colour(style, imported_colour(&imported)), imported_text(&imported),
		format_colour(style, FORMAT_PLAIN));
	if (item->release != NULL) {
		imported_release_text(out, item->release);
		fputs(item->not_modified ? ", not modified  " : "  ", out);
	} else {
		fprintf(out, "%s  ", item->cloud == NULL ? "any cloud" : item->cloud);
	}
	format_text(out, item->url);
	putc('\n', out);
	return format_written(out);
}

svctag_error
report_fetch_begin(struct report_fetch_stream *stream, FILE *out)
{
	stream->written = 0;
	return items_begin(out, stream->style.format, "fetches",
			   "source,url,result,notModified," CSV_RELEASE_HEADER
			   ",tagCount,prefixCount,forced,warnings,error");
}

svctag_error
report_fetch_item(struct report_fetch_stream *stream, FILE *out, const struct report_fetch *item)
{
	items_next(out, stream->style.format, &stream->written);
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
	return items_end(out, stream->style.format);
}
