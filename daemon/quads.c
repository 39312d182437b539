#include "quads.h"

#include "text/quad.h"

/** With so much of the list left, what is read of an item, and of its end, lies inside the list. */
#define MARGIN ((size_t)2 * QUAD_SLACK)

/** The bytes that end an item behind its text; 0 if it goes on. */
static size_t
end_size(const struct query_list *list, const char *end)
{
	if (!list->lines)
		return end[0] == '\0' ? 1 : 0;
	return end[0] == '\n' ? 1 : end[0] == '\r' && end[1] == '\n' ? 2 : 0;
}

void
quads_take(struct quads *quads, struct query_list *list)
{
	const char *at = list->text + list->offset;
	size_t count = 0;

	while (count < QUADS_MOST && list->size - (size_t)(at - list->text) >= MARGIN) {
		size_t size = quad_read(at, &quads->address[count]);
		size_t end = size == 0 ? 0 : end_size(list, at + size);

		if (end == 0)
			break;
		quads->text[count] = at;
		quads->size[count++] = (uint8_t)size;
		at += size + end;
	}
	list->offset = (size_t)(at - list->text);
	list->line += count;
	quads->count = count;
}

void
quads_look_up(struct quads *quads, const svctag_index *index)
{
	svctag_index_lookup_batch_ipv4(index, quads->address, quads->count, quads->prefix);
}
