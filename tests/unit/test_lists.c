/*
 * Lists as people keep them. Each fixture in tests/data/lists names the same
 * addresses as its plain-text twin; each is broken in three ways, whereupon
 * one entry is missing and its line is told. Then what each format says beside
 * the addresses, and what has to be refused.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lists/lists.h>

/* ---------------------------------------------------------------- helpers */

struct bytes {
	char *data;
	size_t size;
};

/* A file below the source folder. */
static struct bytes
load(const char *name)
{
	const char *source = getenv("SVCTAG_SOURCE");
	char *path = testing_path(source != NULL ? source : ".", name);
	FILE *file = fopen(path, "rb");
	struct bytes bytes;

	if (file == NULL)
		fail_msg("cannot open %s: is SVCTAG_SOURCE the source folder?", path);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	bytes.size = (size_t)ftell(file);
	rewind(file);
	bytes.data = testing_allocate(bytes.size + 1, 1);
	assert_int_equal(fread(bytes.data, 1, bytes.size, file), bytes.size);
	assert_int_equal(fclose(file), 0);
	free(path);
	return bytes;
}

static struct bytes
load_fixture(const char *name)
{
	char *path = testing_path("tests/data/lists", name);
	struct bytes bytes = load(path);

	free(path);
	return bytes;
}

static struct list *
read_bytes(const char *data, size_t size, const char *name, const struct list_options *options)
{
	struct list *list = NULL;
	svctag_detail detail = { "" };
	svctag_error err = list_read(data, size, name, options, &list, &detail);

	if (err != SVCTAG_OK)
		fail_msg("%s: %s: %s", name, svctag_error_text(err), detail.text);
	return list;
}

/* A text of the format; NULL to detect it. */
static struct list *
read_text(const char *text, const char *format)
{
	struct list_options options = { .format = format };

	return read_bytes(text, strlen(text), "list", &options);
}

static void
check_error(const char *text, const struct list_options *options, svctag_error want, const char *want_detail)
{
	struct list *list = NULL;
	svctag_detail detail = { "" };

	TESTING_CHECK(list_read(text, strlen(text), "list", options, &list, &detail), want);
	assert_null(list);
	assert_string_equal(detail.text, want_detail);
}

static int
compare_ranges(const void *a, const void *b)
{
	const svctag_range *x = a, *y = b;
	int order = svctag_address_compare(&x->first, &y->first);

	return order != 0 ? order : svctag_address_compare(&x->last, &y->last);
}

/* The ranges of all entries in order. */
static svctag_range *
sorted_ranges(const struct list *list)
{
	svctag_range *ranges = testing_allocate(list->entry_count + 1, sizeof(*ranges));

	for (size_t i = 0; i < list->entry_count; i++)
		ranges[i] = list->entries[i].range;
	qsort(ranges, list->entry_count, sizeof(*ranges), compare_ranges);
	return ranges;
}

static size_t
count_errors(const struct list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < list->problem_count; i++)
		count += !list->problems[i].is_warning;
	return count;
}

static const struct list_entry *
find_entry(const struct list *list, const char *text)
{
	for (size_t i = 0; i < list->entry_count; i++) {
		if (strcmp(list->entries[i].text, text) == 0)
			return &list->entries[i];
	}
	fail_msg("%s: no entry %s", list->name, text);
	abort(); /* fail_msg() does not return, which the compiler cannot know */
}

static const struct list_mention *
find_mention(const struct list *list, const char *tag)
{
	for (size_t i = 0; i < list->mention_count; i++) {
		if (strcmp(list->mentions[i].tag, tag) == 0)
			return &list->mentions[i];
	}
	fail_msg("%s: no mention of %s", list->name, tag);
	abort(); /* fail_msg() does not return, which the compiler cannot know */
}

/* The entries in canonical text with intents, each after a blank: "198.18.0.0/24=Sql". */
static void
check_entries(const char *text, const char *format, const char *want)
{
	struct list *list = read_text(text, format);
	char *got = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&got, &size);

	assert_non_null(stream);
	for (size_t i = 0; i < list->entry_count; i++) {
		char entry[SVCTAG_RANGE_TEXT_SIZE];
		const char *intent = list->entries[i].intent;
		size_t length = list_entry_format(&list->entries[i], entry);

		assert_int_equal(length, strlen(entry));
		fprintf(stream, "%s%s%s%s", i > 0 ? " " : "", entry, intent != NULL ? "=" : "",
			intent != NULL ? intent : "");
	}
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(got, want);
	free(got);
	list_free(list);
}

/* The problems as "line text; line text". */
static void
check_problems(const char *text, const char *format, const char *want)
{
	struct list *list = read_text(text, format);
	char *got = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&got, &size);

	assert_non_null(stream);
	for (size_t i = 0; i < list->problem_count; i++)
		fprintf(stream, "%s%zu %s", i > 0 ? "; " : "", list->problems[i].line, list->problems[i].text);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(got, want);
	free(got);
	list_free(list);
}

/* --------------------------------------------------------------- fixtures */

/* One text of a fixture, and what takes its place. */
struct damage {
	const char *from;
	const char *to;
};

#define ADDRESS_DAMAGE                       \
	{                                    \
		"198.18.1.1", "198.18.1.256" \
	}
#define PREFIX_DAMAGE                            \
	{                                        \
		"198.18.2.0/25", "198.18.2.0/35" \
	}
#define IPV6_DAMAGE                               \
	{                                         \
		"2001:db8::/48", "2001:db8::/129" \
	}
#define RANGE_DAMAGE                                             \
	{                                                        \
		"198.18.4.0-198.18.4.7", "198.18.4.7-198.18.4.0" \
	}

static const struct {
	const char *name;
	const char *format;
	const char *other; /* the other family's part, where the format keeps them apart */
	struct damage damages[3];
} fixtures[] = {
	{ "twin.txt", "text", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, IPV6_DAMAGE } },
	{ "text.txt",
	  "text",
	  NULL,
	  { { "255.255.255.128", "255.0.255.128" },
	    { "198.18.4.0 - 198.18.4.7", "198.18.4.7 - 198.18.4.0" },
	    { "198.18.1.1/32", "52.231.298.185" } } },
	{ "csv.csv", "csv", NULL, { ADDRESS_DAMAGE, RANGE_DAMAGE, { "198.19.0.0/16", "somewhere" } } },
	{ "semicolon.csv", "csv", NULL, { PREFIX_DAMAGE, RANGE_DAMAGE, { "2001:db8:2::/64", "2001:db8:2::x" } } },
	{ "markdown.md",
	  "markdown",
	  NULL,
	  { { "`198.18.0.0/24`", "198.18.0" }, PREFIX_DAMAGE, { "198.18.4.7)", "2001:db8::)" } } },
	{ "guidance.md", "markdown", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "198.18.0.0/24", "198.18.O.0/24" } } },
	{ "az-nsg-rules.json", "az-nsg-rules", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "\"198.18.4.0/29\"", "4" } } },
	{ "nsg.json", "nsg", NULL, { ADDRESS_DAMAGE, { "\"198.18.0.0/24\"", "{}" }, IPV6_DAMAGE } },
	{ "arm.json",
	  "arm",
	  NULL,
	  { { "\"198.18.2.0/25\"", "\"[parameters('office')]\"" }, { "198.18.4.0/29", "198.18.4.0/" }, IPV6_DAMAGE } },
	{ "az-routes.json", "az-routes", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "\"198.18.4.0/29\"", "true" } } },
	{ "az-firewall.json", "az-firewall", NULL, { ADDRESS_DAMAGE, RANGE_DAMAGE, { "\"2001:db8:2::/64\"", "7" } } },
	{ "az-storage.json", "az-storage", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "\"2001:db8:1::1\"", "{}" } } },
	{ "terraform-state.json", "terraform", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, IPV6_DAMAGE } },
	{ "terraform-plan.json",
	  "terraform",
	  NULL,
	  { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "\"2001:db8:2::/64\"", "[]" } } },
	{ "iptables.rules",
	  "iptables",
	  "ip6tables.rules",
	  { ADDRESS_DAMAGE, { "-d 198.18.2.0/25", "! -d 198.18.2.0/25" }, RANGE_DAMAGE } },
	{ "ipset.save",
	  "ipset",
	  NULL,
	  { ADDRESS_DAMAGE, { "198.18.2.0/25,tcp:443", "198.18.2.0/25,tcp:443 nomatch" }, RANGE_DAMAGE } },
	{ "nftables.nft",
	  "nftables",
	  NULL,
	  { ADDRESS_DAMAGE, { "ip6 daddr 2001", "ip6 daddr != 2001" }, { "198.19.0.0/16", "198.19.O.0/16" } } },
	{ "aws.json", "aws", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "CidrIpv6\": \"2001:db8::", "Cidr\": \"" } } },
	{ "cisco-asa.cfg",
	  "cisco-asa",
	  NULL,
	  { ADDRESS_DAMAGE, { "255.255.255.128", "255.255.128.255" }, { "198.18.4.7", "198.18.3.7" } } },
	{ "paloalto.set", "paloalto", NULL, { ADDRESS_DAMAGE, RANGE_DAMAGE, { "ip-netmask 198.19", "fqdn 198.19" } } },
	{ "netsh.txt", "netsh", NULL, { ADDRESS_DAMAGE, RANGE_DAMAGE, { "255.255.255.128", "25.255.255.128" } } },
	{ "netsh-utf16.txt", "netsh", NULL, { { NULL, NULL } } },
	{ "azure.xml", "xml", NULL, { ADDRESS_DAMAGE, PREFIX_DAMAGE, { "Subnet=\"198.18.0.0", "Net=\"198.18.0.0" } } },
};

/* Does one list, with the other's entries if there is another, hold as many of the twin's as `want`? */
static void
check_against_twin(const struct list *list, const char *other_name, size_t missing)
{
	struct bytes twin_bytes = load_fixture("twin.txt");
	struct list *twin = read_bytes(twin_bytes.data, twin_bytes.size, "twin.txt", NULL);
	svctag_range *want = sorted_ranges(twin), *got = sorted_ranges(list), *other_got = NULL;
	struct list *other = NULL;
	size_t found = 0;

	if (other_name != NULL) {
		struct bytes bytes = load_fixture(other_name);

		other = read_bytes(bytes.data, bytes.size, other_name, NULL);
		other_got = sorted_ranges(other);
		assert_int_equal(other->problem_count, 0);
		free(bytes.data);
	}
	assert_int_equal(list->entry_count + (other != NULL ? other->entry_count : 0), twin->entry_count - missing);
	for (size_t i = 0; i < twin->entry_count; i++) {
		bool here = bsearch(&want[i], got, list->entry_count, sizeof(*got), compare_ranges) != NULL;
		bool there = other != NULL &&
			     bsearch(&want[i], other_got, other->entry_count, sizeof(*got), compare_ranges) != NULL;

		found += here || there;
	}
	assert_int_equal(found, twin->entry_count - missing);
	list_free(twin);
	list_free(other);
	free(want);
	free(got);
	free(other_got);
	free(twin_bytes.data);
}

static void
test_fixtures(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(fixtures); i++) {
		struct bytes bytes = load_fixture(fixtures[i].name);
		struct list *list = read_bytes(bytes.data, bytes.size, fixtures[i].name, NULL);
		struct list_options options = { .format = fixtures[i].format };

		assert_string_equal(list->format, fixtures[i].format);
		assert_int_equal(list->problem_count, 0);
		check_against_twin(list, fixtures[i].other, 0);
		list_free(list);
		/* With the format given and nothing in the name the same. */
		list = read_bytes(bytes.data, bytes.size, "-", &options);
		assert_string_equal(list->format, fixtures[i].format);
		check_against_twin(list, fixtures[i].other, 0);
		list_free(list);
		free(bytes.data);
	}
}

/* The fixture with the first occurrence of a text replaced; the line of it. */
static struct bytes
apply_damage(const struct bytes *bytes, const struct damage *damage, size_t *ret_line)
{
	char *at = strstr(bytes->data, damage->from);
	size_t before, after = strlen(damage->to);
	struct bytes broken;

	assert_non_null(at);
	before = (size_t)(at - bytes->data);
	broken.size = bytes->size - strlen(damage->from) + after;
	broken.data = testing_allocate(broken.size + 1, 1);
	memcpy(broken.data, bytes->data, before);
	memcpy(broken.data + before, damage->to, after);
	memcpy(broken.data + before + after, at + strlen(damage->from), bytes->size - before - strlen(damage->from));
	*ret_line = 1;
	for (size_t i = 0; i < before; i++)
		*ret_line += bytes->data[i] == '\n';
	return broken;
}

static void
test_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(fixtures) * 3; i++) {
		const struct damage *damage = &fixtures[i / 3].damages[i % 3];
		struct bytes bytes = load_fixture(fixtures[i / 3].name), broken;
		struct list_options options = { .format = fixtures[i / 3].format };
		struct list *list;
		size_t line;

		if (damage->from != NULL) {
			broken = apply_damage(&bytes, damage, &line);
			list = read_bytes(broken.data, broken.size, fixtures[i / 3].name, &options);
			if (list->problem_count != 1 || list->problems[0].line != line)
				fail_msg("%s with %s at line %zu: %zu problems, the first at line %zu",
					 fixtures[i / 3].name, damage->to, line, list->problem_count,
					 list->problem_count > 0 ? list->problems[0].line : 0);
			assert_int_equal(count_errors(list), 1);
			assert_true(list->problems[0].error[0] != '\0');
			check_against_twin(list, fixtures[i / 3].other, 1);
			list_free(list);
			free(broken.data);
		}
		free(bytes.data);
	}
}

/* Cut short anywhere: never more entries than the whole has, and JSON is refused. */
static void
test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(fixtures); i++) {
		struct bytes bytes = load_fixture(fixtures[i].name);
		struct list_options options = { .format = fixtures[i].format };

		for (size_t size = 0; size < bytes.size; size += 7) {
			/* A copy of just that size, so that reading past it is seen. */
			char *copy = testing_allocate(size + 1, 1);
			char *exact = realloc(copy, size > 0 ? size : 1);
			struct list *list = NULL;

			assert_non_null(exact);
			memcpy(exact, bytes.data, size);
			if (list_read(exact, size, fixtures[i].name, &options, &list, NULL) == SVCTAG_OK)
				assert_true(list->entry_count <= 9);
			else
				assert_null(list);
			list_free(list);
			free(exact);
		}
		free(bytes.data);
	}
}

/* --------------------------------------------------------------- guidance */

/* The table of 2017, as it is shipped. */
static void
test_guidance(void **state)
{
	struct bytes bytes = load("schema/lists/site-recovery-2017.md");
	struct list *list = read_bytes(bytes.data, bytes.size, "site-recovery-2017.md", NULL);
	size_t service = 0, monitoring = 0;

	(void)state;
	assert_int_equal(list->entry_count, 69);
	assert_int_equal(list->problem_count, 0);
	for (size_t i = 0; i < list->entry_count; i++) {
		assert_non_null(list->entries[i].intent);
		service += strcmp(list->entries[i].intent, "AzureSiteRecovery") == 0;
		monitoring += strncmp(list->entries[i].intent, "EventHub.", 9) == 0;
		assert_int_equal(list->entries[i].kind, SVCTAG_QUERY_ADDRESS);
	}
	assert_int_equal(service, 46);
	assert_int_equal(monitoring, 23);
	assert_string_equal(find_entry(list, "13.94.47.61")->intent, "EventHub.EastAsia");
	assert_string_equal(find_entry(list, "40.83.121.61")->intent, "AzureSiteRecovery");
	assert_string_equal(find_entry(list, "40.79.44.59")->intent, "EventHub.EastUS2");
	assert_string_equal(find_entry(list, "51.140.189.52")->intent, "EventHub.UKSouth");
	list_free(list);
	free(bytes.data);
}

static void
test_guidance_faults(void **state)
{
	static const char heading[] =
		"**Target Location** | **Site recovery service IPs** | **Site recovery monitoring IP**\n"
		"--- | --- | ---\n";
	char text[512];

	(void)state;
	/* One published revision has this address; the row's others stay. */
	(void)snprintf(text, sizeof(text), "%sKorea Central | 52.231.28.253 | 52.231.298.185 | 52.231.32.85\n",
		       heading);
	check_entries(text, NULL, "52.231.28.253=AzureSiteRecovery 52.231.32.85=EventHub.KoreaCentral");
	check_problems(text, NULL, "3 52.231.298.185");
	(void)snprintf(text, sizeof(text), "%sAtlantis | 198.18.0.1 | 198.18.0.2 | 198.18.0.3\n", heading);
	check_entries(text, NULL, "198.18.0.1=AzureSiteRecovery 198.18.0.2=AzureSiteRecovery 198.18.0.3");
	check_problems(text, NULL, "3 Atlantis");
	/* Only of that table, not of every one with such a word in it. */
	check_entries("| Service | Service address |\n|---|---|\n| web | 198.18.0.1 |\n", NULL, "198.18.0.1");
	check_entries("| Region | Service addresses |\n|---|---|\n| East US | 198.18.0.1 |\n", NULL, "198.18.0.1");
}

/* ---------------------------------------------------------------- formats */

static void
test_text(void **state)
{
	(void)state;
	check_entries("", NULL, "");
	check_entries("\n\r\n# nothing\n", NULL, "");
	check_entries("10.0.0.1/8", NULL, "10.0.0.0/8");
	check_problems("198.18.0.1\n10.0.0.1/8", NULL, "2 10.0.0.1/8");
	check_entries("::ffff:198.18.0.1 ::ffff:198.18.0.0/120", NULL, "198.18.0.1 198.18.0.0/24");
	check_entries("198.18.0.1-198.18.0.9,198.18.0.20 -198.18.0.29\t198.18.0.30- 198.18.0.39", "text",
		      "198.18.0.1-198.18.0.9 198.18.0.20-198.18.0.29 198.18.0.30-198.18.0.39");
	check_entries("198.18.0.1\xe2\x80\x93"
		      "198.18.0.9 198.18.1.0 \xe2\x80\x93 198.18.1.9",
		      NULL, "198.18.0.1-198.18.0.9 198.18.1.0-198.18.1.9");
	/* A dash before a word is no range, and nothing is lost by it. */
	check_entries("198.18.0.1 - East", NULL, "198.18.0.1");
	check_problems("198.18.0.1 - East", NULL, "1 -");
	check_problems("a b c\n198.18.0.256 x 198.18.0.1 y", NULL, "1 a; 2 198.18.0.256; 2 x");
	check_problems("198.18.0.9-198.18.0.1\n198.18.0.1-2001:db8::1\n010.0.0.1\n198.18.1", NULL,
		       "1 198.18.0.9-198.18.0.1; 2 198.18.0.1-2001:db8::1; 3 010.0.0.1; 4 198.18.1");
	/* `;` ends a line's addresses only where a word might begin. */
	check_problems("198.18.0.1;198.18.0.2", "text", "1 198.18.0.1;198.18.0.2");
	check_entries("198.18.0.1 ; 198.18.0.2\n198.18.0.3#x\n198.18.0.4 //x", "text",
		      "198.18.0.1 198.18.0.3 198.18.0.4");
	check_entries("\xef\xbb\xbf"
		      "198.18.0.1\r\n",
		      NULL, "198.18.0.1");
	check_entries("0.0.0.0/0 ::/0", NULL, "0.0.0.0/0 ::/0");
	/* Comments, not headings and links of Markdown. */
	check_entries("## Web\n# [old](x): 198.18.9.9\n198.18.0.1\n", NULL, "198.18.0.1");
}

static void
test_csv(void **state)
{
	struct list_options options = { .column = "Old" };
	static const char two[] = "Old,New,Intent\n198.18.0.1,198.18.1.1,Sql\n198.18.0.2,198.18.1.2,Storage\n";
	struct list *list = read_bytes(two, sizeof(two) - 1, "list", NULL);

	(void)state;
	assert_int_equal(list->entry_count, 2);
	assert_int_equal(list->problem_count, 1); /* the second column is not read */
	assert_true(list->problems[0].is_warning);
	list_free(list);
	options.column = "nEW";
	list = read_bytes(two, sizeof(two) - 1, "list", &options);
	assert_string_equal(list->entries[1].text, "198.18.1.2");
	assert_string_equal(list->entries[1].intent, "Storage");
	assert_int_equal(list->problem_count, 0);
	list_free(list);
	options.column = "2";
	list = read_bytes(two, sizeof(two) - 1, "list", &options);
	assert_string_equal(list->entries[0].text, "198.18.1.1");
	list_free(list);
	options.column = "4";
	check_error(two, &options, SVCTAG_E_NOT_FOUND, "has no column \"4\" among the 3 of its first line");
	options.column = "0";
	check_error(two, &options, SVCTAG_E_NOT_FOUND, "has no column \"0\" among the 3 of its first line");
	/* Without a heading; a first line that is broken is not taken for one. */
	check_entries("198.18.0.1,web\n198.18.0.2,mail\n", NULL, "198.18.0.1 198.18.0.2");
	check_problems("52.231.298.185,web\n198.18.0.2,mail\n", NULL, "1 52.231.298.185");
	check_problems("198.18.1,web\n198.18.0.2,mail\n", NULL, "1 198.18.1");
	/* A quote that is never closed costs its line, not the file. */
	check_entries("a,b\n\"198.18.0.1,x\n198.18.0.2,\"y\n198.18.0.3,z\n", "csv", "198.18.0.2 198.18.0.3");
	check_problems("a,b\n\"198.18.0.1,x\n198.18.0.2,y\n", "csv", "2 \"198.18.0.1; 2 \"198.18.0.1");
	check_entries("a\tb\n198.18.0.1\tx y\n", NULL, "198.18.0.1");
	check_entries("address\n198.18.0.1\n198.18.0.2\n", "csv", "198.18.0.1 198.18.0.2");
	check_entries("Name,Address\r\nall,Any\r\nweb,198.18.0.1\r\n", NULL, "198.18.0.1");
}

static void
test_markdown(void **state)
{
	(void)state;
	check_entries("# T\n[a](http://198.18.0.1/x?a=198.18.0.2) `198.18.0.3`, **198.18.0.4.** 2001:db8::1: std::x\n",
		      "markdown", "198.18.0.3 198.18.0.4 2001:db8::1");
	/* Code is not read, but that is said where there would have been something to read. */
	check_problems("```sh\nls\nping 198.18.0.1\nping 198.18.0.2\n```\n~~~\nx\n~~~\n198.18.0.3\n", "markdown",
		       "3 198.18.0.1");
	check_entries("````\n```\n198.18.0.1\n````\n198.18.0.2\n", "markdown", "198.18.0.2");
	check_entries("<!-- a --> \n198.18.0.1\n<!--\n198.18.0.2\n-->\n198.18.0.3", "markdown",
		      "198.18.0.1 198.18.0.3");
	check_problems("<!-- never closed\n198.18.0.1\n<!-- 2\n", "markdown", "1 <!-- never closed");
	check_entries("---\na: 198.18.0.1\n---\n198.18.0.2\n", NULL, "198.18.0.2");
	check_entries("---\n198.18.0.1\n", "markdown", "198.18.0.1"); /* no end: no front matter */
	check_problems("IP | x\n---|---\n198.18.0.1 | a\nelsewhere | b\nn/a | c\n\xe2\x80\x93 | d\n", NULL,
		       "4 elsewhere");
	/* More cells than headings; a line without a bar ends the table. */
	check_entries("x | intent\n---|---\n198.18.0.1 | 198.18.0.2 | Sql\n198.18.0.3\n|198.18.0.4|\n", NULL,
		      "198.18.0.1=Sql 198.18.0.2=Sql 198.18.0.3 198.18.0.4");
	check_entries("| a\\|b | c |\n|:-:|---|\n| 198.18.0.1 \\| x | 198.18.0.2 |\n", NULL, "198.18.0.1 198.18.0.2");
}

static void
test_json(void **state)
{
	static const char rule[] = "[{\"name\":\"r\",\"direction\":\"Outbound\",\"access\":\"Allow\",%s}]";
	struct list_options options = { .format = "aws" };
	char text[512];
	struct list *list;

	(void)state;
	(void)snprintf(text, sizeof(text), rule,
		       "\"destinationAddressPrefix\":\"\",\"destinationAddressPrefixes\":[\"198.18.0.1\",null]");
	check_entries(text, NULL, "198.18.0.1");
	/* Twice is read twice. */
	(void)snprintf(text, sizeof(text), rule,
		       "\"sourceAddressPrefix\":\"198.18.0.1\",\n\"sourceAddressPrefix\":\"198.18.0.2\"");
	check_entries(text, NULL, "198.18.0.1 198.18.0.2");
	(void)snprintf(text, sizeof(text), rule, "\"sourceAddressPrefix\":\"[variables('a')]\"");
	check_problems(text, NULL, "1 [variables('a')]");
	(void)snprintf(text, sizeof(text), rule, "\"sourceAddressPrefix\":\"Storage.EastUS\"");
	list = read_text(text, NULL);
	assert_int_equal(find_mention(list, "Storage.EastUS")->side, LIST_SOURCE);
	assert_string_equal(find_mention(list, "Storage.EastUS")->rule->path, "r");
	list_free(list);
	check_problems("{\"contentVersion\":\"1\",\"resources\":[\n{\"name\":\"n\",\"properties\":{\n"
		       "\"securityRules\":\"[variables('r')]\"}}]}",
		       NULL, "3 [variables('r')]");
	check_problems(
		"{\"format_version\":\"1\",\"terraform_version\":\"1\",\"planned_values\":{\"root_module\":{}},\n"
		"\"resource_changes\":[{\"type\":\"azurerm_route\",\"address\":\"a\",\"change\":{\"after_unknown\":{\n"
		"\"id\":true,\"address_prefix\":true}}}]}",
		NULL, "3 address_prefix");
	check_error("{\"a\":1}", NULL, SVCTAG_E_SYNTAX,
		    "is JSON of no form that holds a list: neither rules nor routes are where they should be");
	check_error("{\"a\":1}", &options, SVCTAG_E_SYNTAX,
		    "is JSON, but not of the form aws (JSON of aws ec2 describe-security-groups or "
		    "describe-security-group-rules)");
	check_error("{\n\"a\": nothing}", NULL, SVCTAG_E_SYNTAX, "line 2: not JSON from here on, or cut short");
	check_error("{}\n<html>", NULL, SVCTAG_E_SYNTAX, "line 1: more text after the JSON document");
	check_error("[\"198.18.0.1\\u0000\"]", NULL, SVCTAG_E_SYNTAX, "line 1: a NUL (\\u0000) in a string");
	options.format = "nonsense";
	check_error("", &options, SVCTAG_E_UNSUPPORTED, "no list format is called \"nonsense\"");
}

static void
test_json_depth(void **state)
{
	char text[400];

	(void)state;
	memset(text, '[', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[1] = '{';
	check_error(text, NULL, SVCTAG_E_LIMIT, "line 1: more than 128 levels");
}

/* What an entry says beside its address. */
static void
test_origins(void **state)
{
	struct bytes bytes = load_fixture("az-nsg-rules.json");
	struct list *list = read_bytes(bytes.data, bytes.size, "rules.json", NULL);
	const struct list_entry *entry = find_entry(list, "198.18.4.0/29");
	char place[LIST_PLACE_SIZE];
	size_t length;

	(void)state;
	assert_string_equal(entry->rule->path, "from-office");
	assert_int_equal(entry->rule->direction, LIST_INBOUND);
	assert_int_equal(entry->rule->access, LIST_DENY);
	assert_int_equal(entry->side, LIST_SOURCE);
	assert_string_equal(entry->rule->ports, "80,8000-8080");
	assert_string_equal(entry->rule->priority, "4096");
	assert_ptr_equal(entry->rule, find_entry(list, "198.19.0.0/16")->rule);
	length = list_place_format(list, entry->line, entry->rule->path, place);
	assert_int_equal(length, strlen(place));
	assert_string_equal(place, "rules.json:37 (from-office)");
	(void)list_place_format(list, 0, "", place);
	assert_string_equal(place, "rules.json");
	assert_int_equal(find_mention(list, "AzureSiteRecovery")->side, LIST_DESTINATION);
	assert_int_equal(list->mention_count, 4);
	list_free(list);
	free(bytes.data);

	bytes = load_fixture("iptables.rules");
	list = read_bytes(bytes.data, bytes.size, "iptables.rules", NULL);
	entry = find_entry(list, "198.18.2.0/25");
	assert_string_equal(entry->rule->path, "filter/OUTPUT");
	assert_int_equal(entry->rule->direction, LIST_OUTBOUND);
	assert_string_equal(entry->rule->protocol, "tcp");
	assert_string_equal(entry->rule->ports, "80,443");
	list_free(list);
	free(bytes.data);

	bytes = load_fixture("nftables.nft");
	list = read_bytes(bytes.data, bytes.size, "nftables.nft", NULL);
	assert_string_equal(find_entry(list, "198.18.1.1")->rule->path, "inet filter/services");
	assert_int_equal(find_entry(list, "198.19.0.0/16")->rule->access, LIST_ALLOW);
	assert_int_equal(find_entry(list, "198.19.0.0/16")->side, LIST_DESTINATION);
	list_free(list);
	free(bytes.data);

	bytes = load_fixture("az-routes.json");
	list = read_bytes(bytes.data, bytes.size, "az-routes.json", NULL);
	assert_string_equal(find_entry(list, "198.18.0.0/24")->rule->next_hop, "VirtualAppliance,198.18.255.1");
	assert_string_equal(find_mention(list, "AzureCloud.westeurope")->rule->path, "detour/routes/tag");
	list_free(list);
	free(bytes.data);
}

static void
test_firewalls(void **state)
{
	(void)state;
	check_entries("*filter\n-A FORWARD -s 198.18.0.1/32 -d 198.18.0.2/32 -j ACCEPT\n-A INPUT -s "
		      "198.18.1.0/255.255.255.0\n",
		      NULL, "198.18.0.1/32 198.18.0.2/32 198.18.1.0/24");
	check_problems(
		"*filter\n-A INPUT ! -s 198.18.0.1/32\n-A INPUT -s ! 198.18.0.2/32\n-A INPUT -m iprange ! --src-range "
		"198.18.0.1-198.18.0.2\nhello\n",
		NULL, "2 198.18.0.1/32; 3 198.18.0.2/32; 4 198.18.0.1-198.18.0.2; 5 hello");
	check_entries("add x 198.18.0.1\nadd y 198.18.0.2,tcp:80\n", NULL, "198.18.0.1 198.18.0.2");
	check_problems("create x hash:ip\nadd x 198.18.0.256\nadd x\n", NULL, "2 198.18.0.256; 3 x");
	check_entries("create x hash:mac\nadd x 01:23:45:67:89:ab\ncreate y hash:net,net\nadd y "
		      "198.18.0.0/24,198.18.1.0/24\n",
		      NULL, "198.18.0.0/24 198.18.1.0/24");
	check_entries("add element inet filter x { 198.18.0.1, 198.18.0.2 - 198.18.0.3, 443, eth0 }\n", NULL,
		      "198.18.0.1 198.18.0.2-198.18.0.3");
	check_entries("define a = 198.18.0.1\ndefine b = { 198.18.1.0/24, \\\n 198.18.2.0/24 } # 198.18.3.0/24\ndefine "
		      "c = eth0\n",
		      NULL, "198.18.0.1 198.18.1.0/24 198.18.2.0/24");
	check_problems("table ip t {\n chain c {\n  ip daddr != { 198.18.0.1,\n 198.18.0.2 } drop\n  ip saddr "
		       "198.18.0.300 drop\n }\n}\n",
		       NULL, "3 != { 198.18.0.1,; 5 198.18.0.300");
	check_problems(
		"object-group network x\n network-object host 198.18.0.256\n network-object 198.18.0.0 255.0.255.0\n"
		"access-list a extended permit ip any host 198.18.0.1\n",
		NULL,
		"2 198.18.0.256; 3 198.18.0.0 255.0.255.0; 4 access-list a extended permit ip any host 198.18.0.1");
	check_problems("set address a ip-netmask 198.18.0.1\nset address b fqdn example.org\n", NULL, "2 example.org");
	check_entries("Rule Name: a\nDirection: Out\nRemoteIP: Any\nLocalIP: 198.18.0.1\n", NULL, "198.18.0.1");
}

static void
test_xml(void **state)
{
	(void)state;
	check_error("<!DOCTYPE html><html></html>", NULL, SVCTAG_E_SYNTAX,
		    "line 1: not AzurePublicIpAddresses without declarations");
	check_error("<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"198.18.0.1\">]><AzurePublicIpAddresses/>", NULL,
		    SVCTAG_E_SYNTAX, "line 1: not AzurePublicIpAddresses without declarations");
	check_error("<AzurePublicIpAddresses>\n<Region></AzurePublicIpAddresses>", NULL, SVCTAG_E_SYNTAX,
		    "line 2: not XML: mismatched tag");
	/* What came before the fault is kept. */
	check_problems("<AzurePublicIpAddresses><Region Name='x'>\n<IpRange Subnet='198.18.0.1/32'/>\n<IpRange", NULL,
		       "3 unclosed token");
	check_entries("<AzurePublicIpAddresses><Region Name='x'>\n<IpRange Subnet='198.18.0.1/32'/>\n<IpRange", NULL,
		      "198.18.0.1/32");
}

/* ----------------------------------------------------------------- limits */

static void
test_limits(void **state)
{
	struct list *list = NULL;
	svctag_detail detail = { "" };
	char *text = testing_allocate(LIST_MAX_SIZE + 1, 1);
	size_t size = 0;

	(void)state;
	TESTING_CHECK(list_read(text, LIST_MAX_SIZE + 1, "x", NULL, &list, &detail), SVCTAG_E_LIMIT);
	assert_string_equal(detail.text, "has more than 64 MiB");
	TESTING_CHECK(list_read(text, 10, "x", NULL, &list, &detail), SVCTAG_E_SYNTAX);
	assert_string_equal(detail.text, "holds a NUL byte: not a text");
	for (size_t i = 0; i <= LIST_MAX_PROBLEMS; i++)
		size += (size_t)sprintf(text + size, "x\n");
	TESTING_OK(list_read(text, size, "x", NULL, &list, &detail));
	assert_int_equal(list->problem_count, LIST_MAX_PROBLEMS);
	assert_int_equal(list->problems_left_off, 1);
	list_free(list);
	list = NULL;
	size = 0;
	for (size_t i = 0; i <= LIST_MAX_ENTRIES; i++)
		size += (size_t)sprintf(text + size, "198.18.0.1\n");
	TESTING_CHECK(list_read(text, size, "x", NULL, &list, &detail), SVCTAG_E_LIMIT);
	assert_string_equal(detail.text, "has more than 2000000 entries");
	assert_null(list);
	list_free(NULL);
	free(text);
}

/* Lines and cells that make a careless reader quadratic; the test's own time limit would tell. */
static void
test_hostile(void **state)
{
	static const char *const pieces[] = { "<!--\n",      "```\n",          "a|b\n-|-\n", "\"",
					      "{",           "198.18.0.1 -",   "[",          "|",
					      "!",           "'\"\n",          "ip daddr {", "set x {\n",
					      "--- | ---\n", "RemoteIP:1,\n ", " " };
	size_t size = 1 << 20;
	char *text = testing_allocate(size, 1);

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(pieces); i++) {
		size_t length = strlen(pieces[i]);

		for (size_t k = 0; k < size; k++)
			text[k] = pieces[i][k % length];
		for (size_t f = 0; list_format_name(f) != NULL; f++) {
			struct list_options options = { .format = list_format_name(f) };
			struct list *list = NULL;

			if (list_read(text, size, "x", &options, &list, NULL) != SVCTAG_OK)
				assert_null(list);
			list_free(list);
		}
	}
	free(text);
}

static void
test_names(void **state)
{
	size_t count = 0;

	(void)state;
	for (; list_format_name(count) != NULL; count++) {
		assert_non_null(list_format_description(count));
		for (size_t i = 0; i < count; i++)
			assert_string_not_equal(list_format_name(i), list_format_name(count));
	}
	assert_int_equal(count, 18);
	assert_null(list_format_description(count));
	assert_null(list_direction_text(LIST_DIRECTION_NONE));
	assert_string_equal(list_direction_text(LIST_OUTBOUND), "outbound");
	assert_string_equal(list_side_text(LIST_SOURCE), "source");
	assert_string_equal(list_access_text(LIST_DENY), "deny");
	assert_null(list_kind_text(LIST_KIND_NONE));
	assert_string_equal(list_kind_text(LIST_KIND_ROUTE), "route");
}

/* ------------------------------------------------------ rules as such */

static const struct list_rule *
find_rule(const struct list *list, const char *name)
{
	for (size_t i = 0; i < list->rule_count; i++) {
		assert_int_equal(list->rules[i]->number, i + 1);
		if (list->rules[i]->name != NULL && strcmp(list->rules[i]->name, name) == 0)
			return list->rules[i];
	}
	fail_msg("no rule \"%s\"", name);
	abort(); /* fail_msg() does not return, which the compiler cannot know */
}

static void
test_kinds(void **state)
{
	static const struct {
		const char *file, *rule, *resource;
		enum list_kind kind;
	} cases[] = {
		{ "nsg.json", "out", "edge", LIST_KIND_NSG },
		{ "nsg.json", "default", "edge", LIST_KIND_NSG_DEFAULT },
		{ "az-nsg-rules.json", "six", "", LIST_KIND_NSG },
		{ "arm.json", "out", "edge", LIST_KIND_NSG },
		{ "arm.json", "edge/in", "edge", LIST_KIND_NSG },
		{ "arm.json", "edge/six", "nested/template/resources/edge", LIST_KIND_NSG },
		{ "arm.json", "b", "detour", LIST_KIND_ROUTE },
		{ "az-routes.json", "tag", "detour", LIST_KIND_ROUTE },
		{ "az-firewall.json", "out", "edge", LIST_KIND_FIREWALL },
		{ "az-firewall.json", "in", "policy", LIST_KIND_FIREWALL },
		{ "terraform-plan.json", "inline", "edge", LIST_KIND_NSG },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		struct bytes bytes = load_fixture(cases[i].file);
		struct list *list = read_bytes(bytes.data, bytes.size, cases[i].file, NULL);
		const struct list_rule *rule = find_rule(list, cases[i].rule);

		assert_int_equal(rule->kind, cases[i].kind);
		assert_string_equal(rule->resource, cases[i].resource);
		assert_true(rule->line > 0);
		list_free(list);
		free(bytes.data);
	}
}

/* What a rule has beside addresses: where a tag stands, ports of both sides; and what is no rule. */
static void
test_rule_facts(void **state)
{
	static const char text[] =
		"{\"securityRules\":[{\"name\":\"r\",\"id\":\"/x/networkSecurityGroups/By-Id/securityRules/r\","
		"\"direction\":\"Outbound\",\"access\":\"Allow\",\"priority\":100,\"sourcePortRange\":\"1024-65535\","
		"\"destinationPortRange\":\"443\",\"sourceAddressPrefix\":\"*\","
		"\"destinationAddressPrefixes\":[\"Storage\"]},"
		"{\"name\":\"r\",\"direction\":\"Inbound\",\"access\":\"Deny\",\"sourceApplicationSecurityGroups\":[],"
		"\"sourceAddressPrefix\":null}],"
		"\"subnets\":[{\"name\":\"a\",\"properties\":{\"serviceEndpoints\":[{\"service\":\"Microsoft.Storage\"}"
		"]}}]}";
	struct list *list = read_text(text, NULL);
	const struct list_rule *rule = find_rule(list, "r");

	(void)state;
	assert_string_equal(rule->resource, "By-Id");
	assert_string_equal(rule->source_ports, "1024-65535");
	assert_int_equal(list->rule_count, 2); /* also the one without an address */
	assert_true(find_mention(list, "Storage")->in_array);
	assert_false(find_mention(list, "*")->in_array);
	assert_int_equal(list->endpoint_count, 1);
	assert_string_equal(list->endpoints[0].service, "Microsoft.Storage");
	assert_string_equal(list->endpoints[0].path, "subnets/a");
	list_free(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_guidance),
		cmocka_unit_test(test_guidance_faults),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_firewalls),
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_json_depth),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_rule_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
