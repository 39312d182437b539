#include "rules_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <svctag/address.h>

#include "rules_check.h"

/* Room for a port or a range of ports. */
#define PORT_SIZE 16

bool
rule_is_any(const char *text)
{
	static const char *const words[] = { "*", "any", "any4", "any6", "all", "anywhere" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

const char *
rule_protocol(const char *text)
{
	static const struct {
		const char *word, *protocol;
	} known[] = {
		{ "tcp", "Tcp" }, { "6", "Tcp" },   { "udp", "Udp" },     { "17", "Udp" },         { "icmp", "Icmp" },
		{ "1", "Icmp" },  { "esp", "Esp" }, { "50", "Esp" },      { "ah", "Ah" },          { "51", "Ah" },
		{ "-1", "*" },    { "ip", "*" },    { "icmpv6", "Icmp" }, { "ipv6-icmp", "Icmp" }, { "58", "Icmp" },
	};

	if (text == NULL || rule_is_any(text))
		return "*";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasecmp(text, known[i].word) == 0)
			return known[i].protocol;
	return NULL;
}

/* Of names only those that rule sets print most. */
static const char *
service_port(const char *name)
{
	static const struct {
		const char *name, *port;
	} known[] = {
		{ "https", "443" }, { "http", "80" }, { "ssh", "22" },
		{ "domain", "53" }, { "ntp", "123" }, { "smtp", "25" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasecmp(name, known[i].name) == 0)
			return known[i].port;
	return NULL;
}

/* "8000:8080" is "8000-8080". */
static bool
read_port(const char *text, size_t size, char ret[PORT_SIZE])
{
	const char *service;
	char *colon;

	if (size >= PORT_SIZE)
		return false;
	memcpy(ret, text, size);
	ret[size] = '\0';
	colon = strchr(ret, ':');
	if (colon != NULL)
		*colon = '-';
	service = service_port(ret);
	if (service != NULL)
		memcpy(ret, service, strlen(service) + 1);
	return rule_port_is_valid(ret);
}

static int
compare_ports(const void *a, const void *b)
{
	unsigned long x = strtoul(a, NULL, 10);
	unsigned long y = strtoul(b, NULL, 10);

	return x != y ? (x > y) - (x < y) : strcmp(a, b);
}

/* @return how many; 0 where one is none, or all are meant */
static size_t
read_ports(const char *text, char ports[RULE_MOST_PORTS][PORT_SIZE], bool *ret_ok)
{
	static const char between[] = " ,;\t{}";
	size_t count = 0;

	*ret_ok = true;
	for (text += strspn(text, between); *text != '\0'; text += strspn(text, between)) {
		size_t size = strcspn(text, between);

		if (count == RULE_MOST_PORTS || !read_port(text, size, ports[count])) {
			*ret_ok = false;
			return 0;
		}
		if (strcmp(ports[count], "*") == 0 || strcmp(ports[count], "0-65535") == 0)
			return 0;
		count++;
		text += size;
	}
	qsort(ports, count, PORT_SIZE, compare_ports);
	return count;
}

bool
rule_ports(const char *text, struct list_memory *memory, const char **ret)
{
	char ports[RULE_MOST_PORTS][PORT_SIZE];
	char joined[RULE_MOST_PORTS * PORT_SIZE];
	size_t size = 0;
	bool ok = true;
	size_t count = text == NULL || rule_is_any(text) ? 0 : read_ports(text, ports, &ok);

	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(ports[i], ports[i - 1]) != 0)
			size += (size_t)snprintf(joined + size, sizeof(joined) - size, "%s%s", i > 0 ? "," : "",
						 ports[i]);
	*ret = count == 0 ? "*" : list_memory_copy(memory, joined, size);
	return ok;
}

const char *
rule_next_hop(const char *text, struct list_memory *memory)
{
	static const char *const kinds[] = { "Internet", "None", "VirtualNetworkGateway", "VnetLocal" };
	static const char appliance[] = "VirtualAppliance";
	size_t size = strcspn(text, ", ");
	const char *address = text + size + strspn(text + size, ", ");
	char joined[sizeof(appliance) + 1 + SVCTAG_ADDRESS_TEXT_SIZE];
	svctag_address parsed;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i]) == size && strncasecmp(text, kinds[i], size) == 0)
			return kinds[i];
	if (size != sizeof(appliance) - 1 || strncasecmp(text, appliance, size) != 0 ||
	    svctag_address_parse(address, strlen(address), &parsed) != SVCTAG_OK)
		return NULL;
	size = (size_t)snprintf(joined, sizeof(joined), "%s %s", appliance, address);
	return list_memory_copy(memory, joined, size);
}
