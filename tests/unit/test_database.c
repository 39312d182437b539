/*
 * The daemon's connections to the database: what happens to them when another
 * file takes the name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/database.h"
#include "testing.h"

struct fixture {
	char *folder, *path, *other;
};

static void
make_database(const char *path)
{
	svctag_store *store;

	TESTING_OK(svctag_store_open(path, SVCTAG_STORE_WRITE, &store, NULL));
	svctag_store_close(store);
}

static int
set_up(void **state)
{
	struct fixture *f = testing_allocate(1, sizeof(*f));

	*f = (struct fixture){ .folder = testing_folder_new() };
	f->path = testing_path(f->folder, "svctag.db");
	f->other = testing_path(f->folder, "other.db");
	make_database(f->path);
	make_database(f->other);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	testing_folder_remove(f->folder);
	free(f->path);
	free(f->other);
	free(f);
	return 0;
}

static void
test_newest(void **state)
{
	struct fixture *f = *state;
	struct database database = { .path = f->path };
	svctag_store *store;
	svctag_file_id first, second;
	bool changed;

	TESTING_OK(database_store(&database, &store, &changed, NULL));
	assert_true(changed);
	first = svctag_store_file(store);
	TESTING_OK(database_store(&database, &store, &changed, NULL));
	assert_false(changed);
	assert_int_equal(rename(f->other, f->path), 0);
	TESTING_OK(database_store(&database, &store, &changed, NULL));
	assert_true(changed);
	second = svctag_store_file(store);
	assert_true(first.inode != second.inode);
	database_close(&database);
}

/** Who wants the old file keeps it when he has it open, and is told to come back when not. */
static void
test_wanted(void **state)
{
	struct fixture *f = *state;
	struct database open = { .path = f->path }, late = { .path = f->path }, any = { .path = f->path };
	svctag_store *store, *same = NULL;
	svctag_file_id old, new;
	svctag_detail detail = { "" };

	TESTING_OK(database_store(&open, &store, NULL, NULL));
	old = svctag_store_file(store);
	open.wanted = late.wanted = &old;
	assert_int_equal(rename(f->other, f->path), 0);
	TESTING_OK(database_store(&open, &same, NULL, NULL));
	assert_ptr_equal(same, store);
	assert_int_equal(database_store(&late, &same, NULL, &detail), SVCTAG_E_BUSY);
	assert_string_equal(detail.text, "the database has just been replaced; ask again");
	assert_ptr_equal(same, store);

	TESTING_OK(database_store(&any, &store, NULL, NULL));
	new = svctag_store_file(store);
	open.wanted = late.wanted = &new;
	TESTING_OK(database_store(&open, &same, NULL, NULL));
	assert_int_equal(svctag_store_file(same).inode, new.inode);
	TESTING_OK(database_store(&late, &same, NULL, NULL));
	database_close(&open);
	database_close(&late);
	database_close(&any);
}

/** And keeps it when there is nothing any more. */
static void
test_gone(void **state)
{
	struct fixture *f = *state;
	struct database database = { .path = f->path };
	svctag_store *store;
	svctag_file_id file;

	TESTING_OK(database_store(&database, &store, NULL, NULL));
	file = svctag_store_file(store);
	assert_int_equal(unlink(f->path), 0);
	database.wanted = &file;
	TESTING_OK(database_store(&database, &store, NULL, NULL));
	database.wanted = NULL;
	assert_int_equal(database_store(&database, &store, NULL, NULL), SVCTAG_E_IO);
	database_close(&database);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_newest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wanted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_gone, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
