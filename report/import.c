#include "imported.h"

#include <string.h>

static struct imported
imported_of(const struct report_import *item)
{
	return (struct imported){
		.error = item->error,
		.result = item->result,
		.release = item->error == NULL ? item->release : NULL,
		.warnings = item->warnings,
	};
}

static svctag_error
item_json(FILE *out, const struct report_import *item, const char *end)
{
	const struct imported imported = imported_of(item);
	struct json json = { 0 };
	cJSON *root = json_object(&json);

	json_add_bytes(&json, root, "file", item->file, strlen(item->file));
	json_add_reference(&json, root, "result", imported_text(&imported));
	imported_json(&json, root, &imported);
	return json_finish(&json, root, out, end);
}

static svctag_error
item_csv(FILE *out, const struct report_import *item)
{
	const struct imported imported = imported_of(item);
	struct csv csv = { .out = out };

	csv_text(&csv, item->file);
	csv_text(&csv, imported_text(&imported));
	if (imported.release != NULL) {
		imported_csv(&csv, imported.release);
	} else {
		for (int field = 0; field < 7; field++)
			csv_text(&csv, NULL);
	}
	csv_text(&csv, item->warnings);
	csv_text(&csv, item->error);
	csv_end(&csv);
	return format_written(out);
}

static svctag_error
item_text(FILE *out, const struct report_style *style, const struct report_import *item)
{
	const struct imported imported = imported_of(item);

	fprintf(out, "%s%s%s  ", format_colour(style, imported_colour(&imported)), imported_text(&imported),
		format_colour(style, FORMAT_PLAIN));
	if (imported.release != NULL) {
		imported_release_text(out, imported.release);
		fputs("  ", out);
	}
	format_text(out, item->file);
	putc('\n', out);
	return format_written(out);
}

svctag_error
report_import_begin(struct report_import_stream *stream, FILE *out)
{
	stream->written = 0;
	return items_begin(out, stream->style.format, "files",
			   "file,result," CSV_RELEASE_HEADER ",tagCount,prefixCount,forced,warnings,error");
}

svctag_error
report_import_item(struct report_import_stream *stream, FILE *out, const struct report_import *item)
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
report_import_end(struct report_import_stream *stream, FILE *out)
{
	return items_end(out, stream->style.format);
}
