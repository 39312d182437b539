#include "rules_check.h"

#include <string.h>

/* Where the platform names no number of its own: what a whole group of rules may have is not put into one. */
#define MOST_PREFIXES 4000
#define MOST_PORT 65535

/* Azure Firewall takes the first four. */
static const char *const protocols[] = { "Tcp", "Udp", "Icmp", "*", "Esp", "Ah" };
#define FIREWALL_PROTOCOLS 4
static const char *const next_hops[] = { "Internet", "None", "VirtualNetworkGateway", "VnetLocal" };
static const char appliance[] = "VirtualAppliance ";

static bool
is_one_of(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; text != NULL && i < count; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

size_t
rule_most_prefixes(svctag_target target)
{
	return target == SVCTAG_TARGET_UDR ? 1 : MOST_PREFIXES;
}

/* Decimal digits without a leading zero. Moves *text past them. */
static bool
read_port(const char **text, unsigned int *ret)
{
	const char *at = *text;
	unsigned int port = 0;

	while (*at >= '0' && *at <= '9' && port <= MOST_PORT)
		port = port * 10 + (unsigned int)(*at++ - '0');
	if (at == *text || port > MOST_PORT || (**text == '0' && at - *text > 1))
		return false;
	*text = at;
	*ret = port;
	return true;
}

bool
rule_port_is_valid(const char *port)
{
	unsigned int first;
	unsigned int last;

	if (strcmp(port, "*") == 0)
		return true;
	if (!read_port(&port, &first))
		return false;
	if (*port == '\0')
		return true;
	return *port++ == '-' && read_port(&port, &last) && *port == '\0' && first <= last;
}

bool
rule_tag_is_valid(const char *tag)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	return tag != NULL && tag[0] != '\0' && tag[0] != '-' && tag[strspn(tag, letters)] == '\0';
}

static svctag_error
check_peer(const struct rule_peer *peer, const char *side, svctag_detail *detail)
{
	if (peer->kind == RULE_TAG && !rule_tag_is_valid(peer->tag)) {
		svctag_detail_set(detail, "the %s '%s' is no name of a tag", side, peer->tag != NULL ? peer->tag : "");
		return SVCTAG_E_INVALID;
	}
	if (peer->kind == RULE_ADDRESSES && peer->prefix_count == 0) {
		svctag_detail_set(detail, "the %s has no address", side);
		return SVCTAG_E_INVALID;
	}
	return SVCTAG_OK;
}

static bool
is_next_hop(const char *text)
{
	svctag_address address;
	size_t size = sizeof(appliance) - 1;

	if (text != NULL && strncmp(text, appliance, size) == 0)
		return svctag_address_parse(text + size, strlen(text + size), &address) == SVCTAG_OK;
	return is_one_of(text, next_hops, sizeof(next_hops) / sizeof(next_hops[0]));
}

static svctag_error
check_route(const struct rule *rule, svctag_detail *detail)
{
	if (!is_next_hop(rule->next_hop)) {
		svctag_detail_set(detail, "'%s' is no next hop; Internet, None, VirtualAppliance ADDRESS are",
				  rule->next_hop != NULL ? rule->next_hop : "");
		return SVCTAG_E_INVALID;
	}
	if (rule->destination.kind == RULE_ANY || rule->source.kind != RULE_ANY || rule->direction != LIST_OUTBOUND) {
		svctag_detail_set(detail, "a route is outbound, from anywhere, to a prefix or a tag");
		return SVCTAG_E_INVALID;
	}
	return SVCTAG_OK;
}

static svctag_error
check_traffic(svctag_target target, const struct rule *rule, svctag_detail *detail)
{
	size_t count = target == SVCTAG_TARGET_FIREWALL ? FIREWALL_PROTOCOLS : sizeof(protocols) / sizeof(protocols[0]);

	if (!is_one_of(rule->protocol, protocols, count)) {
		svctag_detail_set(detail, "'%s' is no protocol of a rule; Tcp, Udp, Icmp and * are",
				  rule->protocol != NULL ? rule->protocol : "");
		return SVCTAG_E_INVALID;
	}
	if (rule->port_count == 0) {
		svctag_detail_set(detail, "a rule has at least one port, perhaps *");
		return SVCTAG_E_INVALID;
	}
	for (size_t i = 0; i < rule->port_count; i++)
		if (!rule_port_is_valid(rule->ports[i])) {
			svctag_detail_set(detail, "'%s' is no port; 443, 8000-8080 and * are", rule->ports[i]);
			return SVCTAG_E_INVALID;
		}
	if (target == SVCTAG_TARGET_FIREWALL && rule->source.kind == RULE_TAG) {
		svctag_detail_set(detail, "Azure Firewall takes tags as destinations only, not the source %s",
				  rule->source.tag);
		return SVCTAG_E_INVALID;
	}
	if (rule->next_hop != NULL) {
		svctag_detail_set(detail, "only routes have a next hop");
		return SVCTAG_E_INVALID;
	}
	return SVCTAG_OK;
}

svctag_error
rule_check(svctag_target target, const struct rule *rule, svctag_detail *detail)
{
	svctag_error err;

	if (rule->direction == LIST_DIRECTION_NONE || rule->access == LIST_ACCESS_NONE) {
		svctag_detail_set(detail, "a rule has a direction, and allows or denies");
		return SVCTAG_E_INVALID;
	}
	if (rule->priority != 0 && (rule->priority < RULE_LEAST_PRIORITY || rule->priority > RULE_MOST_PRIORITY)) {
		svctag_detail_set(detail, "the priority %u is outside %d to %d", rule->priority, RULE_LEAST_PRIORITY,
				  RULE_MOST_PRIORITY);
		return SVCTAG_E_RANGE;
	}
	err = check_peer(&rule->source, "source", detail);
	if (err == SVCTAG_OK)
		err = check_peer(&rule->destination, "destination", detail);
	if (err != SVCTAG_OK)
		return err;
	return target == SVCTAG_TARGET_UDR ? check_route(rule, detail) : check_traffic(target, rule, detail);
}
