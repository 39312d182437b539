/* The XML lists of before 2020: what they become, and everything that has to be refused. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <importer/importer.h>

#define RANGE "<IpRange Subnet=\"192.0.2.0/24\"/>"
#define LIST(regions) "<AzurePublicIpAddresses>" regions "</AzurePublicIpAddresses>"
#define ONE LIST("<Region Name=\"useast\">" RANGE "</Region>")

static void
decode(const char *data, size_t size, struct importer_document *ret)
{
	svctag_detail detail = { "" };
	svctag_error err = importer_decode(data, size, ret, &detail);

	if (err != SVCTAG_OK)
		print_error("%s\n", detail.text);
	TESTING_OK(err);
}

static void
check_tag(const struct importer_document *document, const char *name, const char *region, size_t prefixes)
{
	const svctag_tag *tag = svctag_release_find_tag(document->release, name);

	assert_non_null(tag);
	assert_string_equal(tag->properties.name, name);
	assert_string_equal(tag->properties.region, region);
	assert_string_equal(tag->properties.platform, "Azure");
	assert_string_equal(tag->properties.system_service, "");
	assert_null(tag->properties.network_features);
	assert_int_equal(tag->properties.change_number, 0);
	assert_int_equal(tag->prefix_count, prefixes);
}

/* The document in tests/data/good, which has one of everything that is allowed. */
static void
test_good(void **state)
{
	const char *source = getenv("SVCTAG_SOURCE");
	struct importer_document document = { 0 };
	char *path;
	char *data = NULL;
	size_t size = 0;

	(void)state;
	if (source == NULL)
		skip();
	path = testing_path(source, "tests/data/good/legacy.xml");
	TESTING_OK(importer_read_file(path, &data, &size, NULL));
	decode(data, size, &document);
	assert_string_equal(document.cloud, "Public-legacy");
	assert_string_equal(document.source, "xml");
	assert_int_equal(svctag_release_change_number(document.release), 0);
	assert_int_equal(svctag_release_tag_count(document.release), 5);
	check_tag(&document, "AzureCloud", "", 6);
	check_tag(&document, "AzureCloud.eastus", "eastus", 3); /* one inside another stays */
	check_tag(&document, "AzureCloud.centralfrance", "centralfrance", 2);
	check_tag(&document, "AzureCloud.koreas2", "koreas2", 1);
	check_tag(&document, "AzureCloud.brazilne", "brazilne", 0);
	assert_int_equal(svctag_release_find_tag(document.release, "AzureCloud.eastus")->properties.region_id, 32);
	assert_false(svctag_release_find_tag(document.release, "AzureCloud.koreas2")->properties.has_region_id);
	/* Repeated in its region; AzureCloud does not count it again. */
	assert_int_equal(svctag_release_repeated_count(document.release), 1);
	assert_string_equal(document.warnings, "region \"koreas2\" is not in the table of regions: it stays "
					       "AzureCloud.koreas2\n");
	importer_document_release(&document);
	importer_document_release(&document); /* twice does no harm */
	free(data);
	free(path);
}

/* ASCII as UTF-16 with its byte order mark; free() it. */
static char *
widen(const char *text, bool big, size_t *ret_size)
{
	size_t length = strlen(text);
	char *wide = testing_allocate(length + 1, 2);

	wide[big ? 0 : 1] = '\xfe';
	wide[big ? 1 : 0] = '\xff';
	for (size_t i = 0; i < length; i++)
		wide[2 * (i + 1) + (big ? 1 : 0)] = text[i];
	*ret_size = 2 * (length + 1);
	return wide;
}

/* Encoding, order, blanks, comments and the way a region is spelt are not content. */
static void
test_same_content(void **state)
{
	static const char *const texts[] = {
		"\xef\xbb\xbf<?xml version=\"1.0\"?>\r\n" ONE "\r\n<!-- end -->",
		"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><!-- caf\xe9 -->" ONE,
		LIST("<?tool?> <Region\nName='us&#101;ast' >" RANGE " </Region>"),
		"<AzurePublicIpAddresses a=\"b\"><Region Name=\"EastUS\">\n\t<IpRange Subnet='192.0.2.0/24'></IpRange>"
		"</Region></AzurePublicIpAddresses>",
		LIST("<Region Name=\"east_us\"><IpRange Subnet=\"192&#46;0.2.0/24\"/></Region>"),
	};
	struct importer_document plain = { 0 };

	(void)state;
	decode(ONE, strlen(ONE), &plain);
	assert_null(plain.warnings);
	for (size_t i = 0; i < TESTING_COUNT(texts); i++) {
		struct importer_document other = { 0 };

		decode(texts[i], strlen(texts[i]), &other);
		assert_memory_equal(svctag_release_digest(plain.release), svctag_release_digest(other.release),
				    SVCTAG_DIGEST_SIZE);
		importer_document_release(&other);
	}
	for (int big = 0; big < 2; big++) {
		struct importer_document other = { 0 };
		size_t size;
		char *wide = widen(ONE, big == 1, &size);

		decode(wide, size, &other);
		assert_memory_equal(svctag_release_digest(plain.release), svctag_release_digest(other.release),
				    SVCTAG_DIGEST_SIZE);
		importer_document_release(&other);
		free(wide);
	}
	importer_document_release(&plain);
}

#define NOT_A_PREFIX "is not a prefix (a.b.c.d/n or x::y/n, decimal, without leading zeros or blanks)"
#define BAD_RANGE(text) LIST("<Region Name=\"useast\">\n<IpRange Subnet=\"" text "\"/></Region>")
#define AT_RANGE "line 2, column 1: region \"useast\": Subnet: "
#define DOCTYPE_REFUSED "a DOCTYPE is refused: the lists have none, and entities could hide in it"

static const struct {
	const char *text;
	svctag_error want;
	const char *detail; /* all of it */
} refused[] = {
	/* entities: never expanded, never fetched */
	{ "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 "
	  "\"&lol;&lol;&lol;&lol;\">"
	  "<!ENTITY lol3 \"&lol2;&lol2;&lol2;\">]>" LIST("<Region Name=\"&lol3;\"/>"),
	  SVCTAG_E_SYNTAX, "line 2, column 16: " DOCTYPE_REFUSED },
	{ "<!DOCTYPE AzurePublicIpAddresses [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" LIST("&x;"), SVCTAG_E_SYNTAX,
	  "line 1, column 34: " DOCTYPE_REFUSED },
	{ "<!DOCTYPE AzurePublicIpAddresses SYSTEM \"http://example.invalid/x.dtd\">" ONE, SVCTAG_E_SYNTAX,
	  "line 1, column 71: " DOCTYPE_REFUSED },
	{ LIST("<Region Name=\"&x;\"/>"), SVCTAG_E_SYNTAX, "line 1, column 25: not XML: undefined entity" },
	/* other documents */
	{ "<html><body>504</body></html>", SVCTAG_E_SYNTAX,
	  "is an HTML page, not JSON (a download error saved as data?)" },
	{ "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"x\" \"y\"><html/>", SVCTAG_E_SYNTAX,
	  "is an HTML page, not JSON (a download error saved as data?)" },
	{ "<Error><Code>ServerBusy</Code></Error>", SVCTAG_E_SYNTAX,
	  "line 1, column 1: the document is a <Error>, not a list of addresses (<AzurePublicIpAddresses>)" },
	{ "<x:AzurePublicIpAddresses xmlns:x=\"y\"/>", SVCTAG_E_SYNTAX,
	  "line 1, column 1: the document is a <x:AzurePublicIpAddresses>, not a list of addresses "
	  "(<AzurePublicIpAddresses>)" },
	{ "<AzurePublicIpAddresses/>", SVCTAG_E_SYNTAX, "line 1, column 26: a list without any <Region>" },
	/* elements, attributes, text */
	{ LIST(RANGE), SVCTAG_E_SYNTAX, "line 1, column 25: <IpRange> where <Region> should be" },
	{ LIST("<Region Name=\"useast\"><Region Name=\"uswest\"/></Region>"), SVCTAG_E_SYNTAX,
	  "line 1, column 47: <Region> where <IpRange> should be" },
	{ LIST("<Region Name=\"useast\"><IpRange Subnet=\"192.0.2.0/24\"><a/></IpRange></Region>"), SVCTAG_E_SYNTAX,
	  "line 1, column 78: <a> inside <IpRange>, which has to be empty" },
	{ LIST("<region Name=\"useast\"/>"), SVCTAG_E_SYNTAX, "line 1, column 25: <region> where <Region> should be" },
	{ LIST("<Region/>"), SVCTAG_E_SYNTAX, "line 1, column 25: <Region> without Name" },
	{ LIST("<Region name=\"useast\"/>"), SVCTAG_E_SYNTAX,
	  "line 1, column 25: <Region> has an attribute name; only Name is known" },
	{ LIST("<Region Name=\"useast\"><IpRange/></Region>"), SVCTAG_E_SYNTAX,
	  "line 1, column 47: <IpRange> without Subnet" },
	{ LIST("<Region Name=\"useast\"><IpRange Subnet=\"192.0.2.0/24\" Not=\"1\"/></Region>"), SVCTAG_E_SYNTAX,
	  "line 1, column 47: <IpRange> has an attribute Not; only Subnet is known" },
	{ LIST("<Region Name=\"useast\">\n192.0.2.0/24</Region>"), SVCTAG_E_SYNTAX,
	  "line 2, column 1: text outside of the elements' attributes" },
	{ LIST("<Region Name=\"useast\"><![CDATA[x]]></Region>"), SVCTAG_E_SYNTAX,
	  "line 1, column 56: text outside of the elements' attributes" },
	/* names */
	{ LIST("<Region Name=\"\"/>"), SVCTAG_E_SYNTAX,
	  "line 1, column 25: Name: \"\" is not a name of 1 to 64 letters, digits, '_' or '-'" },
	{ LIST("<Region Name=\"us.east\"/>"), SVCTAG_E_SYNTAX,
	  "line 1, column 25: Name: \"us.east\" is not a name of 1 to 64 letters, digits, '_' or '-'" },
	{ LIST("<Region Name=\"useast&#10;\"/>"), SVCTAG_E_SYNTAX,
	  "line 1, column 25: Name: \"useast?\" is not a name of 1 to 64 letters, digits, '_' or '-'" },
	{ LIST("<Region Name=\"useast\"/><Region Name=\"eastus\"/>"), SVCTAG_E_DUPLICATE,
	  "tag \"AzureCloud.eastus\" is there twice (as \"AzureCloud.eastus\"); "
	  "names are unique in any letter case" },
	/* prefixes */
	{ BAD_RANGE("192.0.2.1/24"), SVCTAG_E_HOST_BITS,
	  AT_RANGE "\"192.0.2.1/24\" has host bits set; 192.0.2.0/24 was probably meant" },
	{ BAD_RANGE("192.0.2.0/33"), SVCTAG_E_RANGE, AT_RANGE "\"192.0.2.0/33\" has a length past 32" },
	{ BAD_RANGE("0.0.0.0/0"), SVCTAG_E_RANGE, AT_RANGE "\"0.0.0.0/0\" would be the whole of IPv4" },
	{ BAD_RANGE(" 192.0.2.0/24"), SVCTAG_E_SYNTAX, AT_RANGE "\" 192.0.2.0/24\" " NOT_A_PREFIX },
	{ BAD_RANGE(""), SVCTAG_E_SYNTAX, AT_RANGE "\"\" " NOT_A_PREFIX },
	/* not well-formed */
	{ ONE "<x/>", SVCTAG_E_SYNTAX, "line 1, column 113: not XML: junk after document element" },
	{ ONE "\n{}", SVCTAG_E_SYNTAX, "line 2, column 1: not XML: not well-formed (invalid token)" },
	{ "  <?xml version=\"1.0\"?>" ONE, SVCTAG_E_SYNTAX,
	  "line 1, column 3: not XML: XML or text declaration not at start of entity" },
	{ "<?xml version=\"1.0\" encoding=\"ebcdic\"?>" ONE, SVCTAG_E_SYNTAX,
	  "line 1, column 31: not XML: unknown encoding" },
	{ LIST("<Region Name=\"useast\" Name=\"uswest\"/>"), SVCTAG_E_SYNTAX,
	  "line 1, column 47: not XML: duplicate attribute" },
	{ LIST("<Region Name=\"us\xff\"/>"), SVCTAG_E_SYNTAX,
	  "line 1, column 41: not XML: not well-formed (invalid token)" },
};

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(refused); i++) {
		struct importer_document document = { 0 };
		svctag_detail detail = { "" };
		svctag_error err = importer_decode(refused[i].text, strlen(refused[i].text), &document, &detail);

		if (strcmp(detail.text, refused[i].detail) != 0)
			print_error("%s\n", refused[i].text);
		assert_string_equal(detail.text, refused[i].detail);
		TESTING_CHECK(err, refused[i].want);
		assert_null(document.release);
		assert_null(document.warnings);
	}
}

/* However it is cut, it is an error. */
static void
test_cut_short(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < strlen(ONE); cut++) {
		struct importer_document document = { 0 };
		svctag_detail detail = { "" };

		TESTING_CHECK(importer_decode(ONE, cut, &document, &detail), SVCTAG_E_SYNTAX);
		assert_non_null(strstr(detail.text, "the document ends before </AzurePublicIpAddresses>: cut short"));
		assert_null(document.release);
	}
}

/* Deep nesting is refused at the fourth level, whatever there is below it. */
static void
test_deep(void **state)
{
	const size_t depth = 1000000;
	struct importer_document document = { 0 };
	svctag_detail detail = { "" };
	char *text = testing_allocate(depth, 3);

	(void)state;
	for (size_t i = 0; i < 3 * depth; i++)
		text[i] = "<a>"[i % 3];
	TESTING_CHECK(importer_decode(text, 3 * depth, &document, &detail), SVCTAG_E_SYNTAX);
	free(text);
}

/* Many regions that are not known: a few are named, the others counted. */
static void
test_unknown_regions(void **state)
{
	struct importer_document document = { 0 };
	char *text = NULL;
	size_t size = 0;
	size_t lines = 0;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	assert_non_null(stream);
	(void)fputs("<AzurePublicIpAddresses>", stream);
	for (int i = 0; i < 50; i++)
		(void)fprintf(stream, "<Region Name=\"nowhere%d\">" RANGE "</Region>", i);
	(void)fputs("</AzurePublicIpAddresses>", stream);
	assert_int_equal(fclose(stream), 0);
	decode(text, size, &document);
	for (const char *p = document.warnings; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 21);
	assert_non_null(strstr(document.warnings, "\nand more regions that are not in the table: 30\n"));
	assert_int_equal(svctag_release_tag_count(document.release), 51);
	/* One prefix in fifty regions is one of AzureCloud, and nothing was repeated. */
	check_tag(&document, "AzureCloud", "", 1);
	assert_int_equal(svctag_release_repeated_count(document.release), 0);
	importer_document_release(&document);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),    cmocka_unit_test(test_same_content),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_deep),    cmocka_unit_test(test_unknown_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
