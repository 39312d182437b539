#include "decode_prefix.h"

#include <stdio.h>
#include <string.h>

static svctag_error
refuse_text(const char *text, svctag_error err, char *why)
{
	char meant_text[SVCTAG_PREFIX_TEXT_SIZE];
	svctag_prefix meant;

	if (err == SVCTAG_E_RANGE) {
		(void)snprintf(why, IMPORTER_WHY_SIZE, "has a length past %u", strchr(text, ':') != NULL ? 128U : 32U);
	} else if (err == SVCTAG_E_HOST_BITS && svctag_prefix_parse_loose(text, strlen(text), &meant) == SVCTAG_OK) {
		(void)svctag_prefix_format(&meant, meant_text);
		(void)snprintf(why, IMPORTER_WHY_SIZE, "has host bits set; %s was probably meant", meant_text);
	} else {
		(void)snprintf(why, IMPORTER_WHY_SIZE,
			       "is not a prefix (a.b.c.d/n or x::y/n, decimal, without leading zeros or blanks)");
	}
	return err;
}

/* The IPv4 prefix inside ::ffff:0:0/96. */
static svctag_error
refuse_mapped(const svctag_prefix *prefix, const svctag_address *network, char *why)
{
	svctag_address inner = svctag_address_unmap(network);
	svctag_prefix meant = svctag_prefix_make(&inner, prefix->length - 96U);
	char meant_text[SVCTAG_PREFIX_TEXT_SIZE];

	(void)svctag_prefix_format(&meant, meant_text);
	(void)snprintf(why, IMPORTER_WHY_SIZE, "is an IPv4-mapped IPv6 prefix; %s was probably meant", meant_text);
	return SVCTAG_E_RANGE;
}

svctag_error
importer_prefix_read(const char *text, svctag_prefix *ret, char *why)
{
	svctag_prefix prefix;
	svctag_address network;
	bool mapped;
	svctag_error err = svctag_prefix_parse(text, strlen(text), &prefix);

	if (err != SVCTAG_OK)
		return refuse_text(text, err, why);
	network = svctag_prefix_range(&prefix).first;
	mapped = prefix.length >= 96 && svctag_address_is_mapped(&network);
	if (prefix.length == 0 || (mapped && prefix.length == 96)) {
		(void)snprintf(why, IMPORTER_WHY_SIZE, "would be the whole of %s",
			       prefix.family == SVCTAG_IPV4 || mapped ? "IPv4" : "IPv6");
		return SVCTAG_E_RANGE;
	}
	if (mapped)
		return refuse_mapped(&prefix, &network, why);
	*ret = prefix;
	return SVCTAG_OK;
}
