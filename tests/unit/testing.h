/*
 * What the unit tests share: a random generator whose seed can be given
 * again, short ways to write addresses and releases, temporary folders.
 * Everything here ends the running test when something goes wrong, so callers
 * need no error paths.
 */
#ifndef SVCTAG_TESTING_H
#define SVCTAG_TESTING_H

/* cmocka.h wants these three before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <svctag/svctag.h>

#define TESTING_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fails the test with both error names, which a bare number does not give. */
#define TESTING_CHECK(got, want) testing_check((got), (want), __FILE__, __LINE__)
#define TESTING_OK(got) TESTING_CHECK((got), SVCTAG_OK)
void testing_check(svctag_error got, svctag_error want, const char *file, int line);

/* xorshift64*: small, fast, the same everywhere. */
typedef struct testing_random {
	uint64_t state;
} testing_random;

/*
 * Start a generator and print its seed: a fixed one, so that a run can be
 * repeated, or $SVCTAG_TEST_SEED; "clock" there takes a new one each time.
 */
void testing_random_begin(testing_random *random);
uint64_t testing_next(testing_random *random);
/* 0 .. limit - 1; limit is not 0. */
size_t testing_below(testing_random *random, size_t limit);
/* low .. high */
unsigned int testing_between(testing_random *random, unsigned int low, unsigned int high);

/* Parse text that is known to be good. */
svctag_address testing_address(const char *text);
svctag_prefix testing_prefix(const char *text);
svctag_range testing_range(const char *text);
svctag_query testing_query(const char *text);

/* Any address of the family, and any one inside the prefix. */
svctag_address testing_random_address(testing_random *random, uint8_t family);
svctag_address testing_random_inside(testing_random *random, const svctag_prefix *prefix);

/* Where random prefixes come from: below `root`, with these lengths. */
typedef struct testing_space {
	const char *root;
	unsigned int shortest;
	unsigned int longest;
} testing_space;

svctag_prefix testing_random_prefix(testing_random *random, const testing_space *space);

/* Equal texts; NULL equals only NULL. */
bool testing_same_text(const char *a, const char *b);

/* Zeroed memory; does not fail. */
void *testing_allocate(size_t count, size_t size);

/* A tag as a line of a table; the prefixes are separated by blanks. */
typedef struct testing_tag {
	const char *name;
	const char *region;
	const char *prefixes;
} testing_tag;

/* The properties that a tag of this name and region gets in these tests. */
svctag_properties testing_properties(const char *name, const char *region);

svctag_release_builder *testing_builder(int64_t change_number);
void testing_add_tag(svctag_release_builder *builder, const char *name, const char *region);
void testing_add_prefix(svctag_release_builder *builder, const svctag_prefix *prefix);
/* Frees the builder; the caller owns the release. */
svctag_release *testing_finish(svctag_release_builder *builder);
svctag_release *testing_release(int64_t change_number, const testing_tag *tags, size_t count);

/* A random release: `memberships` draws of a prefix for one of `tags` tags. */
typedef struct testing_shape {
	int64_t change_number;
	size_t tags;
	size_t memberships;
	const testing_space *spaces;
	size_t space_count;
} testing_shape;

svctag_release *testing_random_release(testing_random *random, const testing_shape *shape);

/* Same change number, tags, properties and prefixes, compared one by one? */
bool testing_same_release(const svctag_release *a, const svctag_release *b);

/* Compile it under the cloud's name, published 2024-01-01. */
svctag_snapshot *testing_snapshot(const svctag_release *release, const char *cloud);

/* Stores in files; whatever fails ends the test. */
svctag_store *testing_store_open(const char *path, svctag_store_mode mode);
svctag_catalogue *testing_catalogue(svctag_store *store);
/* The only way in: source "file", no gate. */
svctag_import_result testing_import(svctag_store *store, const char *cloud, const char *published,
				    const svctag_release *release);

/*
 * Small contents that differ by a number below 65,000: a tag under change
 * number 100 + number. And one imported as of 2024-01-01 and so many days.
 */
svctag_release *testing_numbered(unsigned int number);
void testing_import_numbered(svctag_store *store, unsigned int number);
/* Of the first cloud. */
size_t testing_release_count(svctag_store *store);

/* Run SQL on a database file, as someone with the sqlite3 shell might. */
void testing_sql(const char *path, const char *sql);
/* The one number that a query gives. */
int64_t testing_sql_number(const char *path, const char *sql);

/* A new folder below $TMPDIR, /dev/shm or /tmp; free() the name after removing it. */
char *testing_folder_new(void);
void testing_folder_remove(char *folder);
/* "folder/name"; free() it. */
char *testing_path(const char *folder, const char *name);

#endif
