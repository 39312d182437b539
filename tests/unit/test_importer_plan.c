/* The days that names give, the order of import, and whole imports into a database. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <importer/importer.h>

#define TODAY "2026-02-03"

static void
test_day_of_name(void **state)
{
	static const struct {
		const char *path;
		const char *want; /* NULL: none */
	} cases[] = {
		{ "ServiceTags_Public_20230808.json", "2023-08-08" },
		{ "/a/b/ServiceTags_Public_20230808.json.gz", "2023-08-08" },
		{ "2022-03-29_1213.json", "2022-03-29" },
		{ "20230808", "2023-08-08" },
		{ "tags-2023-08-08-20230809.json", "2023-08-08" }, /* the first */
		{ "20230808T101500.json", "2023-08-08" },          /* a letter is no digit */
		{ "a.2023-08-08.b", "2023-08-08" },
		{ "2024-02-29.json", "2024-02-29" }, /* leap year */
		{ "2023-02-29.json", NULL },
		{ "20230230.json", NULL },
		{ "20230230_20230301.json", "2023-03-01" }, /* the first valid one */
		{ "20231301.json", NULL },
		{ "20230800.json", NULL },
		{ "00000101.json", NULL },
		{ "120230808.json", NULL }, /* touches another digit */
		{ "202308081.json", NULL },
		{ "2023-08-081.json", NULL },
		{ "12023-08-08.json", NULL },
		{ "1-2023-08-08-1.json", "2023-08-08" },
		{ "2023_08_08.json", NULL },
		{ "2023-0808.json", NULL },
		{ "202308-08.json", NULL },
		{ "2023-8-8.json", NULL },
		{ "20230808/tags.json", NULL }, /* not the folder's */
		{ "tags.json", NULL },
		{ "", NULL },
		{ "2023-08-0", NULL },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		char day[SVCTAG_DAY_SIZE] = "untouched";
		bool found = importer_day_of_name(cases[i].path, day);

		if (found != (cases[i].want != NULL))
			print_error("%s\n", cases[i].path);
		assert_true(found == (cases[i].want != NULL));
		assert_string_equal(day, found ? cases[i].want : "untouched");
	}
}

/* A document of this change number with one tag of so many /24 prefixes. */
static void
write_document(const char *folder, const char *name, int change_number, unsigned int prefixes)
{
	char *path = testing_path(folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fprintf(file,
			    "{\"changeNumber\":%d,\"cloud\":\"Sample\",\"values\":[{\"name\":\"Sql\",\"id\":\"Sql\","
			    "\"properties\":{\"changeNumber\":1,\"region\":\"\",\"regionId\":0,\"platform\":\"Azure\","
			    "\"systemService\":\"Sql\",\"networkFeatures\":null,\"addressPrefixes\":[",
			    change_number) > 0);
	for (unsigned int i = 0; i < prefixes; i++)
		assert_true(fprintf(file, "%s\"198.18.%u.0/24\"", i == 0 ? "" : ",", i) > 0);
	assert_true(fputs("]}}]}", file) >= 0);
	assert_int_equal(fclose(file), 0);
	free(path);
}

static void
write_text(const char *folder, const char *name, const char *text)
{
	char *path = testing_path(folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	free(path);
}

static void
make_folder(const char *folder, const char *name)
{
	char *path = testing_path(folder, name);

	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
}

static void
make_link(const char *folder, const char *name, const char *target)
{
	char *path = testing_path(folder, name);

	assert_int_equal(symlink(target, path), 0);
	free(path);
}

/* The plan's paths below the folder, each after a blank. */
static char *
list_plan(const struct importer_plan *plan, const char *folder)
{
	char *list = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&list, &size);

	assert_non_null(stream);
	for (size_t i = 0; i < plan->count; i++)
		assert_true(fprintf(stream, " %s", plan->items[i].path + strlen(folder) + 1) > 0);
	assert_int_equal(fclose(stream), 0);
	return list;
}

static void
check_plan(const char *folder, const char *published, const char *want)
{
	struct importer_plan plan = { 0 };
	svctag_detail detail = { "" };
	char *list;

	TESTING_OK(importer_plan_make(&folder, 1, published, TODAY, &plan, &detail));
	list = list_plan(&plan, folder);
	assert_string_equal(list, want);
	for (size_t i = 0; i < plan.count; i++) {
		char day[SVCTAG_DAY_SIZE];
		bool named = importer_day_of_name(plan.items[i].path, day);

		assert_string_equal(plan.items[i].published, published != NULL ? published : named ? day : TODAY);
		assert_true(plan.items[i].published_guessed == (published == NULL && !named));
	}
	free(list);
	importer_plan_release(&plan);
	importer_plan_release(&plan); /* twice does no harm */
}

static void
test_walk(void **state)
{
	char *folder = testing_folder_new();

	(void)state;
	make_folder(folder, "b");
	make_folder(folder, "b/c");
	make_folder(folder, "elsewhere.json"); /* a folder, whatever its name */
	write_text(folder, "2024-01-03.json", "");
	write_text(folder, "b/2024-01-02.JSON.GZ", "");
	write_text(folder, "b/c/2024-01-01.xml", "");
	write_text(folder, "b/c/2024-01-04.xml.Gz", "");
	write_text(folder, "2024-01-05.txt", "");
	write_text(folder, "2024-01-05.json.bak", "");
	write_text(folder, ".json", "");
	make_link(folder, "b/c/loop", "../..");
	make_link(folder, "b/c/2024-01-06.json", "../../2024-01-03.json");
	check_plan(folder, NULL,
		   " b/c/2024-01-01.xml b/2024-01-02.JSON.GZ 2024-01-03.json b/c/2024-01-04.xml.Gz"
		   " b/c/2024-01-06.json");
	testing_folder_remove(folder);
}

/* Within a day by change number, then digest; what cannot be decoded keeps its place. */
static void
test_order_within_a_day(void **state)
{
	char *folder = testing_folder_new();

	(void)state;
	write_document(folder, "a.json", 12, 4);
	write_text(folder, "b.json", "<html>");
	write_document(folder, "c.json", 9, 4);
	write_document(folder, "d_2024-01-01.json", 30, 4);
	write_text(folder, "e.json", "");
	write_document(folder, "f.json", 10, 4);
	check_plan(folder, NULL, " d_2024-01-01.json c.json b.json f.json e.json a.json");
	check_plan(folder, "2024-05-05", " c.json b.json f.json a.json e.json d_2024-01-01.json");
	testing_folder_remove(folder);
}

/* The digest decides between equal change numbers, whatever the names. */
static void
test_order_by_digest(void **state)
{
	char *folder = testing_folder_new();
	struct importer_plan plan = { 0 };
	char *first;
	char *second;

	(void)state;
	write_document(folder, "a.json", 5, 4);
	write_document(folder, "b.json", 5, 5);
	TESTING_OK(importer_plan_make((const char *const *)&folder, 1, NULL, TODAY, &plan, NULL));
	first = list_plan(&plan, folder);
	importer_plan_release(&plan);
	write_document(folder, "a.json", 5, 5);
	write_document(folder, "b.json", 5, 4);
	TESTING_OK(importer_plan_make((const char *const *)&folder, 1, NULL, TODAY, &plan, NULL));
	second = list_plan(&plan, folder);
	importer_plan_release(&plan);
	assert_string_not_equal(first, second);
	free(first);
	free(second);
	testing_folder_remove(folder);
}

static void
test_plan_errors(void **state)
{
	char *folder = testing_folder_new();
	struct importer_plan plan = { 0 };
	svctag_detail detail = { "" };
	const char *paths[] = { "/nonexistent/tags.json" };

	(void)state;
	TESTING_CHECK(importer_plan_make(paths, 1, NULL, TODAY, &plan, &detail), SVCTAG_E_IO);
	assert_string_equal(detail.text, "/nonexistent/tags.json: No such file or directory");
	paths[0] = folder;
	/* An empty folder fails in its turn, not the whole plan. */
	TESTING_OK(importer_plan_make(paths, 1, NULL, TODAY, &plan, &detail));
	assert_int_equal(plan.count, 1);
	assert_string_equal(plan.items[0].path, folder);
	importer_plan_release(&plan);
	testing_folder_remove(folder);
}

/* ----------------------------------------------------------------- imports */

struct database {
	char *folder;
	svctag_store *store;
};

static struct database
open_database(void)
{
	struct database database = { .folder = testing_folder_new() };
	char *path = testing_path(database.folder, "test.db");

	TESTING_OK(svctag_store_open(path, SVCTAG_STORE_WRITE, &database.store, NULL));
	free(path);
	return database;
}

static void
close_database(struct database *database)
{
	svctag_store_close(database->store);
	testing_folder_remove(database->folder);
}

static svctag_error
import(struct database *database, const char *name, const char *published, bool force, struct importer_outcome *outcome,
       svctag_detail *detail)
{
	struct importer_item item = { .path = testing_path(database->folder, name) };
	svctag_error err;

	item.published_guessed = published == NULL;
	memcpy(item.published, published == NULL ? TODAY : published, SVCTAG_DAY_SIZE);
	err = importer_import_item(database->store, &item, NULL, force, outcome, detail);
	free(item.path);
	return err;
}

static size_t
count_releases(const struct database *database)
{
	svctag_catalogue *catalogue = NULL;
	size_t count = 0;

	TESTING_OK(svctag_store_catalogue(database->store, &catalogue, NULL));
	if (svctag_catalogue_cloud_count(catalogue) > 0)
		count = svctag_catalogue_release_count(catalogue, 0);
	svctag_catalogue_free(catalogue);
	return count;
}

static void
test_import(void **state)
{
	struct database database = open_database();
	struct importer_outcome outcome = { 0 };
	svctag_detail detail = { "" };

	(void)state;
	write_document(database.folder, "a.json", 1, 100);
	write_document(database.folder, "b.json", 2, 10);
	TESTING_OK(import(&database, "a.json", "2024-01-01", false, &outcome, &detail));
	assert_int_equal(outcome.result, SVCTAG_IMPORT_ADDED);
	assert_string_equal(outcome.info.cloud, "Sample");
	assert_string_equal(outcome.info.source, "file");
	assert_null(outcome.warnings);
	TESTING_OK(import(&database, "a.json", "2024-01-01", false, &outcome, &detail));
	assert_int_equal(outcome.result, SVCTAG_IMPORT_UNCHANGED);
	free(outcome.warnings);

	/* 90 % smaller a week later. */
	TESTING_CHECK(import(&database, "b.json", "2024-01-08", false, &outcome, &detail), SVCTAG_E_IMPLAUSIBLE);
	assert_memory_equal(detail.text, "is implausible after release 1 of 2024-01-01 (file)", 51);
	assert_int_equal(count_releases(&database), 1);
	TESTING_OK(import(&database, "b.json", "2024-01-08", true, &outcome, &detail));
	assert_int_equal(outcome.result, SVCTAG_IMPORT_ADDED);
	assert_true(outcome.info.forced);
	assert_memory_equal(outcome.warnings, "imported by force: is implausible", 33);
	free(outcome.warnings);
	assert_int_equal(count_releases(&database), 2);
	close_database(&database);
}

static void
test_import_errors(void **state)
{
	struct database database = open_database();
	struct importer_outcome outcome = { 0 };
	struct importer_item item = { .path = testing_path(database.folder, "a.json"), .published = TODAY };
	svctag_detail detail = { "" };

	(void)state;
	TESTING_CHECK(import(&database, "none.json", TODAY, true, &outcome, &detail), SVCTAG_E_IO);
	write_text(database.folder, "page.json", "<html>");
	TESTING_CHECK(import(&database, "page.json", TODAY, true, &outcome, &detail), SVCTAG_E_SYNTAX);
	write_document(database.folder, "a.json", 1, 10);
	TESTING_CHECK(importer_import_item(database.store, &item, "Public", false, &outcome, &detail),
		      SVCTAG_E_NOT_FOUND);
	assert_string_equal(detail.text, "is of cloud Sample, not Public");
	assert_int_equal(count_releases(&database), 0);
	TESTING_OK(importer_import_item(database.store, &item, "sAMPLE", false, &outcome, &detail));
	free(outcome.warnings);
	free(item.path);
	close_database(&database);
}

/* The warnings of an import are those that the store keeps. */
static void
test_guessed_day(void **state)
{
	static const char want[] = "no day in the file's name: taken as published on " TODAY "\n";
	struct database database = open_database();
	struct importer_outcome outcome = { 0 };
	svctag_catalogue *catalogue = NULL;

	(void)state;
	write_document(database.folder, "a.json", 1, 10);
	TESTING_OK(import(&database, "a.json", NULL, false, &outcome, NULL));
	assert_string_equal(outcome.warnings, want);
	free(outcome.warnings);
	TESTING_OK(svctag_store_catalogue(database.store, &catalogue, NULL));
	assert_string_equal(svctag_catalogue_release(catalogue, 0, 0)->warnings, want);
	svctag_catalogue_free(catalogue);
	close_database(&database);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_day_of_name),        cmocka_unit_test(test_walk),
		cmocka_unit_test(test_order_within_a_day), cmocka_unit_test(test_order_by_digest),
		cmocka_unit_test(test_plan_errors),        cmocka_unit_test(test_import),
		cmocka_unit_test(test_import_errors),      cmocka_unit_test(test_guessed_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
