/*
 * Lint: what its parts decide, each by a table; that a run which is given up
 * leaves nothing behind; and that however much there is to find, so much is
 * kept and all of it counted. What each check finds in which form of list,
 * tests/functional/test_lint.py tries.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <advice/lint_internal.h>

static const testing_tag tags[] = {
	{ "AzureActiveDirectory", "", "198.18.1.0/24" },
	{ "AzureCloud", "", "198.18.0.0/16 2001:db8::/32" },
	{ "AzureCloud.centralfrance", "centralfrance", "198.18.0.0/17" },
	{ "AzureSiteRecovery", "", "198.18.2.0/29" },
	{ "EventHub", "", "198.18.3.0/24 198.18.4.0/24" },
	{ "EventHub.EastUS", "eastus", "198.18.3.0/24" },
	{ "Storage.FranceCentral", "centralfrance", "198.18.5.0/24" },
};

/* A release and a list, with what was found. Filled by look(), emptied by forget(). */
struct fixture {
	svctag_release *release;
	svctag_snapshot *snapshot;
	struct list *list;
	struct lint *lint;
};

static struct fixture
prepare(const char *text, size_t size)
{
	struct fixture fixture = { .release = testing_release(1, tags, TESTING_COUNT(tags)) };

	fixture.snapshot = testing_snapshot(fixture.release, "Public");
	TESTING_OK(list_read(text, size, "list", NULL, &fixture.list, NULL));
	return fixture;
}

static struct fixture
look(const char *text, const struct lint_options *options)
{
	struct fixture fixture = prepare(text, strlen(text));

	TESTING_OK(lint_list(fixture.list, fixture.snapshot, options, &fixture.lint, NULL));
	return fixture;
}

static void
forget(struct fixture *fixture)
{
	lint_free(fixture->lint);
	list_free(fixture->list);
	svctag_snapshot_free(fixture->snapshot);
	svctag_release_free(fixture->release);
}

static void
test_checks(void **state)
{
	enum lint_check check = LINT_CHECK_COUNT;
	svctag_detail detail = { "" };

	(void)state;
	for (int i = 0; i < LINT_CHECK_COUNT; i++) {
		const struct lint_about *about = lint_about((enum lint_check)i);

		assert_non_null(about->id);
		assert_non_null(about->title);
		assert_non_null(about->help);
		TESTING_OK(lint_check_find(about->id, &check, NULL));
		assert_int_equal(check, i);
	}
	check = LINT_LIMIT;
	TESTING_CHECK(lint_check_find("Limit", &check, &detail), SVCTAG_E_NOT_FOUND);
	TESTING_CHECK(lint_check_find("taag-case", &check, &detail), SVCTAG_E_NOT_FOUND);
	assert_non_null(strstr(detail.text, "'tag-case'"));
	assert_int_equal(check, LINT_LIMIT);
	assert_string_equal(lint_severity_text(LINT_NOTE), "note");
	assert_string_equal(lint_severity_text(LINT_ERROR), "error");
}

static void
test_ports(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool want;
	} cases[] = {
		{ NULL, "443", true },
		{ "*", NULL, true },
		{ "443", NULL, false },
		{ "443", "443", true },
		{ "443", "80", false },
		{ "80,443", "443", true },
		{ "80,443", "443,80", true },
		{ "80,443", "443,8080", false },
		{ "400-500", "443", true },
		{ "400-500", "443-501", false },
		{ "400-450,451-500", "443-460", true }, /* together */
		{ "0-65535", "*", true },
		{ "1-65535", "*", false },
		{ "", "443", false },
		{ "443-", "443", false },
		{ "99999999999999999999", "443", false },
		{ "0-99999999999999999999", "1-99999999999999999999", true }, /* neither overflows nor runs on */
	};
	static const struct {
		const char *outer, *inner;
		bool want;
	} protocols[] = {
		{ NULL, "Tcp", true },  { "*", NULL, true },     { "Any", "Udp", true },
		{ "Tcp", "TCP", true }, { "Tcp", "Udp", false }, { "Tcp", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++)
		if (lint_ports_cover(cases[i].outer, cases[i].inner) != cases[i].want)
			fail_msg("case %zu", i);
	for (size_t i = 0; i < TESTING_COUNT(protocols); i++)
		if (lint_protocol_covers(protocols[i].outer, protocols[i].inner) != protocols[i].want)
			fail_msg("protocol %zu", i);
}

static void
test_meant(void **state)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "Azure Site Recovery", "AzureSiteRecovery" },
		{ "azure-site_recovery", "AzureSiteRecovery" },
		{ "EventsHub", "EventHub" },
		{ "Event Hubs.East US", "EventHub.EastUS" },
		{ "Storage.CentralFrance", NULL }, /* this release has no Storage */
		{ "AzureCloud.France Central", "AzureCloud.centralfrance" },
		{ "AzureAD", "AzureActiveDirectory" },
		{ "virtual network", "VirtualNetwork" },
		{ "EventHub.Nowhere", NULL },
		{ "Zebra", NULL },
		{ "", NULL },
		{ " - ", NULL },
		{ ".", NULL },
		{ ".EastUS", NULL },
	};
	struct fixture fixture = look("", NULL);
	char *longest = testing_allocate(100001, 1);

	(void)state;
	memset(longest, 'a', 100000);
	assert_null(lint_meant(fixture.lint, longest));
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		const char *got = lint_meant(fixture.lint, cases[i].name);

		if (!testing_same_text(got, cases[i].want))
			fail_msg("\"%s\": %s", cases[i].name, got != NULL ? got : "nothing");
	}
	free(longest);
	forget(&fixture);
}

/* Without a store there is no history; with an intent, or without, nothing is stale then. */
static void
test_without_store(void **state)
{
	struct lint_options options = { .intent = "EventHub" };
	struct fixture fixture = look("198.18.3.4\n198.18.99.1\n", &options);

	(void)state;
	assert_int_equal(lint_count(fixture.lint), 2);
	assert_int_equal(lint_at(fixture.lint, 0)->check, LINT_HARD_CODED_ADDRESS);
	assert_int_equal(lint_at(fixture.lint, 0)->line, 1);
	assert_string_equal(lint_at(fixture.lint, 0)->tag, "EventHub"); /* as meant, not EventHub.EastUS */
	assert_int_equal(lint_at(fixture.lint, 1)->check, LINT_AZURE_ADDRESS);
	forget(&fixture);
}

static bool
give_up(void *context, size_t done, size_t of)
{
	size_t *asked = context;

	(void)done;
	(void)of;
	return (*asked)++ < 2;
}

static void
test_given_up(void **state)
{
	static const char text[] = "198.18.3.4\n198.18.4.4\n198.18.5.0/24\n198.18.1.1-198.18.1.9\n";
	size_t asked = 0;
	struct lint_options options = { .progress = give_up, .context = &asked };
	struct fixture fixture = prepare(text, sizeof(text) - 1);

	(void)state;
	TESTING_CHECK(lint_list(fixture.list, fixture.snapshot, &options, &fixture.lint, NULL), SVCTAG_E_LIMIT);
	assert_null(fixture.lint);
	forget(&fixture);
}

/* More than are kept; all of them counted. And none of a check that is off. */
static void
test_many(void **state)
{
	const size_t count = LINT_MAX_FINDINGS + 1000;
	struct lint_options options = { 0 };
	struct fixture fixture;
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	assert_non_null(stream);
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "198.18.3.%zu\n", i % 256);
	assert_int_equal(fclose(stream), 0);
	fixture = prepare(text, size);
	TESTING_OK(lint_list(fixture.list, fixture.snapshot, NULL, &fixture.lint, NULL));
	assert_int_equal(lint_count(fixture.lint), LINT_MAX_FINDINGS);
	assert_int_equal(lint_left_off(fixture.lint), 1000);
	assert_int_equal(lint_total(fixture.lint, LINT_WARNING), count);
	for (size_t i = 1; i < LINT_MAX_FINDINGS; i++)
		assert_true(lint_at(fixture.lint, i - 1)->line <= lint_at(fixture.lint, i)->line);
	lint_free(fixture.lint);
	memset(options.off, true, sizeof(options.off));
	TESTING_OK(lint_list(fixture.list, fixture.snapshot, &options, &fixture.lint, NULL));
	assert_int_equal(lint_count(fixture.lint), 0);
	free(text);
	forget(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checks),        cmocka_unit_test(test_ports),    cmocka_unit_test(test_meant),
		cmocka_unit_test(test_without_store), cmocka_unit_test(test_given_up), cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
