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
	for (size_t i = 0; i < count; i++)
		__builtin_prefetch(&slots[labels_slot(batch->prefixes[i])]);
}

/* A line without an address has no label. */
static bool
is_kept(const struct annotator *annotator, const struct label *label)
{
	return !label_is_there(label) ? annotator->keeps_others : label_is_kept(label);
}

/* Lines without an address are counted as what they are. */
static void
pass_by(const struct annotator *annotator, struct batch *batch, struct annotate_counts *counts)
{
	const struct label *none = &labels_by_number(annotator->labels)[LABEL_NONE];

	for (size_t i = 0; i < batch->count; i++) {
		const enum line_kind kind = batch->lines[i].kind;

		if (kind <= LINE_IPV6)
			continue;
		batch->labels[i].tally = 0;
		counts->missing += kind == LINE_MISSING;
		counts->unreadable += kind == LINE_UNREADABLE;
		counts->too_long += kind == LINE_TOO_LONG;
		counts->kept += annotator->keeps_others;
		counts->kept -= label_is_kept(none);
	}
}

/* Find the labels and count the lines; the texts are asked for when their turn to be copied comes near. */
static svctag_error
find_labels(struct annotator *annotator, struct batch *batch, struct annotate_counts *counts)
{
	const struct label_slot *slots = labels_slots(annotator->labels);
	const struct label *by_number = labels_by_number(annotator->labels);
	const size_t count = batch->count;
	uint64_t tally = 0;

	for (size_t i = 0; i < count; i++) {
		const uint32_t prefix = batch->prefixes[i];
		uint32_t number = atomic_load_explicit(&slots[labels_slot(prefix)].number, memory_order_acquire);
		struct label label;

		if (__builtin_expect(number == 0, 0)) {
			number = labels_make(annotator->labels, prefix);
			if (number == 0)
				return SVCTAG_E_NO_MEMORY;
		}
		label = by_number[number];
		batch->labels[i] = label;
		tally += label.tally;
	}
	for (size_t i = 0; i < LABELS_AHEAD; i++)
		batch->labels[count + i] = by_number[LABEL_NONE]; /* to be asked for */
	batch->added = count + (tally & LABEL_SIZE);
	counts->lines += count;
	counts->matched += tally >> LABEL_MATCHED & LABEL_COUNT;
	counts->kept += tally >> LABEL_KEPT & LABEL_COUNT;
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
	const struct rendered_places *places = label_places(label);
	const struct jsonline_piece *region = &json->existing[0];
	const struct jsonline_piece *tags = &json->existing[1];
	const struct edit new_region = { region->begin, region->end, label->text + places->region_value,
					 places->region_end - places->region_value };
	const struct edit new_tags = { tags->begin, tags->end, label->text + places->tags_value,
				       label_size(label) - places->tags_value };
	const struct edit comma = { json->insert, json->insert, ",", 1 };
	const struct edit region_member = { json->insert, json->insert, label->text, places->region_end };
	const struct edit tags_member = { json->insert, json->insert, label->text + places->region_end + 1,
					  label_size(label) - places->region_end - 1 };

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
	to = mempcpy(to, label->text, label_size(label));
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

		while (i < batch->count && is_kept(annotator, &batch->labels[i]))
			i++;
		if (i > first) {
			size = (size_t)(batch->lines[i].begin - batch->lines[first].begin);
			if (!output_reserve(output, size))
				return SVCTAG_E_NO_MEMORY;
			output_add(output, batch->lines[first].begin, size);
		}
		while (i < batch->count && !is_kept(annotator, &batch->labels[i]))
			i++;
	}
	return SVCTAG_OK;
}

/* A line without an address. Of CSV it gets empty columns, so that all records have as many. */
static char *
add_other(char *to, const struct annotator *annotator, const struct line *line)
{
	const struct label *none = &labels_by_number(annotator->labels)[LABEL_NONE];

	to = mempcpy(to, line->begin, line->size);
	if (annotator->options.input == ANNOTATE_CSV && line->kind != LINE_TOO_LONG && line->size > 0)
		to = mempcpy(to, none->text, label_size(none));
	return mempcpy(to, line_end(line), (size_t)(line_next(line) - line_end(line)));
}

/* Labels come from memory while those before them are copied. */
static void
ask_for(const struct label *label)
{
	__builtin_prefetch(label->text);
	__builtin_prefetch(label->text + LABEL_ALIGNMENT);
}

/* The quad that a line is, no longer than OUTPUT_SHORT. @return where its label goes */
static char *
add_quad(char *to, const struct batch *batch, size_t i)
{
	const struct line *line = &batch->lines[i];

	ask_for(&batch->labels[i + LABELS_AHEAD]);
	memcpy(to, line->begin, OUTPUT_SHORT);
	return to + line->size;
}

/* All lines are kept, and end in a line feed. */
static char *
add_to_quads(char *to, const struct batch *batch)
{
	const size_t count = batch->count;

	for (size_t i = 0; i < count; i++) {
		to = add_quad(to, batch, i);
		to = output_long(to, batch->labels[i].text, label_size(&batch->labels[i]));
		*to++ = '\n';
	}
	return to;
}

/* The same on processors with AVX2. */
OUTPUT_WIDE_TARGET static char *
add_to_quads_wide(char *to, const struct batch *batch)
{
	const size_t count = batch->count;

	for (size_t i = 0; i < count; i++) {
		to = add_quad(to, batch, i);
		to = output_wide(to, batch->labels[i].text, label_size(&batch->labels[i]));
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
		const struct label *label = &batch->labels[i];

		ask_for(&label[LABELS_AHEAD]);
		if (!is_kept(annotator, label))
			continue;
		if (__builtin_expect(!label_is_there(label), 0)) {
			to = add_other(to, annotator, line);
		} else if (is_json) {
			to = add_json(to, line, &batch->json[i], label);
		} else {
			to = output_short(to, line->begin, line->size);
			to = output_long(to, label->text, label_size(label));
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
		to = annotator->uses_table ? add_to_quads_wide(to, batch) : add_to_quads(to, batch);
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
