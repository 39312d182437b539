/*
 * The outward forms of answers when memory runs out: each report either
 * succeeds or says SVCTAG_E_NO_MEMORY, and gives back all that it took,
 * whichever of its allocations fails. What the forms hold is tested from
 * outside, on the programs.
 */
#include "testing.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include <report/report.h>

/* cJSON has no context for its hooks, so these tests have a global one. */
static struct {
	long fail_at; /* this allocation fails, counted from 0; -1: none */
	long calls;
	long held;
} memory = { .fail_at = -1 };

static void *
counted_malloc(size_t size)
{
	void *p = memory.calls++ == memory.fail_at ? NULL : malloc(size);

	memory.held += p != NULL;
	return p;
}

static void
counted_free(void *p)
{
	memory.held -= p != NULL;
	free(p);
}

static const testing_tag old_tags[] = {
	{ "AzureCloud", "", "198.18.0.0/16 2001:db8::/32" },
	{ "Storage", "", "198.18.4.0/24 198.18.6.0/24" },
	{ "Storage.EastUS", "eastus", "198.18.4.0/24" },
};
static const testing_tag new_tags[] = {
	{ "AzureCloud", "", "198.18.0.0/16 2001:db8::/32" },
	{ "Sql", "", "198.18.9.0/24" },
	{ "Storage", "", "198.18.4.0/25 198.18.4.128/25" },
	{ "Storage.EastUS", "westus", "198.18.4.0/24" },
};

/* Everything that reports are made of. */
struct fixture {
	svctag_release *from, *to;
	svctag_snapshot *snapshot;
	svctag_diff *diff;
	svctag_query query;
	svctag_lookup_result result;
};

static void
fixture_make(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->from = testing_release(1, old_tags, TESTING_COUNT(old_tags));
	f->to = testing_release(2, new_tags, TESTING_COUNT(new_tags));
	f->snapshot = testing_snapshot(f->to, "Sample");
	TESTING_OK(svctag_diff_releases(f->from, f->to, NULL, &f->diff));
	f->query = testing_query("198.18.4.0/23");
	TESTING_OK(svctag_lookup(f->snapshot, &f->query, &f->result));
}

static void
fixture_release(struct fixture *f)
{
	svctag_lookup_result_release(&f->result);
	svctag_diff_free(f->diff);
	svctag_snapshot_free(f->snapshot);
	svctag_release_free(f->from);
	svctag_release_free(f->to);
}

typedef svctag_error (*reporter)(FILE *out, const struct report_style *style, struct fixture *f);

static const struct report_query asked = { .text = "198.18.4.0/23\xff", .size = 14 };

static svctag_error
do_lookup(FILE *out, const struct report_style *style, struct fixture *f)
{
	return report_lookup(out, style, f->snapshot, &asked, &f->query, &f->result);
}

static svctag_error
do_stream(FILE *out, const struct report_style *style, struct fixture *f)
{
	const svctag_snapshot *snapshots[] = { f->snapshot };
	struct report_lookup_stream stream = { *style, snapshots, 1, true, 0 };
	svctag_error err = report_lookup_begin(&stream, out);

	if (err == SVCTAG_OK)
		err = report_lookup_item(&stream, out, f->snapshot, &asked, &f->query, &f->result);
	if (err == SVCTAG_OK)
		err = report_lookup_error(&stream, out, &asked, "not an address");
	if (err == SVCTAG_OK)
		err = report_lookup_end(&stream, out);
	return err;
}

static svctag_error
do_tags(FILE *out, const struct report_style *style, struct fixture *f)
{
	static const uint32_t tags[] = { 0, 1, 2, 3 };

	return report_tags(out, style, f->snapshot, tags, TESTING_COUNT(tags));
}

static svctag_error
do_tag(FILE *out, const struct report_style *style, struct fixture *f)
{
	struct report_prefixes prefixes = { 0 };
	svctag_error err = report_prefixes_select(f->snapshot, 2, SVCTAG_IPV4, true, &prefixes);

	if (err == SVCTAG_OK)
		err = report_tag(out, style, f->snapshot, 2, &prefixes);
	if (err == SVCTAG_OK)
		err = report_prefix_list(out, style, f->snapshot, 2, &prefixes);
	report_prefixes_release(&prefixes);
	return err;
}

static svctag_error
do_diff(FILE *out, const struct report_style *style, struct fixture *f)
{
	const svctag_release_info *info = svctag_snapshot_info(f->snapshot);

	return report_diff(out, style, info, info, true, f->diff);
}

static svctag_error
do_compare(FILE *out, const struct report_style *style, struct fixture *f)
{
	const struct report_side a = { f->snapshot, 0 };
	const struct report_side b = { f->snapshot, 3 };
	const svctag_tag *a_tag = svctag_release_tag(f->to, 0);
	const svctag_tag *b_tag = svctag_release_tag(f->to, 3);
	svctag_comparison comparison = { 0 };
	svctag_error err;

	TESTING_OK(svctag_compare_prefixes(a_tag->prefixes, a_tag->prefix_count, b_tag->prefixes, b_tag->prefix_count,
					   &comparison));
	err = report_compare(out, style, &a, &b, &comparison);
	svctag_comparison_release(&comparison);
	return err;
}

static svctag_error
do_verify(FILE *out, const struct report_style *style, struct fixture *f)
{
	const struct report_damage damages[] = {
		{ NULL, "database", { "a page is gone" } },
		{ svctag_snapshot_info(f->snapshot), "index", { "a bit flipped" } },
	};

	return report_verify(out, style, 3, 1, damages, TESTING_COUNT(damages));
}

static svctag_error
do_import(FILE *out, const struct report_style *style, struct fixture *f)
{
	const struct report_import good = { .file = "a",
					    .release = svctag_snapshot_info(f->snapshot),
					    .warnings = "x\ny" };
	const struct report_import bad = { .file = "b,\"", .error = "no" };
	struct report_import_stream stream = { .style = *style };
	svctag_error err = report_import_begin(&stream, out);

	if (err == SVCTAG_OK)
		err = report_import_item(&stream, out, &good);
	if (err == SVCTAG_OK)
		err = report_import_item(&stream, out, &bad);
	if (err == SVCTAG_OK)
		err = report_import_end(&stream, out);
	return err;
}

static svctag_error
do_problem(FILE *out, const struct report_style *style, struct fixture *f)
{
	(void)style;
	(void)f;
	return report_problem(out, 400, "Bad Request", "not an address");
}

static const reporter reporters[] = { do_lookup,  do_stream, do_tags,   do_tag,    do_diff,
				      do_compare, do_verify, do_import, do_problem };

/* Run a report into memory; what it wrote has to be freed. */
static svctag_error
run_report(reporter report, enum report_format format, struct fixture *f, char **ret)
{
	const struct report_style style = { .format = format };
	size_t size = 0;
	FILE *out = open_memstream(ret, &size);
	svctag_error err;

	assert_non_null(out);
	err = report(out, &style, f);
	assert_int_equal(fclose(out), 0);
	return err;
}

static void
every_allocation_fails_once(void **state)
{
	cJSON_Hooks hooks = { counted_malloc, counted_free };
	struct fixture f;

	(void)state;
	fixture_make(&f);
	cJSON_InitHooks(&hooks);
	for (size_t i = 0; i < TESTING_COUNT(reporters); i++) {
		svctag_error err = SVCTAG_E_NO_MEMORY;

		for (long at = 0; err != SVCTAG_OK; at++) {
			char *text = NULL;

			memory.fail_at = at;
			memory.calls = 0;
			err = run_report(reporters[i], REPORT_JSON, &f, &text);
			free(text);
			assert_true(err == SVCTAG_OK || err == SVCTAG_E_NO_MEMORY);
			assert_int_equal(memory.held, 0);
			assert_true(err != SVCTAG_OK || memory.calls <= at); /* no failure goes unnoticed */
		}
	}
	cJSON_InitHooks(NULL);
	fixture_release(&f);
}

/* JSON is JSON, whole, on one line; every format writes something; a full disk is noticed. */
static void
every_format(void **state)
{
	struct fixture f;

	(void)state;
	fixture_make(&f);
	for (size_t i = 0; i < TESTING_COUNT(reporters); i++) {
		for (enum report_format format = REPORT_TEXT; format <= REPORT_CSV; format++) {
			char *text = NULL;

			TESTING_OK(run_report(reporters[i], format, &f, &text));
			assert_true(strlen(text) > 1 && text[strlen(text) - 1] == '\n');
			if (format == REPORT_JSON && reporters[i] != do_tag) { /* which writes two */
				const char *end = NULL;
				cJSON *tree = cJSON_ParseWithOpts(text, &end, false);

				assert_non_null(tree);
				assert_string_equal(end, "\n");
				cJSON_Delete(tree);
			}
			free(text);
		}
	}
	fixture_release(&f);
}

static void
full_disk(void **state)
{
	static const struct report_style styles[] = {
		{ REPORT_TEXT, true }, { REPORT_JSON, false }, { REPORT_NDJSON, false }, { REPORT_CSV, false }
	};
	struct fixture f;

	(void)state;
	fixture_make(&f);
	for (size_t i = 0; i < TESTING_COUNT(reporters); i++) {
		for (size_t j = 0; j < TESTING_COUNT(styles); j++) {
			FILE *out = fopen("/dev/full", "w");

			assert_non_null(out);
			setbuf(out, NULL);
			assert_int_equal(reporters[i](out, &styles[j], &f), SVCTAG_E_IO);
			(void)fclose(out);
		}
	}
	fixture_release(&f);
}

static void
unknown_tags(void **state)
{
	svctag_detail detail = { "" };
	struct fixture f;

	(void)state;
	fixture_make(&f);
	report_unknown_tag(f.snapshot, "Storag and more", 6, &detail);
	assert_non_null(strstr(detail.text, "'Storag' in Sample 2 (2024-01-01); did you mean Storage"));
	fixture_release(&f);
}

static void
printable(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "plain", "plain" },
		{ "a\033[2J\n", "a?[2J?" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xc2\x9b"
		  "2J",
		  "??2J" },                     /* U+009B starts an escape sequence too */
		{ "\xc0\xaf", "??" },           /* longer than need be */
		{ "\xed\xa0\x80", "???" },      /* a surrogate */
		{ "\xf4\x90\x80\x80", "????" }, /* past U+10FFFF */
		{ "\xe2\x82", "??" },           /* cut short */
		{ "\xff\x7f", "??" },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		char *text = strdup(cases[i].text);

		assert_non_null(text);
		report_make_printable(text);
		assert_string_equal(text, cases[i].want);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_fails_once),
		cmocka_unit_test(every_format),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(unknown_tags),
		cmocka_unit_test(printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
