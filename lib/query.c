#include <string.h>

#include <svctag/lookup.h>

#include "bits.h"

/* ::ffff:a.b.c.d asks for a.b.c.d, and so does a block or range inside ::ffff:0:0/96. */
static void
unmap(svctag_query *query)
{
	if (!svctag_address_is_mapped(&query->range.first) || !svctag_address_is_mapped(&query->range.last))
		return;
	query->range.first = svctag_address_unmap(&query->range.first);
	query->range.last = svctag_address_unmap(&query->range.last);
}

static void
normalize_prefix(svctag_query *query)
{
	svctag_u128 size = address_value(&query->range.last) - address_value(&query->range.first) + 1;
	unsigned int free_bits = size == 0 ? 128 : highest_bit(size);
	svctag_prefix prefix =
		svctag_prefix_make(&query->range.first, SVCTAG_FAMILY_BITS(query->range.first.family) - free_bits);

	(void)svctag_prefix_format(&prefix, query->normalized);
}

static svctag_error
parse_prefix(const char *text, size_t size, svctag_query *query, svctag_detail *detail)
{
	svctag_prefix prefix;
	svctag_error err = svctag_prefix_parse(text, size, &prefix);

	if (err == SVCTAG_E_HOST_BITS && svctag_prefix_parse_loose(text, size, &prefix) == SVCTAG_OK) {
		char meant[SVCTAG_PREFIX_TEXT_SIZE];

		(void)svctag_prefix_format(&prefix, meant);
		svctag_detail_set(detail, "\"%.*s\" has host bits set; %s was probably meant", (int)size, text, meant);
	} else if (err == SVCTAG_E_RANGE) {
		svctag_detail_set(detail, "\"%.*s\" has a length past its family's 32 or 128 bits", (int)size, text);
	}
	if (err != SVCTAG_OK)
		return err;
	query->kind = SVCTAG_QUERY_PREFIX;
	query->range = svctag_prefix_range(&prefix);
	unmap(query);
	normalize_prefix(query);
	return SVCTAG_OK;
}

static svctag_error
parse_range(const char *text, size_t size, svctag_query *query, svctag_detail *detail)
{
	svctag_error err = svctag_range_parse(text, size, &query->range);

	if (err == SVCTAG_E_RANGE)
		svctag_detail_set(detail, "the range \"%.*s\" runs backwards", (int)size, text);
	else if (err == SVCTAG_E_FAMILY)
		svctag_detail_set(detail, "the range \"%.*s\" mixes IPv4 and IPv6", (int)size, text);
	if (err != SVCTAG_OK)
		return err;
	query->kind = SVCTAG_QUERY_RANGE;
	unmap(query);
	(void)svctag_range_format(&query->range, query->normalized);
	return SVCTAG_OK;
}

svctag_error
svctag_query_parse(const char *text, size_t size, svctag_query *ret, svctag_detail *detail)
{
	svctag_query query = { .kind = SVCTAG_QUERY_ADDRESS };
	svctag_error err;

	if (size > 0 && size < SVCTAG_RANGE_TEXT_SIZE && memchr(text, '/', size) != NULL) {
		err = parse_prefix(text, size, &query, detail);
	} else if (size > 0 && size < SVCTAG_RANGE_TEXT_SIZE && memchr(text, '-', size) != NULL) {
		err = parse_range(text, size, &query, detail);
	} else {
		err = svctag_address_parse(text, size, &query.range.first);
		query.range.last = query.range.first;
		unmap(&query);
		if (err == SVCTAG_OK)
			(void)svctag_address_format(&query.range.first, query.normalized);
	}
	if (err == SVCTAG_E_SYNTAX)
		svctag_detail_set(detail, "\"%.*s\" is not an address, prefix or range", size < 100 ? (int)size : 100,
				  text);
	if (err == SVCTAG_OK)
		*ret = query;
	return err;
}

const char *
svctag_query_kind_text(svctag_query_kind kind)
{
	switch (kind) {
	case SVCTAG_QUERY_ADDRESS: return "address";
	case SVCTAG_QUERY_PREFIX: return "prefix";
	case SVCTAG_QUERY_RANGE: return "range";
	}
	return "unknown";
}
