/*
 * Copies that move a fixed number of bytes and count fewer: what counts has
 * to be right, and nothing may be written behind the slack.
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include <text/output.h>

#define MOST 400
#define CANARY 0x5a

typedef char *copy(char *to, const char *text, size_t size);

/* Of every size, from and to any place in a cache line. */
static void
check_copy(copy *function, size_t slack)
{
	char *text = testing_allocate(MOST + OUTPUT_SLACK, 1);
	char *room = testing_allocate(64 + MOST + OUTPUT_SLACK + 64, 1);

	for (size_t i = 0; i < MOST; i++)
		text[i] = (char)('a' + i % 23);
	for (size_t size = 0; size <= MOST; size++) {
		size_t at = size % 64;
		size_t end = at + (size > slack ? size : slack);

		memset(room, CANARY, 64 + MOST + OUTPUT_SLACK + 64);
		assert_ptr_equal(function(room + at, text, size), room + at + size);
		assert_memory_equal(room + at, text, size);
		for (size_t i = 0; i < at; i++)
			assert_int_equal(room[i], CANARY);
		for (size_t i = end; i < 64 + MOST + OUTPUT_SLACK + 64; i++)
			assert_int_equal(room[i], CANARY);
	}
	free(text);
	free(room);
}

static void
test_short(void **state)
{
	(void)state;
	check_copy(output_short, OUTPUT_SHORT);
}

static void
test_long(void **state)
{
	(void)state;
	check_copy(output_long, OUTPUT_LONG);
}

OUTPUT_WIDE_TARGET static char *
wide(char *to, const char *text, size_t size)
{
	return output_wide(to, text, size);
}

static void
test_wide(void **state)
{
	(void)state;
#ifdef __SSE2__
	if (__builtin_cpu_supports("avx2") == 0)
		skip();
#endif
	check_copy(wide, OUTPUT_LONG);
}

/* What is there stays when a borrowed room or one's own is outgrown. */
static void
test_growth(void **state)
{
	char room[OUTPUT_SLACK + 8];
	struct output output = output_borrow(room, sizeof(room));

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		const char byte = (char)('a' + i % 26);

		assert_true(output_reserve(&output, 1));
		output_add(&output, &byte, 1);
		assert_true(i >= 8 || output.data == room);
	}
	assert_int_equal(output.size, 10000);
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(output.data[i], 'a' + i % 26);
	assert_false(output_reserve(&output, SIZE_MAX / 2));
	assert_int_equal(output.size, 10000);
	output_release(&output);
	assert_null(output.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
