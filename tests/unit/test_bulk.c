/*
 * The short way of lists has to give the bytes of the long one, which is
 * taken where there are no fragments: for every form, every kind of line, and
 * however the list is laid out.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <daemon/bulk.h>

/* A snapshot that lists are asked of. */
struct subject {
	const svctag_snapshot *snapshot;
	struct report_fragments *fragments;
	size_t room; /* for a piece; 0: as much as it takes */
};

/* All pieces, into one buffer or each into room of this size. */
static struct output
gather(struct bulk *bulk, size_t room)
{
	char *block = testing_allocate(room + 1, 1);
	struct output all = { 0 };
	bool done = false;

	while (!done) {
		struct output piece = room > 0 ? output_borrow(block, room) : all;
		size_t before = piece.size;

		TESTING_OK(bulk_next(bulk, &piece, &done));
		assert_true(done || piece.size > before);
		if (room == 0) {
			all = piece;
			assert_true(done || all.size - before >= 65536);
			continue;
		}
		assert_true(output_reserve(&all, piece.size));
		if (piece.size > 0)
			output_add(&all, piece.data, piece.size);
		output_release(&piece);
	}
	free(block);
	return all;
}

/* The answer to a list, which is copied to a block of just its size. */
static struct output
answer(const struct subject *subject, bool short_way, enum report_format format, bool lines, const char *text,
       size_t size)
{
	char *copy = testing_allocate(size + 1, 1);
	struct query_list list = { .text = copy, .size = size, .lines = lines };
	struct view view = { .count = 1 };
	struct output out;
	struct bulk *bulk;

	copy = realloc(copy, size == 0 ? 1 : size); /* so that reads behind it are found */
	assert_non_null(copy);
	list.text = memcpy(copy, text, size);
	view.snapshots = testing_allocate(1, sizeof(void *) * 2); /* as view_open() makes it: one block */
	view.fragments = (void *)(view.snapshots + 1);
	view.snapshots[0] = subject->snapshot;
	view.fragments[0] = short_way ? subject->fragments : NULL;
	bulk = bulk_new(&view, format);
	assert_non_null(bulk);
	bulk_take(bulk, copy, &list);
	out = gather(bulk, subject->room);
	bulk_free(bulk);
	return out;
}

static void
check(const struct subject *subject, bool lines, const char *text, size_t size)
{
	static const enum report_format formats[] = { REPORT_TEXT, REPORT_JSON, REPORT_NDJSON, REPORT_CSV };

	for (size_t i = 0; i < TESTING_COUNT(formats); i++) {
		struct output got = answer(subject, true, formats[i], lines, text, size);
		struct output want = answer(subject, false, formats[i], lines, text, size);

		assert_int_equal(got.size, want.size);
		assert_memory_equal(got.data, want.data, want.size);
		output_release(&got);
		output_release(&want);
	}
}

/* An address as it is, or something that is none, or not quite. */
static size_t
write_item(testing_random *random, unsigned int oddities, char *to)
{
	static const char *const odd[] = {
		"1.2.3",        "01.2.3.4",      "1.2.3.4.",
		"1.2.3.256",    "198.18.0.0/16", "198.18.0.0-198.18.3.255",
		"host.example", "2001:db8::1",   "::ffff:198.18.1.1",
		"1.2.3.4 ",     " 1.2.3.4",      "\xff\x01",
		"198.18.0.1\t", "0.0.0.0",       "255.255.255.255",
	};
	static const testing_space spaces[] = { { "198.18.0.0/15", 15, 32 } };
	const svctag_prefix root = testing_prefix(spaces[0].root);
	svctag_address address;

	if (testing_below(random, 100) < oddities)
		return (size_t)sprintf(to, "%s", odd[testing_below(random, TESTING_COUNT(odd))]);
	address = testing_below(random, 3) == 0 ? testing_random_address(random, SVCTAG_IPV4)
						: testing_random_inside(random, &root);
	svctag_address_format(&address, to);
	return strlen(to);
}

/* A list of items with the ends that there are. */
static size_t
write_list(testing_random *random, bool lines, unsigned int oddities, size_t count, char *to)
{
	static const char *const ends[] = { "\n", "\n", "\n", "\r\n", "\n\n", "\n# 1.2.3.4\n", "\r\r\n", "\n\r\n" };
	char *at = to;

	for (size_t i = 0; i < count; i++) {
		at += write_item(random, oddities, at);
		if (!lines)
			*at++ = '\0';
		else if (i + 1 < count || testing_below(random, 2) == 0)
			at += sprintf(at, "%s", ends[testing_below(random, oddities == 0 ? 1 : TESTING_COUNT(ends))]);
	}
	return (size_t)(at - to);
}

static void
with_random(testing_random *random, struct subject *subject)
{
	static const size_t counts[] = { 0, 1, 2, 3, 5, 8, 255, 256, 257, 1200 };
	char *text = testing_allocate(1200, 64);

	for (size_t i = 0; i < TESTING_COUNT(counts); i++) {
		for (unsigned int oddities = 0; oddities <= 60; oddities += 20) {
			static const size_t rooms[] = { 0, 1, 200, 5000, 32768 };
			bool lines = testing_below(random, 4) != 0;

			subject->room = rooms[testing_below(random, TESTING_COUNT(rooms))];
			check(subject, lines, text, write_list(random, lines, oddities, counts[i], text));
		}
	}
	free(text);
}

/* Nested prefixes, several tags to a prefix, and addresses in none. */
static void
test_random(void **state)
{
	static const testing_space spaces[] = { { "198.18.0.0/15", 15, 32 }, { "2001:db8::/32", 32, 128 } };
	const testing_shape shape = { .change_number = 1,
				      .tags = 20,
				      .memberships = 400,
				      .spaces = spaces,
				      .space_count = TESTING_COUNT(spaces) };
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int round = 0; round < 2; round++) {
		svctag_release *release = testing_random_release(&random, &shape);
		svctag_snapshot *snapshot = testing_snapshot(release, "Sample");
		struct subject subject = { .snapshot = snapshot };

		TESTING_OK(report_fragments_new(snapshot, &subject.fragments));
		with_random(&random, &subject);
		report_fragments_free(subject.fragments);
		svctag_snapshot_free(snapshot);
		svctag_release_free(release);
	}
}

/* A release in which nothing is, and one where addresses are in more tags than the short way takes. */
static void
test_extremes(void **state)
{
	static const char text[] =
		"198.18.0.1\n198.18.1.1\n198.18.0.2\n192.0.2.1\n198.18.1.2\n198.18.0.3\n198.18.0.4\n"
		"198.18.0.1\n198.18.1.1\n198.18.0.2\n192.0.2.1\n198.18.1.2\n198.18.0.3\n198.18.0.4\n";
	const svctag_prefix prefix = testing_prefix("198.18.0.0/24");
	const svctag_prefix lonely = testing_prefix("198.18.1.0/24");
	char name[16];

	(void)state;
	for (int tags = 0; tags <= REPORT_FRAGMENTS_TAGS + 1; tags += REPORT_FRAGMENTS_TAGS + 1) {
		svctag_release_builder *builder = testing_builder(1);
		struct subject subject = { 0 };
		svctag_snapshot *snapshot;
		svctag_release *release;

		testing_add_tag(builder, "Empty", "");
		for (int i = 0; i < tags; i++) {
			snprintf(name, sizeof(name), "Tag%d", i);
			testing_add_tag(builder, name, "");
			testing_add_prefix(builder, &prefix);
		}
		if (tags > 0)
			testing_add_prefix(builder, &lonely);
		release = testing_finish(builder);
		snapshot = testing_snapshot(release, "Sample");
		subject.snapshot = snapshot;
		TESTING_OK(report_fragments_new(snapshot, &subject.fragments));
		check(&subject, true, text, sizeof(text) - 1);
		report_fragments_free(subject.fragments);
		svctag_snapshot_free(snapshot);
		svctag_release_free(release);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_random), cmocka_unit_test(test_extremes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
