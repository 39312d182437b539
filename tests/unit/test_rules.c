/* Rules: what the builder refuses, mends and divides; and how their texts are quoted. */
#include <stdlib.h>
#include <string.h>

#include <advice/rules.h>
#include <advice/rules_words.h>
#include <report/rules.h>

#include "testing.h"

static const char *const https[] = { "443" };

/* A rule that every target but a route table takes. */
static struct rule
to_tag(const char *name, const char *tag)
{
	return (struct rule){
		.name = name,
		.description = "",
		.direction = LIST_OUTBOUND,
		.access = LIST_ALLOW,
		.protocol = "Tcp",
		.ports = https,
		.port_count = 1,
		.destination = { .kind = RULE_TAG, .tag = tag },
	};
}

static struct rule_set *
new_set(svctag_target target)
{
	struct rule_set *set = NULL;

	assert_int_equal(rules_new(target, &set), SVCTAG_OK);
	assert_int_equal(rules_target(set), target);
	return set;
}

static void
test_names(void **state)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "plain", "plain" },       { "Plain", "Plain-2" }, /* names differ by more than letter case */
		{ "plain", "plain-3" },     { "", "rule" },         { "-._", "rule-2" },
		{ "-a b/c'd-", "a-b-c-d" }, { "a${b}", "a-b" },     { "\xc3\xa9t\xc3\xa9", "t" },
		{ "plain-3", "plain-3-2" },
	};
	struct rule_set *set = new_set(SVCTAG_TARGET_NSG);

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		struct rule rule = to_tag(cases[i].name, "Storage");

		TESTING_OK(rules_add(set, &rule, NULL));
		assert_string_equal(rules_at(set, i)->name, cases[i].want);
		assert_int_equal(rules_at(set, i)->priority, RULE_LEAST_PRIORITY + i);
	}
	rules_free(set);
}

static void
test_long_names(void **state)
{
	struct rule_set *set = new_set(SVCTAG_TARGET_NSG);
	char name[200];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 12; i++) {
		struct rule rule = to_tag(name, "Storage");

		TESTING_OK(rules_add(set, &rule, NULL));
	}
	for (size_t i = 0; i < rules_count(set); i++) {
		assert_int_equal(strlen(rules_at(set, i)->name), RULE_NAME_SIZE);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(rules_at(set, i)->name, rules_at(set, k)->name);
	}
	rules_free(set);
}

static void
test_priorities(void **state)
{
	struct rule_set *set = new_set(SVCTAG_TARGET_NSG);
	struct rule rule = to_tag("r", "Storage");
	svctag_detail detail = { "" };

	(void)state;
	rule.priority = 101;
	TESTING_OK(rules_add(set, &rule, NULL));
	assert_int_equal(rules_add(set, &rule, &detail), SVCTAG_E_DUPLICATE);
	assert_non_null(strstr(detail.text, "101"));
	rule.direction = LIST_INBOUND; /* counted apart */
	rule.source = rule.destination;
	rule.destination = (struct rule_peer){ .kind = RULE_ANY };
	TESTING_OK(rules_add(set, &rule, NULL));
	rule.priority = RULE_MOST_PRIORITY + 1;
	assert_int_equal(rules_add(set, &rule, NULL), SVCTAG_E_RANGE);
	rule.priority = 99;
	assert_int_equal(rules_add(set, &rule, NULL), SVCTAG_E_RANGE);

	assert_int_equal(rules_reserve(set, "other", LIST_OUTBOUND, 100), SVCTAG_OK);
	assert_int_equal(rules_free_priority(set, LIST_OUTBOUND, 0), 102);
	rule = to_tag("other", "Storage");
	TESTING_OK(rules_add(set, &rule, NULL));
	assert_int_equal(rules_at(set, 2)->priority, 102);
	assert_string_equal(rules_at(set, 2)->name, "other-2");

	for (int i = 103; i <= RULE_MOST_PRIORITY; i++)
		TESTING_OK(rules_add(set, &rule, NULL));
	assert_int_equal(rules_free_priority(set, LIST_OUTBOUND, 0), 0);
	assert_int_equal(rules_add(set, &rule, &detail), SVCTAG_E_LIMIT);
	rules_free(set);
}

static void
test_divided(void **state)
{
	struct rule_set *set = new_set(SVCTAG_TARGET_NSG);
	struct rule rule = to_tag("both", NULL);
	const svctag_prefix remote[] = { testing_prefix("2001:db8::/32"), testing_prefix("192.0.2.0/24"),
					 testing_prefix("198.51.100.0/24") };
	const svctag_prefix own[] = { testing_prefix("10.0.0.0/8") };

	(void)state;
	rule.destination = (struct rule_peer){ .kind = RULE_ADDRESSES, .prefixes = remote, .prefix_count = 3 };
	rule.priority = 200;
	TESTING_OK(rules_add(set, &rule, NULL));
	assert_int_equal(rules_count(set), 2);
	assert_int_equal(rules_at(set, 0)->destination.prefix_count, 2);
	assert_int_equal(rules_at(set, 0)->destination.prefixes[0].family, SVCTAG_IPV4);
	assert_int_equal(rules_at(set, 1)->destination.prefixes[0].family, SVCTAG_IPV6);
	assert_int_equal(rules_at(set, 0)->priority, 200);
	assert_int_equal(rules_at(set, 1)->priority, 201);

	/* There is no traffic from IPv4 to IPv6. */
	rule.priority = 0;
	rule.source = (struct rule_peer){ .kind = RULE_ADDRESSES, .prefixes = own, .prefix_count = 1 };
	TESTING_OK(rules_add(set, &rule, NULL));
	assert_int_equal(rules_count(set), 3);
	rule.destination.prefix_count = 1;
	assert_int_equal(rules_add(set, &rule, NULL), SVCTAG_E_INVALID);
	assert_int_equal(rules_count(set), 3);
	rules_free(set);
}

static void
test_many_prefixes(void **state)
{
	const size_t count = 9000;
	svctag_prefix *prefixes = calloc(count, sizeof(*prefixes));
	struct rule_set *set = new_set(SVCTAG_TARGET_NSG);
	struct rule rule = to_tag("many", NULL);
	size_t all = 0;

	(void)state;
	assert_non_null(prefixes);
	for (size_t i = 0; i < count; i++) {
		prefixes[i] = testing_prefix("192.0.2.1");
		prefixes[i].bytes[2] = (uint8_t)(i >> 8);
		prefixes[i].bytes[3] = (uint8_t)i;
	}
	rule.destination = (struct rule_peer){ .kind = RULE_ADDRESSES, .prefixes = prefixes, .prefix_count = count };
	TESTING_OK(rules_add(set, &rule, NULL));
	for (size_t i = 0; i < rules_count(set); i++)
		all += rules_at(set, i)->destination.prefix_count;
	assert_int_equal(all, count);
	assert_int_equal(rules_count(set), 3);
	free(prefixes);
	rules_free(set);
}

/* What no target, or not this one, can have. The set stays as it was. */
static void
test_refused(void **state)
{
	struct rule_set *nsg = new_set(SVCTAG_TARGET_NSG);
	struct rule_set *udr = new_set(SVCTAG_TARGET_UDR);
	struct rule_set *firewall = new_set(SVCTAG_TARGET_FIREWALL);
	static const char *const bad_ports[] = { "", "0443", "65536", "80-", "90-80", "443;", "http" };
	static const char *const bad_tags[] = { "", "-x", "a b", "a'b", "${x}", "a\n" };
	struct rule rule;

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(bad_ports); i++) {
		rule = to_tag("r", "Storage");
		rule.ports = &bad_ports[i];
		assert_int_equal(rules_add(nsg, &rule, NULL), SVCTAG_E_INVALID);
	}
	for (size_t i = 0; i < TESTING_COUNT(bad_tags); i++) {
		rule = to_tag("r", bad_tags[i]);
		assert_int_equal(rules_add(nsg, &rule, NULL), SVCTAG_E_INVALID);
	}
	rule = to_tag("r", "Storage");
	rule.protocol = "tcp";
	assert_int_equal(rules_add(nsg, &rule, NULL), SVCTAG_E_INVALID);
	rule = to_tag("r", "Storage");
	rule.access = LIST_ACCESS_NONE;
	assert_int_equal(rules_add(nsg, &rule, NULL), SVCTAG_E_INVALID);
	rule = to_tag("r", "Storage");
	rule.source = rule.destination; /* tags as destinations only */
	assert_int_equal(rules_add(firewall, &rule, NULL), SVCTAG_E_INVALID);
	rule = to_tag("r", "Storage");
	assert_int_equal(rules_add(udr, &rule, NULL), SVCTAG_E_INVALID); /* no next hop */
	rule.next_hop = "VirtualAppliance 10.0.0.4; x";
	assert_int_equal(rules_add(udr, &rule, NULL), SVCTAG_E_INVALID);
	rule.next_hop = "VirtualAppliance 10.0.0.4";
	assert_int_equal(rules_add(udr, &rule, NULL), SVCTAG_OK);
	assert_int_equal(rules_at(udr, 0)->priority, 0);
	assert_int_equal(rules_count(nsg) + rules_count(firewall), 0);
	rules_free(nsg);
	rules_free(udr);
	rules_free(firewall);
}

static void
test_description(void **state)
{
	struct rule_set *set = new_set(SVCTAG_TARGET_NSG);
	struct rule rule = to_tag("r", "Storage");
	char text[300];

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[0] = '\n';
	text[1] = 'x';
	text[sizeof(text) - 2] = '\0';
	rule.description = text;
	TESTING_OK(rules_add(set, &rule, NULL));
	assert_in_range(strlen(rules_at(set, 0)->description), 138, 140);
	assert_null(strchr(rules_at(set, 0)->description, '\n'));
	assert_int_equal((unsigned char)rules_at(set, 0)->description[139], 0xa9); /* no half letter */
	rules_free(set);
}

static void
test_words(void **state)
{
	static const struct {
		const char *text, *want;
		bool ok;
	} ports[] = {
		{ NULL, "*", true },          { "*", "*", true },           { "443", "443", true },
		{ "443,80", "80,443", true }, { "{ 80, 80 }", "80", true }, { "8000:8080", "8000-8080", true },
		{ "https", "443", true },     { "0-65535", "*", true },     { "gopher", "*", false },
		{ "443,99999", "*", false },
	};
	struct list_memory *memory = list_memory_new();
	const char *text;

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(ports); i++) {
		assert_int_equal(rule_ports(ports[i].text, memory, &text), ports[i].ok);
		assert_string_equal(text, ports[i].want);
	}
	assert_string_equal(rule_protocol("tcp"), "Tcp");
	assert_string_equal(rule_protocol("17"), "Udp");
	assert_string_equal(rule_protocol("-1"), "*");
	assert_string_equal(rule_protocol(NULL), "*");
	assert_null(rule_protocol("sctp"));
	assert_string_equal(rule_next_hop("virtualappliance,10.0.0.4", memory), "VirtualAppliance 10.0.0.4");
	assert_string_equal(rule_next_hop("internet", memory), "Internet");
	assert_null(rule_next_hop("VirtualAppliance", memory));
	list_memory_free(memory);
}

/* What a set is in an output, as text. */
static char *
written(enum rules_output output, const struct rule_set *set, const char *resource_group)
{
	const struct rules_place place = { .resource_group = resource_group, .name = "n" };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(report_rules(out, output, set, &place), SVCTAG_OK);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void
test_quoting(void **state)
{
	static const struct {
		enum rules_output output;
		const char *want;
	} cases[] = {
		{ RULES_AZ, "'it'\\''s ${x} %{y} \"q\" \\ $(z)'" },
		{ RULES_BICEP, "'it\\'s \\${x} %{y} \"q\" \\\\ $(z)'" },
		{ RULES_TERRAFORM, "\"it's $${x} %%{y} \\\"q\\\" \\\\ $(z)\"" },
		{ RULES_JSON, "\"it's ${x} %{y} \\\"q\\\" \\\\ $(z)\"" },
	};
	struct rule_set *set = new_set(SVCTAG_TARGET_NSG);
	struct rule rule = to_tag("r", "Storage");

	(void)state;
	rule.description = "it's ${x} %{y} \"q\" \\ $(z)";
	TESTING_OK(rules_add(set, &rule, NULL));
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		char *text = written(cases[i].output, set, "g");

		if (strstr(text, cases[i].want) == NULL)
			fail_msg("%s: no %s in:\n%s", rules_output_text(cases[i].output), cases[i].want, text);
		free(text);
	}
	rules_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),         cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_priorities),    cmocka_unit_test(test_divided),
		cmocka_unit_test(test_many_prefixes), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_description),   cmocka_unit_test(test_words),
		cmocka_unit_test(test_quoting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
