/*
 * What each form of a list says beside its addresses: places, intents, names
 * of tags, and the rules that they stand in.
 */
#include "listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- formats */

static void
test_text(void **state)
{
	(void)state;
	listing_check_entries("", NULL, "");
	listing_check_entries("\n\r\n# nothing\n", NULL, "");
	listing_check_entries("10.0.0.1/8", NULL, "10.0.0.0/8");
	listing_check_problems("198.18.0.1\n10.0.0.1/8", NULL, "2 10.0.0.1/8");
	listing_check_entries("::ffff:198.18.0.1 ::ffff:198.18.0.0/120", NULL, "198.18.0.1 198.18.0.0/24");
	listing_check_entries("198.18.0.1-198.18.0.9,198.18.0.20 -198.18.0.29\t198.18.0.30- 198.18.0.39", "text",
			      "198.18.0.1-198.18.0.9 198.18.0.20-198.18.0.29 198.18.0.30-198.18.0.39");
	listing_check_entries("198.18.0.1\xe2\x80\x93"
			      "198.18.0.9 198.18.1.0 \xe2\x80\x93 198.18.1.9",
			      NULL, "198.18.0.1-198.18.0.9 198.18.1.0-198.18.1.9");
	/* A dash before a word is no range, and nothing is lost by it. */
	listing_check_entries("198.18.0.1 - East", NULL, "198.18.0.1");
	listing_check_problems("198.18.0.1 - East", NULL, "1 -");
	listing_check_problems("a b c\n198.18.0.256 x 198.18.0.1 y", NULL, "1 a; 2 198.18.0.256; 2 x");
	listing_check_problems("198.18.0.9-198.18.0.1\n198.18.0.1-2001:db8::1\n010.0.0.1\n198.18.1", NULL,
			       "1 198.18.0.9-198.18.0.1; 2 198.18.0.1-2001:db8::1; 3 010.0.0.1; 4 198.18.1");
	/* `;` ends a line's addresses only where a word might begin. */
	listing_check_problems("198.18.0.1;198.18.0.2", "text", "1 198.18.0.1;198.18.0.2");
	listing_check_entries("198.18.0.1 ; 198.18.0.2\n198.18.0.3#x\n198.18.0.4 //x", "text",
			      "198.18.0.1 198.18.0.3 198.18.0.4");
	listing_check_entries("\xef\xbb\xbf"
			      "198.18.0.1\r\n",
			      NULL, "198.18.0.1");
	listing_check_entries("0.0.0.0/0 ::/0", NULL, "0.0.0.0/0 ::/0");
	/* Comments, not headings and links of Markdown. */
	listing_check_entries("## Web\n# [old](x): 198.18.9.9\n198.18.0.1\n", NULL, "198.18.0.1");
}

static void
test_csv(void **state)
{
	struct list_options options = { .column = "Old" };
	static const char two[] = "Old,New,Intent\n198.18.0.1,198.18.1.1,Sql\n198.18.0.2,198.18.1.2,Storage\n";
	struct list *list = listing_read_bytes(two, sizeof(two) - 1, "list", NULL);

	(void)state;
	assert_int_equal(list->entry_count, 2);
	assert_int_equal(list->problem_count, 1); /* the second column is not read */
	assert_true(list->problems[0].is_warning);
	list_free(list);
	options.column = "nEW";
	list = listing_read_bytes(two, sizeof(two) - 1, "list", &options);
	assert_string_equal(list->entries[1].text, "198.18.1.2");
	assert_string_equal(list->entries[1].intent, "Storage");
	assert_int_equal(list->problem_count, 0);
	list_free(list);
	options.column = "2";
	list = listing_read_bytes(two, sizeof(two) - 1, "list", &options);
	assert_string_equal(list->entries[0].text, "198.18.1.1");
	list_free(list);
	options.column = "4";
	listing_check_error(two, &options, SVCTAG_E_NOT_FOUND, "has no column \"4\" among the 3 of its first line");
	options.column = "0";
	listing_check_error(two, &options, SVCTAG_E_NOT_FOUND, "has no column \"0\" among the 3 of its first line");
	/* Without a heading; a first line that is broken is not taken for one. */
	listing_check_entries("198.18.0.1,web\n198.18.0.2,mail\n", NULL, "198.18.0.1 198.18.0.2");
	listing_check_problems("52.231.298.185,web\n198.18.0.2,mail\n", NULL, "1 52.231.298.185");
	listing_check_problems("198.18.1,web\n198.18.0.2,mail\n", NULL, "1 198.18.1");
	/* A quote that is never closed costs its line, not the file. */
	listing_check_entries("a,b\n\"198.18.0.1,x\n198.18.0.2,\"y\n198.18.0.3,z\n", "csv", "198.18.0.2 198.18.0.3");
	listing_check_problems("a,b\n\"198.18.0.1,x\n198.18.0.2,y\n", "csv", "2 \"198.18.0.1; 2 \"198.18.0.1");
	listing_check_entries("a\tb\n198.18.0.1\tx y\n", NULL, "198.18.0.1");
	listing_check_entries("address\n198.18.0.1\n198.18.0.2\n", "csv", "198.18.0.1 198.18.0.2");
	listing_check_entries("Name,Address\r\nall,Any\r\nweb,198.18.0.1\r\n", NULL, "198.18.0.1");
}

static void
test_markdown(void **state)
{
	(void)state;
	listing_check_entries(
		"# T\n[a](http://198.18.0.1/x?a=198.18.0.2) `198.18.0.3`, **198.18.0.4.** 2001:db8::1: std::x\n",
		"markdown", "198.18.0.3 198.18.0.4 2001:db8::1");
	/* Code is not read, but that is said where there would have been something to read. */
	listing_check_problems("```sh\nls\nping 198.18.0.1\nping 198.18.0.2\n```\n~~~\nx\n~~~\n198.18.0.3\n",
			       "markdown", "3 198.18.0.1");
	listing_check_entries("````\n```\n198.18.0.1\n````\n198.18.0.2\n", "markdown", "198.18.0.2");
	listing_check_entries("<!-- a --> \n198.18.0.1\n<!--\n198.18.0.2\n-->\n198.18.0.3", "markdown",
			      "198.18.0.1 198.18.0.3");
	listing_check_problems("<!-- never closed\n198.18.0.1\n<!-- 2\n", "markdown", "1 <!-- never closed");
	listing_check_entries("---\na: 198.18.0.1\n---\n198.18.0.2\n", NULL, "198.18.0.2");
	listing_check_entries("---\n198.18.0.1\n", "markdown", "198.18.0.1"); /* no end: no front matter */
	listing_check_problems("IP | x\n---|---\n198.18.0.1 | a\nelsewhere | b\nn/a | c\n\xe2\x80\x93 | d\n", NULL,
			       "4 elsewhere");
	/* More cells than headings; a line without a bar ends the table. */
	listing_check_entries("x | intent\n---|---\n198.18.0.1 | 198.18.0.2 | Sql\n198.18.0.3\n|198.18.0.4|\n", NULL,
			      "198.18.0.1=Sql 198.18.0.2=Sql 198.18.0.3 198.18.0.4");
	listing_check_entries("| a\\|b | c |\n|:-:|---|\n| 198.18.0.1 \\| x | 198.18.0.2 |\n", NULL,
			      "198.18.0.1 198.18.0.2");
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
	listing_check_entries(text, NULL, "198.18.0.1");
	/* Twice is read twice. */
	(void)snprintf(text, sizeof(text), rule,
		       "\"sourceAddressPrefix\":\"198.18.0.1\",\n\"sourceAddressPrefix\":\"198.18.0.2\"");
	listing_check_entries(text, NULL, "198.18.0.1 198.18.0.2");
	(void)snprintf(text, sizeof(text), rule, "\"sourceAddressPrefix\":\"[variables('a')]\"");
	listing_check_problems(text, NULL, "1 [variables('a')]");
	(void)snprintf(text, sizeof(text), rule, "\"sourceAddressPrefix\":\"Storage.EastUS\"");
	list = listing_read_text(text, NULL);
	assert_int_equal(listing_find_mention(list, "Storage.EastUS")->side, LIST_SOURCE);
	assert_string_equal(listing_find_mention(list, "Storage.EastUS")->rule->path, "r");
	list_free(list);
	listing_check_problems("{\"contentVersion\":\"1\",\"resources\":[\n{\"name\":\"n\",\"properties\":{\n"
			       "\"securityRules\":\"[variables('r')]\"}}]}",
			       NULL, "3 [variables('r')]");
	listing_check_problems(
		"{\"format_version\":\"1\",\"terraform_version\":\"1\",\"planned_values\":{\"root_module\":{}},\n"
		"\"resource_changes\":[{\"type\":\"azurerm_route\",\"address\":\"a\",\"change\":{\"after_unknown\":{\n"
		"\"id\":true,\"address_prefix\":true}}}]}",
		NULL, "3 address_prefix");
	listing_check_error("{\"a\":1}", NULL, SVCTAG_E_SYNTAX,
			    "is JSON of no form that holds a list: neither rules nor routes are where they should be");
	listing_check_error("{\"a\":1}", &options, SVCTAG_E_SYNTAX,
			    "is JSON, but not of the form aws (JSON of aws ec2 describe-security-groups or "
			    "describe-security-group-rules)");
	listing_check_error("{\n\"a\": nothing}", NULL, SVCTAG_E_SYNTAX, "line 2: not JSON from here on, or cut short");
	listing_check_error("{}\n<html>", NULL, SVCTAG_E_SYNTAX, "line 1: more text after the JSON document");
	listing_check_error("[\"198.18.0.1\\u0000\"]", NULL, SVCTAG_E_SYNTAX, "line 1: a NUL (\\u0000) in a string");
	options.format = "nonsense";
	listing_check_error("", &options, SVCTAG_E_UNSUPPORTED, "no list format is called \"nonsense\"");
}

static void
test_json_depth(void **state)
{
	char text[400];

	(void)state;
	memset(text, '[', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[1] = '{';
	listing_check_error(text, NULL, SVCTAG_E_LIMIT, "line 1: more than 128 levels");
}

/* What an entry says beside its address. */
static void
test_origins(void **state)
{
	struct bytes bytes = listing_load_fixture("az-nsg-rules.json");
	struct list *list = listing_read_bytes(bytes.data, bytes.size, "rules.json", NULL);
	const struct list_entry *entry = listing_find_entry(list, "198.18.4.0/29");
	char place[LIST_PLACE_SIZE];
	size_t length;

	(void)state;
	assert_string_equal(entry->rule->path, "from-office");
	assert_int_equal(entry->rule->direction, LIST_INBOUND);
	assert_int_equal(entry->rule->access, LIST_DENY);
	assert_int_equal(entry->side, LIST_SOURCE);
	assert_string_equal(entry->rule->ports, "80,8000-8080");
	assert_string_equal(entry->rule->priority, "4096");
	assert_ptr_equal(entry->rule, listing_find_entry(list, "198.19.0.0/16")->rule);
	length = list_place_format(list, entry->line, entry->rule->path, place);
	assert_int_equal(length, strlen(place));
	assert_string_equal(place, "rules.json:37 (from-office)");
	(void)list_place_format(list, 0, "", place);
	assert_string_equal(place, "rules.json");
	assert_int_equal(listing_find_mention(list, "AzureSiteRecovery")->side, LIST_DESTINATION);
	assert_int_equal(list->mention_count, 4);
	list_free(list);
	free(bytes.data);

	bytes = listing_load_fixture("iptables.rules");
	list = listing_read_bytes(bytes.data, bytes.size, "iptables.rules", NULL);
	entry = listing_find_entry(list, "198.18.2.0/25");
	assert_string_equal(entry->rule->path, "filter/OUTPUT");
	assert_int_equal(entry->rule->direction, LIST_OUTBOUND);
	assert_string_equal(entry->rule->protocol, "tcp");
	assert_string_equal(entry->rule->ports, "80,443");
	list_free(list);
	free(bytes.data);

	bytes = listing_load_fixture("nftables.nft");
	list = listing_read_bytes(bytes.data, bytes.size, "nftables.nft", NULL);
	assert_string_equal(listing_find_entry(list, "198.18.1.1")->rule->path, "inet filter/services");
	assert_int_equal(listing_find_entry(list, "198.19.0.0/16")->rule->access, LIST_ALLOW);
	assert_int_equal(listing_find_entry(list, "198.19.0.0/16")->side, LIST_DESTINATION);
	list_free(list);
	free(bytes.data);

	bytes = listing_load_fixture("az-routes.json");
	list = listing_read_bytes(bytes.data, bytes.size, "az-routes.json", NULL);
	assert_string_equal(listing_find_entry(list, "198.18.0.0/24")->rule->next_hop, "VirtualAppliance,198.18.255.1");
	assert_string_equal(listing_find_mention(list, "AzureCloud.westeurope")->rule->path, "detour/routes/tag");
	list_free(list);
	free(bytes.data);
}

static void
test_firewalls(void **state)
{
	(void)state;
	listing_check_entries("*filter\n-A FORWARD -s 198.18.0.1/32 -d 198.18.0.2/32 -j ACCEPT\n-A INPUT -s "
			      "198.18.1.0/255.255.255.0\n",
			      NULL, "198.18.0.1/32 198.18.0.2/32 198.18.1.0/24");
	listing_check_problems(
		"*filter\n-A INPUT ! -s 198.18.0.1/32\n-A INPUT -s ! 198.18.0.2/32\n-A INPUT -m iprange ! --src-range "
		"198.18.0.1-198.18.0.2\nhello\n",
		NULL, "2 198.18.0.1/32; 3 198.18.0.2/32; 4 198.18.0.1-198.18.0.2; 5 hello");
	listing_check_entries("add x 198.18.0.1\nadd y 198.18.0.2,tcp:80\n", NULL, "198.18.0.1 198.18.0.2");
	listing_check_problems("create x hash:ip\nadd x 198.18.0.256\nadd x\n", NULL, "2 198.18.0.256; 3 x");
	listing_check_entries("create x hash:mac\nadd x 01:23:45:67:89:ab\ncreate y hash:net,net\nadd y "
			      "198.18.0.0/24,198.18.1.0/24\n",
			      NULL, "198.18.0.0/24 198.18.1.0/24");
	listing_check_entries("add element inet filter x { 198.18.0.1, 198.18.0.2 - 198.18.0.3, 443, eth0 }\n", NULL,
			      "198.18.0.1 198.18.0.2-198.18.0.3");
	listing_check_entries(
		"define a = 198.18.0.1\ndefine b = { 198.18.1.0/24, \\\n 198.18.2.0/24 } # 198.18.3.0/24\ndefine "
		"c = eth0\n",
		NULL, "198.18.0.1 198.18.1.0/24 198.18.2.0/24");
	listing_check_problems("table ip t {\n chain c {\n  ip daddr != { 198.18.0.1,\n 198.18.0.2 } drop\n  ip saddr "
			       "198.18.0.300 drop\n }\n}\n",
			       NULL, "3 != { 198.18.0.1,; 5 198.18.0.300");
	listing_check_problems(
		"object-group network x\n network-object host 198.18.0.256\n network-object 198.18.0.0 255.0.255.0\n"
		"access-list a extended permit ip any host 198.18.0.1\n",
		NULL,
		"2 198.18.0.256; 3 198.18.0.0 255.0.255.0; 4 access-list a extended permit ip any host 198.18.0.1");
	listing_check_problems("set address a ip-netmask 198.18.0.1\nset address b fqdn example.org\n", NULL,
			       "2 example.org");
	listing_check_entries("Rule Name: a\nDirection: Out\nRemoteIP: Any\nLocalIP: 198.18.0.1\n", NULL, "198.18.0.1");
}

static void
test_xml(void **state)
{
	(void)state;
	listing_check_error("<!DOCTYPE html><html></html>", NULL, SVCTAG_E_SYNTAX,
			    "line 1: not AzurePublicIpAddresses without declarations");
	listing_check_error("<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"198.18.0.1\">]><AzurePublicIpAddresses/>",
			    NULL, SVCTAG_E_SYNTAX, "line 1: not AzurePublicIpAddresses without declarations");
	listing_check_error("<AzurePublicIpAddresses>\n<Region></AzurePublicIpAddresses>", NULL, SVCTAG_E_SYNTAX,
			    "line 2: not XML: mismatched tag");
	/* What came before the fault is kept. */
	listing_check_problems("<AzurePublicIpAddresses><Region Name='x'>\n<IpRange Subnet='198.18.0.1/32'/>\n<IpRange",
			       NULL, "3 unclosed token");
	listing_check_entries("<AzurePublicIpAddresses><Region Name='x'>\n<IpRange Subnet='198.18.0.1/32'/>\n<IpRange",
			      NULL, "198.18.0.1/32");
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
		struct bytes bytes = listing_load_fixture(cases[i].file);
		struct list *list = listing_read_bytes(bytes.data, bytes.size, cases[i].file, NULL);
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
	struct list *list = listing_read_text(text, NULL);
	const struct list_rule *rule = find_rule(list, "r");

	(void)state;
	assert_string_equal(rule->resource, "By-Id");
	assert_string_equal(rule->source_ports, "1024-65535");
	assert_int_equal(list->rule_count, 2); /* also the one without an address */
	assert_true(listing_find_mention(list, "Storage")->in_array);
	assert_false(listing_find_mention(list, "*")->in_array);
	assert_int_equal(list->endpoint_count, 1);
	assert_string_equal(list->endpoints[0].service, "Microsoft.Storage");
	assert_string_equal(list->endpoints[0].path, "subnets/a");
	list_free(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),       cmocka_unit_test(test_csv),        cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_json),       cmocka_unit_test(test_json_depth), cmocka_unit_test(test_origins),
		cmocka_unit_test(test_firewalls),  cmocka_unit_test(test_xml),        cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_rule_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
