/*
 * Error texts, and the particulars of a failure: one line that fits, whatever
 * was typed.
 */
#include "testing.h"

#include <string.h>

static void
test_texts(void **state)
{
	(void)state;
	for (int i = SVCTAG_OK; i <= SVCTAG_E_UNSUPPORTED; i++) {
		const char *text = svctag_error_text((svctag_error)i);

		assert_non_null(text);
		assert_true(text[0] != '\0');
		for (int j = SVCTAG_OK; j < i; j++)
			assert_string_not_equal(text, svctag_error_text((svctag_error)j));
	}
	/* A number from nowhere has a text too. */
	assert_non_null(svctag_error_text((svctag_error)(SVCTAG_E_UNSUPPORTED + 1)));
}

static void
test_detail(void **state)
{
	svctag_detail detail = { "before" };
	char endless[2000];

	(void)state;
	svctag_detail_set(NULL, "%s", "nothing happens");
	svctag_detail_set(&detail, "%s, line %d", "x.json", 7);
	assert_string_equal(detail.text, "x.json, line 7");
	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	svctag_detail_set(&detail, "%s", endless);
	assert_in_range(strlen(detail.text), 1, sizeof(detail.text) - 1);
}

/* What could draw on a terminal or forge a second line does not get through. */
static void
test_detail_is_one_clean_line(void **state)
{
	static const char *const hostile[] = { "a\nb",
					       "a\rb",
					       "a\tb",
					       "a\x1b[2Jb",
					       "a\x7f"
					       "b",
					       "a\x01\x02b",
					       "\n",
					       "\xc2\x9b"
					       "31m",
					       "a\n" };

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(hostile); i++) {
		svctag_detail detail = { "" };

		svctag_detail_set(&detail, "<%s>", hostile[i]);
		assert_true(detail.text[0] == '<');
		for (const char *c = detail.text; *c != '\0'; c++) {
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
			/* U+009B, the one-character form of ESC [ */
			assert_false(strncmp(c, "\xc2\x9b", 2) == 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_detail),
		cmocka_unit_test(test_detail_is_one_clean_line),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
