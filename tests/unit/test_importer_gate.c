/* The plausibility gate, on both sides of each of its limits. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <importer/importer.h>

#define PREVIOUS_DAY "2024-01-01"

/* What a made-up release consists of; its first tag takes the rest of the prefixes. */
struct shape {
	unsigned int tags;
	unsigned int ipv4;       /* prefixes of /24 */
	unsigned int ipv6;       /* prefixes of /48 */
	unsigned int hosts;      /* prefixes of /32: prefixes without many addresses */
	unsigned int short_ipv6; /* prefixes of /36: addresses without many prefixes */
};

static void
add_text(svctag_release_builder *builder, const char *text)
{
	svctag_prefix prefix = testing_prefix(text);

	testing_add_prefix(builder, &prefix);
}

static svctag_release *
make_release(const struct shape *shape)
{
	svctag_release_builder *builder = testing_builder(8);
	char text[64];

	for (unsigned int i = 1; i < shape->tags; i++) {
		(void)snprintf(text, sizeof(text), "Tag%u", i);
		testing_add_tag(builder, text, "");
	}
	testing_add_tag(builder, "Everything", "");
	for (unsigned int i = 0; i < shape->ipv4; i++) {
		(void)snprintf(text, sizeof(text), "198.18.%u.0/24", i);
		add_text(builder, text);
	}
	for (unsigned int i = 0; i < shape->hosts; i++) {
		(void)snprintf(text, sizeof(text), "198.19.%u.%u/32", i / 256, i % 256);
		add_text(builder, text);
	}
	for (unsigned int i = 0; i < shape->ipv6; i++) {
		(void)snprintf(text, sizeof(text), "2001:db8:%x::/48", i);
		add_text(builder, text);
	}
	for (unsigned int i = 0; i < shape->short_ipv6; i++) {
		(void)snprintf(text, sizeof(text), "2001:db8:%x000::/36", i + 1);
		add_text(builder, text);
	}
	return testing_finish(builder);
}

struct verdict {
	svctag_error err;
	bool forced;
	char *warnings;
	svctag_detail detail;
};

static struct verdict
judge(const svctag_release *previous, const svctag_release *next, const char *published, bool force)
{
	svctag_release_info info = { .change_number = 7, .published = PREVIOUS_DAY, .source = "file" };
	struct importer_gate_options options = { .force = force };
	struct verdict verdict = { .detail = { "" } };

	verdict.err = importer_gate(&options, previous == NULL ? NULL : &info, previous, published, next,
				    &verdict.warnings, &verdict.forced, &verdict.detail);
	return verdict;
}

/* Two releases, and what comes of the second after the first. */
struct succession {
	struct shape before;
	struct shape after;
	const char *published;
	svctag_error want;
};

static void
check_successions(const struct succession *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		svctag_release *before = make_release(&cases[i].before);
		svctag_release *after = make_release(&cases[i].after);
		struct verdict verdict = judge(before, after, cases[i].published, false);

		if (verdict.err != cases[i].want)
			print_error("case %zu: %s\n", i, verdict.detail.text);
		TESTING_CHECK(verdict.err, cases[i].want);
		assert_false(verdict.forced);
		free(verdict.warnings);
		svctag_release_free(before);
		svctag_release_free(after);
	}
}

static void
test_lost_prefixes(void **state)
{
	static const struct succession cases[] = {
		/* A fifth of the prefixes: hosts, so that addresses stay nearly the same. */
		{ { 1, 200, 0, 200, 0 }, { 1, 200, 0, 120, 0 }, "2024-01-08", SVCTAG_OK },
		{ { 1, 200, 0, 200, 0 }, { 1, 200, 0, 119, 0 }, "2024-01-08", SVCTAG_E_IMPLAUSIBLE },
		/* Within the first week, and on the same day. */
		{ { 1, 200, 0, 200, 0 }, { 1, 200, 0, 119, 0 }, "2024-01-02", SVCTAG_E_IMPLAUSIBLE },
		{ { 1, 200, 0, 200, 0 }, { 1, 200, 0, 119, 0 }, PREVIOUS_DAY, SVCTAG_E_IMPLAUSIBLE },
		/* 21 % from the end of the second week on. */
		{ { 1, 200, 0, 200, 0 }, { 1, 200, 0, 119, 0 }, "2024-01-14", SVCTAG_E_IMPLAUSIBLE },
		{ { 1, 200, 0, 200, 0 }, { 1, 200, 0, 119, 0 }, "2024-01-15", SVCTAG_OK },
		{ { 1, 200, 0, 200, 0 }, { 1, 200, 0, 116, 0 }, "2024-01-15", SVCTAG_OK },
		{ { 1, 200, 0, 200, 0 }, { 1, 200, 0, 115, 0 }, "2024-01-15", SVCTAG_E_IMPLAUSIBLE },
		/* 50 % at week 31, and never more. */
		{ { 1, 200, 0, 200, 0 }, { 1, 200, 0, 0, 0 }, "2024-08-04", SVCTAG_E_IMPLAUSIBLE }, /* 30 weeks: 49 % */
		{ { 1, 200, 0, 200, 0 }, { 1, 200, 0, 0, 0 }, "2024-08-05", SVCTAG_OK },
		{ { 1, 200, 0, 202, 0 }, { 1, 200, 0, 0, 0 }, "2024-08-05", SVCTAG_E_IMPLAUSIBLE },
		{ { 1, 200, 0, 202, 0 }, { 1, 200, 0, 0, 0 }, "2034-08-05", SVCTAG_E_IMPLAUSIBLE },
	};

	(void)state;
	check_successions(cases, TESTING_COUNT(cases));
}

static void
test_lost_addresses(void **state)
{
	static const struct succession cases[] = {
		/* A fifth of the IPv4 addresses while the prefixes grow. */
		{ { 1, 100, 0, 0, 0 }, { 1, 80, 0, 40, 0 }, "2024-01-08", SVCTAG_OK },
		{ { 1, 100, 0, 0, 0 }, { 1, 79, 0, 40, 0 }, "2024-01-08", SVCTAG_E_IMPLAUSIBLE },
		/* IPv6 by itself, whatever IPv4 does. */
		{ { 1, 10, 100, 0, 0 }, { 1, 200, 80, 0, 0 }, "2024-01-08", SVCTAG_OK },
		{ { 1, 10, 100, 0, 0 }, { 1, 200, 79, 0, 0 }, "2024-01-08", SVCTAG_E_IMPLAUSIBLE },
		{ { 1, 100, 100, 0, 0 }, { 1, 200, 0, 0, 0 }, "2024-01-08", SVCTAG_E_IMPLAUSIBLE },
		/* Most IPv6 addresses lie in a few short prefixes: half of them may go. */
		{ { 1, 100, 100, 0, 4 }, { 1, 100, 100, 0, 2 }, "2024-01-08", SVCTAG_OK },
		{ { 1, 100, 100, 0, 5 }, { 1, 100, 100, 0, 2 }, "2024-01-08", SVCTAG_E_IMPLAUSIBLE },
		{ { 1, 100, 100, 0, 5 }, { 1, 100, 100, 0, 2 }, "2026-01-08", SVCTAG_E_IMPLAUSIBLE },
		/* A family that comes new loses nothing. */
		{ { 1, 100, 0, 0, 0 }, { 1, 100, 100, 0, 0 }, "2024-01-08", SVCTAG_OK },
	};

	(void)state;
	check_successions(cases, TESTING_COUNT(cases));
}

static void
test_lost_tags(void **state)
{
	static const struct succession cases[] = {
		/* A third of the tags. */
		{ { 30, 10, 0, 0, 0 }, { 20, 10, 0, 0, 0 }, "2024-01-08", SVCTAG_OK },
		{ { 30, 10, 0, 0, 0 }, { 19, 10, 0, 0, 0 }, "2024-01-08", SVCTAG_E_IMPLAUSIBLE },
		/* A third and one point: 103 of 300. */
		{ { 300, 10, 0, 0, 0 }, { 197, 10, 0, 0, 0 }, "2024-01-15", SVCTAG_OK },
		{ { 300, 10, 0, 0, 0 }, { 196, 10, 0, 0, 0 }, "2024-01-15", SVCTAG_E_IMPLAUSIBLE },
		{ { 30, 10, 0, 0, 0 }, { 15, 10, 0, 0, 0 }, "2025-01-01", SVCTAG_OK },
		{ { 30, 10, 0, 0, 0 }, { 14, 10, 0, 0, 0 }, "2025-01-01", SVCTAG_E_IMPLAUSIBLE },
	};

	(void)state;
	check_successions(cases, TESTING_COUNT(cases));
}

static void
test_nothing_left(void **state)
{
	static const struct succession cases[] = {
		{ { 3, 10, 0, 0, 0 }, { 3, 0, 0, 0, 0 }, "2025-01-01", SVCTAG_E_IMPLAUSIBLE },
		{ { 3, 0, 0, 0, 0 }, { 3, 0, 0, 0, 0 }, "2024-01-08", SVCTAG_E_IMPLAUSIBLE },
	};

	(void)state;
	check_successions(cases, TESTING_COUNT(cases));
}

static void
test_first_release(void **state)
{
	svctag_release *some = make_release(&(struct shape){ 1, 1, 0, 0, 0 });
	svctag_release *none = make_release(&(struct shape){ 1, 0, 0, 0, 0 });
	struct verdict verdict = judge(NULL, some, PREVIOUS_DAY, false);

	(void)state;
	TESTING_OK(verdict.err);
	assert_null(verdict.warnings);
	verdict = judge(NULL, none, PREVIOUS_DAY, false);
	TESTING_CHECK(verdict.err, SVCTAG_E_IMPLAUSIBLE);
	assert_string_equal(verdict.detail.text, "has no prefix at all; --force imports it all the same");
	verdict = judge(NULL, none, PREVIOUS_DAY, true);
	TESTING_OK(verdict.err);
	assert_true(verdict.forced);
	assert_string_equal(verdict.warnings, "imported by force: has no prefix at all\n");
	free(verdict.warnings);
	svctag_release_free(some);
	svctag_release_free(none);
}

static void
test_message(void **state)
{
	svctag_release *before = make_release(&(struct shape){ 30, 100, 100, 0, 0 });
	svctag_release *after = make_release(&(struct shape){ 3, 10, 10, 0, 0 });
	struct verdict verdict = judge(before, after, "2024-01-15", false);
	const char *refusal = "is implausible after release 7 of 2024-01-01 (file): "
			      "loses 90.00 % of the prefixes (200 to 20, limit 21 %), "
			      "loses 90.00 % of the IPv4 addresses (25600 to 2560, limit 21 %), "
			      "loses 90.00 % of the IPv6 prefixes (100 to 10, limit 21 %), "
			      "loses 90.00 % of the IPv6 addresses (1.20892582e+26 to 1.20892582e+25, limit 50 %), "
			      "loses 90.00 % of the tags (30 to 3, limit 34.33 %); --force imports it all the same";

	(void)state;
	TESTING_CHECK(verdict.err, SVCTAG_E_IMPLAUSIBLE);
	assert_null(verdict.warnings);
	assert_string_equal(verdict.detail.text, refusal);
	verdict = judge(before, after, "2024-01-15", true);
	TESTING_OK(verdict.err);
	assert_true(verdict.forced);
	assert_memory_equal(verdict.warnings, "imported by force: is implausible after release 7", 48);
	free(verdict.warnings);
	svctag_release_free(before);
	svctag_release_free(after);
}

/* Force passes nothing that needs no force. */
static void
test_force_unneeded(void **state)
{
	svctag_release *release = make_release(&(struct shape){ 1, 10, 0, 0, 0 });
	struct verdict verdict = judge(release, release, "2024-01-08", true);

	(void)state;
	TESTING_OK(verdict.err);
	assert_false(verdict.forced);
	assert_null(verdict.warnings);
	svctag_release_free(release);
}

static void
check_warnings(const testing_tag *before, size_t before_count, const testing_tag *after, size_t after_count,
	       const char *want)
{
	svctag_release *previous = testing_release(7, before, before_count);
	svctag_release *next = testing_release(8, after, after_count);
	struct verdict verdict = judge(previous, next, "2024-01-08", false);

	TESTING_OK(verdict.err);
	assert_string_equal(verdict.warnings == NULL ? "" : verdict.warnings, want);
	free(verdict.warnings);
	svctag_release_free(previous);
	svctag_release_free(next);
}

/* Enough that the losses of the other tags do not make the release implausible. */
#define BIG "198.18.0.0/16 198.18.0.0/17 198.18.0.0/18 198.18.0.0/19 198.18.0.0/20 2001:db8::/32"

static void
test_tag_warnings(void **state)
{
	static const testing_tag before[] = {
		{ "Big", "", BIG },
		{ "Half", "", "198.19.0.0/32 198.19.0.2/32" },
		{ "Less", "", "198.19.0.0/32 198.19.0.2/32 198.19.0.4/32" },
		{ "Shrunk", "", "198.19.1.0/24" },
		{ "Six", "", "2001:db8::/48 2001:db8:1::/64" },
		{ "Gone", "", "198.19.3.0/32" },
		{ "Renamed", "", "198.19.4.0/32" },
		{ "Empty", "", "" },
	};
	static const testing_tag after[] = {
		{ "Big", "", BIG },
		{ "Half", "", "198.19.0.0/32" },
		{ "Less", "", "198.19.0.0/32" },
		{ "Shrunk", "", "198.19.1.0/26 198.19.1.64/27" },
		{ "Six", "", "2001:db8::/50 2001:db8:1::/64" },
		{ "RENAMED", "", "198.19.4.0/32" }, /* in any letter case */
	};

	(void)state;
	check_warnings(before, TESTING_COUNT(before), after, TESTING_COUNT(after),
		       "tag \"Gone\" is gone (1 prefix)\n"
		       "tag \"Less\" lost more than half of its prefixes (3 to 1)\n"
		       "tag \"Shrunk\" lost more than half of its IPv4 addresses (256 to 96)\n"
		       "tag \"Six\" lost more than half of its IPv6 addresses "
		       "(1208944266358702884257792 to 302249901647731003228160)\n");
}

static void
test_repeated_prefixes(void **state)
{
	static const testing_tag once[] = { { "Sql", "", "198.18.0.0/16" } };
	static const testing_tag twice[] = { { "Sql", "", "198.18.0.0/16 198.18.0.0/16 198.18.0.0/16" } };

	(void)state;
	check_warnings(once, 1, twice, 1, "prefixes repeated within a tag and dropped: 2\n");
}

/* Twenty tags are named, the others counted. */
static void
test_many_warnings(void **state)
{
	svctag_release_builder *builder = testing_builder(7);
	svctag_prefix prefix = testing_prefix("198.18.0.0/17");
	svctag_release *before;
	svctag_release *after = make_release(&(struct shape){ 80, 200, 0, 0, 0 });
	struct verdict verdict;
	size_t lines = 0;

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "Tag%u", i);
		testing_add_tag(builder, name, "");
		if (i >= 75)
			testing_add_prefix(builder, &prefix);
	}
	before = testing_finish(builder);
	verdict = judge(before, after, "2024-01-08", false);
	TESTING_OK(verdict.err);
	for (const char *p = verdict.warnings; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 21);
	assert_non_null(strstr(verdict.warnings, "\nand more tags that lost more than half: 5\n"));
	free(verdict.warnings);
	svctag_release_free(before);
	svctag_release_free(after);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lost_prefixes),     cmocka_unit_test(test_lost_addresses),
		cmocka_unit_test(test_lost_tags),         cmocka_unit_test(test_nothing_left),
		cmocka_unit_test(test_first_release),     cmocka_unit_test(test_message),
		cmocka_unit_test(test_force_unneeded),    cmocka_unit_test(test_tag_warnings),
		cmocka_unit_test(test_repeated_prefixes), cmocka_unit_test(test_many_warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
