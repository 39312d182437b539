/*
 * History as intervals. A span [first, until) of a key (a tag with its
 * properties, or a prefix of a tag) holds at every release position inside
 * it; until NULL: it still holds. An end is always the position of the first
 * release that lacks the key or has it with another value, and no two spans
 * that touch have one value.
 *
 * A release enters at a position r that nothing refers to yet, after the
 * release at b and before the one at n, where there are such. Then a span
 * covers r just where the release at b has the key; it goes on past n where
 * the one at n has it with the same value; and a span begins at n where the
 * one at n has it, and the one at b has not, or with another value. So what
 * is to be written follows from three contents, and only keys for which the
 * new one differs from what held before change:
 *
 *   covered, not in the content    cut: the span ends at r; if it held at n
 *                                  too, the rest becomes its own
 *   in the content, not covered    if a span with this value begins at n, it
 *                                  begins at r now; else a new span [r, n)
 *
 * The result depends on the contents and their order alone, never on the
 * order of arrival.
 *
 * When the release at r goes, boundaries at r move to n (or to the end of
 * time), what lay between r and n alone goes, and a span that ended at r grows
 * together with an equal one that begins at n.
 */
#include <string.h>

#include "spans_write.h"
#include "store_lists.h"

/** The contents that meet at r. */
enum {
	BEFORE,
	ITSELF,
	AFTER,
	SIDES,
};

/** One tag as each content has it; NULL where it has not. */
struct tag_sides {
	const svctag_tag *of[SIDES];
};

/**
 * What is to be done for one key.
 * @param has   which contents have it
 * @param same  whether two contents that have it have it with the same value
 */
static unsigned int
decide(const bool has[SIDES], bool before_is_self, bool self_is_after, bool before_is_after)
{
	bool covered = has[BEFORE];
	bool begins_after = has[AFTER] && !(has[BEFORE] && before_is_after);
	unsigned int ops = 0;

	if (has[ITSELF] && covered && before_is_self)
		return 0;
	if (covered)
		ops |= SPAN_CUT | (has[AFTER] && before_is_after ? SPAN_SPLIT : 0U);
	if (has[ITSELF])
		ops |= begins_after && self_is_after ? SPAN_EXTEND : SPAN_INSERT;
	return ops;
}

static unsigned int
decide_tag(const struct tag_sides *tag)
{
	const svctag_tag *before = tag->of[BEFORE];
	const svctag_tag *self = tag->of[ITSELF];
	const svctag_tag *after = tag->of[AFTER];
	const bool has[SIDES] = { before != NULL, self != NULL, after != NULL };

	return decide(has, has[BEFORE] && has[ITSELF] && properties_same(&before->properties, &self->properties),
		      has[ITSELF] && has[AFTER] && properties_same(&self->properties, &after->properties),
		      has[BEFORE] && has[AFTER] && properties_same(&before->properties, &after->properties));
}

/* Two tags, or none, with the same prefixes. */
static bool
same_prefixes(const svctag_tag *a, const svctag_tag *b)
{
	size_t a_count = a != NULL ? a->prefix_count : 0;
	size_t b_count = b != NULL ? b->prefix_count : 0;

	return a_count == b_count &&
	       (a_count == 0 || memcmp(a->prefixes, b->prefixes, a_count * sizeof(*a->prefixes)) == 0);
}

/* The least prefix that any side still stands at, or NULL; those that stand at it move on. */
static const svctag_prefix *
next_prefix(const struct tag_sides *tag, size_t at[SIDES], bool ret_has[SIDES])
{
	const svctag_prefix *least = NULL;
	size_t side;

	for (side = 0; side < SIDES; side++) {
		const svctag_tag *one = tag->of[side];
		const svctag_prefix *prefix =
			one != NULL && at[side] < one->prefix_count ? &one->prefixes[at[side]] : NULL;
		int order = prefix == NULL ? 1 : least == NULL ? -1 : svctag_prefix_compare(prefix, least);

		ret_has[side] = order <= 0;
		if (order >= 0)
			continue;
		least = prefix;
		memset(ret_has, 0, side * sizeof(*ret_has));
	}
	for (side = 0; side < SIDES; side++)
		at[side] += ret_has[side];
	return least;
}

/* A prefix has no value but being there. */
static svctag_error
change_prefixes(struct span_writer *writer, const struct tag_sides *tag, svctag_detail *detail)
{
	size_t at[SIDES] = { 0 };
	bool has[SIDES];
	const svctag_prefix *prefix;
	svctag_error err = SVCTAG_OK;

	/* Nothing changes then, whatever comes after; so it is with nearly every tag. */
	if (same_prefixes(tag->of[BEFORE], tag->of[ITSELF]))
		return SVCTAG_OK;
	while (err == SVCTAG_OK && (prefix = next_prefix(tag, at, has)) != NULL) {
		unsigned int ops = decide(has, true, true, true);

		if (ops != 0)
			err = span_write_prefix(writer, prefix, ops, detail);
	}
	return err;
}

static const char *
name_at(const svctag_release *release, size_t at)
{
	if (release == NULL || at >= svctag_release_tag_count(release))
		return NULL;
	return svctag_release_tag(release, at)->properties.name;
}

/* The least name that any content still stands at, or NULL; those that stand at it move on. */
static const char *
next_tag(const svctag_release *const contents[SIDES], size_t at[SIDES], struct tag_sides *ret)
{
	const char *least = NULL;
	size_t side;

	for (side = 0; side < SIDES; side++) {
		const char *name = name_at(contents[side], at[side]);

		if (name != NULL && (least == NULL || strcmp(name, least) < 0))
			least = name;
	}
	for (side = 0; side < SIDES; side++) {
		const char *name = name_at(contents[side], at[side]);
		bool has = name != NULL && least != NULL && strcmp(name, least) == 0;

		ret->of[side] = has ? svctag_release_tag(contents[side], at[side]++) : NULL;
	}
	return least;
}

svctag_error
spans_insert(sqlite3 *db, const struct span_place *place, const svctag_release *before, const svctag_release *release,
	     const svctag_release *after, svctag_detail *detail)
{
	const svctag_release *const contents[SIDES] = { before, release, after };
	struct span_writer writer = { .db = db, .place = place };
	size_t at[SIDES] = { 0 };
	struct tag_sides tag;
	const char *name;
	svctag_error err;

	err = span_writer_prepare(&writer, detail);
	while (err == SVCTAG_OK && (name = next_tag(contents, at, &tag)) != NULL) {
		unsigned int ops = decide_tag(&tag);

		span_writer_turn_to(&writer, name);
		if (ops != 0)
			err = span_write_tag(&writer, tag.of[ITSELF] != NULL ? &tag.of[ITSELF]->properties : NULL, ops,
					     detail);
		if (err == SVCTAG_OK)
			err = change_prefixes(&writer, &tag, detail);
		if (err == SVCTAG_OK)
			err = span_writer_leave(&writer, detail);
	}
	span_writer_release(&writer);
	return err;
}

static svctag_error
leave(struct tag_lists *lists, const void *place, bool *ret_changed)
{
	bool properties = property_list_leave(&lists->properties, place);
	bool prefixes = span_list_leave(&lists->prefixes, place);

	*ret_changed = properties || prefixes;
	return SVCTAG_OK;
}

svctag_error
spans_remove(sqlite3 *db, const struct span_place *place, svctag_detail *detail)
{
	return store_change_tags(db, place->cloud_id, leave, place, detail);
}
