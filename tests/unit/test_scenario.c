/*
 * Scenarios: what is taken and what is refused, with the words that it is
 * refused with; and the plans that come of them for small releases.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <advice/near.h>
#include <advice/plan.h>

/* Good, with everything that a document can have. Cases change one thing in it. */
static const char whole[] =
	"{ \"format\": 1, \"scenario\": \"mine\", \"title\": \"A title\", \"basis\": \"Our own head\",\n"
	"  \"target\": \"nsg\",\n"
	"  \"parameters\": [\n"
	"    { \"name\": \"from\", \"kind\": \"region\", \"required\": true, \"description\": \"d1\" },\n"
	"    { \"name\": \"into\", \"kind\": \"region\", \"differsFrom\": \"from\", \"description\": \"d2\" },\n"
	"    { \"name\": \"loud\", \"kind\": \"flag\", \"description\": \"d3\" },\n"
	"    { \"name\": \"tier\", \"kind\": \"choice\", \"choices\": [\"one\", \"two\"], \"default\": \"one\", "
	"\"description\": \"d4\" },\n"
	"    { \"name\": \"account\", \"kind\": \"text\", \"description\": \"d5\" }\n"
	"  ],\n"
	"  \"places\": [\n"
	"    { \"name\": \"here\", \"title\": \"in {from}\", \"aliases\": { \"near\": \"from\" } },\n"
	"    { \"name\": \"there\", \"title\": \"elsewhere\", \"aliases\": { \"near\": \"from\" }, \"when\": \"into\" "
	"}\n"
	"  ],\n"
	"  \"rules\": [\n"
	"    { \"tag\": \"Storage.{near}\", \"ports\": [\"443\"], \"why\": \"write in {near}\" },\n"
	"    { \"tag\": \"AzureCloud.{from}\", \"ports\": [\"80\", \"8000-8080\"], \"why\": \"w2\", \"places\": "
	"[\"here\"], "
	"\"direction\": \"inbound\", \"access\": \"deny\", \"protocol\": \"Udp\", \"name\": \"No-{from}\" },\n"
	"    { \"tag\": \"EventHub.{into}\", \"ports\": [\"443\"], \"why\": \"w3\", \"when\": \"into\" },\n"
	"    { \"tag\": \"Loud\", \"ports\": [\"*\"], \"why\": \"w4\", \"when\": \"loud\", \"places\": [\"here\"] },\n"
	"    { \"tag\": \"Second\", \"ports\": [\"443\"], \"why\": \"w5\", \"when\": \"tier=two\", \"places\": "
	"[\"here\"] }\n"
	"  ],\n"
	"  \"urls\": [\n"
	"    { \"patterns\": { \"Public\": \"{account}.host.net\" }, \"purpose\": \"p1\", \"when\": \"account\" },\n"
	"    { \"patterns\": { \"Public\": \"*.{from}.host.net\", \"China\": \"*.host.cn\" }, \"purpose\": \"p2\", "
	"\"caveat\": \"c2\", \"when\": \"!account\" }\n"
	"  ],\n"
	"  \"advice\": [ { \"id\": \"first\", \"severity\": \"warning\", \"text\": \"Mind {from}.\" } ]\n"
	"}\n";

/* The document with the first `from` in it turned into `to`; free() it. */
static char *
changed(const char *from, const char *to)
{
	const char *at = strstr(whole, from);
	char *text = NULL;

	if (at == NULL)
		fail_msg("the document has no %s", from);
	assert_true(asprintf(&text, "%.*s%s%s", (int)(at - whole), whole, to, at + strlen(from)) > 0);
	return text;
}

static struct scenario *
read_good(const char *text)
{
	svctag_detail detail = { "" };
	struct scenario *scenario = NULL;

	if (scenario_read(text, strlen(text), &scenario, &detail) != SVCTAG_OK)
		fail_msg("%s", detail.text);
	return scenario;
}

static void
test_reads_all(void **state)
{
	struct scenario *scenario = read_good(whole);

	(void)state;
	assert_string_equal(scenario->name, "mine");
	assert_string_equal(scenario->basis, "Our own head");
	assert_int_equal(scenario->target, SVCTAG_TARGET_NSG);
	assert_int_equal(scenario->parameter_count, 5);
	assert_int_equal(scenario->parameters[0].kind, SCENARIO_REGION);
	assert_true(scenario->parameters[0].required);
	assert_true(scenario->parameters[0].differs_from == SCENARIO_NONE);
	assert_int_equal(scenario->parameters[1].differs_from, 0);
	assert_int_equal(scenario->parameters[3].choice_count, 2);
	assert_string_equal(scenario->parameters[3].fallback, "one");
	assert_int_equal(scenario->place_count, 2);
	assert_int_equal(scenario->places[1].aliases[0].parameter, 0);
	assert_int_equal(scenario->rule_count, 5);
	assert_true(scenario->rules[0].in[0] && scenario->rules[0].in[1]);
	assert_true(scenario->rules[1].in[0] && !scenario->rules[1].in[1]);
	assert_int_equal(scenario->rules[1].direction, LIST_INBOUND);
	assert_int_equal(scenario->rules[1].access, LIST_DENY);
	assert_string_equal(scenario->rules[1].ports[1], "8000-8080");
	assert_string_equal(scenario->rules[0].protocol, "Tcp");
	assert_string_equal(scenario->rules[4].when.value, "two");
	assert_int_equal(scenario->url_count, 2);
	assert_true(scenario->urls[1].when.is_not);
	assert_int_equal(scenario->advice[0].severity, SCENARIO_WARNING);
	scenario_free(scenario);
	scenario_free(NULL);
}

/* Every one changes one thing of a good document; what has to be said of it, with the place. */
static const struct {
	const char *from, *to, *want;
} broken[] = {
	{ "{ \"format\"", "[ \"format\"", "not JSON" },
	{ "]\n}\n", "]\n", "not JSON" },
	{ "]\n}\n", "]\n} x", "more text after the JSON document" },
	{ "A title", "A\\u0000title", "NUL" },
	{ "A title", "A\\u0007title", "line 1, title: a text with control characters" },
	{ "A title", "A \xff title", "line 1, title: a text with control characters, or not in UTF-8" },
	{ "\"A title\"", "7", "line 1, title: has to be a text" },
	{ "\"A title\"", "\"\"", "line 1, title: has to be a text" },
	{ "\"format\": 1", "\"format\": 2", "line 1, format: has to be 1" },
	{ "\"format\": 1,", "", "format: has to be 1" },
	{ "\"scenario\": \"mine\"", "\"scenario\": \"My Own\"", "line 1, scenario: 'My Own' is no name" },
	{ "\"basis\"", "\"bases\"", "line 1: unknown member 'bases'; did you mean 'basis'?" },
	{ "\"basis\"", "\"title\"", "line 1: the member 'title' is there twice" },
	{ "\"basis\": \"Our own head\",", "", "line 1: the member 'basis' is missing" },
	{ "\"nsg\"", "\"udr\"", "line 2, target: 'udr' has to be nsg or firewall" },
	{ "\"nsg\"", "\"firewall\"", "rules[1]: Azure Firewall takes tags as destinations only" },
	{ "\"kind\": \"flag\"", "\"kind\": \"bool\"", "line 6, parameters[2]/kind: 'bool' is none of: region, flag" },
	{ "\"loud\"", "\"from\"", "line 6, parameters[2]/name: there are two parameters 'from'" },
	{ "\"loud\"", "\"format\"", "parameters[2]/name: 'format' means something to the programs already" },
	{ "\"kind\": \"flag\"", "\"kind\": \"flag\", \"required\": true", "required: a flag that has to be set" },
	{ "\"required\": true", "\"required\": 1", "line 4, parameters[0]/required: has to be true or false" },
	{ "\"differsFrom\": \"from\"", "\"differsFrom\": \"into\"", "parameters[1]/differsFrom: has to name a region" },
	{ "[\"one\", \"two\"]", "[\"one\"]",
	  "line 7, parameters[3]/choices: a parameter of kind choice has two or more" },
	{ "[\"one\", \"two\"]", "[\"one\", \"one\"]", "parameters[3]/choices: 'one' is there twice" },
	{ "\"default\": \"one\"", "\"default\": \"six\"", "parameters[3]/default: 'six' is none of the choices" },
	{ "\"kind\": \"text\"", "\"kind\": \"text\", \"default\": \"x\"", "default: only a parameter of kind choice" },
	{ "in {from}", "in {form}", "line 11, places[0]/title: {form} is no parameter" },
	{ "in {from}", "in {from", "line 11, places[0]/title: braces that do not match" },
	{ "in {from}", "in {}", "places[0]/title: braces that do not match" },
	{ "in {from}", "in {loud}", "places[0]/title: {loud} is a flag" },
	{ "in {from}", "in {into}",
	  "{into} may be left out: make it required, give it a default, or say \"when\": \"into\"" },
	{ "\"near\": \"from\"", "\"near\": \"nowhere\"", "places[0]/aliases/near: has to be the name of a parameter" },
	{ "\"near\": \"from\"", "\"into\": \"from\"", "places[0]/aliases/into: 'into' is no name, or a parameter" },
	{ "\"near\": \"from\"", "\"far\": \"from\"",
	  "rules[0]/tag: {near} is no parameter, and no alias of the place 'here'" },
	{ "\"name\": \"there\"", "\"name\": \"here\"", "line 12, places[1]/name: there are two places 'here'" },
	{ "Storage.{near}", "Stor age.{near}", "line 15, rules[0]/tag: 'Stor age.{near}': tags are made of" },
	{ "[\"443\"], \"why\": \"write", "[\"70000\"], \"why\": \"write", "line 15, rules[0]: '70000' is no port" },
	{ "\"ports\": [\"443\"], \"why\": \"write", "\"why\": \"write", "rules[0]: a rule has at least one port" },
	{ "\"Udp\"", "\"udp\"", "rules[1]: 'udp' is no protocol" },
	{ "\"deny\"", "\"block\"", "rules[1]/access: 'block' is none of: allow, deny" },
	{ "[\"here\"]", "[\"hereabouts\"]", "rules[1]/places: 'hereabouts' is none of the places" },
	{ "[\"here\"]", "[]", "rules[1]/places: a rule has to be somewhere" },
	{ "[\"here\"]", "[\"here\", \"here\"]", "rules[1]/places: 'here' is named twice" },
	{ "[\"here\"]", "[\"here\", 1]", "rules[1]/places[1]: has to be a text" },
	{ "\"tier=two\"", "\"tier=three\"", "rules[4]/when: 'three' is none of the choices of 'tier'" },
	{ "\"tier=two\"", "\"loud=yes\"", "rules[4]/when: 'yes' is none of the choices of 'loud'" },
	{ "\"tier=two\"", "\"tears\"", "rules[4]/when: 'tears' is none of the parameters" },
	{ "\"Public\": \"{account}", "\"Pub lic\": \"{account}", "urls[0]/patterns: 'Pub lic' is no name of a cloud" },
	{ "\"China\"", "\"public\"", "urls[1]/patterns: the cloud 'public' is there twice" },
	{ "*.host.cn", "https://host.cn/", "urls[1]/patterns/China: 'https://host.cn/': host names are made of" },
	{ "{account}.host", "{nobody}.host", "urls[0]/patterns/Public: {nobody} is no parameter" },
	{ "\"when\": \"account\"", "\"when\": \"!account\"", "urls[0]/patterns/Public: {account} may be left out" },
	{ "{ \"Public\": \"{account}.host.net\" }", "{}", "urls[0]/patterns: has to be an object with a host name" },
	{ "\"warning\"", "\"fatal\"", "advice[0]/severity: 'fatal' is none of: note, warning, error" },
	{ "Mind {from}.\" }", "Mind.\" }, { \"id\": \"first\", \"text\": \"t\" }",
	  "there are two pieces of advice 'first'" },
	{ "\"advice\": [", "\"advice\": [ [] ], \"x\": [", "line 25: unknown member 'x'" },
	{ "\"parameters\": [", "\"parameters\": [ 1, ", "line 3, parameters[0]: has to be an object" },
	{ "\"rules\": [", "\"rules\": [], \"advise\": [", "unknown member 'advise'; did you mean 'advice'?" },
};

static void
test_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(broken); i++) {
		char *text = changed(broken[i].from, broken[i].to);
		struct scenario *scenario = NULL;
		svctag_detail detail = { "" };
		svctag_error err = scenario_read(text, strlen(text), &scenario, &detail);

		if (err != SVCTAG_E_SYNTAX || scenario != NULL || strstr(detail.text, broken[i].want) == NULL)
			fail_msg("%zu: %s\nnot: %s", i, detail.text, broken[i].want);
		free(text);
	}
}

/* A document of so many of the same; free() it. */
static char *
repeated(const char *before, const char *element, size_t count, const char *after)
{
	size_t size = strlen(before) + strlen(after) + count * (strlen(element) + 1) + 1;
	char *text = testing_allocate(size, 1);
	char *end = stpcpy(text, before);

	for (size_t i = 0; i < count; i++)
		end = stpcpy(stpcpy(end, i > 0 ? "," : ""), element);
	stpcpy(end, after);
	return text;
}

static void
refuse_all(char *text, svctag_error want, const char *words)
{
	struct scenario *scenario = NULL;
	svctag_detail detail = { "" };

	TESTING_CHECK(scenario_read(text, strlen(text), &scenario, &detail), want);
	assert_null(scenario);
	if (strstr(detail.text, words) == NULL)
		fail_msg("%s", detail.text);
	free(text);
}

static void
test_limits(void **state)
{
	static const char head[] =
		"{\"format\":1,\"scenario\":\"m\",\"title\":\"t\",\"basis\":\"b\",\"target\":\"nsg\",";

	(void)state;
	refuse_all(repeated("", "          ", SCENARIO_MAX_SIZE / 11 + 1, ""), SVCTAG_E_LIMIT, "1024 KiB");
	refuse_all(repeated("", "[", 1000, ""), SVCTAG_E_LIMIT, "levels");
	{
		char *text = repeated(head, "\"rules\":[]", 1, ",\"parameters\":[]}");

		refuse_all(text, SVCTAG_E_SYNTAX, "the member 'places' is missing");
	}
	{
		char *first = repeated(head, "x", 0, "\"places\":[");
		char *text =
			repeated(first, "{\"name\":\"p\",\"title\":\"t\"}", SCENARIO_MAX_PLACES + 1, "],\"rules\":[]}");

		free(first);
		refuse_all(text, SVCTAG_E_SYNTAX, "places: 17 elements, where 1 to 16 can be");
	}
	refuse_all(repeated("{\"format\":1,\"scenario\":\"", "abcdefgh", 6, "\"}"), SVCTAG_E_SYNTAX, "is no name");
	refuse_all(repeated("{\"format\":1,\"scenario\":\"m\",\"title\":\"", "abcdefgh", 80, "\"}"), SVCTAG_E_LIMIT,
		   "at most 500");
}

/* The document as Windows saves it: with a byte order mark, or in UTF-16. */
static void
test_encodings(void **state)
{
	size_t size = strlen(whole);
	char *marked = repeated("\xef\xbb\xbf", whole, 1, "");
	char *wide = testing_allocate(size + 1, 2);
	struct scenario *scenario = NULL;

	(void)state;
	scenario_free(read_good(marked));
	wide[0] = '\xff';
	wide[1] = '\xfe';
	for (size_t i = 0; i < size; i++)
		wide[2 * i + 2] = whole[i];
	TESTING_OK(scenario_read(wide, 2 * size + 2, &scenario, NULL));
	assert_string_equal(scenario->title, "A title");
	scenario_free(scenario);
	free(marked);
	free(wide);
}

/* Whatever is cut off, it is refused, and nothing is lost. */
static void
test_cut_short(void **state)
{
	(void)state;
	for (size_t size = 0; size + 2 < strlen(whole); size += 3) {
		struct scenario *scenario = NULL;
		svctag_detail detail = { "" };

		assert_true(scenario_read(whole, size, &scenario, &detail) != SVCTAG_OK);
		assert_null(scenario);
		assert_true(detail.text[0] != '\0');
	}
}

static void
test_builtins(void **state)
{
	const struct scenario_builtin *builtin;
	svctag_detail detail = { "" };
	struct scenario *scenario = NULL;
	const char *before = "";
	size_t i;

	(void)state;
	for (i = 0; (builtin = scenario_builtin_at(i)) != NULL; i++) {
		assert_true(strcmp(before, builtin->name) < 0);
		before = builtin->name;
		if (scenario_builtin_read(builtin->name, &scenario, &detail) != SVCTAG_OK)
			fail_msg("%s: %s", builtin->name, detail.text);
		assert_string_equal(scenario->name, builtin->name);
		scenario_free(scenario);
	}
	assert_true(i >= 2);
	scenario = NULL;
	TESTING_CHECK(scenario_builtin_read("site-recovry", &scenario, &detail), SVCTAG_E_NOT_FOUND);
	assert_string_equal(detail.text, "there is no scenario 'site-recovry'; did you mean 'site-recovery'?");
	TESTING_CHECK(scenario_builtin_read("zzzzzzzz", &scenario, &detail), SVCTAG_E_NOT_FOUND);
	assert_non_null(strstr(detail.text, "site-recovery"));
	assert_null(scenario);
}

/* ------------------------------------------------------------------ plans */

static const testing_tag tags[] = {
	{ "AzureCloud.eastus", "eastus", "198.18.0.0/20" },
	{ "EventHub.WestEurope", "westeurope", "198.18.32.0/30 2001:db8:1::/48" },
	{ "Loud", "", "198.18.64.0/24" },
	{ "Storage.EastUS", "eastus", "198.18.4.0/24 198.18.5.0/24" },
	{ "Storage.MoonNorth", "moonn", "198.18.80.0/28" },
	{ "AzureCloud.moonnorth", "moonn", "198.18.80.0/24" },
};

static svctag_snapshot *
small_snapshot(const char *cloud)
{
	svctag_release *release = testing_release(7, tags, TESTING_COUNT(tags));
	svctag_snapshot *snapshot = testing_snapshot(release, cloud);

	svctag_release_free(release);
	return snapshot;
}

/* Arguments as "name=value name=value", in memory that stays for the test. */
static size_t
take_arguments(char *text, struct plan_argument *arguments)
{
	size_t count = 0;

	for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) {
		char *equals = strchr(word, '=');

		assert_non_null(equals);
		*equals = '\0';
		arguments[count++] = (struct plan_argument){ word, equals + 1 };
	}
	return count;
}

static svctag_error
make(const struct scenario *scenario, const svctag_snapshot *snapshot, const char *words, struct plan **ret,
     svctag_detail *detail)
{
	struct plan_argument arguments[16];
	char *text = strdup(words);
	svctag_error err;

	assert_non_null(text);
	err = plan_make(scenario, snapshot, arguments, take_arguments(text, arguments), ret, detail);
	free(text);
	return err;
}

static void
test_plan_is_made(void **state)
{
	svctag_snapshot *snapshot = small_snapshot("Public");
	struct scenario *scenario = read_good(whole);
	svctag_detail detail = { "" };
	struct plan *plan = NULL;

	(void)state;
	TESTING_OK(make(scenario, snapshot, "from=East_US into=westeurope loud= account=mine1", &plan, &detail));
	assert_true(plan->complete);
	assert_int_equal(plan->place_count, 2);
	assert_string_equal(plan->places[0].title, "in East US");
	assert_int_equal(plan->rule_count, 6);
	assert_string_equal(plan->rules[0].tag, "Storage.EastUS");
	assert_string_equal(plan->rules[0].why, "write in East US");
	assert_string_equal(plan->rules[1].tag, "AzureCloud.eastus");
	assert_string_equal(plan->rules[1].made->name, "No-EastUS");
	assert_int_equal(plan->rules[1].made->source.kind, RULE_TAG);
	assert_int_equal(plan->rules[1].made->destination.kind, RULE_ANY);
	assert_string_equal(plan->rules[2].tag, "EventHub.WestEurope");
	assert_string_equal(plan->rules[3].tag, "Loud");
	assert_int_equal(plan->rules[4].place, 1);
	assert_string_equal(plan->rules[4].tag, "Storage.EastUS");
	assert_int_equal(rules_count(plan->places[0].rules), 4);
	assert_int_equal(rules_count(plan->places[1].rules), 2);
	assert_int_equal(plan->rules[0].made->priority, 100);
	assert_int_equal(plan->rules[2].made->priority, 101);
	assert_string_equal(plan->values[0].value, "eastus");
	assert_int_equal(plan->url_count, 1);
	assert_string_equal(plan->urls[0].pattern, "mine1.host.net");
	assert_string_equal(plan->advice[0].text, "Mind East US.");
	assert_int_equal(plan->note_count, 0);
	plan_free(plan);

	TESTING_OK(make(scenario, snapshot, "from=eastus tier=two", &plan, &detail));
	assert_false(plan->complete); /* there is no tag Second */
	assert_int_equal(plan->place_count, 1);
	assert_int_equal(plan->rule_count, 3);
	assert_false(plan->rules[2].exists);
	assert_int_equal(plan->rules[2].usable, SVCTAG_USABLE_NO);
	assert_null(plan->rules[2].made);
	assert_string_equal(plan->urls[0].pattern, "*.eastus.host.net");
	assert_string_equal(plan->notes[0],
			    "here: the release Public 7 (2024-01-01) has no tag Second; its rule is left out (w5)");
	assert_string_equal(plan->notes[1], "not planned for, as loud is not set: d3");
	plan_free(plan);
	plan_free(NULL);
	scenario_free(scenario);
	svctag_snapshot_free(snapshot);
}

/* A region that the table does not know yet is found in the release, by its spellings there. */
static void
test_region_of_release(void **state)
{
	static const char *const spellings[] = { "MoonNorth", "moonnorth", "moonn", "MOONN" };
	svctag_snapshot *snapshot = small_snapshot("Public");
	struct scenario *scenario = read_good(whole);

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(spellings); i++) {
		struct plan_argument argument = { "from", spellings[i] };
		svctag_detail detail = { "" };
		struct plan *plan = NULL;

		TESTING_OK(plan_make(scenario, snapshot, &argument, 1, &plan, &detail));
		assert_string_equal(plan->values[0].value, "moonn");
		assert_string_equal(plan->rules[0].tag, "Storage.MoonNorth");
		assert_string_equal(plan->rules[1].tag, "AzureCloud.moonnorth");
		plan_free(plan);
	}
	scenario_free(scenario);
	svctag_snapshot_free(snapshot);
}

static void
test_bad_arguments(void **state)
{
	static const struct {
		const char *words;
		svctag_error want;
		const char *detail;
	} cases[] = {
		{ "", SVCTAG_E_SYNTAX, "from: is needed: d1" },
		{ "from=eastus from=eastus", SVCTAG_E_DUPLICATE, "from: is given twice" },
		{ "form=eastus", SVCTAG_E_SYNTAX,
		  "form: the scenario mine has no such parameter; did you mean 'from'?" },
		{ "from=", SVCTAG_E_SYNTAX, "from: '' is no region of Public" },
		{ "from=eastsu", SVCTAG_E_SYNTAX, "from: 'eastsu' is no region of Public; did you mean 'eastus'?" },
		{ "from=Venus", SVCTAG_E_SYNTAX, "from: 'Venus' is no region of Public; " },
		{ "from=chinaeast2", SVCTAG_E_SYNTAX,
		  "from: 'chinaeast2' is a region of China, not of Public: name a region of Public, or plan for the "
		  "cloud "
		  "China" },
		{ "from=eastus into=EastUS", SVCTAG_E_RANGE,
		  "into: is eastus, and so is from; they have to be two regions" },
		{ "from=eastus loud=perhaps", SVCTAG_E_SYNTAX,
		  "loud: is set or not (true, false), 'perhaps' is neither" },
		{ "from=eastus tier=tow", SVCTAG_E_SYNTAX, "tier: 'tow' is none of its choices; did you mean 'two'?" },
		{ "from=eastus tier=", SVCTAG_E_SYNTAX, "tier: '' is none of its choices; " },
		{ "from=eastus account=", SVCTAG_E_SYNTAX, "account: '' has to be 1 to 80 letters" },
		{ "from=eastus account=a/b", SVCTAG_E_SYNTAX, "account: 'a/b' has to be 1 to 80 letters" },
	};
	svctag_snapshot *snapshot = small_snapshot("Public");
	struct scenario *scenario = read_good(whole);

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		svctag_detail detail = { "" };
		struct plan *plan = NULL;

		TESTING_CHECK(make(scenario, snapshot, cases[i].words, &plan, &detail), cases[i].want);
		assert_null(plan);
		if (strncmp(detail.text, cases[i].detail, strlen(cases[i].detail)) != 0)
			fail_msg("%s: %s", cases[i].words, detail.text);
	}
	scenario_free(scenario);
	svctag_snapshot_free(snapshot);
}

/* In a cloud that a scenario knows no host names of, that is said. */
static void
test_unknown_cloud(void **state)
{
	svctag_snapshot *snapshot = small_snapshot("Sample");
	struct scenario *scenario = read_good(whole);
	svctag_detail detail = { "" };
	struct plan *plan = NULL;

	(void)state;
	TESTING_OK(make(scenario, snapshot, "from=eastus loud=false", &plan, &detail));
	assert_int_equal(plan->url_count, 0);
	assert_string_equal(plan->notes[0], "host names: none is known in the cloud Sample for: p2");
	plan_free(plan);
	scenario_free(scenario);
	svctag_snapshot_free(snapshot);
}

/* Never with a hole: every text of every plan of random parameters is whole. */
static void
test_random_plans(void **state)
{
	static const char *const words[] = { "from=eastus ",  "from=moonn ",     "into=westeurope ", "into=West-US ",
					     "loud= ",        "loud=false ",     "tier=two ",        "tier=one ",
					     "account=abc1 ", "account=a.b-c_d " };
	svctag_snapshot *snapshot = small_snapshot("Public");
	struct scenario *scenario = read_good(whole);
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t round = 0; round < 500; round++) {
		char text[256] = "";
		char *end = text;
		svctag_detail detail = { "" };
		struct plan *plan = NULL;

		for (size_t i = 0; i < TESTING_COUNT(words); i += 2) {
			size_t which = testing_below(&random, 3);

			if (which < 2)
				end = stpcpy(end, words[i + which]);
		}
		if (make(scenario, snapshot, text, &plan, &detail) != SVCTAG_OK) {
			assert_non_null(strstr(detail.text, ": "));
			continue;
		}
		for (size_t i = 0; i < plan->rule_count; i++) {
			assert_null(strpbrk(plan->rules[i].tag, "{}"));
			assert_null(strpbrk(plan->rules[i].why, "{}"));
			assert_int_equal(plan->rules[i].made != NULL, plan->rules[i].usable != SVCTAG_USABLE_NO);
		}
		for (size_t i = 0; i < plan->url_count; i++)
			assert_null(strpbrk(plan->urls[i].pattern, "{}"));
		plan_free(plan);
	}
	scenario_free(scenario);
	svctag_snapshot_free(snapshot);
}

static void
test_near(void **state)
{
	static const char *const words[] = { "disk-encryption", "agent-upgrade", "source", "target" };

	(void)state;
	assert_string_equal(near_find("sorce", words, 4), "source");
	assert_string_equal(near_find("disk-encription", words, 4), "disk-encryption");
	assert_null(near_find("elephants", words, 4));
	assert_null(near_find("source", words, 0));
	assert_null(near_find("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", words, 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_all),     cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_limits),        cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_cut_short),     cmocka_unit_test(test_builtins),
		cmocka_unit_test(test_plan_is_made),  cmocka_unit_test(test_region_of_release),
		cmocka_unit_test(test_bad_arguments), cmocka_unit_test(test_unknown_cloud),
		cmocka_unit_test(test_random_plans),  cmocka_unit_test(test_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
