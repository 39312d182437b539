/* Looking up what the lines hold, and writing the lines. */
#include <string.h>

#include "annotator.h"

static void
look_up(struct annotator *annotator, struct batch *batch)
{
	const struct label_slot *slots = labels_slots(annotator->labels);

	svctag_index_lookup_batch_ipv4(annotator->index, batch->ipv4, batch->count, batch->prefixes);
	for (size_t i = 0; i < batch->count; i++) {
		if (__builtin_expect(batch->lines[i].kind == LINE_IPV6, 0))
			batch->prefixes[i] = svctag_index_lookup(annotator->index, &batch->ipv6[i]);
		if (batch->prefixes[i] != SVCTAG_NO_PREFIX)
			__builtin_prefetch(&slots[batch->prefixes[i]]);
	}
}

static svctag_address
address_of(const struct batch *batch, size_t i)
{
	svctag_address address = { .family = SVCTAG_IPV4 };
	uint32_t value = batch->ipv4[i];

	if (batch->lines[i].kind == LINE_IPV6)
		return batch->ipv6[i];
	for (int byte = 3; byte >= 0; byte--, value >>= 8)
		address.bytes[byte] = (uint8_t)value;
	return address;
}

/* The label of a prefix, which some line of the batch has. NULL: out of memory */
static const struct label *
label_of(struct annotator *annotator, const struct batch *batch, size_t i)
{
	uint32_t prefix = batch->prefixes[i];
	const struct label_slot *slot = &labels_slots(annotator->labels)[prefix];
	const struct label *label = atomic_load_explicit(&slot->label, memory_order_acquire);

	if (__builtin_expect(label == NULL, 0)) {
		svctag_address address = address_of(batch, i);

		label = labels_make(annotator->labels, prefix, &address);
	}
	return label;
}

static svctag_error
find_labels(struct annotator *annotator, struct batch *batch)
{
	const struct label *none = labels_none(annotator->labels);

	for (size_t i = 0; i < batch->count; i++) {
		batch->labels[i] = none;
		if (batch->prefixes[i] != SVCTAG_NO_PREFIX && batch->lines[i].kind <= LINE_IPV6) {
			batch->labels[i] = label_of(annotator, batch, i);
			if (batch->labels[i] == NULL)
				return SVCTAG_E_NO_MEMORY;
			__builtin_prefetch(batch->labels[i]);
			__builtin_prefetch((const char *)batch->labels[i] + 64);
		}
	}
	return SVCTAG_OK;
}

static bool
is_kept(const struct annotator *annotator, const struct label *label)
{
	return label == NULL ? annotator->keeps_others : label->kept;
}

/* A line without an address has no label from here on. */
static void
pass_by(const struct annotator *annotator, struct batch *batch, size_t i, struct annotate_counts *counts)
{
	const struct line *line = &batch->lines[i];

	counts->missing += line->kind == LINE_MISSING;
	counts->unreadable += line->kind == LINE_UNREADABLE;
	counts->too_long += line->kind == LINE_TOO_LONG;
	counts->kept += annotator->keeps_others;
	batch->labels[i] = NULL;
}

static void
count_lines(const struct annotator *annotator, struct batch *batch, struct annotate_counts *counts)
{
	batch->added = batch->count;
	counts->lines += batch->count;
	for (size_t i = 0; i < batch->count; i++) {
		const struct label *label = batch->labels[i];

		batch->added += label->size;
		if (__builtin_expect(batch->lines[i].kind > LINE_IPV6, 0)) {
			pass_by(annotator, batch, i, counts);
			continue;
		}
		counts->matched += label->matched;
		counts->kept += label->kept;
	}
}

/* Something that takes the place of a piece of the line. */
struct edit {
	const char *begin;
	const char *end;
	const char *text;
	size_t size;
};

static char *
add_edited(char *to, const struct line *line, const struct edit *edits, size_t count)
{
	const char *at = line->begin;

	for (size_t i = 0; i < count; i++) {
		to = mempcpy(to, at, (size_t)(edits[i].begin - at));
		to = mempcpy(to, edits[i].text, edits[i].size);
		at = edits[i].end;
	}
	return mempcpy(to, at, (size_t)(line_next(line) - at));
}

/* A member that is there already gets the new value; what is not goes behind the last. */
static char *
add_json_edited(char *to, const struct line *line, const struct jsonline *json, const struct label *label)
{
	const struct jsonline_piece *region = &json->existing[0];
	const struct jsonline_piece *tags = &json->existing[1];
	const struct edit new_region = { region->begin, region->end, label->text + label->region_value,
					 label->region_end - label->region_value };
	const struct edit new_tags = { tags->begin, tags->end, label->text + label->tags_value,
				       label->size - label->tags_value };
	const struct edit comma = { json->insert, json->insert, ",", 1 };
	const struct edit region_member = { json->insert, json->insert, label->text, label->region_end };
	const struct edit tags_member = { json->insert, json->insert, label->text + label->region_end + 1,
					  label->size - label->region_end - 1 };

	if (region->begin == NULL)
		return add_edited(to, line, (const struct edit[]){ new_tags, comma, region_member }, 3);
	if (tags->begin == NULL)
		return add_edited(to, line, (const struct edit[]){ new_region, comma, tags_member }, 3);
	if (region->begin < tags->begin)
		return add_edited(to, line, (const struct edit[]){ new_region, new_tags }, 2);
	return add_edited(to, line, (const struct edit[]){ new_tags, new_region }, 2);
}

static char *
add_json(char *to, const struct line *line, const struct jsonline *json, const struct label *label)
{
	if (json->existing[0].begin != NULL || json->existing[1].begin != NULL)
		return add_json_edited(to, line, json, label);
	to = mempcpy(to, line->begin, (size_t)(json->insert - line->begin));
	*to++ = ',';
	to = mempcpy(to, label->text, label->size);
	return mempcpy(to, json->insert, (size_t)(line_next(line) - json->insert));
}

/* Lines as they are: those that stand together are copied together. */
static svctag_error
copy_kept(const struct annotator *annotator, const struct batch *batch, struct output *output)
{
	size_t i = 0;

	while (i < batch->count) {
		size_t first = i;
		size_t size;

		while (i < batch->count && is_kept(annotator, batch->labels[i]))
			i++;
		if (i > first) {
			size = (size_t)(batch->lines[i].begin - batch->lines[first].begin);
			if (!output_reserve(output, size))
				return SVCTAG_E_NO_MEMORY;
			output_add(output, batch->lines[first].begin, size);
		}
		while (i < batch->count && !is_kept(annotator, batch->labels[i]))
			i++;
	}
	return SVCTAG_OK;
}

/* A line without an address. Of CSV it gets empty columns, so that all records have as many. */
static char *
add_other(char *to, const struct annotator *annotator, const struct line *line)
{
	const struct label *none = labels_none(annotator->labels);

	to = mempcpy(to, line->begin, line->size);
	if (annotator->options.input == ANNOTATE_CSV && line->kind != LINE_TOO_LONG && line->size > 0)
		to = mempcpy(to, none->text, none->size);
	return mempcpy(to, line_end(line), (size_t)(line_next(line) - line_end(line)));
}

/* All that are kept, each with what is added to it. */
static svctag_error
add_labels(const struct annotator *annotator, const struct batch *batch, struct output *output)
{
	bool is_json = annotator->options.input == ANNOTATE_JSON;
	const struct line *line = batch->lines;
	char *to;

	if (!output_reserve(output, (size_t)(line[batch->count].begin - line->begin) + batch->added))
		return SVCTAG_E_NO_MEMORY;
	to = output->data + output->size;
	for (size_t i = 0; i < batch->count; i++, line++) {
		const struct label *label = batch->labels[i];

		if (!is_kept(annotator, label))
			continue;
		if (__builtin_expect(label == NULL, 0)) {
			to = add_other(to, annotator, line);
		} else if (is_json) {
			to = add_json(to, line, &batch->json[i], label);
		} else {
			to = output_short(to, line->begin, line->size);
			to = output_long(to, label->text, label->size);
			to = output_short(to, line_end(line), (size_t)(line_next(line) - line_end(line)));
		}
	}
	output->size = (size_t)(to - output->data);
	return SVCTAG_OK;
}

static svctag_error
process_lines(struct annotator *annotator, struct batch *batch, const struct block *block, struct output *output,
	      struct annotate_counts *counts)
{
	const char *end = block->data + block->size;
	svctag_error err = SVCTAG_OK;

	for (const char *at = block->data; at < end && err == SVCTAG_OK;) {
		at = batch_fill(batch, annotator, block->field, at, end);
		look_up(annotator, batch);
		err = find_labels(annotator, batch);
		if (err != SVCTAG_OK)
			break;
		count_lines(annotator, batch, counts);
		err = annotator->adds ? add_labels(annotator, batch, output) : copy_kept(annotator, batch, output);
	}
	return err;
}

/* The columns that lines get, before the line end. */
static svctag_error
process_header(const struct annotator *annotator, const struct block *block, struct output *output)
{
	size_t added = annotator->adds ? strlen(annotator->header) : 0;
	size_t size = block->size;

	if (!output_reserve(output, size + added))
		return SVCTAG_E_NO_MEMORY;
	if (size > 0 && block->data[size - 1] == '\n')
		size--;
	if (size > 0 && block->data[size - 1] == '\r')
		size--;
	output_add(output, block->data, size);
	memcpy(output->data + output->size, annotator->header, added);
	output->size += added;
	output_add(output, block->data + size, block->size - size);
	return SVCTAG_OK;
}

/* Of a line that is too long. */
static svctag_error
process_piece(const struct annotator *annotator, const struct block *block, struct output *output,
	      struct annotate_counts *counts)
{
	counts->lines += block->starts_line;
	counts->too_long += block->starts_line;
	if (!annotator->keeps_others)
		return SVCTAG_OK;
	counts->kept += block->starts_line;
	if (!output_reserve(output, block->size))
		return SVCTAG_E_NO_MEMORY;
	output_add(output, block->data, block->size);
	return SVCTAG_OK;
}

svctag_error
annotator_process(struct annotator *annotator, struct batch *batch, const struct block *block, struct output *output,
		  struct annotate_counts *counts)
{
	switch (block->kind) {
	case BLOCK_HEADER: return process_header(annotator, block, output);
	case BLOCK_PIECE: return process_piece(annotator, block, output, counts);
	case BLOCK_LINES: break;
	}
	return process_lines(annotator, batch, block, output, counts);
}
