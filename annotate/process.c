/* Looking up what the lines hold, and writing the lines. */
#include <string.h>

#include "annotator.h"

/* The lines that are no dotted quads; those without an address are in no prefix. */
static void
look_up_others(const struct annotator *annotator, struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->lines[i].kind == LINE_IPV6)
			batch->prefixes[i] = svctag_index_lookup(annotator->index, &batch->ipv6[i]);
		else if (batch->lines[i].kind > LINE_IPV6)
			batch->prefixes[i] = SVCTAG_NO_PREFIX;
	}
}

static void
look_up(const struct annotator *annotator, struct batch *batch)
{
	const struct label_slot *slots = labels_slots(annotator->labels);
	const size_t count = batch->count;

	svctag_index_lookup_batch_ipv4(annotator->index, batch->ipv4, count, batch->prefixes);
	if (!batch->all_quads)
		look_up_others(annotator, batch);
	for (size_t i = 0; i < count; i++) {
		if (batch->prefixes[i] != SVCTAG_NO_PREFIX)
			__builtin_prefetch(&slots[batch->prefixes[i]]);
	}
}

/* The label of a prefix, which a line of the batch has. NULL: out of memory */
static const struct label *
label_of(struct annotator *annotator, const struct label_slot *slots, uint32_t prefix)
{
	const struct label *label = atomic_load_explicit(&slots[prefix].label, memory_order_acquire);

	return __builtin_expect(label != NULL, 1) ? label : labels_make(annotator->labels, prefix);
}

static bool
is_kept(const struct annotator *annotator, const struct label *label)
{
	return label == NULL ? annotator->keeps_others : label->kept;
}

/* Lines without an address have no label, and are counted as what they are. */
static void
pass_by(const struct annotator *annotator, struct batch *batch, struct annotate_counts *counts)
{
	const struct label *none = labels_none(annotator->labels);

	for (size_t i = 0; i < batch->count; i++) {
		const enum line_kind kind = batch->lines[i].kind;

		if (kind <= LINE_IPV6)
			continue;
		batch->labels[i] = NULL;
		counts->missing += kind == LINE_MISSING;
		counts->unreadable += kind == LINE_UNREADABLE;
		counts->too_long += kind == LINE_TOO_LONG;
		counts->kept += annotator->keeps_others;
		counts->kept -= none->kept;
	}
}

/*
 * Find the labels and count the lines. Counting reads the beginning of each
 * label, and what else of it will be copied is asked for, so that labels come
 * from memory together.
 */
static svctag_error
find_labels(struct annotator *annotator, struct batch *batch, struct annotate_counts *counts)
{
	const struct label_slot *slots = labels_slots(annotator->labels);
	const struct label *none = labels_none(annotator->labels);
	const size_t count = batch->count;
	size_t added = count;
	uint64_t matched = 0;
	uint64_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		const struct label *label = none;

		if (batch->prefixes[i] != SVCTAG_NO_PREFIX) {
			label = label_of(annotator, slots, batch->prefixes[i]);
			if (label == NULL)
				return SVCTAG_E_NO_MEMORY;
			__builtin_prefetch((const char *)label + LABEL_ALIGNMENT);
		}
		batch->labels[i] = label;
		added += label->size;
		matched += label->matched;
		kept += label->kept;
	}
	batch->added = added;
	counts->lines += count;
	counts->matched += matched;
	counts->kept += kept;
	if (!batch->all_quads)
		pass_by(annotator, batch, counts);
	return SVCTAG_OK;
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

/* All lines are kept, and end in a line feed. */
static char *
add_to_quads(char *to, const struct batch *batch)
{
	const size_t count = batch->count;

	for (size_t i = 0; i < count; i++) {
		const struct label *label = batch->labels[i];

		to = output_short(to, batch->lines[i].begin, batch->lines[i].size);
		to = output_long(to, label->text, label->size);
		*to++ = '\n';
	}
	return to;
}

/* Those that are kept, whatever they are. */
static char *
add_to_lines(char *to, const struct annotator *annotator, const struct batch *batch)
{
	bool is_json = annotator->options.input == ANNOTATE_JSON;
	const struct line *line = batch->lines;

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
	return to;
}

/* All that are kept, each with what is added to it. */
static svctag_error
add_labels(const struct annotator *annotator, const struct batch *batch, struct output *output)
{
	const char *begin = batch->lines[0].begin;
	char *to;

	if (!output_reserve(output, (size_t)(batch->lines[batch->count].begin - begin) + batch->added))
		return SVCTAG_E_NO_MEMORY;
	to = output->data + output->size;
	if (batch->all_quads && !annotator->filters)
		to = add_to_quads(to, batch);
	else
		to = add_to_lines(to, annotator, batch);
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
		err = find_labels(annotator, batch, counts);
		if (err != SVCTAG_OK)
			break;
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
