/*
 * The parsers follow inet_pton() of glibc to the letter (a test compares them
 * on random input), but take a length instead of scanning for a NUL.
 */
#include <arpa/inet.h>
#include <string.h>

#include <svctag/address.h>

#include "bits.h"

/* Four decimal octets, no leading zeros: RFC 6943, 3.1.1, the strict form. */
static bool
parse_ipv4(const char *text, size_t size, uint8_t bytes[4])
{
	const char *end = text + size;
	unsigned int octet;

	for (octet = 0; octet < 4; octet++) {
		unsigned int value = 0;
		const char *start;

		if (octet > 0 && (text == end || *text++ != '.'))
			return false;
		for (start = text; text < end && *text >= '0' && *text <= '9'; text++) {
			value = value * 10 + (unsigned int)(*text - '0');
			if (value > 255 || (text > start && *start == '0'))
				return false;
		}
		if (text == start)
			return false;
		bytes[octet] = (uint8_t)value;
	}
	return text == end;
}

/* One to four hexadecimal digits; the end of them, or NULL. */
static const char *
parse_group(const char *text, const char *end, unsigned int *ret)
{
	const char *start = text;
	unsigned int value = 0;
	int digit;

	for (; text < end && (digit = svctag_hex_digit(*text)) >= 0; text++) {
		if (text - start == 4)
			return NULL;
		value = value << 4 | (unsigned int)digit;
	}
	if (text == start)
		return NULL;
	*ret = value;
	return text;
}

/* Move what follows "::" to the end. False when it would stand for nothing. */
static bool
expand_gap(uint8_t bytes[16], size_t gap, size_t filled)
{
	if (filled == 16)
		return false;
	memmove(bytes + 16 - (filled - gap), bytes + gap, filled - gap);
	memset(bytes + gap, 0, 16 - filled);
	return true;
}

/* RFC 4291, 2.2: groups, at most one "::", the last 32 bits perhaps dotted. */
static bool
parse_ipv6(const char *text, size_t size, uint8_t bytes[16])
{
	const char *end = text + size;
	size_t filled = 0;
	size_t gap = SIZE_MAX;

	memset(bytes, 0, 16);
	if (size >= 2 && text[0] == ':' && text[1] == ':') {
		gap = 0;
		text += 2;
	}
	while (text < end) {
		unsigned int group = 0;
		const char *next = parse_group(text, end, &group);

		if (next == NULL)
			return false;
		if (next < end && *next == '.') {
			if (filled > 12 || !parse_ipv4(text, (size_t)(end - text), bytes + filled))
				return false;
			filled += 4;
			break;
		}
		if (filled == 16)
			return false;
		bytes[filled++] = (uint8_t)(group >> 8);
		bytes[filled++] = (uint8_t)group;
		text = next;
		if (text == end)
			break;
		if (*text++ != ':' || text == end)
			return false;
		if (*text == ':') {
			if (gap != SIZE_MAX)
				return false;
			gap = filled;
			text++;
		}
	}
	if (gap != SIZE_MAX)
		return expand_gap(bytes, gap, filled);
	return filled == 16;
}

svctag_error
svctag_address_parse(const char *text, size_t size, svctag_address *ret)
{
	svctag_address address = { 0 };

	if (size >= SVCTAG_ADDRESS_TEXT_SIZE)
		return SVCTAG_E_SYNTAX;
	if (parse_ipv4(text, size, address.bytes)) {
		address.family = SVCTAG_IPV4;
	} else if (parse_ipv6(text, size, address.bytes)) {
		address.family = SVCTAG_IPV6;
	} else {
		return SVCTAG_E_SYNTAX;
	}
	*ret = address;
	return SVCTAG_OK;
}

/* Up to three decimal digits, no leading zero. */
static svctag_error
parse_length(const char *text, size_t size, unsigned int bits, unsigned int *ret)
{
	unsigned int value = 0;
	size_t i;

	if (size == 0 || (size > 1 && text[0] == '0'))
		return SVCTAG_E_SYNTAX;
	for (i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9')
			return SVCTAG_E_SYNTAX;
		if (value <= bits)
			value = value * 10 + (unsigned int)(text[i] - '0');
	}
	if (value > bits)
		return SVCTAG_E_RANGE;
	*ret = value;
	return SVCTAG_OK;
}

static svctag_error
parse_block(const char *text, size_t size, svctag_address *ret_address, unsigned int *ret_length)
{
	const char *slash = size > 0 ? memchr(text, '/', size) : NULL;
	size_t address_size = slash != NULL ? (size_t)(slash - text) : size;
	svctag_address address;
	unsigned int length;
	svctag_error err;

	err = svctag_address_parse(text, address_size, &address);
	if (err != SVCTAG_OK)
		return err;
	length = SVCTAG_FAMILY_BITS(address.family);
	if (slash != NULL) {
		err = parse_length(slash + 1, size - address_size - 1, length, &length);
		if (err != SVCTAG_OK)
			return err;
	}
	*ret_address = address;
	*ret_length = length;
	return SVCTAG_OK;
}

svctag_error
svctag_prefix_parse(const char *text, size_t size, svctag_prefix *ret)
{
	svctag_address address;
	unsigned int length;
	svctag_error err = parse_block(text, size, &address, &length);

	if (err != SVCTAG_OK)
		return err;
	if ((address_value(&address) & host_mask(address.family, length)) != 0)
		return SVCTAG_E_HOST_BITS;
	*ret = svctag_prefix_make(&address, length);
	return SVCTAG_OK;
}

svctag_error
svctag_prefix_parse_loose(const char *text, size_t size, svctag_prefix *ret)
{
	svctag_address address;
	unsigned int length;
	svctag_error err = parse_block(text, size, &address, &length);

	if (err != SVCTAG_OK)
		return err;
	*ret = svctag_prefix_make(&address, length);
	return SVCTAG_OK;
}

svctag_error
svctag_range_parse(const char *text, size_t size, svctag_range *ret)
{
	const char *dash = size > 0 ? memchr(text, '-', size) : NULL;
	svctag_range range;
	svctag_error err;

	if (dash == NULL)
		return SVCTAG_E_SYNTAX;
	err = svctag_address_parse(text, (size_t)(dash - text), &range.first);
	if (err != SVCTAG_OK)
		return err;
	err = svctag_address_parse(dash + 1, size - (size_t)(dash - text) - 1, &range.last);
	if (err != SVCTAG_OK)
		return err;
	if (range.first.family != range.last.family)
		return SVCTAG_E_FAMILY;
	if (svctag_address_compare(&range.first, &range.last) > 0)
		return SVCTAG_E_RANGE;
	*ret = range;
	return SVCTAG_OK;
}

/* 000 to 255. */
static const char octets[] =
	"000001002003004005006007008009010011012013014015016017018019020021022023024025026027028029030031"
	"032033034035036037038039040041042043044045046047048049050051052053054055056057058059060061062063"
	"064065066067068069070071072073074075076077078079080081082083084085086087088089090091092093094095"
	"096097098099100101102103104105106107108109110111112113114115116117118119120121122123124125126127"
	"128129130131132133134135136137138139140141142143144145146147148149150151152153154155156157158159"
	"160161162163164165166167168169170171172173174175176177178179180181182183184185186187188189190191"
	"192193194195196197198199200201202203204205206207208209210211212213214215216217218219220221222223"
	"224225226227228229230231232233234235236237238239240241242243244245246247248249250251252253254255";

/*
 * 0..255 without leading zeros; returns the end. Three bytes are written, and
 * how many of them count is no branch, which nobody could foresee.
 */
static char *
format_octet(unsigned int octet, char *to)
{
	size_t zeros = octet < 10 ? 2 : octet < 100;

	memcpy(to, octets + 3 * (size_t)octet + zeros, 3);
	return to + 3 - zeros;
}

/* By hand: answers are full of them, and inet_ntop() goes through sprintf(). */
static size_t
format_ipv4(const uint8_t bytes[4], char *text)
{
	char *to = format_octet(bytes[0], text);

	for (int i = 1; i < 4; i++) {
		*to++ = '.';
		to = format_octet(bytes[i], to);
	}
	*to = '\0';
	return (size_t)(to - text);
}

size_t
svctag_address_format(const svctag_address *address, char *text)
{
	if (address->family != SVCTAG_IPV6)
		return format_ipv4(address->bytes, text);
	text[0] = '\0';
	(void)inet_ntop(AF_INET6, address->bytes, text, SVCTAG_ADDRESS_TEXT_SIZE);
	return strlen(text);
}

size_t
svctag_prefix_format(const svctag_prefix *prefix, char *text)
{
	svctag_address address = { .family = prefix->family };
	unsigned int length = prefix->length;
	size_t n;

	memcpy(address.bytes, prefix->bytes, sizeof(address.bytes));
	n = svctag_address_format(&address, text);
	text[n++] = '/';
	if (length >= 100)
		text[n++] = (char)('0' + length / 100);
	if (length >= 10)
		text[n++] = (char)('0' + length / 10 % 10);
	text[n++] = (char)('0' + length % 10);
	text[n] = '\0';
	return n;
}

size_t
svctag_range_format(const svctag_range *range, char *text)
{
	size_t n = svctag_address_format(&range->first, text);

	text[n++] = '-';
	return n + svctag_address_format(&range->last, text + n);
}

int
svctag_address_compare(const svctag_address *a, const svctag_address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

int
svctag_prefix_compare(const svctag_prefix *a, const svctag_prefix *b)
{
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
	return order != 0 ? order : (int)a->length - (int)b->length;
}

svctag_prefix
svctag_prefix_make(const svctag_address *address, unsigned int length)
{
	svctag_u128 value = address_value(address) & ~host_mask(address->family, length);

	return prefix_of_value(address->family, value, length);
}

svctag_range
svctag_prefix_range(const svctag_prefix *prefix)
{
	svctag_range range = {
		.first = address_of_value(prefix->family, prefix_first(prefix)),
		.last = address_of_value(prefix->family, prefix_last(prefix)),
	};

	return range;
}

bool
svctag_prefix_covers(const svctag_prefix *outer, const svctag_prefix *inner)
{
	return outer->family == inner->family && outer->length <= inner->length &&
	       prefix_first(outer) <= prefix_first(inner) && prefix_last(inner) <= prefix_last(outer);
}

bool
svctag_prefix_holds(const svctag_prefix *prefix, const svctag_address *address)
{
	svctag_u128 value;

	if (prefix->family != address->family)
		return false;
	value = address_value(address);
	return prefix_first(prefix) <= value && value <= prefix_last(prefix);
}

bool
svctag_address_next(svctag_address *address)
{
	svctag_u128 value = address_value(address);

	if (value == family_last(address->family))
		return false;
	*address = address_of_value(address->family, value + 1);
	return true;
}

bool
svctag_address_previous(svctag_address *address)
{
	svctag_u128 value = address_value(address);

	if (value == 0)
		return false;
	*address = address_of_value(address->family, value - 1);
	return true;
}

bool
svctag_address_is_mapped(const svctag_address *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return address->family == SVCTAG_IPV6 && memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

svctag_address
svctag_address_unmap(const svctag_address *address)
{
	svctag_address ipv4 = { .family = SVCTAG_IPV4 };

	if (!svctag_address_is_mapped(address))
		return *address;
	memcpy(ipv4.bytes, address->bytes + 12, 4);
	return ipv4;
}
