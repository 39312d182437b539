/*
 * The options of svctagd: the command line, the file, both, and what is said
 * of mistakes in them.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/settings.h"

#define COUNT TESTING_COUNT
#define MOST 10

static void
parse(const char *const *words, struct settings *ret, struct settings_mistakes *mistakes)
{
	char *argv[MOST + 2] = { NULL };
	int argc = 0;

	argv[argc++] = strdup("svctagd");
	while (argc <= MOST && words[argc - 1] != NULL) {
		argv[argc] = strdup(words[argc - 1]);
		argc++;
	}
	*mistakes = (struct settings_mistakes){ 0 };
	settings_parse(argc, argv, ret, mistakes);
	while (argc > 0)
		free(argv[--argc]);
}

static void
test_command_line(void **state)
{
	static const char *const words[] = { "--db",     "x.db",    "--listen=[::1]:1",
					     "--listen", "unix:/y", "--db=z.db",
					     "--cors=*", "--cors",  "https://[::1]:8080",
					     NULL };
	static const char *const none[] = { NULL };
	struct settings settings;
	struct settings_mistakes mistakes;

	(void)state;
	parse(words, &settings, &mistakes);
	assert_int_equal(mistakes.count, 0);
	assert_string_equal(settings_text(&settings, SETTING_DB), "z.db");
	assert_int_equal(settings.values[SETTING_LISTEN].count, 2);
	assert_string_equal(settings.values[SETTING_LISTEN].text[0], "[::1]:1");
	assert_true(settings.listen_given);
	assert_false(settings_flag(&settings, SETTING_HELP));
	settings_release(&settings);

	setenv("SVCTAG_DB", "/elsewhere.db", 1);
	parse(none, &settings, &mistakes);
	assert_int_equal(mistakes.count, 0);
	assert_string_equal(settings_text(&settings, SETTING_DB), "/elsewhere.db");
	assert_string_equal(settings_text(&settings, SETTING_LISTEN), "127.0.0.1:8473");
	assert_false(settings.listen_given);
	settings_release(&settings);
}

static void
test_wrong_words(void **state)
{
	static const struct {
		const char *words[4];
		const char *want; /* in what is said */
	} cases[] = {
		{ { "--prot=1" }, "unknown option '--prot=1'; see --help" },
		{ { "--lisen", "x" }, "did you mean --listen?" },
		{ { "--dbb=x" }, "did you mean --db?" },
		{ { "--db" }, "--db wants a value" },
		{ { "--db=" }, "--db: the name of a file is wanted" },
		{ { "--listen=nowhere" }, "--listen: 'nowhere' is not ADDR:PORT" },
		{ { "--cors=https://Portal.example" }, "--cors: 'https://Portal.example' is not an origin" },
		{ { "--cors=https://portal.example/" }, "without a path" },
		{ { "--cors=null" }, "not an origin" },
		{ { "--cors=https://" }, "not an origin" },
		{ { "--log-format=xml" }, "--log-format: 'xml' is neither text nor json" },
		{ { "--log-addresses" }, "give both" },
		{ { "--log-requests=yes" }, "unknown option" },
		{ { "-x" }, "unknown option '-x'" },
		{ { "more" }, "unexpected argument 'more'" },
		{ { "--config=/nonexistent/x" }, "/nonexistent/x: No such file or directory" },
		{ { "--config=/" }, "/: not a file" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct settings settings;
		struct settings_mistakes mistakes;

		parse(cases[i].words, &settings, &mistakes);
		if (mistakes.count == 0 || strstr(mistakes.detail[0].text, cases[i].want) == NULL)
			fail_msg("%s: %zu: %s", cases[i].words[0], mistakes.count, mistakes.detail[0].text);
		settings_release(&settings);
	}
}

/* Parse a file of this text, with one option before it. */
static void
parse_file(const char *text, size_t size, const char *option, struct settings *ret, struct settings_mistakes *mistakes)
{
	char path[] = "/tmp/svctag-settings-XXXXXX";
	const char *words[] = { "--config", path, option, NULL };
	int fd = mkstemp(path);
	FILE *out = fdopen(fd, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, size, out), size);
	assert_int_equal(fclose(out), 0);
	parse(words, ret, mistakes);
	remove(path);
}

static void
test_file(void **state)
{
	static const char text[] = "\xef\xbb\xbf# a comment\r\n"
				   "\n"
				   "  db=/a b/c=d.db  \r\n"
				   "listen = 127.0.0.1:1\n"
				   "\t# another\n"
				   "listen\t=\t[::1]:2";
	struct settings settings;
	struct settings_mistakes mistakes;

	(void)state;
	parse_file(text, sizeof(text) - 1, NULL, &settings, &mistakes);
	assert_string_equal(mistakes.detail[0].text, "");
	assert_string_equal(settings_text(&settings, SETTING_DB), "/a b/c=d.db");
	assert_int_equal(settings.values[SETTING_LISTEN].count, 2);
	assert_string_equal(settings_text(&settings, SETTING_LISTEN), "[::1]:2");
	assert_true(settings.listen_given);
	settings_release(&settings);

	parse_file(text, sizeof(text) - 1, "--listen=[::]:9", &settings, &mistakes);
	assert_int_equal(mistakes.count, 0);
	assert_int_equal(settings.values[SETTING_LISTEN].count, 1);
	assert_string_equal(settings_text(&settings, SETTING_LISTEN), "[::]:9");
	assert_string_equal(settings_text(&settings, SETTING_DB), "/a b/c=d.db");
	settings_release(&settings);
}

static void
test_wrong_files(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* behind the file's name */
	} cases[] = {
		{ "listen", ":1: a line has to be `key = value`" },
		{ "\n= x", ":2: a line has to be `key = value`" },
		{ "\n\ndb =", ":3: the value is missing" },
		{ "lsten = x", ":1: unknown key 'lsten'; did you mean 'listen'?" },
		{ "--db = x", ":1: unknown key '--db'; did you mean 'db'?" },
		{ "colour = x", ":1: unknown key 'colour'; the keys are" },
		{ "config = x", ":1: unknown key 'config'" },
		{ "help = true", ":1: unknown key 'help'" },
		{ "listen = 1", ":1: listen: '1' is not ADDR:PORT" },
		{ "db = a\n\ndb = b", ":3: db: is set in line 1 already" },
		{ "log-requests = yes", ":1: log-requests: 'yes' is neither true nor false" },
		{ "db = \x01", ":1: this is not a line of text" },
		{ "db = \xff", ":1: this is not a line of text" },
	};
	struct settings settings;
	struct settings_mistakes mistakes;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		parse_file(cases[i].text, strlen(cases[i].text), NULL, &settings, &mistakes);
		if (mistakes.count != 1 || strstr(mistakes.detail[0].text, cases[i].want) == NULL)
			fail_msg("%s: %s", cases[i].text, mistakes.detail[0].text);
		settings_release(&settings);
	}
	parse_file("db = a\0b", 8, NULL, &settings, &mistakes);
	assert_non_null(strstr(mistakes.detail[0].text, "not a line of text"));
	settings_release(&settings);
}

static void
test_many_mistakes(void **state)
{
	char *text = testing_allocate(6400, 1), *end = text;
	struct settings settings;
	struct settings_mistakes mistakes;

	(void)state;
	for (int i = 0; i < 100; i++)
		end += sprintf(end, "listen = %d\n", i);
	parse_file(text, (size_t)(end - text), "--check-config", &settings, &mistakes);
	assert_int_equal(mistakes.count, SETTINGS_MAX_MISTAKES);
	assert_true(mistakes.checking);
	settings_release(&settings);
	end = text;
	for (int i = 0; i < 20; i++)
		end += sprintf(end, "listen = [::]:%d\n", i);
	parse_file(text, (size_t)(end - text), NULL, &settings, &mistakes);
	assert_int_equal(mistakes.count, 4);
	assert_non_null(strstr(mistakes.detail[0].text, ":17: listen: may be given 16 times"));
	settings_release(&settings);
	end = testing_allocate(20000, 1);
	memset(end, 'x', 20000);
	parse_file(end, 20000, NULL, &settings, &mistakes);
	assert_int_equal(mistakes.count, 1);
	settings_release(&settings);
	free(end);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command_line), cmocka_unit_test(test_wrong_words),   cmocka_unit_test(test_file),
		cmocka_unit_test(test_wrong_files),  cmocka_unit_test(test_many_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
