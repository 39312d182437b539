/*
 * Markup and the parts of pages: what comes from outside is text wherever it
 * stands, numbers are grouped, lists are cut off and say so, a full disk is
 * said. What whole pages hold is tested from outside, on svctagd.
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include <report/html.h>
#include <report/markup.h>

/* What is written, to be freed. */
struct text {
	char *bytes;
	size_t size;
	FILE *out;
};

static void
begin(struct text *text)
{
	text->out = open_memstream(&text->bytes, &text->size);
	assert_non_null(text->out);
}

static void
expect(struct text *text, const char *want)
{
	assert_int_equal(fclose(text->out), 0);
	assert_string_equal(text->bytes, want);
	free(text->bytes);
}

static void
test_markup(void **state)
{
	static const struct {
		const char *bytes, *want;
	} cases[] = {
		{ "", "" },
		{ "Storage.EastUS", "Storage.EastUS" },
		{ "<b a=\"1\">'&amp;", "&lt;b a=&quot;1&quot;&gt;'&amp;amp;" },
		{ "\x01\x1b[0m", "\xef\xbf\xbd\xef\xbf\xbd[0m" }, /* controls are no XML */
		{ "\xc3\xa4\xff\xc0\xaf", "\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xef\xbf\xbe", "\xef\xbf\xbd" }, /* U+FFFE */
	};
	struct text text;

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		begin(&text);
		markup_text(text.out, cases[i].bytes);
		expect(&text, cases[i].want);
	}
	begin(&text);
	markup_text(text.out, NULL);
	markup_bytes(text.out, "a<b\0c", 5); /* a NUL is no end, and no character */
	expect(&text, "a&lt;b\xef\xbf\xbd"
		      "c");
}

static void
test_links(void **state)
{
	const struct html_place place = { .cloud = "Public", .at = "\"&" };
	struct text text;

	(void)state;
	begin(&text);
	html_link(text.out, &place, "a b&c=\"<\xc3\xa4/24");
	expect(&text, "<a href=\"/?q=a%20b%26c%3D%22%3C%C3%A4/24&amp;cloud=Public&amp;at=%22%26\">"
		      "a b&amp;c=&quot;&lt;\xc3\xa4/24</a>");
	begin(&text);
	html_link(text.out, &(struct html_place){ 0 }, "1.2.3.4");
	expect(&text, "<a href=\"/?q=1.2.3.4\">1.2.3.4</a>");
}

static void
test_numbers(void **state)
{
	static const struct {
		uint64_t number;
		const char *want;
	} cases[] = { { 0, "0" },
		      { 999, "999" },
		      { 1000, "1,000" },
		      { 47904288, "47,904,288" },
		      { 999999999999999, "999,999,999,999,999" },
		      { 1000000000000000000, "1e+18" } };
	struct text text;

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		begin(&text);
		html_count(text.out, svctag_count_of(cases[i].number));
		expect(&text, cases[i].want);
	}
}

static void
test_features(void **state)
{
	struct text text;

	(void)state;
	begin(&text);
	html_features(text.out, "API,<b>");
	expect(&text, "<span class=\"features\"><span class=\"feature\">API</span> "
		      "<span class=\"feature\">&lt;b&gt;</span> </span>");
	begin(&text);
	html_features(text.out, NULL);
	html_features(text.out, "");
	expect(&text, "<span class=\"none\">nowhere</span><span class=\"none\">nowhere</span>");
}

static const testing_tag tags[] = {
	{ "AzureCloud", "", "198.18.0.0/16" },
	{ "Evil<script>", "<b>", "198.18.4.0/24 198.18.6.0/24" },
};

/* Which part is to be written. */
enum part {
	PART_LOOKUP,
	PART_TAG,
	PART_TAGS,
	PART_COUNT,
};

static svctag_error
write_part(FILE *out, enum part part, const svctag_snapshot *snapshot)
{
	static const uint32_t numbers[] = { 0, 1 };
	const struct html_place place = { .at = "1" };
	const struct report_query asked = { .text = "<198.18.4.0/22", .size = 14 };
	const struct html_tags_view list = { &place, snapshot, numbers, 2, 1 };
	struct report_prefixes prefixes = { 0 };
	const struct html_tag_view one = { &place, snapshot, 1, &prefixes };
	svctag_query query = testing_query("198.18.4.0/22");
	svctag_lookup_result result = { 0 };
	svctag_error err;

	if (part == PART_TAGS)
		return report_html_tags(out, &list);
	if (part == PART_LOOKUP) {
		TESTING_OK(svctag_lookup(snapshot, &query, &result));
		err = report_html_lookup(out, &place, snapshot, &asked, &query, &result);
	} else {
		TESTING_OK(report_prefixes_select(snapshot, 1, 0, false, &prefixes));
		err = report_html_tag(out, &one);
	}
	svctag_lookup_result_release(&result);
	report_prefixes_release(&prefixes);
	return err;
}

static void
test_parts(void **state)
{
	static const char *const wanted[PART_COUNT][3] = {
		[PART_LOOKUP] = { "<code>&lt;198.18.4.0/22</code>", "512 (50 %)", ">Evil&lt;script&gt;</a>" },
		[PART_TAG] = { "<h1>Evil&lt;script&gt;</h1>", "2 prefixes, 512 addresses", "198.18.6.0/24\n" },
		[PART_TAGS] = { "2 tags of Sample 1 ", ", the first 1<", "65,536" },
	};
	svctag_release *release = testing_release(1, tags, TESTING_COUNT(tags));
	svctag_snapshot *snapshot = testing_snapshot(release, "Sample");

	(void)state;
	for (enum part part = 0; part < PART_COUNT; part++) {
		FILE *full = fopen("/dev/full", "w");
		struct text text;

		begin(&text);
		TESTING_OK(write_part(text.out, part, snapshot));
		assert_int_equal(fclose(text.out), 0);
		for (size_t i = 0; i < TESTING_COUNT(wanted[part]); i++)
			if (strstr(text.bytes, wanted[part][i]) == NULL)
				fail_msg("'%s' is not in: %s", wanted[part][i], text.bytes);
		assert_null(strstr(text.bytes, "<script"));
		assert_null(strstr(text.bytes, "<b>"));
		assert_null(strstr(text.bytes, "style="));
		free(text.bytes);

		assert_non_null(full);
		setbuf(full, NULL);
		TESTING_CHECK(write_part(full, part, snapshot), SVCTAG_E_IO);
		(void)fclose(full);
	}
	svctag_snapshot_free(snapshot);
	svctag_release_free(release);
}

int
main(void)
{
	const struct CMUnitTest tests_of_html[] = {
		cmocka_unit_test(test_markup),   cmocka_unit_test(test_links), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_features), cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests_name("html", tests_of_html, NULL, NULL);
}
