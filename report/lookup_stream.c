#include <stdlib.h>
#include <string.h>

#include "text/output.h"

#include "csv.h"
#include "format.h"
#include "fragments.h"
#include "json.h"
#include "lookup.h"

/* What a piece of JSON is followed by: lines end, array elements do not. */
static const char *
piece_end(const struct report_lookup_stream *stream)
{
	return stream->style.format == REPORT_NDJSON ? "\n" : "";
}

/* What goes between two results, or NUL. */
static char
separator(struct report_lookup_stream *stream)
{
	if (stream->written++ == 0)
		return '\0';
	return stream->style.format == REPORT_JSON ? ',' : stream->style.format == REPORT_TEXT ? '\n' : '\0';
}

static void
separate(struct report_lookup_stream *stream, FILE *out)
{
	char c = separator(stream);

	if (c != '\0')
		putc(c, out);
}

/* The opening of the object up to its array of results, which is written piece by piece. */
static svctag_error
begin_json(const struct report_lookup_stream *stream, FILE *out)
{
	struct json json = { 0 };
	cJSON *part;
	svctag_error err;

	if (!stream->all_clouds) {
		part = json_object(&json);
		json_release_fields(&json, part, svctag_snapshot_info(stream->snapshots[0]));
		fputs("{\"release\":", out);
	} else {
		part = json_array(&json);
		for (size_t i = 0; i < stream->snapshot_count; i++)
			json_add_release(&json, part, NULL, svctag_snapshot_info(stream->snapshots[i]));
		fputs("{\"release\":null,\"releases\":", out);
	}
	err = json_finish(&json, part, out, ",\"results\":[");
	return err;
}

svctag_error
report_lookup_begin(struct report_lookup_stream *stream, FILE *out)
{
	stream->written = 0;
	if (stream->style.format == REPORT_JSON)
		return begin_json(stream, out);
	if (stream->style.format == REPORT_CSV)
		fputs(LOOKUP_CSV_HEADER, out);
	return format_written(out);
}

svctag_error
report_lookup_item(struct report_lookup_stream *stream, FILE *out, const svctag_snapshot *snapshot,
		   const struct report_query *asked, const svctag_query *query, const svctag_lookup_result *result)
{
	const struct lookup_answer answer = { snapshot, asked, query, result };

	separate(stream, out);
	switch (stream->style.format) {
	case REPORT_JSON:
	case REPORT_NDJSON: return lookup_write_json(out, &answer, piece_end(stream));
	case REPORT_CSV: return lookup_write_csv(out, &answer);
	case REPORT_TEXT: break;
	}
	return lookup_write_text(out, &stream->style, &answer);
}

/* The same where there is room. */
static char *
put_separator(struct report_lookup_stream *stream, char *to)
{
	char c = separator(stream);

	*to = c;
	return to + (c != '\0');
}

char *
report_stream_answer(struct report_lookup_stream *stream, const struct report_fragments *fragments,
		     const struct report_fragments_answer *answer, char *to)
{
	to = report_fragments_write(fragments, answer, put_separator(stream, to));
	return stpcpy(to, piece_end(stream));
}

char *
report_stream_label(struct report_lookup_stream *stream, const char *text, size_t size,
		    const struct report_label *label, char *to)
{
	to = output_short(put_separator(stream, to), text, size);
	return output_long(to, label->text, label->size);
}

static svctag_error
error_json(FILE *out, const struct report_query *asked, const char *message, const char *end)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);

	json_add_bytes(&json, root, "query", asked->text, asked->size);
	if (asked->line > 0)
		json_add_integer(&json, root, "line", (int64_t)asked->line);
	json_add_bytes(&json, root, "error", message, strlen(message));
	return json_finish(&json, root, out, end);
}

static svctag_error
error_csv(FILE *out, const struct report_query *asked, const char *message)
{
	struct csv csv = { .out = out };

	csv_bytes(&csv, asked->text, asked->size);
	for (int i = 0; i < 17; i++) /* host to tagChangeNumber */
		csv_text(&csv, NULL);
	csv_text(&csv, message);
	csv_end(&csv);
	return format_written(out);
}

svctag_error
report_lookup_error(struct report_lookup_stream *stream, FILE *out, const struct report_query *asked,
		    const char *message)
{
	separate(stream, out);
	switch (stream->style.format) {
	case REPORT_JSON:
	case REPORT_NDJSON: return error_json(out, asked, message, piece_end(stream));
	case REPORT_CSV: return error_csv(out, asked, message);
	case REPORT_TEXT: break;
	}
	format_bytes(out, asked->text, asked->size);
	fprintf(out, "  %serror:%s ", format_colour(&stream->style, FORMAT_BAD),
		format_colour(&stream->style, FORMAT_PLAIN));
	format_text(out, message);
	putc('\n', out);
	return format_written(out);
}

svctag_error
report_lookup_end(struct report_lookup_stream *stream, FILE *out)
{
	if (stream->style.format == REPORT_JSON)
		fputs("]}\n", out);
	return format_written(out);
}
