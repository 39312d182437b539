/*
 * The archive of releases that are not the newest: what it keeps, what it
 * gives up, and that an entry in use outlives that.
 */
#include "testing.h"

#include "daemon/archive.h"

static svctag_snapshot *
numbered_snapshot(int64_t number)
{
	static const testing_tag tags[] = {
		{ "AzureCloud", "", "198.18.0.0/16 2001:db8::/32" },
		{ "AzureCloud.eastus", "eastus", "198.18.1.0/24" },
		{ "Storage.EastUS", "eastus", "198.18.1.0/25" },
	};
	svctag_release *release = testing_release(number, tags, TESTING_COUNT(tags));
	svctag_snapshot *snapshot = testing_snapshot(release, "Sample");

	svctag_release_free(release);
	return snapshot;
}

static void
test_archive(void **state)
{
	svctag_snapshot *one = numbered_snapshot(1);
	svctag_release_info info = *svctag_snapshot_info(one);
	size_t size = svctag_snapshot_size(one);
	struct archive *archive = archive_new(2 * size + size / 2); /* room for two */
	struct archive_entry *held, *other;

	(void)state;
	held = archive_put(archive, one);
	assert_ptr_equal(archive_entry_snapshot(held), one);
	other = archive_put(archive, numbered_snapshot(1)); /* somebody was faster */
	assert_ptr_equal(other, held);
	archive_entry_release(other);
	archive_entry_release(archive_put(archive, numbered_snapshot(2)));
	other = archive_get(archive, &info); /* the newest now */
	assert_ptr_equal(other, held);
	archive_entry_release(other);
	archive_entry_release(archive_put(archive, numbered_snapshot(3)));
	assert_true(archive_size(archive) <= 2 * size + size / 2);
	archive_entry_release(archive_put(archive, numbered_snapshot(4)));
	assert_null(archive_get(archive, &info));
	assert_int_equal(svctag_snapshot_info(archive_entry_snapshot(held))->change_number, 1); /* lives on */
	archive_entry_release(held);
	archive_free(archive);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
