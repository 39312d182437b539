/*
 * Bearer tokens: what a file of them may look like, who else may touch it, and
 * which credentials are good.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/tokens.h"

#define COUNT TESTING_COUNT

static char path[] = "/tmp/svctag-tokens-XXXXXX";

static void
write_file(const char *text, size_t size, mode_t mode)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, size, out), size);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static struct tokens *
make_tokens(const char *text)
{
	svctag_detail remark;
	struct tokens *tokens = NULL;
	svctag_detail detail = { "" };

	write_file(text, strlen(text), 0600);
	TESTING_OK(tokens_new(path, &tokens, &remark, &detail));
	assert_string_equal(remark.text, "");
	return tokens;
}

static void
test_credentials(void **state)
{
	static const struct {
		const char *header;
		enum tokens_verdict want;
	} cases[] = {
		{ NULL, TOKENS_NONE },
		{ "", TOKENS_NONE },
		{ "Basic YTpi", TOKENS_NONE },
		{ "Bearer", TOKENS_NONE },
		{ "Bearerfirst", TOKENS_NONE },
		{ "Bearer first", TOKENS_GOOD },
		{ "bearer first", TOKENS_GOOD }, /* schemes have no letter case */
		{ "BEARER   first", TOKENS_GOOD },
		{ "Bearer abc/+~._-9==", TOKENS_GOOD },
		{ "Bearer last", TOKENS_GOOD },
		{ "Bearer ", TOKENS_BAD },
		{ "Bearer First", TOKENS_BAD },
		{ "Bearer firs", TOKENS_BAD },
		{ "Bearer firstt", TOKENS_BAD },
		{ "Bearer first ", TOKENS_BAD },
		{ "Bearer first, Bearer last", TOKENS_BAD }, /* two headers */
		{ "Bearer # a comment", TOKENS_BAD },
	};
	struct tokens *tokens = make_tokens("# a comment\n\nfirst\r\n  \nabc/+~._-9==\nlast");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (tokens_judge(tokens, cases[i].header) != cases[i].want)
			fail_msg("%s", cases[i].header);
	tokens_free(tokens);
	tokens_free(NULL);
}

static void
test_files(void **state)
{
	static const struct {
		const char *text;
		size_t size; /* 0: of the text */
		mode_t mode;
		svctag_error want;
	} cases[] = {
		{ "secret\n", 0, 0600, SVCTAG_OK },
		{ "secret\n", 0, 0644, SVCTAG_OK }, /* with a remark */
		{ "secret\n", 0, 0602, SVCTAG_E_UNSUPPORTED },
		{ "", 0, 0600, SVCTAG_E_EMPTY },
		{ "# none\n\n", 0, 0600, SVCTAG_E_EMPTY },
		{ "good\ntwo words\n", 0, 0600, SVCTAG_E_SYNTAX },
		{ "==\n", 0, 0600, SVCTAG_E_SYNTAX },
		{ "a=b\n", 0, 0600, SVCTAG_E_SYNTAX },
		{ "Bearer\tx\n", 0, 0600, SVCTAG_E_SYNTAX },
		{ "\xc3\xa4\n", 0, 0600, SVCTAG_E_SYNTAX },
		{ "se\0cret\n", 8, 0600, SVCTAG_E_SYNTAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		svctag_detail remark;
		struct tokens *tokens = NULL;
		svctag_detail detail = { "" };

		write_file(cases[i].text, cases[i].size > 0 ? cases[i].size : strlen(cases[i].text), cases[i].mode);
		TESTING_CHECK(tokens_new(path, &tokens, &remark, &detail), cases[i].want);
		assert_int_equal(tokens != NULL, cases[i].want == SVCTAG_OK);
		assert_int_equal(strstr(detail.text, path) == NULL, cases[i].want == SVCTAG_OK);
		assert_null(strstr(detail.text, "words")); /* what may be a secret is not repeated */
		assert_int_equal(remark.text[0] != '\0', cases[i].mode == 0644);
		tokens_free(tokens);
	}
}

static void
test_long_and_many(void **state)
{
	char *text = testing_allocate(20000, 1), *end = text;
	svctag_detail remark;
	struct tokens *tokens = NULL;
	svctag_detail detail;

	(void)state;
	memset(text, 'x', 2000);
	write_file(text, 1024, 0600);
	TESTING_OK(tokens_new(path, &tokens, &remark, &detail));
	tokens_free(tokens);
	write_file(text, 1025, 0600);
	TESTING_CHECK(tokens_new(path, &tokens, &remark, &detail), SVCTAG_E_SYNTAX);
	write_file(text, 2000, 0600);
	TESTING_CHECK(tokens_new(path, &tokens, &remark, &detail), SVCTAG_E_SYNTAX);
	for (int i = 0; i < 1001; i++)
		end += sprintf(end, "t%d\n", i);
	write_file(text, (size_t)(end - text), 0600);
	TESTING_CHECK(tokens_new(path, &tokens, &remark, &detail), SVCTAG_E_SYNTAX);
	free(text);
}

static void
test_reload(void **state)
{
	struct tokens *tokens = make_tokens("old\n");
	svctag_detail remark;
	svctag_detail detail;

	(void)state;
	write_file("new\n", 4, 0600);
	TESTING_OK(tokens_reload(tokens, &remark, &detail));
	assert_int_equal(tokens_judge(tokens, "Bearer new"), TOKENS_GOOD);
	assert_int_equal(tokens_judge(tokens, "Bearer old"), TOKENS_BAD);
	write_file("", 0, 0600);
	TESTING_CHECK(tokens_reload(tokens, &remark, &detail), SVCTAG_E_EMPTY);
	remove(path);
	TESTING_CHECK(tokens_reload(tokens, &remark, &detail), SVCTAG_E_IO);
	assert_int_equal(tokens_judge(tokens, "Bearer new"), TOKENS_GOOD);
	tokens_free(tokens);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_long_and_many),
		cmocka_unit_test(test_reload),
	};
	int fd = mkstemp(path);
	int failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove(path);
	return failed;
}
