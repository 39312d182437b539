/*
 * Which answers are kept: those that are asked for again before long, however
 * many others come between them within reason; and of the data that is served
 * now alone.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kept.h"

/* Sent to nobody: the library refuses that, and that is all that it does. */
static struct MHD_Connection *const nobody = NULL;

static const struct kept_answer answer = { .body_size = 1 };
static size_t made, released, asked_once;

static void
count_released(void *body)
{
	released++;
	free(body);
}

static struct MHD_Response *
make_response(void)
{
	char *body = malloc(1);
	struct MHD_Response *response;

	assert_non_null(body);
	*body = 'x';
	response = MHD_create_response_from_buffer_with_free_callback(1, body, count_released);
	assert_non_null(response);
	made++;
	return response;
}

/* Ask for one of many things. @return was it there? */
static bool
ask(struct kept *kept, uint64_t generation, size_t number)
{
	char text[64] = "";
	struct exchange_key key = { text, 0 };
	struct kept_answer got = { 0 };

	key.size = (size_t)snprintf(text, sizeof(text) - sizeof(uint64_t), "/v1/lookup?q=10.%zu.%zu.%zu", number >> 16,
				    number >> 8 & 255, number & 255) +
		   1;
	switch (kept_queue(kept, &key, generation, nobody, &got)) {
	case KEPT_QUEUED: assert_int_equal(got.body_size, answer.body_size); return true;
	case KEPT_WANTED: assert_true(kept_put(kept, &key, generation, &answer, make_response())); break;
	case KEPT_NOT: asked_once++; break;
	}
	return false;
}

/* Ask for so many things, one after the other. @return how many were there */
static size_t
ask_by_turns(struct kept *kept, uint64_t generation, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += ask(kept, generation, i) ? 1 : 0;
	return found;
}

static struct kept *
begin(void)
{
	struct kept *kept = kept_new();

	assert_non_null(kept);
	made = released = asked_once = 0;
	return kept;
}

static void
end(struct kept *kept)
{
	kept_free(kept);
	assert_int_equal(released, made);
}

static void
test_asked_again(void **state)
{
	struct kept *kept = begin();

	(void)state;
	assert_false(ask(kept, 1, 0)); /* once is not enough */
	assert_int_equal(asked_once, 1);
	assert_false(ask(kept, 1, 0));
	assert_int_equal(asked_once, 1);
	assert_int_equal(made, 1);
	assert_true(ask(kept, 1, 0));
	assert_true(ask(kept, 1, 0));
	assert_false(ask(kept, 1, 1));
	end(kept);
}

static void
test_few_by_turns(void **state)
{
	struct kept *kept = begin();

	(void)state;
	assert_int_equal(ask_by_turns(kept, 1, 512), 0);
	assert_int_equal(ask_by_turns(kept, 1, 512), 0);
	assert_in_range(ask_by_turns(kept, 1, 512), 500, 512);
	assert_in_range(ask_by_turns(kept, 1, 512), 500, 512);
	end(kept);
}

static void
test_many_by_turns(void **state)
{
	enum { MANY = 100000 };
	struct kept *kept = begin();

	(void)state;
	for (int round = 0; round < 3; round++)
		assert_int_equal(ask_by_turns(kept, 1, MANY), 0);
	assert_int_equal(asked_once, 3 * MANY); /* nor is any of them wanted */
	end(kept);
}

/* Those that are asked for often stay while many pass by. */
static void
test_few_beside_many(void **state)
{
	struct kept *kept = begin();
	size_t found = 0;

	(void)state;
	ask_by_turns(kept, 1, 64);
	ask_by_turns(kept, 1, 64);
	for (size_t i = 0; i < 64000; i++) {
		ask(kept, 1, 1000 + i);
		found += ask(kept, 1, i % 64) ? 1 : 0;
	}
	assert_in_range(found, 60000, 64000);
	end(kept);
}

static void
test_generations(void **state)
{
	struct kept *kept = begin();
	size_t held;

	(void)state;
	ask_by_turns(kept, 1, 100);
	ask_by_turns(kept, 1, 100);
	held = made - released;
	assert_in_range(held, 95, 100);
	assert_false(ask(kept, 2, 7)); /* other data; and what is known to be asked again is kept at once */
	assert_true(ask(kept, 2, 7));
	assert_false(ask(kept, 1, 7));
	assert_true(ask(kept, 1, 7)); /* as before a reload that is under way */
	kept_forget(kept, 1);
	assert_int_equal(made - released, held);
	kept_forget(kept, 2);
	assert_int_equal(made, released);
	assert_false(ask(kept, 1, 8));
	end(kept);
	kept_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked_again),   cmocka_unit_test(test_few_by_turns),
		cmocka_unit_test(test_many_by_turns), cmocka_unit_test(test_few_beside_many),
		cmocka_unit_test(test_generations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
