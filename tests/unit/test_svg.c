/* Charts over numbers: where points lie, and what joins them. Those over days are tested with what draws them. */
#include "testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <report/svg.h>

/* One panel with one series over these numbers, as text. */
static char *
draw(const double *numbers, const double *values, size_t count)
{
	const struct svg_series series = { "time", values };
	const struct svg_panel panel = {
		.title = "ns", .kind = SVG_LINES, .series = &series, .series_count = 1, .top = 10
	};
	const struct svg_chart chart = { .title = "Growth <&>",
					 .description = "How it grows",
					 .count = count,
					 .numbers = numbers,
					 .numbers_name = "prefixes",
					 .panels = &panel,
					 .panel_count = 1 };
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	assert_int_equal(svg_write(file, &chart), SVCTAG_OK);
	assert_int_equal(fclose(file), 0);
	return text;
}

static void
assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no %s in\n%s", part, text);
}

/* Each power of ten is as far from the next: the chart is 84 to 936 wide. */
static void
test_powers_of_ten(void **state)
{
	static const double numbers[] = { 1, 10, 100 };
	static const double values[] = { 0, 10, 5 };
	char *text = draw(numbers, values, 3);

	(void)state;
	assert_has(text, "d=\"M84.0 324.0L510.0 104.0L936.0 214.0\"");
	assert_has(text, "cx=\"510.0\" cy=\"104.0\"");
	assert_has(text, ">100</text>");
	assert_has(text, ">prefixes</text>");
	assert_has(text, "Growth &lt;&amp;&gt;");
	free(text);
}

/* What is not known is neither drawn nor joined. */
static void
test_a_gap(void **state)
{
	static const double numbers[] = { 10000, 50000, 1000000, 2000000 };
	const double values[] = { 1, (double)NAN, 2, 3 };
	char *text = draw(numbers, values, 4);

	(void)state;
	assert_null(strstr(text, "nan"));
	assert_has(text, "d=\"M84.0 302.0M");
	assert_has(text, ">10 k</text>");
	assert_has(text, ">2 M</text>");
	free(text);
}

static void
test_one_point(void **state)
{
	static const double number = 50000;
	static const double value = 5;
	char *text = draw(&number, &value, 1);

	(void)state;
	assert_has(text, "cx=\"84.0\" cy=\"214.0\"");
	assert_null(strstr(text, "nan"));
	assert_null(strstr(text, "inf"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_powers_of_ten),
		cmocka_unit_test(test_a_gap),
		cmocka_unit_test(test_one_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
