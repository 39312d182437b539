/* From bytes to a release: files, both shapes of JSON, and everything that has to be refused. */
#include "testing.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include <importer/decode_prefix.h>
#include <importer/importer.h>

/* One tag with every field. */
#define PUBLISHED                                                                                                      \
	"{\"changeNumber\":7,\"cloud\":\"Sample\",\"values\":[{\"name\":\"SampleSql.East\",\"id\":\"SampleSql.East\"," \
	"\"properties\":{\"changeNumber\":3,\"region\":\"east\",\"regionId\":5,\"platform\":\"Azure\","                \
	"\"systemService\":\"SampleSql\",\"addressPrefixes\":[\"198.18.0.0/24\",\"2001:db8::/32\"],"                   \
	"\"networkFeatures\":[\"API\",\"NSG\"]}}]}"

#define API                                                                                                 \
	"{\"changeNumber\":\"77\",\"cloud\":\"Sample\",\"id\":\"/subscriptions/0\",\"name\":\"Sample\","    \
	"\"nextLink\":null,\"type\":\"Microsoft.Network/serviceTags\",\"values\":[{\"name\":\"SampleSql\"," \
	"\"properties\":{\"addressPrefixes\":[\"198.18.4.0/22\"],\"changeNumber\":\"9\",\"state\":\"GA\"}}]}"

static void
decode(const char *text, struct importer_document *ret)
{
	svctag_detail detail = { "" };
	svctag_error err = importer_decode(text, strlen(text), ret, &detail);

	if (err != SVCTAG_OK)
		print_error("%s\n", detail.text);
	TESTING_OK(err);
}

/* The text with the only occurrence of `from` replaced; free() it. */
static char *
replace(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *result = NULL;

	assert_non_null(at);
	assert_true(asprintf(&result, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) >= 0);
	return result;
}

static void
test_published(void **state)
{
	struct importer_document document = { 0 };
	const svctag_tag *tag;

	(void)state;
	decode(PUBLISHED, &document);
	assert_string_equal(document.cloud, "Sample");
	assert_string_equal(document.source, "file");
	assert_int_equal(svctag_release_change_number(document.release), 7);
	assert_int_equal(svctag_release_tag_count(document.release), 1);
	tag = svctag_release_tag(document.release, 0);
	assert_string_equal(tag->properties.name, "SampleSql.East");
	assert_int_equal(tag->properties.change_number, 3);
	assert_string_equal(tag->properties.region, "east");
	assert_true(tag->properties.has_region_id);
	assert_int_equal(tag->properties.region_id, 5);
	assert_string_equal(tag->properties.platform, "Azure");
	assert_string_equal(tag->properties.system_service, "SampleSql");
	assert_string_equal(tag->properties.network_features, "API,NSG");
	assert_int_equal(tag->prefix_count, 2);
	importer_document_release(&document);
	importer_document_release(&document); /* twice does no harm */
}

static void
test_api(void **state)
{
	struct importer_document document = { 0 };
	const svctag_tag *tag;

	(void)state;
	decode(API, &document);
	assert_string_equal(document.source, "api");
	assert_int_equal(svctag_release_change_number(document.release), 77);
	tag = svctag_release_tag(document.release, 0);
	assert_int_equal(tag->properties.change_number, 9);
	assert_string_equal(tag->properties.region, "");
	assert_false(tag->properties.has_region_id);
	assert_null(tag->properties.platform);
	assert_string_equal(tag->properties.system_service, "");
	assert_null(tag->properties.network_features);
	importer_document_release(&document);
}

/* Change one thing in a good document, and say what comes of it. */
struct change_case {
	const char *base;
	const char *from;
	const char *to;
	svctag_error want;
	const char *detail; /* all of it, on failure */
};

static void
check_changes(const struct change_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct importer_document document = { 0 };
		svctag_detail detail = { "" };
		char *text = replace(cases[i].base, cases[i].from, cases[i].to);
		svctag_error err = importer_decode(text, strlen(text), &document, &detail);

		if (strcmp(detail.text, cases[i].detail) != 0)
			print_error("%s for %s\n", cases[i].to, cases[i].from);
		assert_string_equal(detail.text, cases[i].detail);
		TESTING_CHECK(err, cases[i].want);
		assert_true((document.release != NULL) == (err == SVCTAG_OK));
		importer_document_release(&document);
		free(text);
	}
}

static void
test_published_is_strict(void **state)
{
	static const struct change_case cases[] = {
		{ PUBLISHED, "\"changeNumber\":7", "\"changeNumber\":7.0", SVCTAG_OK, "" }, /* the same number */
		{ PUBLISHED, "\"changeNumber\":7", "\"changeNumber\":9007199254740991", SVCTAG_OK, "" },
		{ PUBLISHED, "\"changeNumber\":7", "\"changeNumber\":9007199254740993", SVCTAG_E_RANGE,
		  "changeNumber has to be 0 to 9007199254740991" },
		{ PUBLISHED, "\"changeNumber\":7", "\"changeNumber\":0.5", SVCTAG_E_SYNTAX,
		  "changeNumber has to be an integer" },
		{ PUBLISHED, "\"changeNumber\":7", "\"changeNumber\":\"7\"", SVCTAG_E_SYNTAX,
		  "changeNumber has to be an integer, not a string" },
		{ PUBLISHED, "\"changeNumber\":7,", "", SVCTAG_E_SYNTAX, "changeNumber is missing" },
		{ PUBLISHED, "\"changeNumber\":7", "\"more\":[],\"changeNumber\":7", SVCTAG_OK, "" },
		{ PUBLISHED, "\"changeNumber\":7", "\"CHANGENUMBER\":8,\"changeNumber\":7", SVCTAG_E_SYNTAX,
		  "key \"CHANGENUMBER\": changeNumber was probably meant" },
		{ PUBLISHED, "\"Sample\"", "\"\"", SVCTAG_E_SYNTAX,
		  "cloud: \"\" is not a name of 1 to 64 letters, digits, '.', '_' or '-'" },
		{ PUBLISHED, "\"Sample\"", "\"A.b_c-9\"", SVCTAG_OK, "" },
		{ PUBLISHED, "\"id\":\"SampleSql.East\",", "", SVCTAG_E_SYNTAX,
		  "tag \"SampleSql.East\": id is missing" },
		{ PUBLISHED, "\"regionId\":5,", "", SVCTAG_E_SYNTAX, "tag \"SampleSql.East\": regionId is missing" },
		{ PUBLISHED, "\"regionId\":5", "\"regionId\":null", SVCTAG_E_SYNTAX,
		  "tag \"SampleSql.East\": regionId has to be an integer, not null" },
		{ PUBLISHED, "\"regionId\":5", "\"regionId\":2147483647", SVCTAG_OK, "" },
		{ PUBLISHED, "\"regionId\":5", "\"regionId\":2147483648", SVCTAG_E_RANGE,
		  "tag \"SampleSql.East\": regionId has to be 0 to 2147483647" },
		{ PUBLISHED, "\"platform\":\"Azure\",", "", SVCTAG_E_SYNTAX,
		  "tag \"SampleSql.East\": platform is missing" },
		{ PUBLISHED, "[\"API\",\"NSG\"]", "null", SVCTAG_OK, "" },
		{ PUBLISHED, "[\"API\",\"NSG\"]", "[]", SVCTAG_OK, "" },
		{ PUBLISHED, "[\"API\",\"NSG\"]", "[\"API\",7]", SVCTAG_E_SYNTAX,
		  "tag \"SampleSql.East\": networkFeatures[1] has to be a string" },
		{ PUBLISHED, "\"API\"", "\"A\\u0085PI\"", SVCTAG_E_SYNTAX,
		  "tag \"SampleSql.East\": networkFeatures[0] holds a control character" },
		{ PUBLISHED, ",\"networkFeatures\":[\"API\",\"NSG\"]", "", SVCTAG_E_SYNTAX,
		  "tag \"SampleSql.East\": networkFeatures is missing" },
		{ PUBLISHED, "198.18.0.0/24", "198.18.0.7", SVCTAG_OK, "" }, /* a host */
		{ PUBLISHED, "198.18.0.0/24", "198.18.0.7/24", SVCTAG_E_HOST_BITS,
		  "tag \"SampleSql.East\": addressPrefixes[0]: \"198.18.0.7/24\" has host bits set; "
		  "198.18.0.0/24 was probably meant" },
	};

	(void)state;
	check_changes(cases, TESTING_COUNT(cases));
}

static void
test_api_is_lenient_in_its_own_way(void **state)
{
	static const struct change_case cases[] = {
		{ API, "\"9\"", "9", SVCTAG_OK, "" },
		{ API, "\"9\"", "\"\"", SVCTAG_E_SYNTAX,
		  "tag \"SampleSql\": changeNumber has to be an integer or a string of digits" },
		{ API, "\"9\"", "\" 9\"", SVCTAG_E_SYNTAX,
		  "tag \"SampleSql\": changeNumber has to be an integer or a string of digits" },
		{ API, "\"9\"", "\"99999999999999999\"", SVCTAG_E_SYNTAX,
		  "tag \"SampleSql\": changeNumber has to be an integer or a string of digits" },
		{ API, "\"changeNumber\":\"9\",", "", SVCTAG_E_SYNTAX, "tag \"SampleSql\": changeNumber is missing" },
		{ API, "\"state\":\"GA\"", "\"regionId\":null,\"platform\":null,\"region\":null", SVCTAG_OK, "" },
		{ API, "\"state\":\"GA\"", "\"regionId\":\"x\"", SVCTAG_E_SYNTAX,
		  "tag \"SampleSql\": regionId has to be an integer or a string of digits" },
		{ API, "\"nextLink\":null", "\"nextLink\":\"\"", SVCTAG_OK, "" },
		{ API, "\"nextLink\":null", "\"nextLink\":\"https://example.invalid/\"", SVCTAG_E_SYNTAX,
		  "nextLink is set: this is one page of several; join them into one document first" },
		{ API, "\"nextLink\":null", "\"nextlink\":null", SVCTAG_E_SYNTAX,
		  "key \"nextlink\": nextLink was probably meant" },
		{ API, "[\"198.18.4.0/22\"]", "null", SVCTAG_E_SYNTAX,
		  "tag \"SampleSql\": addressPrefixes has to be an array, not null" },
	};

	(void)state;
	check_changes(cases, TESTING_COUNT(cases));
}

/* Order, blanks and line ends are not content. */
static void
test_digest(void **state)
{
	struct importer_document a = { 0 };
	struct importer_document b = { 0 };
	char *reordered = replace(PUBLISHED, "\"198.18.0.0/24\",\"2001:db8::/32\"",
				  "\r\n\t\"2001:DB8:0::/32\" ,\"198.18.0.0/24\"\r\n");

	(void)state;
	decode(PUBLISHED, &a);
	decode(reordered, &b);
	assert_memory_equal(svctag_release_digest(a.release), svctag_release_digest(b.release), SVCTAG_DIGEST_SIZE);
	importer_document_release(&a);
	importer_document_release(&b);
	free(reordered);
}

static void
test_prefixes(void **state)
{
	static const struct {
		const char *text;
		svctag_error want;
		const char *why;
	} cases[] = {
		{ "198.18.0.0/15", SVCTAG_OK, "" },
		{ "198.18.0.1", SVCTAG_OK, "" },
		{ "2001:db8::/32", SVCTAG_OK, "" },
		{ "0.0.0.0/1", SVCTAG_OK, "" },
		{ "0.0.0.0/0", SVCTAG_E_RANGE, "would be the whole of IPv4" },
		{ "::/0", SVCTAG_E_RANGE, "would be the whole of IPv6" },
		{ "::ffff:198.18.0.0/111", SVCTAG_E_RANGE,
		  "is an IPv4-mapped IPv6 prefix; 198.18.0.0/15 was probably meant" },
		{ "::ffff:0:0/96", SVCTAG_E_RANGE, "would be the whole of IPv4" },
		{ "10.0.0.1/8", SVCTAG_E_HOST_BITS, "has host bits set; 10.0.0.0/8 was probably meant" },
		{ "1.2.3.0/33", SVCTAG_E_RANGE, "has a length past 32" },
		{ "2001:db8::/129", SVCTAG_E_RANGE, "has a length past 128" },
		{ "010.0.0.0/8", SVCTAG_E_SYNTAX,
		  "is not a prefix (a.b.c.d/n or x::y/n, decimal, without leading zeros or blanks)" },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		svctag_prefix prefix = { .length = 77 };
		char why[IMPORTER_WHY_SIZE] = "";

		TESTING_CHECK(importer_prefix_read(cases[i].text, &prefix, why), cases[i].want);
		assert_string_equal(why, cases[i].why);
		assert_true((prefix.length == 77) == (cases[i].want != SVCTAG_OK));
	}
}

/* ------------------------------------------------------------------ files */

static void
write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* Append the text to the file as a gzip member of its own. */
static void
append_gzip(const char *path, const char *text, size_t size)
{
	gzFile file = gzopen(path, "ab9");

	assert_non_null(file);
	assert_int_equal(gzwrite(file, text, (unsigned int)size), size);
	assert_int_equal(gzclose(file), Z_OK);
}

static void
check_read(const char *path, const char *want)
{
	char *data = NULL;
	size_t size = 0;

	TESTING_OK(importer_read_file(path, &data, &size, NULL));
	assert_int_equal(size, strlen(want));
	assert_string_equal(data, want); /* a NUL follows */
	free(data);
}

static void
check_unreadable(const char *path, svctag_error want, const char *why)
{
	svctag_detail detail = { "" };
	char *data = NULL;
	size_t size = 7;

	TESTING_CHECK(importer_read_file(path, &data, &size, &detail), want);
	assert_string_equal(detail.text, why);
	assert_null(data);
	assert_int_equal(size, 7);
}

static void
test_read_file(void **state)
{
	char *folder = testing_folder_new();
	char *plain = testing_path(folder, "plain");
	char *packed = testing_path(folder, "packed");
	char *pipe = testing_path(folder, "pipe");

	(void)state;
	write_file(plain, "", 0);
	check_read(plain, "");
	write_file(plain, PUBLISHED, strlen(PUBLISHED));
	check_read(plain, PUBLISHED);
	append_gzip(packed, "{\"a\":", 5);
	append_gzip(packed, "1}", 2); /* members join */
	check_read(packed, "{\"a\":1}");
	assert_int_equal(mkfifo(pipe, 0600), 0);
	check_unreadable(pipe, SVCTAG_E_IO, "is a pipe, not a regular file");
	check_unreadable(folder, SVCTAG_E_IO,
			 "is a folder without any *.json, *.json.gz, *.xml or *.xml.gz, not a regular file");
	check_unreadable("/dev/null", SVCTAG_E_IO, "is a device, not a regular file");
	check_unreadable("/nonexistent", SVCTAG_E_IO, "cannot open: No such file or directory");
	free(plain);
	free(packed);
	free(pipe);
	testing_folder_remove(folder);
}

/* Exactly as much as is allowed is read; one byte more is not, plain or packed. */
static void
test_read_limit(void **state)
{
	const size_t most = IMPORTER_MAX_DOCUMENT;
	char *folder = testing_folder_new();
	char *plain = testing_path(folder, "plain");
	char *packed = testing_path(folder, "packed");
	char *blanks = testing_allocate(most + 1, 1);
	char *data = NULL;
	size_t size = 0;

	(void)state;
	memset(blanks, ' ', most + 1);
	write_file(plain, blanks, most);
	TESTING_OK(importer_read_file(plain, &data, &size, NULL));
	assert_int_equal(size, most);
	free(data);
	append_gzip(packed, blanks, most);
	TESTING_OK(importer_read_file(packed, &data, &size, NULL));
	assert_int_equal(size, most);
	free(data);
	write_file(plain, blanks, most + 1);
	check_unreadable(plain, SVCTAG_E_LIMIT, "is larger than 33554432 bytes");
	append_gzip(packed, blanks, 1);
	check_unreadable(packed, SVCTAG_E_LIMIT, "is larger than 33554432 bytes");
	free(blanks);
	free(plain);
	free(packed);
	testing_folder_remove(folder);
}

/* However the gzip data are cut, it is an error and never a shorter document. */
static void
test_truncated_gzip(void **state)
{
	char *folder = testing_folder_new();
	char *path = testing_path(folder, "packed");
	char packed[1024];
	size_t size;
	FILE *file;

	(void)state;
	append_gzip(path, PUBLISHED, strlen(PUBLISHED));
	file = fopen(path, "rb");
	assert_non_null(file);
	size = fread(packed, 1, sizeof(packed), file);
	assert_int_equal(fclose(file), 0);
	for (size_t cut = 2; cut < size; cut++) {
		write_file(path, packed, cut);
		check_unreadable(path, SVCTAG_E_CORRUPT, "ends in the middle of its gzip data: cut short");
	}
	free(path);
	testing_folder_remove(folder);
}

/* -------------------------------------------------------------- documents */

/* Read, decode and judge the file as an import would; the line that it would print. */
static bool
refuse_document(const char *path, const char *name, char *line, size_t size)
{
	struct importer_gate_options options = { .force = false };
	struct importer_document document = { 0 };
	svctag_detail detail = { "" };
	char *warnings = NULL;
	char *data = NULL;
	size_t data_size;
	bool forced;
	svctag_error err = importer_read_file(path, &data, &data_size, &detail);

	if (err == SVCTAG_OK)
		err = importer_decode(data, data_size, &document, &detail);
	if (err == SVCTAG_OK)
		err = importer_gate(&options, NULL, NULL, "2024-01-01", document.release, &warnings, &forced, &detail);
	(void)snprintf(line, size, "%s: %s", name, detail.text);
	importer_document_release(&document);
	free(warnings);
	free(data);
	return err != SVCTAG_OK;
}

static void
check_bad_document(const char *folder, char *row)
{
	char line[1024];
	char *rest = row;
	const char *name = strsep(&rest, "\t");
	const char *status = strsep(&rest, "\t");
	const char *pattern = strsep(&rest, "\n");
	char *path = testing_path(folder, name);
	regex_t expression;

	assert_non_null(pattern);
	assert_string_equal(status, "2");
	assert_int_equal(regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (!refuse_document(path, name, line, sizeof(line)))
		fail_msg("%s was accepted", name);
	if (regexec(&expression, line, 0, NULL, 0) != 0)
		fail_msg("\"%s\" does not match %s", line, pattern);
	regfree(&expression);
	free(path);
}

static void
test_bad_documents(void **state)
{
	const char *source = getenv("SVCTAG_SOURCE");
	char *folder;
	char *table;
	char row[1024];
	size_t count = 0;
	FILE *file;

	(void)state;
	if (source == NULL)
		skip();
	folder = testing_path(source, "tests/data/bad");
	table = testing_path(folder, "expected.tsv");
	file = fopen(table, "r");
	assert_non_null(file);
	for (; fgets(row, sizeof(row), file) != NULL; count++)
		check_bad_document(folder, row);
	assert_true(count > 50);
	assert_int_equal(fclose(file), 0);
	free(table);
	free(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_api),
		cmocka_unit_test(test_published_is_strict),
		cmocka_unit_test(test_api_is_lenient_in_its_own_way),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_read_file),
		cmocka_unit_test(test_read_limit),
		cmocka_unit_test(test_truncated_gzip),
		cmocka_unit_test(test_bad_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
