/*
 * Arenas: what is taken lies apart, whether the lent room has it or not, and
 * is given back all at once.
 */
#include "testing.h"

#include <stdint.h>
#include <string.h>

#include "daemon/arena.h"

#define ROOM 256

static bool
is_in(const void *text, const void *room, size_t size)
{
	uintptr_t at = (uintptr_t)text, from = (uintptr_t)room;

	return at >= from && at < from + size;
}

/* Take many of odd sizes, each full of its number, and look at them afterwards. */
static void
take_many(struct arena *arena)
{
	enum { MANY = 200 };
	unsigned char *texts[MANY];
	static const size_t sizes[] = { 1, 7, 8, 9, 100, 0, 1024, 1025, 5000 };

	for (size_t i = 0; i < MANY; i++) {
		texts[i] = arena_take(arena, sizes[i % TESTING_COUNT(sizes)]);
		assert_non_null(texts[i]);
		assert_int_equal((uintptr_t)texts[i] % sizeof(void *), 0);
		memset(texts[i], (int)i, sizes[i % TESTING_COUNT(sizes)]);
	}
	for (size_t i = 0; i < MANY; i++)
		for (size_t n = 0; n < sizes[i % TESTING_COUNT(sizes)]; n++)
			assert_int_equal(texts[i][n], i);
}

static void
test_without_room(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	arena_release(&arena);
	take_many(&arena);
	arena_release(&arena);
	assert_null(arena.pieces);
	take_many(&arena);
	arena_release(&arena);
}

static void
test_lent_room(void **state)
{
	void *room[ROOM / sizeof(void *)];
	struct arena arena;

	(void)state;
	for (int round = 0; round < 3; round++) {
		arena_lend(&arena, room, sizeof(room));
		assert_ptr_equal(arena_take(&arena, 5), room);
		assert_true(is_in(arena_take(&arena, ROOM - 8), room, ROOM)); /* the last that fits */
		assert_null(arena.pieces);
		assert_false(is_in(arena_take(&arena, 1), room, ROOM));
		assert_non_null(arena.pieces);
		take_many(&arena);
		arena_release(&arena);
		assert_null(arena.pieces);
		assert_false(is_in(arena_take(&arena, 1), room, ROOM)); /* whoever lent it has it again */
		arena_release(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_room),
		cmocka_unit_test(test_lent_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
