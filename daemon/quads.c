#include "quads.h"

#include <pthread.h>

#include "text/ends.h"
#include "text/quad.h"

/** With so much of the list left, what is read of an item, and of its end, lies inside the list. */
#define MARGIN ((size_t)2 * QUAD_SLACK)

/** The same for all lists, and never changed once it is filled. */
static struct {
	pthread_once_t once;
	struct quad_table quads;
	bool usable;
} table = { .once = PTHREAD_ONCE_INIT };

static void
fill_table(void)
{
	table.usable = quad_table_is_usable() && ends_are_usable();
	if (table.usable)
		quad_table_fill(&table.quads);
}

/** The bytes that end an item behind its text; 0 if it goes on. */
static size_t
end_size(const struct query_list *list, const char *end)
{
	if (!list->lines)
		return end[0] == '\0' ? 1 : 0;
	return end[0] == '\n' ? 1 : end[0] == '\r' && end[1] == '\n' ? 2 : 0;
}

/** One after the other, whatever they end with. @return where the first is that was not taken */
static const char *
take_each(struct quads *quads, const struct query_list *list, const char *at)
{
	const char *stop = list->text + list->size;
	size_t count = quads->count;

	while (count < QUADS_MOST && (size_t)(stop - at) >= MARGIN) {
		size_t size = quad_read(at, &quads->address[count]);
		size_t end = size == 0 ? 0 : end_size(list, at + size);

		if (end == 0)
			break;
		quads->text[count] = at;
		quads->size[count++] = (uint8_t)size;
		at += size + end;
	}
	quads->count = count;
	return at;
}

/** Those of the lines that end there. @return where the first begins that was not taken */
QUAD_TABLE_TARGET static const char *
take_ended(struct quads *quads, const char *text, const struct ends *ends)
{
	size_t count = quads->count;
	const char *at = text;

	for (size_t i = 0; i < ends->count && count < QUADS_MOST; i++) {
		const char *end = text + ends->at[i];
		size_t size = (size_t)(end - at);

		size -= size > 0 && end[-1] == '\r';
		if (!quad_read_table(&table.quads, at, size, &quads->address[count]))
			break;
		quads->text[count] = at;
		quads->size[count++] = (uint8_t)size;
		at = end + 1;
	}
	quads->count = count;
	return at;
}

/** As take_each(), of lines, but ends are found before what stands in front of them is read. */
static const char *
take_lines(struct quads *quads, const struct query_list *list, const char *at)
{
	const char *stop = list->text + list->size;
	const char *from = NULL;

	while (at != from && quads->count < QUADS_MOST && (size_t)(stop - at) >= ENDS_STEP + MARGIN) {
		size_t size = ((size_t)(stop - at) - MARGIN) / ENDS_STEP * ENDS_STEP;
		struct ends ends;

		from = at;
		ends_find(at, size < ENDS_MOST ? size : ENDS_MOST, &ends);
		at = take_ended(quads, at, &ends);
	}
	return at;
}

void
quads_take(struct quads *quads, struct query_list *list)
{
	const char *at = list->text + list->offset;

	quads->count = 0;
	(void)pthread_once(&table.once, fill_table);
	if (table.usable && list->lines)
		at = take_lines(quads, list, at);
	at = take_each(quads, list, at);
	list->offset = (size_t)(at - list->text);
	list->line += quads->count;
}

void
quads_look_up(struct quads *quads, const svctag_index *index)
{
	svctag_index_lookup_batch_ipv4(index, quads->address, quads->count, quads->prefix);
}
