/*
 * Lists as people keep them. Each fixture in tests/data/lists names the same
 * addresses as its plain-text twin; each is broken in three ways, whereupon
 * one entry is missing and its line is told. Then what has to be refused.
 */
#include "listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------- fixtures */

/* One text of a fixture, and what takes its place. */
struct damage {
	const char *from;
	const char *to;
};

#define ADDRESS_DAMAGE                       \
	{                                    \
		"198.18.1.1", "198.18.1.256" \
	}
#define PREFIX_DAMAGE                            \
	{                                        \
		"198.18.2.0/25", "198.18.2.0/35" \
	}
#define IPV6_DAMAGE                               \
	{                                         \
		"2001:db8::/48", "2001:db8::/129" \
	}
#define RANGE_DAMAGE                                             \
	{                                                        \
		"198.18.4.0-198.18.4.7", "198.18.4.7-198.18.4.0" \
	}

static const struct {
	const char *name;
	const char *format;
	const char *other; /* the other family's part, where the format keeps them apart */
	struct damage damages[3];
} fixtures[] = {
	{ "twin.txt", "text", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, IPV6_DAMAGE } },
	{ "text.txt",
	  "text",
	  NULL,
	  { { "255.255.255.128", "255.0.255.128" },
	    { "198.18.4.0 - 198.18.4.7", "198.18.4.7 - 198.18.4.0" },
	    { "198.18.1.1/32", "52.231.298.185" } } },
	{ "csv.csv", "csv", NULL, { ADDRESS_DAMAGE, RANGE_DAMAGE, { "198.19.0.0/16", "somewhere" } } },
	{ "semicolon.csv", "csv", NULL, { PREFIX_DAMAGE, RANGE_DAMAGE, { "2001:db8:2::/64", "2001:db8:2::x" } } },
	{ "markdown.md",
	  "markdown",
	  NULL,
	  { { "`198.18.0.0/24`", "198.18.0" }, PREFIX_DAMAGE, { "198.18.4.7)", "2001:db8::)" } } },
	{ "guidance.md", "markdown", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "198.18.0.0/24", "198.18.O.0/24" } } },
	{ "az-nsg-rules.json", "az-nsg-rules", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "\"198.18.4.0/29\"", "4" } } },
	{ "nsg.json", "nsg", NULL, { ADDRESS_DAMAGE, { "\"198.18.0.0/24\"", "{}" }, IPV6_DAMAGE } },
	{ "arm.json",
	  "arm",
	  NULL,
	  { { "\"198.18.2.0/25\"", "\"[parameters('office')]\"" }, { "198.18.4.0/29", "198.18.4.0/" }, IPV6_DAMAGE } },
	{ "az-routes.json", "az-routes", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "\"198.18.4.0/29\"", "true" } } },
	{ "az-firewall.json", "az-firewall", NULL, { ADDRESS_DAMAGE, RANGE_DAMAGE, { "\"2001:db8:2::/64\"", "7" } } },
	{ "az-storage.json", "az-storage", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "\"2001:db8:1::1\"", "{}" } } },
	{ "terraform-state.json", "terraform", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, IPV6_DAMAGE } },
	{ "terraform-plan.json",
	  "terraform",
	  NULL,
	  { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "\"2001:db8:2::/64\"", "[]" } } },
	{ "iptables.rules",
	  "iptables",
	  "ip6tables.rules",
	  { ADDRESS_DAMAGE, { "-d 198.18.2.0/25", "! -d 198.18.2.0/25" }, RANGE_DAMAGE } },
	{ "ipset.save",
	  "ipset",
	  NULL,
	  { ADDRESS_DAMAGE, { "198.18.2.0/25,tcp:443", "198.18.2.0/25,tcp:443 nomatch" }, RANGE_DAMAGE } },
	{ "nftables.nft",
	  "nftables",
	  NULL,
	  { ADDRESS_DAMAGE, { "ip6 daddr 2001", "ip6 daddr != 2001" }, { "198.19.0.0/16", "198.19.O.0/16" } } },
	{ "aws.json", "aws", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "CidrIpv6\": \"2001:db8::", "Cidr\": \"" } } },
	{ "cisco-asa.cfg",
	  "cisco-asa",
	  NULL,
	  { ADDRESS_DAMAGE, { "255.255.255.128", "255.255.128.255" }, { "198.18.4.7", "198.18.3.7" } } },
	{ "paloalto.set", "paloalto", NULL, { ADDRESS_DAMAGE, RANGE_DAMAGE, { "ip-netmask 198.19", "fqdn 198.19" } } },
	{ "netsh.txt", "netsh", NULL, { ADDRESS_DAMAGE, RANGE_DAMAGE, { "255.255.255.128", "25.255.255.128" } } },
	{ "netsh-utf16.txt", "netsh", NULL, { { NULL, NULL } } },
	{ "azure.xml", "xml", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "Subnet=\"198.18.0.0", "Net=\"198.18.0.0" } } },
};

/* Does one list, with the other's entries if there is another, hold as many of the twin's as `want`? */
static void
check_against_twin(const struct list *list, const char *other_name, size_t missing)
{
	struct bytes twin_bytes = listing_load_fixture("twin.txt");
	struct list *twin = listing_read_bytes(twin_bytes.data, twin_bytes.size, "twin.txt", NULL);
	svctag_range *want = listing_sorted_ranges(twin), *got = listing_sorted_ranges(list), *other_got = NULL;
	struct list *other = NULL;
	size_t found = 0;

	if (other_name != NULL) {
		struct bytes bytes = listing_load_fixture(other_name);

		other = listing_read_bytes(bytes.data, bytes.size, other_name, NULL);
		other_got = listing_sorted_ranges(other);
		assert_int_equal(other->problem_count, 0);
		free(bytes.data);
	}
	assert_int_equal(list->entry_count + (other != NULL ? other->entry_count : 0), twin->entry_count - missing);
	for (size_t i = 0; i < twin->entry_count; i++) {
		bool here = bsearch(&want[i], got, list->entry_count, sizeof(*got), listing_compare_ranges) != NULL;
		bool there = other != NULL && bsearch(&want[i], other_got, other->entry_count, sizeof(*got),
						      listing_compare_ranges) != NULL;

		found += here || there;
	}
	assert_int_equal(found, twin->entry_count - missing);
	list_free(twin);
	list_free(other);
	free(want);
	free(got);
	free(other_got);
	free(twin_bytes.data);
}

static void
test_fixtures(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(fixtures); i++) {
		struct bytes bytes = listing_load_fixture(fixtures[i].name);
		struct list *list = listing_read_bytes(bytes.data, bytes.size, fixtures[i].name, NULL);
		struct list_options options = { .format = fixtures[i].format };

		assert_string_equal(list->format, fixtures[i].format);
		assert_int_equal(list->problem_count, 0);
		check_against_twin(list, fixtures[i].other, 0);
		list_free(list);
		/* With the format given and nothing in the name the same. */
		list = listing_read_bytes(bytes.data, bytes.size, "-", &options);
		assert_string_equal(list->format, fixtures[i].format);
		check_against_twin(list, fixtures[i].other, 0);
		list_free(list);
		free(bytes.data);
	}
}

/* The fixture with the first occurrence of a text replaced; the line of it. */
static struct bytes
apply_damage(const struct bytes *bytes, const struct damage *damage, size_t *ret_line)
{
	char *at = strstr(bytes->data, damage->from);
	size_t before, after = strlen(damage->to);
	struct bytes broken;

	assert_non_null(at);
	before = (size_t)(at - bytes->data);
	broken.size = bytes->size - strlen(damage->from) + after;
	broken.data = testing_allocate(broken.size + 1, 1);
	memcpy(broken.data, bytes->data, before);
	memcpy(broken.data + before, damage->to, after);
	memcpy(broken.data + before + after, at + strlen(damage->from), bytes->size - before - strlen(damage->from));
	*ret_line = 1;
	for (size_t i = 0; i < before; i++)
		*ret_line += bytes->data[i] == '\n';
	return broken;
}

static void
test_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(fixtures) * 3; i++) {
		const struct damage *damage = &fixtures[i / 3].damages[i % 3];
		struct bytes bytes = listing_load_fixture(fixtures[i / 3].name), broken;
		struct list_options options = { .format = fixtures[i / 3].format };
		struct list *list;
		size_t line;

		if (damage->from != NULL) {
			broken = apply_damage(&bytes, damage, &line);
			list = listing_read_bytes(broken.data, broken.size, fixtures[i / 3].name, &options);
			if (list->problem_count != 1 || list->problems[0].line != line)
				fail_msg("%s with %s at line %zu: %zu problems, the first at line %zu",
					 fixtures[i / 3].name, damage->to, line, list->problem_count,
					 list->problem_count > 0 ? list->problems[0].line : 0);
			assert_int_equal(listing_count_errors(list), 1);
			assert_true(list->problems[0].error[0] != '\0');
			check_against_twin(list, fixtures[i / 3].other, 1);
			list_free(list);
			free(broken.data);
		}
		free(bytes.data);
	}
}

/* Cut short anywhere: never more entries than the whole has, and JSON is refused. */
static void
test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(fixtures); i++) {
		struct bytes bytes = listing_load_fixture(fixtures[i].name);
		struct list_options options = { .format = fixtures[i].format };

		for (size_t size = 0; size < bytes.size; size += 7) {
			/* A copy of just that size, so that reading past it is seen. */
			char *copy = testing_allocate(size + 1, 1);
			char *exact = realloc(copy, size > 0 ? size : 1);
			struct list *list = NULL;

			assert_non_null(exact);
			memcpy(exact, bytes.data, size);
			if (list_read(exact, size, fixtures[i].name, &options, &list, NULL) == SVCTAG_OK)
				assert_true(list->entry_count <= 9);
			else
				assert_null(list);
			list_free(list);
			free(exact);
		}
		free(bytes.data);
	}
}

/* --------------------------------------------------------------- guidance */

/* The table of 2017, as it is shipped. */
static void
test_guidance(void **state)
{
	struct bytes bytes = listing_load("schema/lists/site-recovery-2017.md");
	struct list *list = listing_read_bytes(bytes.data, bytes.size, "site-recovery-2017.md", NULL);
	size_t service = 0, monitoring = 0;

	(void)state;
	assert_int_equal(list->entry_count, 69);
	assert_int_equal(list->problem_count, 0);
	for (size_t i = 0; i < list->entry_count; i++) {
		assert_non_null(list->entries[i].intent);
		service += strcmp(list->entries[i].intent, "AzureSiteRecovery") == 0;
		monitoring += strncmp(list->entries[i].intent, "EventHub.", 9) == 0;
		assert_int_equal(list->entries[i].kind, SVCTAG_QUERY_ADDRESS);
	}
	assert_int_equal(service, 46);
	assert_int_equal(monitoring, 23);
	assert_string_equal(listing_find_entry(list, "13.94.47.61")->intent, "EventHub.EastAsia");
	assert_string_equal(listing_find_entry(list, "40.83.121.61")->intent, "AzureSiteRecovery");
	assert_string_equal(listing_find_entry(list, "40.79.44.59")->intent, "EventHub.EastUS2");
	assert_string_equal(listing_find_entry(list, "51.140.189.52")->intent, "EventHub.UKSouth");
	list_free(list);
	free(bytes.data);
}

static void
test_guidance_faults(void **state)
{
	static const char heading[] =
		"**Target Location** | **Site recovery service IPs** | **Site recovery monitoring IP**\n"
		"--- | --- | ---\n";
	char text[512];

	(void)state;
	/* One published revision has this address; the row's others stay. */
	(void)snprintf(text, sizeof(text), "%sKorea Central | 52.231.28.253 | 52.231.298.185 | 52.231.32.85\n",
		       heading);
	listing_check_entries(text, NULL, "52.231.28.253=AzureSiteRecovery 52.231.32.85=EventHub.KoreaCentral");
	listing_check_problems(text, NULL, "3 52.231.298.185");
	(void)snprintf(text, sizeof(text), "%sAtlantis | 198.18.0.1 | 198.18.0.2 | 198.18.0.3\n", heading);
	listing_check_entries(text, NULL, "198.18.0.1=AzureSiteRecovery 198.18.0.2=AzureSiteRecovery 198.18.0.3");
	listing_check_problems(text, NULL, "3 Atlantis");
	/* Only of that table, not of every one with such a word in it. */
	listing_check_entries("| Service | Service address |\n|---|---|\n| web | 198.18.0.1 |\n", NULL, "198.18.0.1");
	listing_check_entries("| Region | Service addresses |\n|---|---|\n| East US | 198.18.0.1 |\n", NULL,
			      "198.18.0.1");
}

/* ----------------------------------------------------------------- limits */

static void
test_limits(void **state)
{
	struct list *list = NULL;
	svctag_detail detail = { "" };
	char *text = testing_allocate(LIST_MAX_SIZE + 1, 1);
	size_t size = 0;

	(void)state;
	TESTING_CHECK(list_read(text, LIST_MAX_SIZE + 1, "x", NULL, &list, &detail), SVCTAG_E_LIMIT);
	assert_string_equal(detail.text, "has more than 64 MiB");
	TESTING_CHECK(list_read(text, 10, "x", NULL, &list, &detail), SVCTAG_E_SYNTAX);
	assert_string_equal(detail.text, "holds a NUL byte: not a text");
	for (size_t i = 0; i <= LIST_MAX_PROBLEMS; i++)
		size += (size_t)sprintf(text + size, "x\n");
	TESTING_OK(list_read(text, size, "x", NULL, &list, &detail));
	assert_int_equal(list->problem_count, LIST_MAX_PROBLEMS);
	assert_int_equal(list->problems_left_off, 1);
	list_free(list);
	list = NULL;
	size = 0;
	for (size_t i = 0; i <= LIST_MAX_ENTRIES; i++)
		size += (size_t)sprintf(text + size, "198.18.0.1\n");
	TESTING_CHECK(list_read(text, size, "x", NULL, &list, &detail), SVCTAG_E_LIMIT);
	assert_string_equal(detail.text, "has more than 2000000 entries");
	assert_null(list);
	list_free(NULL);
	free(text);
}

/* Lines and cells that make a careless reader quadratic; the test's own time limit would tell. */
static void
test_hostile(void **state)
{
	static const char *const pieces[] = { "<!--\n",      "```\n",          "a|b\n-|-\n", "\"",
					      "{",           "198.18.0.1 -",   "[",          "|",
					      "!",           "'\"\n",          "ip daddr {", "set x {\n",
					      "--- | ---\n", "RemoteIP:1,\n ", " " };
	size_t size = 1 << 20;
	char *text = testing_allocate(size, 1);

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(pieces); i++) {
		size_t length = strlen(pieces[i]);

		for (size_t k = 0; k < size; k++)
			text[k] = pieces[i][k % length];
		for (size_t f = 0; list_format_name(f) != NULL; f++) {
			struct list_options options = { .format = list_format_name(f) };
			struct list *list = NULL;

			if (list_read(text, size, "x", &options, &list, NULL) != SVCTAG_OK)
				assert_null(list);
			list_free(list);
		}
	}
	free(text);
}

static void
test_names(void **state)
{
	size_t count = 0;

	(void)state;
	for (; list_format_name(count) != NULL; count++) {
		assert_non_null(list_format_description(count));
		for (size_t i = 0; i < count; i++)
			assert_string_not_equal(list_format_name(i), list_format_name(count));
	}
	assert_int_equal(count, 18);
	assert_null(list_format_description(count));
	assert_null(list_direction_text(LIST_DIRECTION_NONE));
	assert_string_equal(list_direction_text(LIST_OUTBOUND), "outbound");
	assert_string_equal(list_side_text(LIST_SOURCE), "source");
	assert_string_equal(list_access_text(LIST_DENY), "deny");
	assert_null(list_kind_text(LIST_KIND_NONE));
	assert_string_equal(list_kind_text(LIST_KIND_ROUTE), "route");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures), cmocka_unit_test(test_damage),          cmocka_unit_test(test_cut),
		cmocka_unit_test(test_guidance), cmocka_unit_test(test_guidance_faults), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_hostile),  cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
