/* Cutting lines, and finding each one's address. */
#include "text/ends.h"
#include "text/quad.h"

#include "annotator.h"
#include "record.h"

/* Put the address that was found, if any, at its place in the batch. */
static enum line_kind
take_found(struct batch *batch, enum found found, const struct found_address *address, enum line_kind otherwise)
{
	if (found == FOUND_NOTHING)
		return otherwise;
	if (found == FOUND_IPV4) {
		batch->ipv4[batch->count] = address->ipv4;
		return LINE_IPV4;
	}
	batch->ipv6[batch->count] = address->ipv6;
	return LINE_IPV6;
}

/* A field or member: an address or nothing. An empty one is as good as none. */
static enum line_kind
take_value(struct batch *batch, const char *text, size_t size)
{
	struct found_address address;
	enum found found = find_whole(text, size, &address);

	return take_found(batch, found, &address, size == 0 ? LINE_MISSING : LINE_UNREADABLE);
}

static enum line_kind
take_json(struct batch *batch, const struct annotator *annotator, const struct line *line)
{
	struct jsonline *json = &batch->json[batch->count];
	char resolved[JSONLINE_VALUE_SIZE + QUAD_SLACK] = "";
	enum line_kind kind;

	switch (jsonline_read(&annotator->json, line->begin, line->size, json)) {
	case JSONLINE_FOUND: break;
	case JSONLINE_MISSING: return LINE_MISSING;
	case JSONLINE_BAD: return line->size == 0 ? LINE_MISSING : LINE_UNREADABLE;
	}
	if (!json->escaped)
		return take_value(batch, json->value.begin, (size_t)(json->value.end - json->value.begin));
	kind = take_value(batch, resolved, jsonline_unescape(&json->value, resolved));
	return kind == LINE_MISSING ? LINE_UNREADABLE : kind; /* what is too long comes back as nothing */
}

static enum line_kind
take_address(struct batch *batch, const struct annotator *annotator, size_t field, const struct line *line)
{
	size_t size = line->size;
	struct found_address address;
	struct record_field cell;
	const char *text;

	if ((size_t)(line_next(line) - line->begin) > ANNOTATE_LONGEST)
		return LINE_TOO_LONG;
	switch (annotator->options.input) {
	case ANNOTATE_FIND: break;
	case ANNOTATE_FIELD:
		if (!field_find(&annotator->fields, line->begin, size, field, &text, &size))
			return LINE_MISSING;
		return take_value(batch, text, size);
	case ANNOTATE_CSV:
		if (!record_find(line->begin, size, annotate_csv_separator(&annotator->options), field, &cell))
			return LINE_MISSING;
		return take_value(batch, cell.text, cell.size);
	case ANNOTATE_JSON: return take_json(batch, annotator, line);
	}
	return take_found(batch, find_first(line->begin, size, &address), &address, LINE_MISSING);
}

/* The line at hand, without its address. @return where the next one begins */
static const char *
cut_line(const struct annotator *annotator, const char *at, const char *end, struct line *ret)
{
	const char *stop = end;
	const char *next;

	if (annotator->options.input == ANNOTATE_CSV) {
		next = record_end(at, end, annotate_csv_separator(&annotator->options));
	} else {
		next = memchr(at, '\n', (size_t)(end - at));
		next = next == NULL ? NULL : next + 1;
	}
	if (next != NULL)
		stop = next - 1;
	if (stop > at && stop[-1] == '\r')
		stop--;
	*ret = (struct line){ .begin = at, .size = (uint32_t)(stop - at) };
	return next == NULL ? end : next;
}

/* Lines that are a dotted quad and nothing else, as long as they come. */
static const char *
fill_quads(struct batch *batch, const char *at, const char *end)
{
	size_t count = batch->count;

	for (; count < BATCH_LINES && at < end; count++) {
		size_t size = quad_read(at, &batch->ipv4[count]);

		if (size == 0 || (size_t)(end - at) <= size || at[size] != '\n')
			break;
		batch->lines[count] = (struct line){ at, (uint32_t)size, LINE_IPV4 };
		at += size + 1;
	}
	batch->count = count;
	return at;
}

/* Of the lines of a text that end there, those before the first that is no quad. @return how many */
QUAD_TABLE_TARGET static size_t
take_quads(struct batch *batch, const struct quad_table *quads, const char *text, const struct ends *ends)
{
	const size_t first = batch->count;
	size_t most = BATCH_LINES - first;
	size_t begin = 0;
	size_t i;

	if (most > ends->count)
		most = ends->count;
	for (i = 0; i < most; i++) {
		size_t size = ends->at[i] - begin;

		if (!quad_read_table(quads, text + begin, size, &batch->ipv4[first + i]))
			break;
		batch->lines[first + i] = (struct line){ text + begin, (uint32_t)size, LINE_IPV4 };
		begin += size + 1;
	}
	batch->count = first + i;
	return i;
}

/*
 * The same where the table can be used, but for the last few: lines are cut
 * first, and read while the one before still is. Little is looked through in
 * vain where quads are rare.
 */
static const char *
fill_quads_by_table(struct batch *batch, const struct quad_table *quads, const char *at, const char *end)
{
	size_t most = ENDS_STEP;
	struct ends ends;

	while (batch->count < BATCH_LINES && (size_t)(end - at) >= ENDS_STEP) {
		size_t size = (size_t)(end - at) / ENDS_STEP * ENDS_STEP;
		size_t taken;

		ends_find(at, size < most ? size : most, &ends);
		taken = take_quads(batch, quads, at, &ends);
		if (taken > 0)
			at += (size_t)ends.at[taken - 1] + 1;
		if (taken == 0 || taken < ends.count)
			break;
		most = ENDS_MOST;
	}
	return at;
}

const char *
batch_fill(struct batch *batch, const struct annotator *annotator, size_t field, const char *at, const char *end)
{
	bool quad_is_line = annotator->quad_is_line && field <= 1;

	batch->count = 0;
	batch->all_quads = true;
	while (batch->count < BATCH_LINES && at < end) {
		struct line *line;

		if (quad_is_line && annotator->uses_table)
			at = fill_quads_by_table(batch, &annotator->quads, at, end);
		if (quad_is_line)
			at = fill_quads(batch, at, end);
		if (batch->count == BATCH_LINES || at == end)
			break;
		batch->all_quads = false;
		line = &batch->lines[batch->count];
		at = cut_line(annotator, at, end, line);
		line[1].begin = at;
		batch->ipv4[batch->count] = 0;
		line->kind = take_address(batch, annotator, field, line);
		batch->count++;
	}
	batch->lines[batch->count].begin = at;
	return at;
}
