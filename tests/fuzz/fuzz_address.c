/*
 * Any bytes as an address, a prefix, a range, a query and a count: parsed as
 * strictly as inet_pton() does, and what parses comes back from its text.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <svctag/lookup.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Also where NDEBUG is set. */
static void
require(bool holds)
{
	if (!holds)
		abort();
}

static bool
same_address(const svctag_address *a, const svctag_address *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* What inet_pton() says of it; a NUL inside can only be wrong. */
static bool
system_parse(const char *text, size_t size, svctag_address *ret)
{
	char copy[64] = "";

	*ret = (svctag_address){ .family = SVCTAG_IPV4 };
	if (size >= sizeof(copy) || memchr(text, '\0', size) != NULL)
		return false;
	memcpy(copy, text, size);
	if (inet_pton(AF_INET, copy, ret->bytes) == 1)
		return true;
	*ret = (svctag_address){ .family = SVCTAG_IPV6 };
	return inet_pton(AF_INET6, copy, ret->bytes) == 1;
}

static void
try_address(const char *text, size_t size)
{
	svctag_address got, want, back;
	char canonical[SVCTAG_ADDRESS_TEXT_SIZE], system[INET6_ADDRSTRLEN];
	bool parsed = svctag_address_parse(text, size, &got) == SVCTAG_OK;
	size_t length;

	require(parsed == system_parse(text, size, &want));
	if (!parsed)
		return;
	require(same_address(&got, &want));
	length = svctag_address_format(&got, canonical);
	require(inet_ntop(got.family == SVCTAG_IPV4 ? AF_INET : AF_INET6, got.bytes, system, sizeof(system)) != NULL);
	require(length == strlen(canonical) && strcmp(canonical, system) == 0);
	require(svctag_address_parse(canonical, length, &back) == SVCTAG_OK && same_address(&got, &back));
}

static void
try_prefix(const char *text, size_t size)
{
	svctag_prefix strict, loose, back;
	svctag_error err = svctag_prefix_parse(text, size, &strict);
	svctag_error err_loose = svctag_prefix_parse_loose(text, size, &loose);
	char canonical[SVCTAG_PREFIX_TEXT_SIZE];
	size_t length;

	require(err_loose == (err == SVCTAG_E_HOST_BITS ? SVCTAG_OK : err));
	if (err_loose != SVCTAG_OK)
		return;
	require(err != SVCTAG_OK || memcmp(&strict, &loose, sizeof(strict)) == 0);
	length = svctag_prefix_format(&loose, canonical);
	require(length == strlen(canonical) && length < sizeof(canonical));
	require(svctag_prefix_parse(canonical, length, &back) == SVCTAG_OK);
	require(memcmp(&back, &loose, sizeof(back)) == 0);
}

static void
try_range(const char *text, size_t size)
{
	svctag_range range, back;
	char canonical[SVCTAG_RANGE_TEXT_SIZE];
	size_t length;

	if (svctag_range_parse(text, size, &range) != SVCTAG_OK)
		return;
	require(range.first.family == range.last.family);
	require(svctag_address_compare(&range.first, &range.last) <= 0);
	require(!svctag_count_is_zero(svctag_count_of_range(&range)));
	length = svctag_range_format(&range, canonical);
	require(length < sizeof(canonical));
	require(svctag_range_parse(canonical, length, &back) == SVCTAG_OK);
	require(memcmp(&back, &range, sizeof(back)) == 0);
}

/* A query's normal form asks the same. */
static void
try_query(const char *text, size_t size)
{
	svctag_query query, back;
	svctag_detail detail = { "" };
	svctag_error err = svctag_query_parse(text, size, &query, &detail);

	require((err == SVCTAG_OK) == (detail.text[0] == '\0'));
	if (err != SVCTAG_OK)
		return;
	require(svctag_query_parse(query.normalized, strlen(query.normalized), &back, NULL) == SVCTAG_OK);
	require(back.kind == query.kind && memcmp(&back.range, &query.range, sizeof(back.range)) == 0);
	require(strcmp(back.normalized, query.normalized) == 0);
	require(!svctag_address_is_mapped(&query.range.first) || !svctag_address_is_mapped(&query.range.last));
}

static void
try_count(const char *text, size_t size)
{
	svctag_count count, back;
	char canonical[SVCTAG_COUNT_TEXT_SIZE];
	size_t length;

	if (svctag_count_parse(text, size, &count) != SVCTAG_OK)
		return;
	length = svctag_count_format(count, canonical);
	require(svctag_count_parse(canonical, length, &back) == SVCTAG_OK);
	require(svctag_count_compare(count, back) == 0);
	/* Only leading zeros get lost. */
	require(length <= size && memcmp(text + size - length, canonical, length) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	try_address(text, size);
	try_prefix(text, size);
	try_range(text, size);
	try_query(text, size);
	try_count(text, size);
	return 0;
}
