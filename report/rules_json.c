/* Rules as Azure itself has them in JSON, one to a line. */
#include "format.h"
#include "rules_internal.h"

/*
 * One value in the singular field, several in the plural; the other one is
 * null or empty, as Azure answers, or (terse) left out, as templates have it.
 */
static void
add_values(struct json *json, cJSON *object, const char *const keys[2], const struct rule_peer *peer, bool terse)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];
	size_t count = rules_peer_count(peer);
	cJSON *array;

	if (count == 1 || !terse)
		json_add_text(json, object, keys[0], count == 1 ? rules_peer_text(peer, 0, text) : NULL);
	if (count == 1 && terse)
		return;
	array = json_add_array(json, object, keys[1]);
	for (size_t i = 0; count > 1 && i < count && !json->failed; i++)
		json_add_text(json, array, NULL, rules_peer_text(peer, i, text));
}

static void
add_ports(struct json *json, cJSON *object, const struct rule *rule, bool terse)
{
	size_t count = rule->port_count;
	cJSON *array;

	if (count == 1 || !terse)
		json_add_text(json, object, "destinationPortRange", count == 1 ? rule->ports[0] : NULL);
	if (count == 1 && terse)
		return;
	array = json_add_array(json, object, "destinationPortRanges");
	for (size_t i = 0; count > 1 && i < count; i++)
		json_add_text(json, array, NULL, rule->ports[i]);
}

static void
nsg_fields(struct json *json, cJSON *object, const struct rule *rule, bool terse)
{
	static const char *const source[] = { "sourceAddressPrefix", "sourceAddressPrefixes" };
	static const char *const destination[] = { "destinationAddressPrefix", "destinationAddressPrefixes" };

	json_add_text(json, object, "description", rule->description);
	json_add_integer(json, object, "priority", (int64_t)rule->priority);
	json_add_reference(json, object, "direction", rules_direction(rule->direction));
	json_add_reference(json, object, "access", rules_access(rule->access));
	json_add_text(json, object, "protocol", rule->protocol);
	add_values(json, object, source, &rule->source, terse);
	json_add_reference(json, object, "sourcePortRange", "*");
	if (!terse)
		(void)json_add_array(json, object, "sourcePortRanges");
	add_values(json, object, destination, &rule->destination, terse);
	add_ports(json, object, rule, terse);
}

static void
route_fields(struct json *json, cJSON *object, const struct rule *rule)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];
	const char *address;
	const char *kind = rules_next_hop(rule->next_hop, &address);

	json_add_text(json, object, "addressPrefix", rules_peer_text(&rule->destination, 0, text));
	json_add_text(json, object, "nextHopType", kind);
	if (address != NULL)
		json_add_text(json, object, "nextHopIpAddress", address);
}

cJSON *
rules_json_rule(struct json *json, svctag_target target, const struct rule *rule, bool nested)
{
	cJSON *object = json_object(json);
	cJSON *fields = object;

	json_add_text(json, object, "name", rule->name);
	if (nested)
		fields = json_add_object(json, object, "properties");
	if (target == SVCTAG_TARGET_UDR)
		route_fields(json, fields, rule);
	else
		nsg_fields(json, fields, rule, nested);
	return object;
}

static void
add_list(struct json *json, cJSON *object, const char *key, const struct rule_peer *peer)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];
	cJSON *array = json_add_array(json, object, key);

	for (size_t i = 0; i < rules_peer_count(peer) && !json->failed; i++)
		json_add_text(json, array, NULL, rules_peer_text(peer, i, text));
}

cJSON *
rules_json_collection(struct json *json, const struct rules_answer *answer, size_t begin, size_t end, size_t n)
{
	const struct rule_set *rules = answer->rules;
	char name[RULES_COLLECTION_SIZE];
	unsigned int priority = rules_collection(answer, rules, begin, n, name);
	cJSON *object = json_object(json);
	cJSON *array;

	json_add_reference(json, object, "ruleCollectionType", "FirewallPolicyFilterRuleCollection");
	json_add_text(json, object, "name", name);
	json_add_integer(json, object, "priority", (int64_t)priority);
	json_add_reference(json, json_add_object(json, object, "action"), "type",
			   rules_access(rules_at(rules, begin)->access));
	array = json_add_array(json, object, "rules");
	for (; begin < end && !json->failed; begin++) {
		const struct rule *rule = rules_at(rules, begin);
		cJSON *fields = json_add_object(json, array, NULL);
		cJSON *list;

		json_add_reference(json, fields, "ruleType", "NetworkRule");
		json_add_text(json, fields, "name", rule->name);
		json_add_text(json, fields, "description", rule->description);
		list = json_add_array(json, fields, "ipProtocols");
		json_add_reference(json, list, NULL, rules_firewall_protocol(rule->protocol));
		add_list(json, fields, "sourceAddresses", &rule->source);
		add_list(json, fields, "destinationAddresses", &rule->destination);
		list = json_add_array(json, fields, "destinationPorts");
		for (size_t i = 0; i < rule->port_count; i++)
			json_add_text(json, list, NULL, rule->ports[i]);
	}
	return object;
}

/* "[", one to a line, "]". */
static svctag_error
write_array(FILE *out, const struct rules_answer *answer)
{
	size_t count = rules_count(answer->rules);
	svctag_error err = SVCTAG_OK;
	size_t end;

	fputs("[\n", out);
	for (size_t i = 0, n = 0; i < count && err == SVCTAG_OK; i = end, n++) {
		bool collections = answer->target == SVCTAG_TARGET_FIREWALL;
		struct json json = { 0 };
		cJSON *root;

		end = collections ? rules_collection_end(answer->rules, i) : i + 1;
		root = collections ? rules_json_collection(&json, answer, i, end, n)
				   : rules_json_rule(&json, answer->target, rules_at(answer->rules, i), false);
		err = json_finish(&json, root, out, end < count ? ",\n" : "\n");
	}
	putc(']', out);
	return err;
}

static svctag_error
write_removed(FILE *out, const struct rule_set *remove)
{
	size_t count = rules_count(remove);
	svctag_error err = SVCTAG_OK;

	fputs(",\n\"remove\":[\n", out);
	for (size_t i = 0; i < count && err == SVCTAG_OK; i++) {
		struct json json = { 0 };
		cJSON *root = json_object(&json);

		json_add_text(&json, root, "name", rules_at(remove, i)->name);
		err = json_finish(&json, root, out, i + 1 < count ? ",\n" : "\n");
	}
	putc(']', out);
	return err;
}

static const char *
array_name(svctag_target target)
{
	switch (target) {
	case SVCTAG_TARGET_UDR: return "routes";
	case SVCTAG_TARGET_FIREWALL: return "ruleCollections";
	case SVCTAG_TARGET_NSG:
	case SVCTAG_TARGET_COUNT: break;
	}
	return "securityRules";
}

svctag_error
rules_write_json(FILE *out, const struct rules_answer *answer)
{
	svctag_error err;

	if (answer->remove != NULL)
		fprintf(out, "{\"%s\":", array_name(answer->target));
	err = write_array(out, answer);
	if (err == SVCTAG_OK && answer->remove != NULL) {
		err = write_removed(out, answer->remove);
		putc('}', out);
	}
	putc('\n', out);
	return err == SVCTAG_OK ? format_written(out) : err;
}
